//! Table functions: rows for values, of constants or of each row of another table.

mod constant;
mod lateral;

use std::sync::Arc;

use arrow::{
    array::ArrayRef,
    datatypes::{DataType, Field, FieldRef, Schema, SchemaRef},
};
use datafusion::{
    catalog::TableProvider,
    common::{ScalarValue, TableReference, exec_err},
    error::Result,
    logical_expr::{Expr, ExprSchemable, LogicalPlan},
};
use serde::{Deserialize, Serialize};

use self::{constant::ConstantTable, lateral::plan_lateral};
pub(super) use self::{
    constant::{EncodedTable, TableFunctionExec},
    lateral::{EncodedLateral, LateralExec},
};
use super::{
    Function,
    binding::Binding,
    bound::{BindError, Bound},
    coercion::Choice,
    description::Kind,
    distributed::{Columns, Decoder},
    error::Failure,
    guest::{Guest, Received, cast, guest_error, written},
    relation::{check_schema, result_schema},
};
use crate::{
    boundary::Rows,
    query::{Figures, QueryScope},
    runtime::Runtime,
    sandbox::{Handle, Instance},
};

/// A table function of a component.
#[derive(Debug)]
pub struct TableFunction {
    bound: Arc<Bound>,
}

impl TableFunction {
    /// The table function that `binding` names.
    ///
    /// # Errors
    ///
    /// If the component can not be loaded, has no such function, or the function needs a grant that the
    /// binding does not have.
    pub fn new(runtime: &Arc<Runtime>, binding: Binding) -> Result<Self, BindError> {
        let bound = Arc::new(Bound::new(runtime, binding, Kind::Table)?);
        Ok(Self { bound })
    }

    /// The table that the function makes of constants.
    ///
    /// # Errors
    ///
    /// If the function does not take these arguments.
    pub fn table(&self, arguments: &[ScalarValue]) -> Result<Arc<dyn TableProvider>> {
        let given: Vec<_> = arguments.iter().map(ScalarValue::data_type).collect();
        let call = self.call(&given)?;
        let columns: Vec<_> = arguments
            .iter()
            .map(ScalarValue::to_array)
            .collect::<Result<_>>()?;
        let (columns, _) =
            cast(columns, &call.choice.types).map_err(|cause| self.bound.planning_error(cause))?;
        Ok(Arc::new(ConstantTable::new(call, columns)))
    }

    /// The rows of `input`, each as often as the function makes rows of its arguments, with the function's
    /// columns behind it. Rows of which the function makes none are left out.
    ///
    /// The function's columns are known as `alias`, and by the names `columns` if there are any.
    ///
    /// # Errors
    ///
    /// If the function does not take these arguments, or has another number of columns.
    pub fn lateral(
        &self,
        input: LogicalPlan,
        arguments: Vec<Expr>,
        alias: Option<TableReference>,
        columns: &[String],
    ) -> Result<LogicalPlan> {
        let given: Vec<_> = arguments
            .iter()
            .map(|argument| argument.get_type(input.schema()))
            .collect::<Result<_>>()?;
        let call = self.call(&given)?;
        let alias = alias.unwrap_or_else(|| TableReference::bare(self.bound.name()));
        plan_lateral(call, input, arguments, alias, columns)
    }

    /// Runs the constructor for every signature whose types are known.
    pub(super) fn try_constructor(&self) -> Result<(), BindError> {
        for choice in self.bound.choices() {
            look(&self.bound, &choice).map_err(|cause| {
                BindError::Constructor(Box::new(self.bound.error("embedded", cause)))
            })?;
        }
        Ok(())
    }

    fn call(&self, given: &[DataType]) -> Result<Call> {
        let choice = self.bound.choose(given)?;
        let schema = match &self.bound.signature(&choice).result {
            Some(columns) => Arc::new(Schema::new(columns.clone())),
            None => look(&self.bound, &choice).map_err(|cause| self.bound.planning_error(cause))?,
        };
        Ok(Call {
            bound: Arc::clone(&self.bound),
            choice,
            schema,
        })
    }
}

fn open(bound: &Bound, choice: &Choice, instance: &mut Instance) -> Result<Handle, Failure> {
    let fields = written(&bound.arguments(choice))?;
    let opened = instance.open_table(&bound.binding.function, &fields, bound.options())?;
    opened.map_err(|error| guest_error(error, 0))
}

