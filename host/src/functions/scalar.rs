//! Scalar functions: a value for each row.

use std::{
    hash::{Hash, Hasher},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use arrow::{
    array::{Array, ArrayRef, new_null_array},
    buffer::NullBuffer,
    compute::{CastOptions, cast_with_options},
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
    coercion::{Choice, choose},
    description::{Description, FunctionDescription, Kind, NullHandling, Signature},
    error::{Failure, FunctionError},
};
use crate::{
    boundary::{Outgoing, copy_out, receive, schema},
    query::{Figures, FunctionScope, Opened, Pool, QueryScope},
    runtime::{Component, ComponentError, Runtime},
    sandbox::{
        Blobs, Environment, Grant, GrantError, Instance, Limits, ScalarHandle, plain, preparation,
        wire,
    },
    store::StoreError,
};

/// Why a name can not be tied to a function.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The component can not be used.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// The component has no such function.
    #[error("component {component} has no function `{function}`; it has: {known}")]
    NoFunction {
        /// Its short digest.
        component: String,
        /// What was asked for.
        function: String,
        /// What there is.
        known: String,
    },
    /// The function does something else with rows.
    #[error(
        "`{function}` is a function of the kind {kind}; only scalar functions can be called so far"
    )]
    Kind {
        /// The function.
        function: String,
        /// Its kind.
        kind: Kind,
    },
    /// The function needs something that it was not granted.
    #[error(
        "function `{function}` needs the grant `{grant}`: add `OPTIONS (grant '{grant}')`, or `--grant {grant}` on the command line"
    )]
    Grant {
        /// The function.
        function: String,
        /// What it needs.
        grant: String,
    },
    /// The function asks for a permission that does not exist.
    #[error("function `{function}` asks for something that can not be granted")]
    UnknownGrant {
        /// The function.
        function: String,
        /// What it asks for.
        #[source]
        source: GrantError,
    },
    /// What the function says of nulls can not be overruled that way.
    #[error(
        "function `{0}` is strict: it never sees a null, so it can not be CALLED ON NULL INPUT"
    )]
    Strict(String),
    /// A blob for the constructor is missing.
    #[error("the data `{name}` of function `{function}` cannot be read")]
    Data {
        /// The function.
        function: String,
        /// The name of the blob.
        name: String,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The constructor says no.
    #[error(transparent)]
    Constructor(Box<FunctionError>),
}

/// A DataFusion function that calls a function of a component.
///
/// Runs only in a query with a [`QueryScope`].
///
/// # Errors
///
/// If the component can not be loaded, has no such function, or the function needs a grant that the
/// binding does not have.
pub fn scalar_udf(runtime: &Arc<Runtime>, binding: Binding) -> Result<ScalarUDF, BindError> {
    Scalar::new(runtime, binding).map(ScalarUDF::new_from_impl)
}

/// Runs the constructors of a function that was bound, to see that they take the binding's parameters and
/// data. Signatures for any type are left out.
///
/// # Errors
///
/// What the constructor says.
pub fn try_constructor(runtime: &Arc<Runtime>, binding: Binding) -> Result<(), BindError> {
    let scalar = Scalar::new(runtime, binding)?;
    for signature in &scalar.function().signatures {
        let types: Option<Vec<_>> = signature
            .arguments
            .iter()
            .map(|argument| argument.accepts.example())
            .collect();
        if let Some(types) = types {
            scalar.open_to_look(signature, &types).map_err(|cause| {
                BindError::Constructor(Box::new(scalar.error("embedded", cause)))
            })?;
        }
    }
    Ok(())
}

/// A scalar function of a component, as DataFusion sees it.
pub(super) struct Scalar {
    /// Names the function within a query: two bindings of one name are two functions.
    id: u64,
    binding: Binding,
    component: Arc<Component>,
    /// Where in the component's description the function is.
    index: usize,
    nulls: NullHandling,
    volatility: Volatility,
    data: Arc<Blobs>,
    options: wire::Options,
    signature: EngineSignature,
    documentation: Documentation,
    /// Results that only the guest could tell, by argument types.
    asked: Mutex<Vec<(Vec<DataType>, FieldRef)>>,
}

