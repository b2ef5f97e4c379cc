//! Window functions: a value for each row of an ordered partition.

use std::{
    fmt,
    hash::{Hash, Hasher},
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use arrow::{
    array::{Array, ArrayRef},
    datatypes::{DataType, Field, FieldRef},
};
use datafusion::{
    common::{ScalarValue, plan_err},
    error::{DataFusionError, Result},
    logical_expr::{
        Documentation, PartitionEvaluator, Signature as EngineSignature, WindowUDF, WindowUDFImpl,
        function::{PartitionEvaluatorArgs, WindowUDFFieldArgs},
    },
};

use super::{
    binding::Binding,
    bound::{BindError, Bound},
    coercion::Choice,
    description::Kind,
    error::Failure,
    guest::{Guest, guest_error, only, written},
    site::Site,
};
use crate::{
    boundary::Rows,
    query::{Lodger, QueryScope},
    runtime::Runtime,
    sandbox::{Handle, Instance},
};

/// A DataFusion window function that calls a function of a component.
///
/// Runs only in a query with a [`QueryScope`], which [`BindScope`](super::BindScope) ties it to.
///
/// # Errors
///
/// If the component can not be loaded, has no such function, or the function needs a grant that the
/// binding does not have.
pub fn window_udf(runtime: &Arc<Runtime>, binding: Binding) -> Result<WindowUDF, BindError> {
    let bound = Bound::new(runtime, binding, Kind::Window)?;
    Ok(WindowUDF::new_from_impl(Window {
        signature: EngineSignature::user_defined(bound.volatility),
        documentation: Arc::new(bound.documentation()),
        bound: Arc::new(bound),
        shapes: Arc::default(),
        query: None,
    }))
}

/// A window function of a component, as DataFusion sees it.
#[derive(Debug, Clone)]
pub(super) struct Window {
    bound: Arc<Bound>,
    signature: EngineSignature,
    documentation: Arc<Documentation>,
    /// What the guest says of itself, by argument types.
    shapes: Arc<Mutex<Vec<(Choice, Shape)>>>,
    /// DataFusion hands nothing of a query to a window function, so it is told which one it belongs to.
    query: Option<Arc<QueryScope>>,
}

/// What a window function is for arguments of certain types.
#[derive(Debug, Clone)]
struct Shape {
    result: FieldRef,
    incremental: bool,
}

impl Window {
    /// The window function of a component that `udf` is, if it is one.
    pub(super) fn of(udf: &WindowUDF) -> Option<&Self> {
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

    /// The same function in a query.
    pub(super) fn in_query(&self, query: &Arc<QueryScope>) -> WindowUDF {
        WindowUDF::new_from_impl(Self {
            query: Some(Arc::clone(query)),
            ..self.clone()
        })
    }

    /// Opens the function for every signature whose types are known.
    pub(super) fn try_constructor(&self) -> Result<(), BindError> {
        for choice in self.bound.choices() {
            self.shape(&choice).map_err(|cause| {
                BindError::Constructor(Box::new(self.bound.error("embedded", cause)))
            })?;
        }
        Ok(())
    }

    fn choose(&self, fields: &[FieldRef]) -> Result<Choice> {
        let given: Vec<_> = fields.iter().map(|f| f.data_type().clone()).collect();
        self.bound.choose(&given)
    }

    /// What the guest says of itself, asked once.
    fn shape(&self, choice: &Choice) -> Result<Shape, Failure> {
        let shapes = || self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, shape)) = shapes().iter().find(|(known, _)| known == choice) {
            return Ok(shape.clone());
        }
        let mut instance = self.bound.instance(&self.bound.preparation())?;
        let handle = open(&self.bound, choice, &mut instance)?;
        let result = only(instance.window_result(handle))?;
        let described = self.bound.signature(choice).value();
        if let Some(described) = described.filter(|d| d.data_type() != result.data_type()) {
            return Err(Failure::Opened {
                described: described.data_type().clone(),
                opened: result.data_type().to_string(),
            });
        }
        let shape = Shape {
            result,
            incremental: instance.is_window_incremental(handle)?,
        };
        shapes().push((choice.clone(), shape.clone()));
        Ok(shape)
    }
}

/// Opens a window function in an instance.
fn open(bound: &Bound, choice: &Choice, instance: &mut Instance) -> Result<Handle, Failure> {
    let fields = written(&bound.arguments(choice))?;
    let opened = instance.open_window(&bound.binding.function, &fields, bound.options())?;
    opened.map_err(|error| guest_error(error, 0))
}

