//! Queries of a session that has a cluster.
//!
//! A plan is made for the hosts of the moment. If parts of it run there, it is begun as an attempt, and begun
//! again if a host is lost ([`Run`]); otherwise it runs here, as in a session without a cluster. Nothing that
//! a statement does can be seen before the attempt that does it has ended:
//!
//! - Rows are held until then, unless they are wanted [at once](Release::AtOnce).
//! - What a writer of a component wrote becomes visible by one commit on this machine, which an attempt asks
//!   for leave (`AttemptControl::commit`). An attempt that was given up gets none; one that got it is not
//!   begun again.
//! - `INSERT` into tables of the engine and `COPY` to its formats write from held rows, on this machine.
//! - `CREATE TABLE AS` makes the table of held rows.

mod analyze;
mod course;
mod create;
mod explain;
mod plan;
mod run;
mod sink;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::SessionConfig;
use datafusion_distributed::{DistributedExt, SessionStateBuilderExt};
use tokio::sync::mpsc;

use crate::cluster::{Cluster, Sources};
use plan::Addresses;

pub(super) use course::Course;
pub(super) use create::create_table;
pub(super) use run::Run;

/// Bytes of files that make a partition worth having. Functions compute a lot for each, so that it is less than
/// an engine without them would choose.
const BYTES_PER_PARTITION: usize = 1 << 20;

/// What one side of a join may have at most so that each host gets all of it, in bytes and, where those are not
/// known, in rows. More than an engine on one machine takes: the other side then stays where it is read, and rows
/// without a partner are passed over there, while both sides would cross the network otherwise.
const BROADCAST_BYTES: usize = 10 << 20;
const BROADCAST_ROWS: usize = 1_000_000;

/// Where rows of a query go.
type Rows = mpsc::Sender<Result<datafusion::arrow::array::RecordBatch, super::QueryError>>;

/// How a session spreads its queries.
#[derive(Clone)]
pub(super) struct Spread {
    pub(super) cluster: Arc<Cluster>,
    pub(super) release: Release,
    pub(super) sources: Sources,
    /// What plans have as their number of partitions if nobody said another: then it is that of the hosts.
    pub(super) automatic: Option<usize>,
}

/// When rows are given out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Release {
    /// When all are there. A host that is lost before is not noticed.
    #[default]
    Whole,
    /// As they come. A host that is lost after the first ends the query.
    AtOnce,
}

impl Release {
    pub(super) fn of(stream: bool) -> Self {
        match stream {
            true => Self::AtOnce,
            false => Self::Whole,
        }
    }
}

/// A configuration whose plans can be spread, which only [`Run`] does.
pub(super) fn spreadable(mut config: SessionConfig) -> Result<SessionConfig> {
    let optimizer = &mut config.options_mut().optimizer;
    optimizer.hash_join_single_partition_threshold = BROADCAST_BYTES;
    optimizer.hash_join_single_partition_threshold_rows = BROADCAST_ROWS;
    arrowbox_host::distributable(config)
        .with_distributed_worker_resolver(Addresses::none())
        .with_distributed_file_scan_config_bytes_per_partition(BYTES_PER_PARTITION)
}

/// Goes behind the planner that it extends.
pub(super) fn planned_apart(mut builder: SessionStateBuilder) -> Result<SessionStateBuilder> {
    builder = builder.with_distributed_planner();
    if let Some(config) = builder.config() {
        // Networks of today are faster than compression.
        config
            .options_mut()
            .set("distributed.compression", "none")?;
    }
    Ok(builder)
}
