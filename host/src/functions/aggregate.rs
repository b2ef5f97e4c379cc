//! Aggregates: a value for each group.
//!
//! The states of all groups are in the guest, and a batch crosses once for all of them ([`Groups`]).
//! `DISTINCT` and `ORDER BY` inside a call are the host's: it keeps the rows, as lists in the state, and
//! hands them to the guest once they are complete ([`Collected`]).

mod collected;
mod groups;
mod single;
mod states;

use std::{
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use arrow::{
    array::{ArrayRef, UInt32Array, new_empty_array},
    datatypes::{DataType, Field, FieldRef},
};
use datafusion::{
    common::{ScalarValue, exec_err, plan_err},
    error::{DataFusionError, Result},
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, GroupsAccumulator,
        Signature as EngineSignature,
        function::{AccumulatorArgs, StateFieldsArgs},
        utils::{AggregateOrderSensitivity, format_state_name},
    },
};

use self::{collected::Collected, groups::Groups, single::Single, states::Call};
use super::{
    binding::Binding,
    bound::{BindError, Bound},
    coercion::Choice,
    description::Kind,
    error::Failure,
    guest::{guest_error, look, only, send, written},
    site::Site,
};
use crate::{
    boundary::{Rows, schema},
    query::QueryScope,
    runtime::Runtime,
    sandbox::{Handle, Instance, Interrupt},
};

/// A DataFusion aggregate that calls a function of a component.
///
/// Runs only in a query with a [`QueryScope`], which [`BindScope`](super::BindScope) ties it to.
///
/// # Errors
///
/// If the component can not be loaded, has no such function, or the function needs a grant that the
/// binding does not have.
pub fn aggregate_udf(runtime: &Arc<Runtime>, binding: Binding) -> Result<AggregateUDF, BindError> {
    let bound = Bound::new(runtime, binding, Kind::Aggregate)?;
    Ok(AggregateUDF::new_from_impl(Aggregate {
        signature: EngineSignature::user_defined(bound.volatility),
        documentation: Arc::new(bound.documentation()),
        bound: Arc::new(bound),
        shapes: Arc::default(),
        query: None,
    }))
}

/// An aggregate of a component, as DataFusion sees it.
#[derive(Debug, Clone)]
pub(super) struct Aggregate {
    bound: Arc<Bound>,
    signature: EngineSignature,
    documentation: Arc<Documentation>,
    /// What the guest says of itself, by argument types.
    shapes: Arc<Shapes>,
    /// DataFusion hands nothing of a query to an aggregate, so it is told which one it belongs to.
    query: Option<Arc<QueryScope>>,
}

/// What an aggregate was found to be, by what it is called with.
type Shapes = Mutex<Vec<(Choice, Arc<Shape>)>>;

/// What an aggregate is for arguments of certain types.
#[derive(Debug)]
struct Shape {
    result: FieldRef,
    state: Vec<FieldRef>,
    retractable: bool,
    /// The result of no rows.
    none: ScalarValue,
}

impl Aggregate {
    /// The aggregate of a component that `udf` is, if it is one.
    pub(super) fn of(udf: &AggregateUDF) -> Option<&Self> {
        let inner: &dyn std::any::Any = udf.inner().as_ref();
        inner.downcast_ref()
    }

    pub(super) fn bound(&self) -> &Bound {
        &self.bound
    }

    fn failed(&self, cause: Failure) -> DataFusionError {
        let host = self.query.as_ref().map_or("embedded", |query| query.host());
        self.bound.error(host, cause).into()
    }

    /// The same aggregate in a query.
    pub(super) fn in_query(&self, query: &Arc<QueryScope>) -> AggregateUDF {
        AggregateUDF::new_from_impl(Self {
            query: Some(Arc::clone(query)),
            ..self.clone()
        })
    }

    /// Opens the aggregate for every signature whose types are known.
    pub(super) fn try_constructor(&self) -> Result<(), BindError> {
        for choice in self.bound.choices() {
            self.shape(&choice).map_err(|cause| {
                BindError::Constructor(Box::new(self.bound.error("embedded", cause)))
            })?;
        }
        Ok(())
    }

    fn choose(&self, fields: &[FieldRef]) -> Result<Choice> {
        if fields.is_empty() {
            return plan_err!(
                "aggregate `{}` cannot be called without arguments: give it a constant, such as 1",
                self.name()
            );
        }
        let given: Vec<_> = fields.iter().map(|f| f.data_type().clone()).collect();
        self.bound.choose(&given)
    }

