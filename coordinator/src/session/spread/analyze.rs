//! `EXPLAIN ANALYZE` of what runs on hosts.
//!
//! The engine's own node for it waits for what every task measured, for ever if one does not say. Here that
//! has an end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{RecordBatch, StringArray};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion_distributed::{
    DistributedExec, DistributedMetricsFormat, display_plan_ascii, explain_analyze,
};
use tokio::time::timeout;

/// How long tasks have to say what they measured, when all rows are there.
const METRICS: Duration = Duration::from_secs(5);

/// How a plan is explained after it ran.
pub(super) struct Analyze {
    verbose: bool,
    pub(super) schema: SchemaRef,
    /// It can not run twice.
    pub(super) writes: bool,
}

impl Analyze {
    /// What runs, if `logical` is to be explained and `physical` runs on hosts.
    pub(super) fn of(
        logical: &LogicalPlan,
        physical: &Arc<dyn ExecutionPlan>,
    ) -> Option<(Self, Arc<dyn ExecutionPlan>)> {
        let LogicalPlan::Analyze(analyze) = logical else {
            return None;
        };
        let children = physical.children();
        let input = children
            .first()
            .filter(|input| input.is::<DistributedExec>())?;
        let explained = Self {
            verbose: analyze.verbose,
            schema: physical.schema(),
            writes: super::sink::writes(input).unwrap_or(true),
        };
        Some((explained, Arc::clone(input)))
    }

    /// The explanation of `plan`, which has run since `begun` and gave so many rows.
    pub(super) async fn explain(
        &self,
        plan: &Arc<dyn ExecutionPlan>,
        rows: u64,
        begun: Instant,
    ) -> Result<RecordBatch> {
        let elapsed = begun.elapsed();
        let mut lines = vec![(
            "Plan with Metrics",
            explained(plan, DistributedMetricsFormat::Aggregated).await?,
        )];
        if self.verbose {
            let tasks = explained(plan, DistributedMetricsFormat::PerTask).await?;
            lines.push(("Plan with Full Metrics", tasks));
            lines.push(("Output Rows", rows.to_string()));
            lines.push(("Duration", format!("{elapsed:?}")));
        }
        let (kinds, texts): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
        let columns = vec![
            Arc::new(StringArray::from(kinds)) as _,
            Arc::new(StringArray::from(texts)) as _,
        ];
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

async fn explained(
    plan: &Arc<dyn ExecutionPlan>,
    format: DistributedMetricsFormat,
) -> Result<String> {
    match timeout(METRICS, explain_analyze(Arc::clone(plan), format)).await {
        Ok(text) => text,
        Err(_) => Ok(format!(
            "(not every task has said what it measured)\n{}",
            display_plan_ascii(plan.as_ref(), false)
        )),
    }
}
