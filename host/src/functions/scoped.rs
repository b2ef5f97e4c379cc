//! Ties functions to the query that they run in.

use std::sync::Arc;

use datafusion::{
    common::{
        plan_err,
        tree_node::{Transformed, TreeNode},
    },
    config::ConfigOptions,
    error::Result,
    logical_expr::{Expr, LogicalPlan, WindowFunctionDefinition},
    optimizer::AnalyzerRule,
};

use super::{aggregate::Aggregate, window::Window};
use crate::query::QueryScope;

/// Tells aggregates and window functions of components which query they belong to: that of the
/// configuration that a plan is made with.
///
/// DataFusion hands the configuration to scalar functions and to plan nodes, and not to these.
#[derive(Debug, Default)]
pub struct BindScope;

impl AnalyzerRule for BindScope {
    fn analyze(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        let Some(query) = QueryScope::of(config) else {
            return Ok(plan);
        };
        let bound = plan.transform_up_with_subqueries(|node| {
            let schema = Arc::clone(node.schema());
            let mapped =
                node.map_expressions(|expr| expr.transform_up(|expr| bind(expr, query)))?;
            // The same functions: names and types stay.
            debug_assert_eq!(mapped.data.schema(), &schema);
            Ok(mapped)
        })?;
        Ok(bound.data)
    }

    fn name(&self) -> &str {
        "bind_scope"
    }
}

fn bind(mut expr: Expr, query: &Arc<QueryScope>) -> Result<Transformed<Expr>> {
    match &mut expr {
        Expr::AggregateFunction(call) => {
            let Some(aggregate) = Aggregate::of(&call.func) else {
                return Ok(Transformed::no(expr));
            };
            call.func = Arc::new(aggregate.in_query(query));
        }
        Expr::WindowFunction(call) => match &mut call.fun {
            WindowFunctionDefinition::AggregateUDF(udf) => {
                let Some(aggregate) = Aggregate::of(udf) else {
                    return Ok(Transformed::no(expr));
                };
                *udf = Arc::new(aggregate.in_query(query));
            }
            WindowFunctionDefinition::WindowUDF(udf) => {
                let Some(window) = Window::of(udf) else {
                    return Ok(Transformed::no(expr));
                };
                // The engine would say nothing of them and go on without.
                for (clause, given) in [
                    ("DISTINCT", call.params.distinct),
                    ("FILTER", call.params.filter.is_some()),
                ] {
                    if given {
                        let name = udf.name();
                        return plan_err!(
                            "window function `{name}` cannot be called with {clause}: it gives a value for each row"
                        );
                    }
                }
                *udf = Arc::new(window.in_query(query));
            }
        },
        _ => return Ok(Transformed::no(expr)),
    }
    query.expect_functions();
    Ok(Transformed::yes(expr))
}