/// Opens the function outside of any query, to learn its columns.
fn look(bound: &Bound, choice: &Choice) -> Result<SchemaRef, Failure> {
    let mut instance = bound.instance(&bound.preparation())?;
    let handle = open(bound, choice, &mut instance)?;
    result_schema(instance.table_result(handle))
}

/// A call of a table function with arguments of certain types.
#[derive(Debug, Clone)]
struct Call {
    bound: Arc<Bound>,
    choice: Choice,
    /// The function's columns.
    schema: SchemaRef,
}

/// A [`Call`] for a host.
#[derive(Serialize, Deserialize)]
struct EncodedCall {
    function: String,
    signature: usize,
    /// Columns of the types that the function is given.
    arguments: Columns,
    schema: Columns,
}

impl Call {
    fn encode(&self) -> Result<EncodedCall> {
        Ok(EncodedCall {
            function: self.bound.name().to_owned(),
            signature: self.choice.signature,
            arguments: Columns::schema(&Schema::new(self.bound.arguments(&self.choice)))?,
            schema: Columns::schema(&self.schema)?,
        })
    }

    fn decode(encoded: &EncodedCall, from: &Decoder<'_>) -> Result<Self> {
        let function = from.function(&encoded.function, |function| match function {
            Function::Table(function) => Some(function),
            _ => None,
        })?;
        let bound = Arc::clone(&function.bound);
        let arguments = encoded.arguments.read_schema()?;
        let types = arguments.fields().iter();
        let choice = Choice {
            signature: encoded.signature,
            types: types.map(|field| field.data_type().clone()).collect(),
        };
        let signatures = &bound.function().signatures;
        let signature = signatures.get(choice.signature);
        if !signature.is_some_and(|signature| signature.takes(choice.types.len())) {
            return exec_err!("`{}` is called as it can not be", encoded.function);
        }
        Ok(Self {
            bound,
            choice,
            schema: encoded.schema.read_schema()?,
        })
    }

    fn producer(&self, query: &Arc<QueryScope>) -> Result<Producer> {
        let open = || {
            let scope = self.bound.scope(query);
            let mut guest = Guest::open(&self.bound, &scope, |instance| {
                open(&self.bound, &self.choice, instance)
            })?;
            let handle = guest.opened.function;
            let opened = result_schema(guest.opened.instance.table_result(handle))?;
            check_schema(&self.schema, &opened)?;
            Ok(guest)
        };
        let guest = open().map_err(|cause: Failure| self.bound.error(query.host(), cause))?;
        let parent: FieldRef = Arc::new(Field::new("row of arguments", DataType::UInt32, false));
        let fields = self.schema.fields().iter().cloned();
        Ok(Producer {
            call: self.clone(),
            guest,
            query: Arc::clone(query),
            fields: [parent].into_iter().chain(fields).collect(),
        })
    }
}

/// A table function while it makes rows.
struct Producer {
    call: Call,
    guest: Guest,
    query: Arc<QueryScope>,
    /// The row of arguments that a row belongs to, then the function's columns.
    fields: Vec<FieldRef>,
}

impl Producer {
    /// Hands over rows of arguments, or constants of one.
    fn push(&mut self, arguments: Vec<ArrayRef>, rows: usize) -> Result<()> {
        let types = &self.call.choice.types;
        let push = || {
            let (arguments, bytes) = cast(arguments, types)?;
            Figures::add(&self.guest.scope.figures.bytes_copied_in, bytes);
            let batch = self.guest.send(&arguments, rows)?;
            self.guest
                .call(rows, |instance, handle| instance.push_table(handle, batch))
        };
        push().map_err(|cause: Failure| self.call.bound.error(self.query.host(), cause).into())
    }

    /// The next rows.
    fn next(&mut self) -> Result<Option<Received>> {
        let mut next = || {
            let batch = self
                .guest
                .call(0, |instance, handle| instance.next_table(handle))?;
            batch
                .map(|batch| self.guest.take(batch, &self.fields, Rows::Some))
                .transpose()
        };
        next().map_err(|cause: Failure| self.failed(cause))
    }

    fn failed(&self, cause: Failure) -> datafusion::error::DataFusionError {
        self.call.bound.error(self.query.host(), cause).into()
    }
}
