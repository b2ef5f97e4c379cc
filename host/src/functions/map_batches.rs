//! Batch maps: batches for batches, by a function that keeps what it learns.

use std::{
    fmt,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use datafusion::{
    common::tree_node::TreeNodeRecursion,
    common::{DFSchema, ScalarValue},
    error::{DataFusionError, Result},
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::LogicalPlan,
    physical_expr::{Distribution, Partitioning, PhysicalExpr},
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
        coalesce_partitions::CoalescePartitionsExec, repartition::RepartitionExec,
    },
};
use futures::StreamExt;
use serde::{Deserialize, Serialize};

use super::{
    Function,
    binding::Binding,
    bound::{BindError, Bound},
    description::Kind,
    distributed::{Columns, Decoder},
    error::Failure,
    guest::{Guest, written},
    relation::{
        Arguments, Mapper, Planner, Relation, RelationCall, check_schema, properties,
        result_schema, run,
    },
};
use crate::{
    query::QueryScope,
    runtime::Runtime,
    sandbox::{Handle, Instance},
};

/// A batch map of a component.
#[derive(Debug)]
pub struct MapBatches {
    bound: Arc<Bound>,
}

impl MapBatches {
    /// The batch map that `binding` names.
    ///
    /// # Errors
    ///
    /// If the component can not be loaded, has no such function, or the function needs a grant that the
    /// binding does not have.
    pub fn new(runtime: &Arc<Runtime>, binding: Binding) -> Result<Self, BindError> {
        let bound = Arc::new(Bound::new(runtime, binding, Kind::MapBatches)?);
        Ok(Self { bound })
    }

    /// A plan that maps the batches of `input`, each partition in an instance of its own.
    ///
    /// `parallelism` is the number of instances; without it there are as many as the input has partitions.
    ///
    /// # Errors
    ///
    /// If the function does not take these arguments, or not this input.
    pub fn plan(
        &self,
        input: LogicalPlan,
        arguments: &[ScalarValue],
        parallelism: Option<NonZeroUsize>,
    ) -> Result<LogicalPlan> {
        let arguments = Arguments::new(&self.bound, arguments)?;
        let call = Call {
            bound: Arc::clone(&self.bound),
            arguments,
            parallelism,
        };
        let look = || {
            let mut instance = self.bound.instance(&self.bound.preparation())?;
            let handle = call.open(&mut instance, input.schema().inner())?;
            result_schema(instance.map_batches_result(handle))
        };
        let schema = look().map_err(|cause| self.bound.planning_error(cause))?;
        let schema = DFSchema::try_from(schema)?;
        Ok(Relation::plan(call, vec![input], vec![], Arc::new(schema)))
    }
}

/// A call of a batch map.
#[derive(Debug, Clone)]
struct Call {
    bound: Arc<Bound>,
    arguments: Arguments,
    parallelism: Option<NonZeroUsize>,
}

impl Call {
    fn open(&self, instance: &mut Instance, input: &SchemaRef) -> Result<Handle, Failure> {
        let input = written(input.fields())?;
        let name = &self.bound.binding.function;
        self.arguments.open(instance, |instance, fields, row| {
            instance.open_map_batches(name, &input, fields, row, self.bound.options())
        })
    }

    /// Opens the map for one partition.
    fn guest(
        &self,
        query: &QueryScope,
        input: &SchemaRef,
        planned: &SchemaRef,
    ) -> Result<Guest, Failure> {
        let scope = self.bound.scope(query);
        let mut guest = Guest::open(&self.bound, &scope, |instance| self.open(instance, input))?;
        let handle = guest.opened.function;
        let opened = result_schema(guest.opened.instance.map_batches_result(handle))?;
        check_schema(planned, &opened)?;
        Ok(guest)
    }
}

impl RelationCall for Call {
    fn name(&self) -> &'static str {
        "MapBatches"
    }

    fn explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MapBatches: {}", self.bound.name())?;
        match self.parallelism {
            Some(parallelism) => write!(f, ", parallelism={parallelism}"),
            None => Ok(()),
        }
    }

    fn physical(
        &self,
        relation: &Relation,
        inputs: &[Arc<dyn ExecutionPlan>],
        planner: &Planner<'_>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let source = match self.parallelism {
            Some(_) if planner.is_distributed() => Source::Gathered,
            _ => Source::Spread,
        };
        Ok(Arc::new(MapBatchesExec::new(
            self.clone(),
            Arc::clone(&inputs[0]),
            relation.schema(),
            source,
        )))
    }
}

/// Where the rows of a map come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Source {
    /// The partitions of the input.
    Spread,
    /// One partition. So a map whose instances are counted runs on one machine, and what is below it on many.
    Gathered,
}

/// A [`MapBatchesExec`] for a host.
#[derive(Serialize, Deserialize)]
pub(super) struct EncodedMapBatches {
    function: String,
    arguments: Columns,
    parallelism: Option<NonZeroUsize>,
    source: Source,
    schema: Columns,
}

