//! Scalar functions: a value for each row.

use std::{
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use arrow::{
    array::{Array, ArrayRef, new_null_array},
    buffer::NullBuffer,
    datatypes::{DataType, Field, FieldRef},
};
use datafusion::{
    common::{ScalarValue, exec_err, plan_err},
    error::{DataFusionError, Result},
    logical_expr::{
        ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
        ScalarUDFImpl, Signature as EngineSignature, Volatility,
    },
};

use super::{
    binding::Binding,
    bound::{BindError, Bound},
    coercion::Choice,
    description::{Kind, NullHandling},
    error::Failure,
    guest::{Guest, cast, guest_error, only, written},
};
use crate::{
    boundary::Rows,
    query::{Figures, FunctionScope, Opened},
    runtime::Runtime,
    sandbox::{Handle, Instance},
};

/// A DataFusion function that calls a function of a component.
///
/// Runs only in a query with a [`QueryScope`](crate::QueryScope).
///
/// # Errors
///
/// If the component can not be loaded, has no such function, or the function needs a grant that the
/// binding does not have.
pub fn scalar_udf(runtime: &Arc<Runtime>, binding: Binding) -> Result<ScalarUDF, BindError> {
    Scalar::new(runtime, binding).map(ScalarUDF::new_from_impl)
}

/// A scalar function of a component, as DataFusion sees it.
#[derive(Debug)]
pub(super) struct Scalar {
    bound: Bound,
    signature: EngineSignature,
    documentation: Documentation,
    /// Results that only the guest could tell, by argument types.
    asked: Mutex<Vec<(Vec<DataType>, FieldRef)>>,
}

impl Scalar {
    fn new(runtime: &Arc<Runtime>, binding: Binding) -> Result<Self, BindError> {
        let bound = Bound::new(runtime, binding, Kind::Scalar)?;
        Ok(Self {
            signature: EngineSignature::user_defined(bound.volatility),
            documentation: bound.documentation(),
            asked: Mutex::default(),
            bound,
        })
    }

    /// The function of a component that `udf` is, if it is one.
    pub(super) fn of(udf: &ScalarUDF) -> Option<&Self> {
        let inner: &dyn std::any::Any = udf.inner().as_ref();
        inner.downcast_ref()
    }

    pub(super) fn bound(&self) -> &Bound {
        &self.bound
    }

    /// Opens the function for every signature whose types are known.
    pub(super) fn try_constructor(&self) -> Result<(), BindError> {
        for choice in self.bound.choices() {
            self.look(&choice).map_err(|cause| {
                BindError::Constructor(Box::new(self.bound.error("embedded", cause)))
            })?;
        }
        Ok(())
    }

    /// Opens the function in an instance.
    fn open(&self, instance: &mut Instance, choice: &Choice) -> Result<Handle, Failure> {
        let bound = &self.bound;
        let fields = written(&bound.arguments(choice))?;
        let opened = instance.open_scalar(&bound.binding.function, &fields, bound.options())?;
        opened.map_err(|error| guest_error(error, 0))
    }

    /// Opens the function outside of any query, to learn what it says.
    fn look(&self, choice: &Choice) -> Result<FieldRef, Failure> {
        let mut instance = self.bound.instance(&self.bound.preparation())?;
        let function = self.open(&mut instance, choice)?;
        only(instance.scalar_result(function))
    }

    /// The field of the result of a call.
    fn result(&self, choice: &Choice) -> Result<FieldRef, Failure> {
        if let Some(field) = self.bound.signature(choice).value() {
            return Ok(Arc::clone(field));
        }
        let asked = || self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, field)) = asked().iter().find(|(known, _)| *known == choice.types) {
            return Ok(Arc::clone(field));
        }
        let field = self.look(choice)?;
        asked().push((choice.types.clone(), Arc::clone(&field)));
        Ok(field)
    }

    /// Calls the guest with `columns`, which have `rows` rows or are constants of one.
    fn call(
        &self,
        scope: &Arc<FunctionScope>,
        columns: &[ArrayRef],
        choice: &Choice,
        rows: usize,
        field: &FieldRef,
    ) -> Result<ArrayRef, Failure> {
        let pool = scope.pool(choice.signature, choice.types.iter());
        let opened = pool.acquire(|| self.make(scope, choice, field))?;
        let mut guest = Guest {
            opened,
            scope: Arc::clone(scope),
        };
        let arguments = guest.pass(columns, rows)?;
        let returned = guest.call(rows, |instance, function| {
            instance.invoke_scalar(function, arguments)
        });
        let result = match returned {
            Ok(result) => result,
            Err(failure) => {
                // Saying no is no accident: the instance can be used again. A dead one is dropped.
                pool.release(guest.opened);
                return Err(failure);
            }
        };
        let fields = std::slice::from_ref(field);
        let rows = Rows::Exactly(rows);
        let received = if pool.has_room() {
            guest.read(result, fields, rows)?
        } else {
            guest.take(result, fields, rows)?
        };
        pool.release(guest.opened);
        let mut columns = received.columns;
        Ok(columns.swap_remove(0))
    }

    fn make(
        &self,
        scope: &Arc<FunctionScope>,
        choice: &Choice,
        field: &FieldRef,
    ) -> Result<Opened, Failure> {
        let mut guest = Guest::open(&self.bound, scope, |instance| self.open(instance, choice))?;
        let Opened { instance, function } = &mut guest.opened;
        let found = only(instance.scalar_result(*function))?;
        if found.data_type() != field.data_type() {
            return Err(Failure::Opened {
                described: field.data_type().clone(),
                opened: found.data_type().to_string(),
            });
        }
        Ok(guest.opened)
    }
}