/// The next function's id.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl Scalar {
    fn new(runtime: &Arc<Runtime>, binding: Binding) -> Result<Self, BindError> {
        let component = runtime.component(binding.component)?;
        let Description { functions, .. } = component.description();
        let Some(index) = functions.iter().position(|f| f.name == binding.function) else {
            let known: Vec<_> = functions.iter().map(|f| f.name.as_str()).collect();
            return Err(BindError::NoFunction {
                component: binding.component.short(),
                function: binding.function,
                known: known.join(", "),
            });
        };
        let function = &functions[index];
        if function.kind != Kind::Scalar {
            return Err(BindError::Kind {
                function: function.name.clone(),
                kind: function.kind,
            });
        }
        let mut volatility = binding.volatility.unwrap_or(function.volatility);
        for needed in &function.grants {
            let grant: Grant = needed.parse().map_err(|source| BindError::UnknownGrant {
                function: binding.name.clone(),
                source,
            })?;
            if !binding.grants.contains(&grant) {
                return Err(BindError::Grant {
                    function: binding.name,
                    grant: grant.to_string(),
                });
            }
            volatility = match (&grant, volatility) {
                (Grant::Random, _) => Volatility::Volatile,
                (Grant::Clock, Volatility::Immutable) => Volatility::Stable,
                (_, volatility) => volatility,
            };
        }
        let nulls = match (binding.nulls, function.nulls) {
            (Some(NullHandling::Called), NullHandling::Strict) => {
                return Err(BindError::Strict(binding.name));
            }
            (overruled, described) => overruled.unwrap_or(described),
        };
        let mut data = Blobs::new();
        for (name, digest) in &binding.data {
            let blob = runtime
                .store()
                .get(digest)
                .map_err(|source| BindError::Data {
                    function: binding.name.clone(),
                    name: name.clone(),
                    source,
                })?;
            data.insert(name.clone(), blob.into());
        }
        let options = wire::Options {
            parameters: binding.parameters.clone().into_iter().collect(),
            data: data.keys().cloned().collect(),
        };
        Ok(Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            documentation: documentation(&binding.name, function),
            signature: EngineSignature::user_defined(volatility),
            component,
            index,
            nulls,
            volatility,
            data: Arc::new(data),
            options,
            asked: Mutex::default(),
            binding,
        })
    }

    fn function(&self) -> &FunctionDescription {
        &self.component.description().functions[self.index]
    }

    fn error(&self, host: &str, cause: Failure) -> FunctionError {
        FunctionError {
            function: self.binding.name.clone(),
            component: self.component.digest(),
            host: host.to_owned(),
            cause,
        }
    }

    fn choose(&self, given: &[DataType]) -> Result<Choice> {
        let signatures = &self.function().signatures;
        if let Some(choice) = choose(signatures, given) {
            return Ok(choice);
        }
        let given: Vec<_> = given.iter().map(DataType::to_string).collect();
        let known: Vec<_> = signatures
            .iter()
            .map(|signature| format!("{}{signature}", self.binding.name))
            .collect();
        plan_err!(
            "function `{}` cannot be called with ({}); it is: {}",
            self.binding.name,
            given.join(", "),
            known.join("; ")
        )
    }

    fn environment(&self, scope: &QueryScope) -> Environment {
        Environment {
            function: self.binding.name.as_str().into(),
            limits: self.binding.limits,
            grants: self.binding.grants.clone(),
            data: Arc::clone(&self.data),
            pool: Arc::clone(scope.memory_pool()),
            interrupt: Arc::clone(scope.interrupt()),
            log: Arc::clone(scope.log()),
        }
    }

    /// Makes an instance and opens the function in it. Returns the result's field as the guest says it.
    fn open(
        &self,
        environment: &Arc<Environment>,
        arguments: &[FieldRef],
    ) -> Result<(Opened, FieldRef), Failure> {
        let mut instance = Instance::new(self.component.linked(), environment)?;
        let fields = schema::to_wire(arguments).map_err(crate::boundary::SendError::Arrow)?;
        let opened = instance.open_scalar(&self.binding.function, &fields, &self.options)?;
        let function: ScalarHandle = opened.map_err(|error| guest_error(error, 0))?;
        let mut result = schema::fields(&instance.scalar_result(function)?)?;
        let (Some(field), true) = (result.pop(), result.is_empty()) else {
            return Err(Failure::Opened {
                described: DataType::Null,
                opened: "not exactly one field".into(),
            });
        };
        Ok((Opened { instance, function }, field))
    }

    /// Opens the function outside of any query, to learn what it says.
    fn open_to_look(&self, signature: &Signature, types: &[DataType]) -> Result<FieldRef, Failure> {
        let around = preparation(self.binding.name.as_str().into());
        let environment = Arc::new(Environment {
            function: Arc::clone(&around.function),
            // Nobody can cancel what runs outside of a query.
            limits: Limits {
                timeout: self.binding.limits.timeout.min(around.limits.timeout),
                ..self.binding.limits
            },
            grants: self.binding.grants.clone(),
            data: Arc::clone(&self.data),
            pool: Arc::new(datafusion::execution::memory_pool::GreedyMemoryPool::new(
                usize::try_from(self.binding.limits.memory).unwrap_or(usize::MAX),
            )),
            interrupt: Arc::clone(&around.interrupt),
            log: Arc::clone(&around.log),
        });
        self.open(&environment, &fields(signature, types))
            .map(|(_, field)| field)
    }

    /// The type of the result for arguments of `types`, which fit `signature`.
    fn result(&self, signature: &Signature, types: &[DataType]) -> Result<FieldRef, Failure> {
        if let Some(field) = &signature.result {
            return Ok(Arc::clone(field));
        }
        let asked = || self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, field)) = asked().iter().find(|(known, _)| known == types) {
            return Ok(Arc::clone(field));
        }
        let field = self.open_to_look(signature, types)?;
        asked().push((types.to_vec(), Arc::clone(&field)));
        Ok(field)
    }

    /// Calls the guest with `columns`, which have `rows` rows or are constants of one.
    fn call(
        &self,
        scope: &FunctionScope,
        columns: &[ArrayRef],
        choice: &Choice,
        rows: usize,
        field: &FieldRef,
    ) -> Result<ArrayRef, Failure> {
        let signature = &self.function().signatures[choice.signature];
        let figures = &scope.figures;
        let began = Instant::now();
        let types = columns.iter().map(|column| column.data_type());
        let pool = scope.pool(choice.signature, types);
        let outgoing = Outgoing::new(columns)?;
        let mut opened = pool.acquire(|| self.make(scope, columns, signature, field))?;
        let bytes = outgoing.bytes();
        let instance = &mut opened.instance;
        let arguments = if outgoing.region() == 0 {
            outgoing.write(rows, 0, &mut instance.memory()?)?
        } else {
            let address = instance.allocate(outgoing.region())?;
            outgoing.write(rows, address, &mut instance.memory()?)?
        };
        let entered = Instant::now();
        let returned = instance.invoke_scalar(opened.function, &arguments);
        let left = Instant::now();
        Figures::add(&figures.calls, 1);
        Figures::add(&figures.rows, rows);
        Figures::add(&figures.bytes_copied_in, bytes);
        Figures::add_time(&figures.guest_nanos, left - entered);
        figures
            .peak_memory
            .fetch_max(instance.memory_size() as u64, Ordering::Relaxed);
        let result = match returned? {
            Ok(result) => result,
            Err(error) => {
                // Saying no is no accident: the instance can be used again.
                pool.release(opened);
                return Err(guest_error(error, rows));
            }
        };
        let interrupt = &scope.environment.interrupt;
        let lease = instance.lease();
        let (array, bytes) = receive(&result, field, rows, &lease, interrupt)?;
        drop(lease);
        let array = self.hand_on(&pool, opened, array, bytes, figures);
        let boundary = (entered - began) + left.elapsed();
        Figures::add_time(&figures.boundary_nanos, boundary);
        Ok(array)
    }

    /// Lets go of an instance, whose memory the result may still be in.
    fn hand_on(
        &self,
        pool: &Pool,
        mut opened: Opened,
        array: ArrayRef,
        bytes: usize,
        figures: &Figures,
    ) -> ArrayRef {
        let in_place = !opened.instance.is_leased() || pool.has_room();
        let array = if in_place {
            Figures::add(&figures.bytes_read_in_place, bytes);
            array
        } else {
            let (own, bytes) = copy_out(&array);
            Figures::add(&figures.bytes_copied_out, bytes);
            own
        };
        pool.release(opened);
        array
    }

    fn make(
        &self,
        scope: &FunctionScope,
        columns: &[ArrayRef],
        signature: &Signature,
        field: &FieldRef,
    ) -> Result<Opened, Failure> {
        Figures::add(&scope.figures.instances, 1);
        let types: Vec<_> = columns.iter().map(|c| c.data_type().clone()).collect();
        let (opened, found) = self.open(&scope.environment, &fields(signature, &types))?;
        if found.data_type() != field.data_type() {
            return Err(Failure::Opened {
                described: field.data_type().clone(),
                opened: found.data_type().to_string(),
            });
        }
        Ok(opened)
    }
}

