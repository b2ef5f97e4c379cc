//! A plan node that passes rows through and publishes what the functions of the query did.
//!
//! DataFusion's own nodes evaluate the functions and know nothing of their figures. This node stands at
//! the root of a plan (below `EXPLAIN ANALYZE`), so that the figures are among the plan's metrics and
//! travel wherever those do.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use datafusion::{
    common::{
        Statistics,
        tree_node::{TreeNode, TreeNodeRecursion},
    },
    config::ConfigOptions,
    error::Result,
    execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext},
    physical_expr::{PhysicalExpr, ScalarFunctionExpr},
    physical_optimizer::PhysicalOptimizerRule,
    physical_plan::{
        ChildStats, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, StatisticsArgs,
        analyze::AnalyzeExec,
        metrics::{ExecutionPlanMetricsSet, MetricBuilder, MetricType, MetricsSet},
        replace_children_if_necessary,
    },
};
use futures::{Stream, StreamExt};

use super::scalar::Scalar;
use crate::query::{FunctionFigures, QueryScope};

/// Puts the node into plans that call functions of components. Goes behind all other rules.
#[derive(Debug, Default)]
pub struct PublishFigures;

impl PhysicalOptimizerRule for PublishFigures {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(query) = QueryScope::of(config) else {
            return Ok(plan);
        };
        if !query.has_functions() && !calls_functions(&plan)? {
            return Ok(plan);
        }
        if plan.downcast_ref::<AnalyzeExec>().is_some() {
            let children = plan.children().into_iter().cloned();
            let children = children
                .map(|child| FiguresExec::around(child) as _)
                .collect();
            return replace_children_if_necessary(plan, children);
        }
        Ok(FiguresExec::around(plan))
    }

    fn name(&self) -> &str {
        "publish_figures"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether an expression calls a scalar function. Other kinds say so when they are planned.
fn calls_functions(plan: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    let mut found = false;
    plan.apply(|node| {
        node.apply_expressions(&mut |root| {
            root.apply(|expr| {
                let function = expr.downcast_ref::<ScalarFunctionExpr>();
                found |= function.is_some_and(|function| {
                    let inner: &dyn std::any::Any = function.fun().inner().as_ref();
                    inner.is::<Scalar>()
                });
                Ok(if found {
                    TreeNodeRecursion::Stop
                } else {
                    TreeNodeRecursion::Continue
                })
            })
        })?;
        Ok(if found {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    })?;
    Ok(found)
}

/// Passes rows through.
#[derive(Debug)]
pub(super) struct FiguresExec {
    input: Arc<dyn ExecutionPlan>,
    metrics: ExecutionPlanMetricsSet,
    /// What was published: figures are of the whole query, and every partition adds what is new.
    published: Arc<Mutex<Vec<FunctionFigures>>>,
}

impl FiguresExec {
    pub(super) fn around(input: Arc<dyn ExecutionPlan>) -> Arc<Self> {
        Arc::new(Self {
            input,
            metrics: ExecutionPlanMetricsSet::new(),
            published: Arc::default(),
        })
    }
}

impl DisplayAs for FiguresExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FunctionsExec")
    }
}

impl ExecutionPlan for FiguresExec {
    fn name(&self) -> &str {
        "FunctionsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
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
        Ok(Self::around(children.swap_remove(0)))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let scope = QueryScope::of(context.session_config().options()).cloned();
        let input = self.input.execute(partition, context)?;
        Ok(match scope {
            Some(scope) => Box::pin(Publishing {
                input,
                scope,
                partition,
                metrics: self.metrics.clone(),
                published: Arc::clone(&self.published),
            }),
            None => input,
        })
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        _args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        Ok(Arc::clone(&inputs[0]))
    }
}

/// Publishes when it ends or is dropped.
struct Publishing {
    input: SendableRecordBatchStream,
    scope: Arc<QueryScope>,
    partition: usize,
    metrics: ExecutionPlanMetricsSet,
    published: Arc<Mutex<Vec<FunctionFigures>>>,
}

impl Publishing {
    fn publish(&self) {
        let mut published = self
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let now = self.scope.own_figures();
        for figures in &now {
            let before = published.iter().find(|before| {
                before.function == figures.function && before.component == figures.component
            });
            self.add(figures, before);
        }
        *published = now;
    }

    fn add(&self, now: &FunctionFigures, before: Option<&FunctionFigures>) {
        let function = &now.function;
        let more = |figure: fn(&FunctionFigures) -> u64| {
            figure(now).saturating_sub(before.map_or(0, figure)) as usize
        };
        let name = |figure: &str| format!("{function}.{figure}");
        // Shown at every level of detail.
        let builder = || MetricBuilder::new(&self.metrics).with_type(MetricType::Summary);
        let count = |figure: &str, amount: usize| {
            let counter = builder().counter(name(figure), self.partition);
            counter.add(amount);
        };
        count("calls", more(|f| f.calls));
        count("rows", more(|f| f.rows));
        let time = |figure: &str, nanos: usize| {
            let time = builder().subset_time(name(figure), self.partition);
            time.add_duration(std::time::Duration::from_nanos(nanos as u64));
        };
        time("guest_time", more(|f| f.guest_time.as_nanos() as u64));
        time("boundary_time", more(|f| f.boundary_time.as_nanos() as u64));
        count("bytes_copied_in", more(|f| f.bytes_copied_in));
        count("bytes_copied_out", more(|f| f.bytes_copied_out));
        count("bytes_read_in_place", more(|f| f.bytes_read_in_place));
        count("peak_memory", more(|f| f.peak_memory));
        count("instances", more(|f| f.instances));
    }
}

impl Drop for Publishing {
    fn drop(&mut self) {
        self.publish();
    }
}

impl Stream for Publishing {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.input.poll_next_unpin(cx);
        if let Poll::Ready(None) = next {
            self.publish();
        }
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.input.size_hint()
    }
}

impl RecordBatchStream for Publishing {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}