/// Maps the batches of its input.
#[derive(Debug)]
pub(super) struct MapBatchesExec {
    call: Call,
    input: Arc<dyn ExecutionPlan>,
    source: Source,
    /// The input in as many partitions as there are instances, made when the first is executed.
    spread: Mutex<Option<Arc<dyn ExecutionPlan>>>,
    properties: Arc<PlanProperties>,
}

impl MapBatchesExec {
    fn new(call: Call, input: Arc<dyn ExecutionPlan>, schema: SchemaRef, source: Source) -> Self {
        let partitions = input.output_partitioning().partition_count();
        let partitions = call.parallelism.map_or(partitions, NonZeroUsize::get);
        Self {
            properties: properties(&schema, partitions),
            spread: Mutex::default(),
            call,
            input,
            source,
        }
    }

    pub(super) fn encode(&self) -> Result<EncodedMapBatches> {
        Ok(EncodedMapBatches {
            function: self.call.bound.name().to_owned(),
            arguments: self.call.arguments.encode()?,
            parallelism: self.call.parallelism,
            source: self.source,
            schema: Columns::schema(&self.schema())?,
        })
    }

    pub(super) fn decode(encoded: EncodedMapBatches, from: &Decoder<'_>) -> Result<Self> {
        let function = from.function(&encoded.function, |function| match function {
            Function::MapBatches(function) => Some(function),
            _ => None,
        })?;
        let call = Call {
            bound: Arc::clone(&function.bound),
            arguments: Arguments::decode(&encoded.arguments)?,
            parallelism: encoded.parallelism,
        };
        let schema = encoded.schema.read_schema()?;
        Ok(Self::new(call, from.input()?, schema, encoded.source))
    }

    pub(super) fn function(&self) -> &Bound {
        &self.call.bound
    }

    /// Whether there are as many instances as the call says, and not as many on every machine.
    pub(super) fn is_counted(&self) -> bool {
        self.call.parallelism.is_some()
    }

    fn spread(&self) -> Result<Arc<dyn ExecutionPlan>> {
        let partitions = self.properties.partitioning.partition_count();
        let mut spread = self.spread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(spread) = &*spread {
            return Ok(Arc::clone(spread));
        }
        let input = Arc::clone(&self.input);
        let of_input = input.output_partitioning().partition_count();
        let made: Arc<dyn ExecutionPlan> = match partitions {
            same if same == of_input => input,
            1 => Arc::new(CoalescePartitionsExec::new(input)),
            more => Arc::new(RepartitionExec::try_new(
                input,
                Partitioning::RoundRobinBatch(more),
            )?),
        };
        Ok(Arc::clone(spread.insert(made)))
    }
}

impl DisplayAs for MapBatchesExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MapBatchesExec: function={}", self.call.bound.name())?;
        match self.call.parallelism {
            Some(parallelism) => write!(f, ", parallelism={parallelism}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for MapBatchesExec {
    fn name(&self) -> &str {
        "MapBatchesExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![match self.source {
            Source::Spread => Distribution::UnspecifiedDistribution,
            Source::Gathered => Distribution::SinglePartition,
        }]
    }

    /// More partitions than the plan has would be more instances.
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![self.call.parallelism.is_none()]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.swap_remove(0);
        Ok(Arc::new(Self::new(
            self.call.clone(),
            input,
            self.schema(),
            self.source,
        )))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let call = &self.call;
        let query = Arc::clone(call.bound.query(context.session_config().options())?);
        let input = self.spread()?.execute(partition, context)?;
        let guest = call.guest(&query, &input.schema(), &self.schema());
        let mapping = Mapping {
            guest: guest.map_err(|cause| call.bound.error(query.host(), cause))?,
            bound: Arc::clone(&call.bound),
            query,
            schema: self.schema(),
            input: Some(input),
        };
        Ok(run(mapping, self.schema()))
    }
}

/// One partition while it is mapped.
struct Mapping {
    guest: Guest,
    bound: Arc<Bound>,
    query: Arc<QueryScope>,
    schema: SchemaRef,
    /// None when it has ended.
    input: Option<SendableRecordBatchStream>,
}

impl Mapping {
    fn failed(&self, cause: Failure) -> DataFusionError {
        self.bound.error(self.query.host(), cause).into()
    }

    fn push(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let rows = batch.num_rows();
        let sent = self.guest.pass(batch.columns(), rows)?;
        self.guest.call(rows, |instance, handle| {
            instance.push_map_batches(handle, sent)
        })
    }

    fn take(&mut self) -> Result<Option<RecordBatch>, Failure> {
        let next = self
            .guest
            .call(0, |instance, handle| instance.next_map_batches(handle))?;
        self.guest.record(next, &self.schema)
    }
}

impl Mapper for Mapping {
    async fn feed(&mut self) -> Result<bool> {
        let Some(input) = &mut self.input else {
            return Ok(false);
        };
        while let Some(batch) = input.next().await.transpose()? {
            if batch.num_rows() > 0 {
                self.push(&batch).map_err(|cause| self.failed(cause))?;
                return Ok(true);
            }
        }
        self.input = None;
        self.guest
            .call(0, |instance, handle| instance.finish_map_batches(handle))
            .map_err(|cause| self.failed(cause))?;
        Ok(true)
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        self.take().map_err(|cause| self.failed(cause))
    }
}