/// Bytes of a guest's message that are shown.
const MESSAGE: usize = 16 << 10;

/// The guest said no, of a batch of `rows` rows.
fn guest_error(error: wire::Error, rows: usize) -> Failure {
    let message = &error.message[..error.message.floor_char_boundary(MESSAGE)];
    Failure::Guest {
        message: plain(message).into_owned(),
        // A row that does not exist helps nobody.
        row: error.row.filter(|row| *row < rows as u64),
    }
}

/// The arguments' fields, named as in the signature.
fn fields(signature: &Signature, types: &[DataType]) -> Vec<FieldRef> {
    let name = |index| {
        signature
            .argument(index)
            .map_or("", |argument| &argument.name)
    };
    let fields = types.iter().enumerate();
    fields
        .map(|(index, data_type)| Arc::new(Field::new(name(index), data_type.clone(), true)))
        .collect()
}

fn documentation(name: &str, function: &FunctionDescription) -> Documentation {
    let syntax: Vec<_> = function
        .signatures
        .iter()
        .map(|signature| format!("{name}{signature}"))
        .collect();
    Documentation::builder(
        datafusion::logical_expr::DocSection::default(),
        function.documentation.clone(),
        syntax.join("\n"),
    )
    .build()
}

impl ScalarUDFImpl for Scalar {
    fn name(&self) -> &str {
        &self.binding.name
    }

