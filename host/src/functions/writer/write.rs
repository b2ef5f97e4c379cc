//! The node of a physical plan that writes partitions.

use std::{fmt, sync::Arc};

use arrow::{
    array::{ArrayRef, AsArray, BinaryArray, RecordBatch, UInt32Array, UInt64Array},
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
use futures::TryStreamExt;

use super::{
    attempt::Attempt,
    partition::{Manifest, Partition},
};
use crate::functions::relation::properties;

/// Writes its input, each partition in an instance of its own. Gives the manifests.
#[derive(Debug)]
pub(super) struct WriteExec {
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
}

/// The columns of what a write leaves: one row for each partition.
fn manifests() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("partition", DataType::UInt32, false),
        Field::new("manifest", DataType::Binary, false),
        Field::new("rows", DataType::UInt64, false),
    ]))
}

impl Manifest {
    fn row(&self) -> Result<RecordBatch> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from(vec![self.partition])),
            Arc::new(BinaryArray::from_vec(vec![&self.content])),
            Arc::new(UInt64Array::from(vec![self.rows])),
        ];
        Ok(RecordBatch::try_new(manifests(), columns)?)
    }

    /// The manifests in `batch`.
    pub(super) fn of(batch: &RecordBatch) -> Vec<Self> {
        let partitions = batch.column(0).as_primitive::<UInt32Type>();
        let contents = batch.column(1).as_binary::<i32>();
        let rows = batch.column(2).as_primitive::<UInt64Type>();
        let manifest = |index| Self {
            partition: partitions.value(index),
            content: contents.value(index).to_vec(),
            rows: rows.value(index),
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
        let bound = &self.attempt.bound;
        let writing = Partition {
            query: Arc::clone(bound.query(context.session_config().options())?),
            staging: self.attempt.staging()?,
            attempt: Arc::clone(&self.attempt),
            number: partition as u32,
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
