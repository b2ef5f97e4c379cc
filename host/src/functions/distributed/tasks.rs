//! How many tasks the nodes of functions can be spread over.

use std::sync::Arc;

use datafusion::{
    error::Result,
    physical_plan::{ExecutionPlan, ExecutionPlanProperties},
    prelude::SessionConfig,
};
use datafusion_distributed::{
    DesiredTaskCountEvent, DesiredTaskCountEventResponse, DistributedExt,
};

use super::codec::Codec;
use crate::functions::{
    grouped::GroupedMapExec, map_batches::MapBatchesExec, reader::ReaderExec, writer::WriteExec,
};

/// The configuration of a session that plans for many machines, or that runs a part of such a plan.
pub fn distributable(config: SessionConfig) -> SessionConfig {
    if is_distributable(&config) {
        return config;
    }
    config
        .with_distributed_user_codec(Codec)
        .with_distributed_desired_task_count_handler(desired)
        .with_extension(Arc::new(Distributable))
}

/// Whether a configuration is [`distributable`].
pub(in crate::functions) fn is_distributable(config: &SessionConfig) -> bool {
    config.get_extension::<Distributable>().is_some()
}

struct Distributable;

fn desired(event: DesiredTaskCountEvent<'_>) -> Option<Result<DesiredTaskCountEventResponse>> {
    count(event.plan).map(Ok)
}

/// What a node wants, or bears. Others follow what is below them; a leaf that says nothing stays in one task.
fn count(node: &Arc<dyn ExecutionPlan>) -> Option<DesiredTaskCountEventResponse> {
    let one = DesiredTaskCountEventResponse::maximum(1);
    if let Some(reader) = node.downcast_ref::<ReaderExec>() {
        return Some(match reader.tasks() {
            Some(splits) => DesiredTaskCountEventResponse::desired(splits),
            None => one,
        });
    }
    // Every task would have all of them.
    let counted = node
        .downcast_ref::<MapBatchesExec>()
        .is_some_and(MapBatchesExec::is_counted);
    // Rows of a key meet where the engine has put them by their hash. It does not where there is one partition.
    let whole = node.is::<GroupedMapExec>() && node.output_partitioning().partition_count() == 1;
    let ordered = node
        .downcast_ref::<WriteExec>()
        .is_some_and(WriteExec::is_ordered);
    (counted || whole || ordered).then_some(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_made_distributable_once() {
        let config = SessionConfig::new();
        assert!(!is_distributable(&config));
        let config = distributable(distributable(config));
        assert!(is_distributable(&config));
    }
}