    fn signature(&self) -> &EngineSignature {
        &self.signature
    }

    /// Takes the arguments as they are: casts are done, and counted, when the function is called.
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        self.choose(given)?;
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
        let choice = self.choose(&given)?;
        let signature = &self.function().signatures[choice.signature];
        let field = self
            .result(signature, &choice.types)
            .map_err(|cause| self.error("embedded", cause))?;
        let has_validity = !matches!(
            field.data_type(),
            DataType::Union(..) | DataType::RunEndEncoded(..)
        );
        if self.binding.nulls == Some(NullHandling::Strict) && !has_validity {
            return plan_err!(
                "function `{}` cannot be STRICT: its result, {}, has no nulls of its own",
                self.binding.name,
                field.data_type()
            );
        }
        let nullable = field.is_nullable()
            || (self.nulls == NullHandling::Strict
                && args.arg_fields.iter().any(|field| field.is_nullable()));
        let field = Field::clone(&field)
            .with_name(self.name())
            .with_nullable(nullable);
        Ok(Arc::new(field))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(scope) = QueryScope::of(&args.config_options) else {
            return exec_err!(
                "function `{}` runs only in a query with a `QueryScope`: run it through a `Session`",
                self.binding.name
            );
        };
        let failed = |cause| DataFusionError::from(self.error(scope.host(), cause));
        let function = scope.function(self.id, self.component.digest(), |scope| {
            self.environment(scope)
        });
        let given: Vec<_> = args.args.iter().map(ColumnarValue::data_type).collect();
        let choice = self.choose(&given)?;
        let constant = args
            .args
            .iter()
            .all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let once = constant && self.volatility != Volatility::Volatile;
        let rows = if once { 1 } else { args.number_rows };
        let mut columns = Vec::with_capacity(args.args.len());
        for (index, (arg, wanted)) in args.args.into_iter().zip(&choice.types).enumerate() {
            let column = match arg {
                ColumnarValue::Array(array) => array,
                ColumnarValue::Scalar(value) => value.to_array()?,
            };
            if column.data_type() == wanted {
                columns.push(column);
                continue;
            }
            let options = CastOptions {
                safe: false,
                ..CastOptions::default()
            };
            let index = index + 1;
            let column = cast_with_options(&column, wanted, &options)
                .map_err(|source| failed(Failure::Cast { index, source }))?;
            Figures::add(
                &function.figures.bytes_copied_in,
                column.to_data().get_slice_memory_size()?,
            );
            columns.push(column);
        }
        let nulls = match self.nulls {
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
                .call(&function, &columns, &choice, rows, &guest_field)
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
        self.binding == other.binding
    }
}

impl Eq for Scalar {}

impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.binding.name.hash(state);
        self.binding.component.hash(state);
        self.binding.function.hash(state);
    }
}

impl std::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scalar")
            .field("name", &self.binding.name)
            .field("component", &self.component)
            .finish_non_exhaustive()
    }
}
