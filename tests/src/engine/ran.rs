use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::physical_plan::ExecutionPlan;

/// A plan that was run to its end, and its rows.
pub struct Ran {
    /// With the metrics of the run.
    pub plan: Arc<dyn ExecutionPlan>,
    /// What it gave.
    pub rows: Vec<RecordBatch>,
}

impl Ran {
    /// A metric, summed over all nodes of the plan.
    pub fn metric(&self, name: &str) -> usize {
        fn sum(plan: &dyn ExecutionPlan, name: &str) -> usize {
            let own = plan
                .metrics()
                .and_then(|metrics| metrics.sum(|metric| metric.value().name() == name));
            let below = plan.children().into_iter();
            own.map_or(0, |metric| metric.as_usize())
                + below.map(|child| sum(child.as_ref(), name)).sum::<usize>()
        }
        sum(self.plan.as_ref(), name)
    }

    /// How often a node of this name is in the plan.
    pub fn count(&self, node: &str) -> usize {
        fn count(plan: &dyn ExecutionPlan, node: &str) -> usize {
            let below = plan.children().into_iter();
            usize::from(plan.name() == node)
                + below
                    .map(|child| count(child.as_ref(), node))
                    .sum::<usize>()
        }
        count(self.plan.as_ref(), node)
    }
}