impl ScalarUDFImpl for Scalar {
    fn name(&self) -> &str {
        self.bound.name()
    }

    fn signature(&self) -> &EngineSignature {
        &self.signature
    }

    /// Takes the arguments as they are: casts are done, and counted, when the function is called.
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        self.bound.choose(given)?;
        Ok(given.to_vec())
    }

    fn return_type(&self, _given: &[DataType]) -> Result<DataType> {
        exec_err!("`return_field_from_args` is called instead")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let given: Vec<_> = args
            .arg_fields
            .iter()
            .map(|f| f.data_type().clone())
            .collect();
        let bound = &self.bound;
        let choice = bound.choose(&given)?;
        let field = self
            .result(&choice)
            .map_err(|cause| bound.planning_error(cause))?;
        let has_validity = !matches!(
            field.data_type(),
            DataType::Union(..) | DataType::RunEndEncoded(..)
        );
        if bound.binding.nulls == Some(NullHandling::Strict) && !has_validity {
            return plan_err!(
                "function `{}` cannot be STRICT: its result, {}, has no nulls of its own",
                bound.name(),
                field.data_type()
            );
        }
        let nullable = field.is_nullable()
            || (bound.nulls == NullHandling::Strict
                && args.arg_fields.iter().any(|field| field.is_nullable()));
        let field = Field::clone(&field)
            .with_name(self.name())
            .with_nullable(nullable);
        Ok(Arc::new(field))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let bound = &self.bound;
        let query = bound.query(&args.config_options)?;
        let failed = |cause: Failure| DataFusionError::from(bound.error(query.host(), cause));
        let scope = bound.scope(query);
        let given: Vec<_> = args.args.iter().map(ColumnarValue::data_type).collect();
        let choice = bound.choose(&given)?;
        let constant = args
            .args
            .iter()
            .all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let once = constant && bound.volatility != Volatility::Volatile;
        let rows = if once { 1 } else { args.number_rows };
        let mut columns = Vec::with_capacity(args.args.len());
        for arg in args.args {
            columns.push(match arg {
                ColumnarValue::Array(array) => array,
                ColumnarValue::Scalar(value) => value.to_array()?,
            });
        }
        let (columns, bytes) = cast(columns, &choice.types).map_err(failed)?;
        Figures::add(&scope.figures.bytes_copied_in, bytes);
        let nulls = match bound.nulls {
            NullHandling::Called => None,
            NullHandling::Strict => strict_nulls(&columns, rows),
        };
        let field = &args.return_field;
        let all_null = nulls.as_ref().is_some_and(|n| n.null_count() == rows);
        let array = if rows == 0 || all_null {
            new_null_array(field.data_type(), rows)
        } else {
            let guest_field = Arc::new(Field::clone(field).with_nullable(true));
            let array = self
                .call(&scope, &columns, &choice, rows, &guest_field)
                .map_err(failed)?;
            match nulls {
                Some(nulls) => mask(&array, &nulls)?,
                None => array,
            }
        };
        if !field.is_nullable() && array.logical_null_count() > 0 {
            let nulls = crate::boundary::ReceiveError::Nulls(field.name().clone());
            return Err(failed(nulls.into()));
        }
        if once {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                &array, 0,
            )?));
        }
        Ok(ColumnarValue::Array(array))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

/// Where any argument is null; `None` if nowhere.
fn strict_nulls(columns: &[ArrayRef], rows: usize) -> Option<NullBuffer> {
    let mut all: Option<NullBuffer> = None;
    for column in columns {
        let Some(nulls) = column
            .logical_nulls()
            .filter(|nulls| nulls.null_count() > 0)
        else {
            continue;
        };
        if column.len() == 1 && rows != 1 {
            return Some(NullBuffer::new_null(rows));
        }
        all = NullBuffer::union(all.as_ref(), Some(&nulls));
    }
    all
}

/// `array` with nulls where `nulls` has them.
fn mask(array: &ArrayRef, nulls: &NullBuffer) -> Result<ArrayRef> {
    // These have nulls only inside of them, where the guest has put them.
    if matches!(
        array.data_type(),
        DataType::Union(..) | DataType::RunEndEncoded(..)
    ) {
        return Ok(Arc::clone(array));
    }
    // The usual case: the guest has said the same.
    if array
        .nulls()
        .is_some_and(|own| own.inner() == nulls.inner())
    {
        return Ok(Arc::clone(array));
    }
    let invalid = arrow::array::BooleanArray::new(!nulls.inner(), None);
    Ok(arrow::compute::nullif(array, &invalid)?)
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.bound == other.bound
    }
}

impl Eq for Scalar {}

impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bound.hash(state);
    }
}
