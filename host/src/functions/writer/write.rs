//! The node of a physical plan that writes partitions.

use std::{collections::BTreeMap, fmt, sync::Arc};

use arrow::{
    array::{
        ArrayRef, AsArray, BinaryArray, ListBuilder, RecordBatch, StringBuilder, UInt32Array,
        UInt64Array,
    },
    datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type, UInt64Type},
};
use datafusion::{
    common::tree_node::TreeNodeRecursion,
    error::{DataFusionError, Result},
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::{Distribution, LexOrdering, OrderingRequirements},
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PhysicalExpr,
        PlanProperties, stream::RecordBatchStreamAdapter,
    },
};
use datafusion_distributed::DistributedTaskContext;
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    attempt::Attempt,
    external,
    partition::{Created, Manifest, Partition},
};
use crate::{
    functions::{
        Function,
        bound::Bound,
        distributed::{Columns, Decoder, EncodedSortExpr, Encoder, Link},
        relation::properties,
    },
    sandbox::FileSink,
    storage::{EncodedTarget, Target},
};

/// A [`WriteExec`] for a host.
#[derive(Serialize, Deserialize)]
pub(in crate::functions) struct EncodedWrite {
    id: Uuid,
    function: String,
    parameters: BTreeMap<String, String>,
    target: EncodedTarget,
    input: Columns,
    ordering: Vec<EncodedSortExpr>,
}

/// Writes its input, each partition in an instance of its own. Gives the manifests.
#[derive(Debug)]
pub(in crate::functions) struct WriteExec {
    attempt: Arc<Attempt>,
    input: Arc<dyn ExecutionPlan>,
    /// The order of the rows, if there is one: then there is one partition, so that it is kept.
    ordering: Option<LexOrdering>,
    properties: Arc<PlanProperties>,
}

impl WriteExec {
    /// An input that comes in one partition in an order is written so.
    pub(super) fn new(attempt: Arc<Attempt>, input: Arc<dyn ExecutionPlan>) -> Self {
        let single = input.output_partitioning().partition_count() == 1;
        let ordering = input.output_ordering().filter(|_| single).cloned();
        Self::with(attempt, input, ordering)
    }

    fn with(
        attempt: Arc<Attempt>,
        input: Arc<dyn ExecutionPlan>,
        ordering: Option<LexOrdering>,
    ) -> Self {
        let partitions = input.output_partitioning().partition_count();
        Self {
            properties: properties(&manifests(), partitions),
            attempt,
            input,
            ordering,
        }
    }

    pub(in crate::functions) fn encode(&self, to: &Encoder<'_>) -> Result<EncodedWrite> {
        let Attempt {
            id,
            bound,
            target,
            input,
            ..
        } = &*self.attempt;
        Ok(EncodedWrite {
            id: *id,
            function: bound.name().to_owned(),
            parameters: bound.given.clone(),
            target: target.encode().map_err(external)?,
            input: Columns::schema(input)?,
            ordering: to.sort_exprs(self.ordering.iter().flatten())?,
        })
    }

    pub(in crate::functions) fn decode(encoded: EncodedWrite, from: &Decoder<'_>) -> Result<Self> {
        let function = from.function(&encoded.function, |function| match function {
            Function::Writer(function) => Some(function),
            _ => None,
        })?;
        let attempt = Attempt::new(
            encoded.id,
            Arc::new(function.bound.with(encoded.parameters)),
            Target::decode(encoded.target).map_err(external)?,
            encoded.input.read_schema()?,
        );
        let input = from.input()?;
        let ordering = from.ordering(&encoded.ordering, &input.schema())?;
        Ok(Self::with(attempt, input, ordering))
    }

    pub(in crate::functions) fn function(&self) -> &Bound {
        &self.attempt.bound
    }

    /// Whether all rows go to one partition, for their order.
    pub(in crate::functions) fn is_ordered(&self) -> bool {
        self.ordering.is_some()
    }
}

/// The columns of what a write leaves: one row for each partition.
fn manifests() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("partition", DataType::UInt32, false),
        Field::new("manifest", DataType::Binary, false),
        Field::new("rows", DataType::UInt64, false),
        Field::new("files", DataType::new_list(DataType::Utf8, true), false),
    ]))
}

impl Manifest {
    fn row(&self) -> Result<RecordBatch> {
        let mut files = ListBuilder::new(StringBuilder::new());
        files.append_value(self.files.iter().map(Some));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from(vec![self.partition])),
            Arc::new(BinaryArray::from_vec(vec![&self.content])),
            Arc::new(UInt64Array::from(vec![self.rows])),
            Arc::new(files.finish()),
        ];
        Ok(RecordBatch::try_new(manifests(), columns)?)
    }

    /// The manifests in `batch`.
    pub(super) fn of(batch: &RecordBatch) -> Vec<Self> {
        let partitions = batch.column(0).as_primitive::<UInt32Type>();
        let contents = batch.column(1).as_binary::<i32>();
        let rows = batch.column(2).as_primitive::<UInt64Type>();
        let files = batch.column(3).as_list::<i32>();
        let files = |index| {
            let files = files.value(index);
            let files = files.as_string::<i32>().iter().flatten();
            files.map(str::to_owned).collect()
        };
        let manifest = |index| Self {
            partition: partitions.value(index),
            content: contents.value(index).to_vec(),
            rows: rows.value(index),
            files: files(index),
        };
        (0..batch.num_rows()).map(manifest).collect()
    }
}

impl DisplayAs for WriteExec {
    fn fmt_as(&self, t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.attempt.bound.name();
        match t {
            DisplayFormatType::TreeRender => write!(f, "function={name}"),
            _ => write!(f, "WriteExec: function={name}"),
        }
    }
}

impl ExecutionPlan for WriteExec {
    fn name(&self) -> &str {
        "WriteExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![match self.ordering {
            Some(_) => Distribution::SinglePartition,
            None => Distribution::UnspecifiedDistribution,
        }]
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![self.ordering.clone().map(Into::into)]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![self.ordering.is_none()]
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
        Ok(Arc::new(Self::with(
            Arc::clone(&self.attempt),
            children.swap_remove(0),
            self.ordering.clone(),
        )))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let config = context.session_config();
        let query = Arc::clone(self.attempt.bound.query(config.options())?);
        let (sink, created): (Arc<dyn FileSink>, _) = match config.get_extension::<Link>() {
            Some(link) => {
                let created = Created::new(self.attempt.join(&query, &*link.0));
                (Arc::clone(&created) as _, Some(created))
            }
            None => (self.attempt.staging()?, None),
        };
        // Every task numbers its partitions from zero.
        let task = DistributedTaskContext::from_ctx(&context);
        let partitions = self.properties.partitioning.partition_count();
        let writing = Partition {
            query,
            sink,
            created,
            attempt: Arc::clone(&self.attempt),
            number: (task.task_index * partitions + partition) as u32,
        };
        let input = self.input.execute(partition, context)?;
        let row = async move {
            let manifest = writing.write(input).await?;
            let row = manifest.map(|manifest| manifest.row()).transpose()?;
            Ok::<_, DataFusionError>(futures::stream::iter(row.map(Ok)))
        };
        let rows = futures::stream::once(row).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(manifests(), rows)))
    }
}
