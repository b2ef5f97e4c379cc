//! `EXPLAIN` of what would run on hosts.

use std::sync::Arc;

use arrowbox_host::Distributed;
use datafusion::common::format::ExplainFormat;
use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{LogicalPlan, PlanType, StringifiedPlan};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::explain::ExplainExec;
use datafusion_distributed::{DistributedExec, display_plan_ascii};

/// The same explanation of the plan as it would be spread, if it would be: the engine explains what it had
/// before it spread it.
pub(super) async fn explain(
    state: &SessionState,
    logical: &LogicalPlan,
    physical: Arc<dyn ExecutionPlan>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let (LogicalPlan::Explain(explain), Some(explained)) =
        (logical, physical.downcast_ref::<ExplainExec>())
    else {
        return Ok(physical);
    };
    if explain.explain_format != ExplainFormat::Indent {
        return Ok(physical);
    }
    let spread = match state.create_physical_plan(&explain.plan).await {
        Ok(plan) if plan.is::<DistributedExec>() => Distributed::prepare(plan)?,
        // If it can not be planned, the explanation says so.
        _ => None,
    };
    let Some(spread) = spread else {
        return Ok(physical);
    };
    let text = display_plan_ascii(spread.plan.as_ref(), false);
    let plans = explained
        .stringified_plans()
        .iter()
        .map(|plan| match plan.plan_type {
            PlanType::FinalPhysicalPlan => {
                StringifiedPlan::new(PlanType::FinalPhysicalPlan, text.as_str())
            }
            _ => plan.clone(),
        });
    let explained = ExplainExec::new(explained.schema(), plans.collect(), explained.verbose());
    Ok(Arc::new(explained))
}