    /// What the guest says of itself, asked once.
    fn shape(&self, choice: &Choice) -> Result<Arc<Shape>, Failure> {
        let shapes = || self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, shape)) = shapes().iter().find(|(known, _)| known == choice) {
            return Ok(Arc::clone(shape));
        }
        let mut instance = self.bound.instance(&self.bound.preparation())?;
        let handle = open(&self.bound, choice, &mut instance)?;
        let result = only(instance.aggregate_result(handle))?;
        let described = self.bound.signature(choice).value();
        if let Some(described) = described.filter(|d| d.data_type() != result.data_type()) {
            return Err(Failure::Opened {
                described: described.data_type().clone(),
                opened: result.data_type().to_string(),
            });
        }
        let state = schema::fields(&instance.aggregate_state_schema(handle)?)?;
        if state.is_empty() {
            return Err(Failure::Opened {
                described: DataType::Null,
                opened: "a state of no columns".into(),
            });
        }
        let retractable = instance.is_aggregate_retractable(handle)?;
        let none = of_none(instance, handle, choice, &result)?;
        let shape = Arc::new(Shape {
            result,
            state,
            retractable,
            none,
        });
        shapes().push((choice.clone(), Arc::clone(&shape)));
        Ok(shape)
    }

    fn call(&self, args: &AccumulatorArgs) -> Result<Arc<Call>> {
        let Some(query) = &self.query else {
            return Err(self.bound.without_scope());
        };
        let choice = self.choose(args.expr_fields)?;
        let shape = self.shape(&choice).map_err(|cause| self.failed(cause))?;
        let site = Site::new(&self.bound, query, choice, args.exprs);
        Ok(Arc::new(Call::new(site, shape)))
    }

    /// Keeps the rows of a call that says which rows count, or in which order.
    fn collected(&self, args: &AccumulatorArgs) -> Result<Option<Collected>> {
        if !args.is_distinct && args.order_bys.is_empty() {
            return Ok(None);
        }
        let mut keys = Vec::with_capacity(args.order_bys.len());
        for key in args.order_bys {
            keys.push((key.expr.data_type(args.schema)?, key.options));
        }
        Ok(Some(Collected::new(
            self.call(args)?,
            args.is_distinct,
            &keys,
        )))
    }
}

/// Opens an aggregate in an instance.
fn open(bound: &Bound, choice: &Choice, instance: &mut Instance) -> Result<Handle, Failure> {
    let fields = written(&bound.arguments(choice))?;
    let opened = instance.open_aggregate(&bound.binding.function, &fields, bound.options())?;
    opened.map_err(|error| guest_error(error, 0))
}

/// The result of a group that no row has come for; null if the guest has none to give.
fn of_none(
    mut instance: Instance,
    handle: Handle,
    choice: &Choice,
    result: &FieldRef,
) -> Result<ScalarValue, Failure> {
    let null = || ScalarValue::try_from(result.data_type()).unwrap_or(ScalarValue::Null);
    let group: ArrayRef = Arc::new(UInt32Array::from(vec![0; 0]));
    let columns: Vec<_> = [group]
        .into_iter()
        .chain(choice.types.iter().map(new_empty_array))
        .collect();
    let rows = match instance.takes_columns() {
        true => instance.offer(&columns, 0),
        false => send(&mut instance, &columns, 0)?.0,
    };
    if instance.update_aggregate(handle, rows, 1)?.is_err() {
        return Ok(null());
    }
    let Ok(value) = instance.peek_aggregate(handle)? else {
        return Ok(null());
    };
    let fields = std::slice::from_ref(result);
    let interrupt = Interrupt::default();
    let received = look(&mut instance, value, fields, Rows::Exactly(1), &interrupt)?;
    Ok(ScalarValue::try_from_array(&received.columns[0], 0).unwrap_or_else(|_| null()))
}

impl AggregateUDFImpl for Aggregate {
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
        exec_err!("`return_field` is called instead")
    }

    fn return_field(&self, arg_fields: &[FieldRef]) -> Result<FieldRef> {
        let choice = self.choose(arg_fields)?;
        let shape = self.shape(&choice).map_err(|cause| self.failed(cause))?;
        let field = Field::clone(&shape.result);
        Ok(Arc::new(field.with_name(self.name()).with_nullable(true)))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let choice = self.choose(args.input_fields)?;
        if args.is_distinct || !args.ordering_fields.is_empty() {
            let keys = args.ordering_fields.iter().map(|f| f.data_type().clone());
            let rows = collected::state_field(&choice.types, keys);
            return Ok(vec![Arc::new(
                rows.with_name(format_state_name(args.name, "rows")),
            )]);
        }
        let shape = self.shape(&choice).map_err(|cause| self.failed(cause))?;
        let fields = shape.state.iter().map(|field| {
            let name = format_state_name(args.name, field.name());
            Arc::new(Field::clone(field).with_name(name))
        });
        Ok(fields.collect())
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(match self.collected(&args)? {
            Some(collected) => Box::new(Single::collected(collected)),
            None => Box::new(Single::new(self.call(&args)?)),
        })
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(match self.collected(&args)? {
            Some(collected) => Box::new(collected),
            None => Box::new(Groups::new(self.call(&args)?)),
        })
    }

    /// Rows can come in any order: [`Collected`] sorts them.
    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Beneficial
    }

    fn with_beneficial_ordering(
        self: Arc<Self>,
        _beneficial_ordering: bool,
    ) -> Result<Option<Arc<dyn AggregateUDFImpl>>> {
        Ok(Some(self))
    }

    /// The result of no rows, such as those of an empty window frame.
    fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
        let shapes = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        let of_type = |(_, shape): &&(Choice, Arc<Shape>)| shape.result.data_type() == data_type;
        match shapes.iter().find(of_type) {
            Some((_, shape)) => Ok(shape.none.clone()),
            None => ScalarValue::try_from(data_type),
        }
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

impl PartialEq for Aggregate {
    fn eq(&self, other: &Self) -> bool {
        self.bound == other.bound
    }
}

impl Eq for Aggregate {}

impl Hash for Aggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bound.hash(state);
    }
}