impl WindowUDFImpl for Window {
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

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        let choice = self.choose(args.input_fields())?;
        let shape = self.shape(&choice).map_err(|cause| self.failed(cause))?;
        let field = Field::clone(&shape.result);
        Ok(Arc::new(field.with_name(args.name())))
    }

    fn partition_evaluator(
        &self,
        args: PartitionEvaluatorArgs,
    ) -> Result<Box<dyn PartitionEvaluator>> {
        let Some(query) = &self.query else {
            return Err(self.bound.without_scope());
        };
        if args.ignore_nulls() {
            return plan_err!(
                "window function `{}` cannot be called with IGNORE NULLS: it decides itself what a null is to it",
                self.name()
            );
        }
        let choice = self.choose(args.input_fields())?;
        let shape = self.shape(&choice).map_err(|cause| self.failed(cause))?;
        Ok(Box::new(Evaluator {
            site: Site::new(&self.bound, query, choice, args.input_exprs()),
            shape,
            entered: None,
            ready: None,
        }))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

/// Computes a partition: whole, or as its rows come.
struct Evaluator {
    site: Site,
    shape: Shape,
    /// Where the guest has seen the first rows of the partition.
    entered: Option<Lodger>,
    /// Values that are computed and not asked for yet, and how many of the array were asked for.
    ready: Option<(ArrayRef, usize)>,
}

impl Evaluator {
    fn acquire(&self) -> Result<Guest, Failure> {
        let Site {
            bound,
            scope,
            choice,
            ..
        } = &self.site;
        let opened = self.site.pool().acquire(|| {
            let guest = Guest::open(bound, scope, |instance| open(bound, choice, instance))?;
            Ok::<_, Failure>(guest.opened)
        })?;
        Ok(self.site.guest(opened))
    }

    fn whole(&self, columns: &[ArrayRef], rows: usize) -> Result<ArrayRef, Failure> {
        let mut guest = self.acquire()?;
        let batch = guest.pass(columns, rows)?;
        let returned = guest.call(rows, |instance, handle| {
            instance.evaluate_window(handle, batch)
        })?;
        let fields = std::slice::from_ref(&self.shape.result);
        let rows = Rows::Exactly(rows);
        let pool = self.site.pool();
        let mut received = match pool.has_room() {
            true => guest.read(returned, fields, rows)?,
            false => guest.take(returned, fields, rows)?,
        };
        pool.release(guest.opened);
        Ok(received.columns.swap_remove(0))
    }

    /// The values of rows that follow those before.
    fn next(&mut self, columns: &[ArrayRef], rows: usize) -> Result<ArrayRef, Failure> {
        let Site {
            bound,
            scope,
            choice,
            ..
        } = &self.site;
        let first = self.entered.is_none();
        let lodger = match self.entered.take() {
            Some(lodger) => lodger,
            None => self.site.lodge(
                || Guest::open(bound, scope, |instance| open(bound, choice, instance)),
                |instance| open(bound, choice, instance),
            )?,
        };
        let push = |guest: &mut Guest| {
            let batch = guest.pass(columns, rows)?;
            let returned = guest.call(rows, |instance, handle| {
                instance.push_window(handle, batch, first)
            })?;
            let fields = std::slice::from_ref(&self.shape.result);
            guest.take(returned, fields, Rows::Exactly(rows))
        };
        let pushed = lodger.lend(|opened| {
            let mut guest = self.site.guest(opened);
            (push(&mut guest), Some(guest.opened))
        })?;
        self.entered = Some(lodger);
        Ok(pushed?.columns.swap_remove(0))
    }
}

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let columns = self.site.arguments(values)?;
        self.whole(&columns, rows)
            .map_err(|cause| self.site.failed(cause))
    }

    /// Asked for row after row; all rows that are there are computed at once.
    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> Result<ScalarValue> {
        if let Some((ready, asked)) = &mut self.ready
            && *asked < ready.len()
        {
            let value = ScalarValue::try_from_array(ready, *asked)?;
            *asked += 1;
            return Ok(value);
        }
        let there = values.first().map_or(range.end, |values| values.len());
        let rows = there.saturating_sub(range.start).max(1);
        let new: Vec<_> = values
            .iter()
            .map(|values| values.slice(range.start, rows))
            .collect();
        let columns = self.site.arguments(&new)?;
        let ready = self.next(&columns, rows);
        let ready = ready.map_err(|cause| self.site.failed(cause))?;
        let value = ScalarValue::try_from_array(&ready, 0)?;
        self.ready = Some((ready, 1));
        Ok(value)
    }

    fn supports_bounded_execution(&self) -> bool {
        self.shape.incremental
    }

    fn is_causal(&self) -> bool {
        self.shape.incremental
    }
}

impl fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluator")
            .field("function", &self.site.bound)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Window {
    fn eq(&self, other: &Self) -> bool {
        self.bound == other.bound
    }
}

impl Eq for Window {}

impl Hash for Window {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bound.hash(state);
    }
}
