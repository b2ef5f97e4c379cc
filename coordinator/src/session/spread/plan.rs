//! From a logical plan to parts for the hosts of the moment.

use std::sync::Arc;

use arrowbox_host::{Distributed, QuicChannels};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionConfig;
use datafusion_distributed::{DistributedExec, DistributedExt, WorkerResolver};
use url::Url;
use uuid::Uuid;

use super::explain::explain;
use super::sink::{self, Sink};
use super::{Spread, analyze};
use crate::cluster::{Cluster, Host};

/// What is to be run.
pub(super) enum Planned {
    /// Nothing of it runs elsewhere.
    Here(Arc<dyn ExecutionPlan>),
    /// Parts of it do.
    Apart(Box<Parts>),
}

/// A plan whose parts run on hosts.
pub(super) struct Parts {
    pub(super) attempt: Uuid,
    /// Empty if there is none: then it can not run.
    pub(super) hosts: Vec<Arc<Host>>,
    pub(super) distributed: Distributed,
    pub(super) purpose: Purpose,
}

/// What the rows of a plan are for.
pub(super) enum Purpose {
    /// They are the result.
    Result,
    /// They are written from here.
    Sink(Sink),
    /// What making them took is.
    Analyze(analyze::Analyze),
}

/// The addresses of hosts, as a plan is made for them.
pub(super) struct Addresses(Vec<Url>);

impl Addresses {
    /// With these, nothing is spread.
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    /// Without hosts it can still be seen whether a plan would be spread. A single one stands there twice: the
    /// planner sends nothing away if there is only one place for it, and would have all of it run here.
    fn of(hosts: &[Arc<Host>]) -> Result<Self> {
        let mut urls: Vec<_> = hosts.iter().map(|host| host.url.clone()).collect();
        if urls.is_empty() {
            let nobody = Url::parse("quic://nobody:1");
            urls.push(nobody.map_err(|error| DataFusionError::External(Box::new(error)))?);
        }
        if let [only] = urls.as_slice() {
            urls.push(only.clone());
        }
        Ok(Self(urls))
    }
}

impl WorkerResolver for Addresses {
    fn get_urls(&self) -> Result<Vec<Url>> {
        Ok(self.0.clone())
    }
}

/// Plans `plan` for `hosts`. The session's configuration is then that of the attempt.
pub(super) async fn plan(
    spread: &Spread,
    state: &mut SessionState,
    plan: &LogicalPlan,
    hosts: Vec<Arc<Host>>,
) -> Result<Planned> {
    let attempt = Uuid::new_v4();
    configure(spread, state.config_mut(), attempt, &hosts)?;
    let physical = state.create_physical_plan(plan).await?;
    let (apart, purpose) = match analyze::Analyze::of(plan, &physical) {
        Some((analyze, input)) => (input, Purpose::Analyze(analyze)),
        None if physical.is::<DistributedExec>() => match sink::split(&physical, state)? {
            Some((sink, input)) => (input, Purpose::Sink(sink)),
            None => (Arc::clone(&physical), Purpose::Result),
        },
        None => {
            let explained = explain(state, plan, physical).await?;
            return Ok(Planned::Here(explained));
        }
    };
    let distributed = Distributed::prepare(apart)?;
    Ok(match distributed {
        None => Planned::Here(physical),
        Some(distributed) => Planned::Apart(Box::new(Parts {
            attempt,
            hosts,
            distributed,
            purpose,
        })),
    })
}

fn configure(
    spread: &Spread,
    config: &mut SessionConfig,
    attempt: Uuid,
    hosts: &[Arc<Host>],
) -> Result<()> {
    config.set_distributed_worker_resolver(Addresses::of(hosts)?);
    let endpoint = spread.cluster.endpoint().clone();
    config.set_distributed_channel_resolver(QuicChannels::new(endpoint, attempt));
    let execution = &mut config.options_mut().execution;
    if let Some(automatic) = spread.automatic
        && let Some(partitions) = Cluster::partitions(hosts)
        && execution.target_partitions == automatic
    {
        execution.target_partitions = partitions;
    }
    Ok(())
}
