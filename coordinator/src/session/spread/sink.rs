//! Writing by the engine itself, which can not be done twice: from held rows.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::internal_err;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::datasource::sink::DataSinkExec;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, SessionState, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{
    ChildrenPropertiesMode, ExecutionPlan, ExecutionPlanProperties, ReplaceChildrenOptions,
};
use datafusion_distributed::{DistributedConfig, DistributedExec, NetworkBoundaryExt};
use futures::stream;

use crate::cluster::Held;

/// A plan that writes what goes into one of its nodes.
pub(super) struct Sink(Arc<dyn ExecutionPlan>);

/// Takes a spread plan that writes apart: into the node that does, and what goes into it.
pub(super) fn split(
    plan: &Arc<dyn ExecutionPlan>,
    state: &SessionState,
) -> Result<Option<(Sink, Arc<dyn ExecutionPlan>)>> {
    let Some(whole) = plan.children().first().map(|whole| Arc::clone(whole)) else {
        return Ok(None);
    };
    let mut node = &whole;
    let input = loop {
        match node.children().as_slice() {
            [input] if node.is::<DataSinkExec>() => break Arc::clone(input),
            [input] if !node.is_network_boundary() => node = input,
            _ => return Ok(None),
        }
    };
    let options = DistributedConfig::from_config_options(state.config_options())?;
    let input = DistributedExec::new(input).with_metrics_collection(options.collect_metrics);
    Ok(Some((Sink(whole), Arc::new(input))))
}

/// Whether some node of the plan writes.
pub(super) fn writes(plan: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    plan.exists(|node| Ok(node.is::<DataSinkExec>()))
}

impl Sink {
    pub(super) fn schema(&self) -> SchemaRef {
        self.0.schema()
    }

    /// The plan that writes these rows.
    pub(super) fn write(self, held: Held) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = Arc::clone(held.schema());
        let mut held = Some(held);
        let written = self.0.transform_down(|node| {
            if !node.is::<DataSinkExec>() {
                return Ok(Transformed::no(node));
            }
            let Some(held) = held.take() else {
                return Ok(Transformed::no(node));
            };
            let ordering = node
                .children()
                .first()
                .and_then(|input| input.equivalence_properties().output_ordering());
            let once = Arc::new(Once {
                schema: Arc::clone(&schema),
                held: Mutex::new(Some(held)),
            });
            let schema = Arc::clone(&schema);
            let rows =
                StreamingTableExec::try_new(schema, vec![once], None, ordering, false, None)?;
            let recomputed = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
            let node = node.replace_children(vec![Arc::new(rows)], recomputed)?;
            Ok(Transformed::new(node, true, TreeNodeRecursion::Stop))
        })?;
        Ok(written.data)
    }
}

/// Gives held rows, once.
struct Once {
    schema: SchemaRef,
    held: Mutex<Option<Held>>,
}

impl PartitionStream for Once {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.take();
        let rows = async move {
            match held {
                Some(held) => held.replay().await,
                None => internal_err!("held rows are read twice"),
            }
        };
        let rows = futures::TryStreamExt::try_flatten(stream::once(rows));
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            rows,
        ))
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("held rows")
    }
}
