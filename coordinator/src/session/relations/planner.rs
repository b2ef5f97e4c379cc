use std::num::NonZeroUsize;
use std::str::FromStr;

use arrowbox_host::{Function, GroupedInput, GroupedMap, TableFunction};
use datafusion::common::{DFSchema, ScalarValue, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::error::Result;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, SortExpr};
use datafusion::sql::planner::NullOrdering;
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, JoinConstraint, JoinOperator, TableAlias, TableFactor,
};

use super::call::Arguments;
use super::lateral::{check_join, folded};
use super::{Call, CallError, Constants, Maps, Opened};
use crate::session::ddl::normalise;
use crate::session::forms;
use crate::session::functions::Resolved;

/// Plans the functions of components in the `FROM` of one statement.
#[derive(Debug)]
pub(in crate::session) struct Relations {
    pub(in crate::session) functions: Resolved,
    pub(in crate::session) opened: Opened,
    pub(in crate::session) constants: Constants,
}

type Context<'c> = &'c mut dyn RelationPlannerContext;

impl RelationPlanner for Relations {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: Context<'_>,
    ) -> Result<RelationPlanning> {
        if let TableFactor::NestedJoin {
            table_with_joins,
            alias,
        } = &relation
            && let Some((call, join)) = folded(table_with_joins, &|name| self.is_table(name))
        {
            let plan = self.lateral(&table_with_joins.relation, &call, join, context)?;
            return Ok(planned(plan, alias.clone()));
        }
        let Some(call) = Call::of(&relation) else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let plan = match self.functions.get(&call.name) {
            Some(Function::Table(function)) => self.table(function, &call, context)?,
            Some(Function::Reader(_)) => match self.opened.table(&relation) {
                Some(table) => scan(&call.name, provider_as_source(table.clone()))?,
                None => return Ok(RelationPlanning::Original(Box::new(relation))),
            },
            Some(function) => {
                return Err(CallError::Kind {
                    name: call.name,
                    kind: forms::kind(function),
                }
                .into());
            }
            None => match Maps::of(&call.name) {
                Some(maps) => self.map(maps, &call, context)?,
                None => return Ok(RelationPlanning::Original(Box::new(relation))),
            },
        };
        Ok(planned(plan, call.alias.cloned()))
    }
}

fn planned(plan: LogicalPlan, alias: Option<TableAlias>) -> RelationPlanning {
    RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias)))
}

fn scan(
    name: &str,
    source: std::sync::Arc<dyn datafusion::logical_expr::TableSource>,
) -> Result<LogicalPlan> {
    LogicalPlanBuilder::scan(TableReference::bare(name), source, None)?.build()
}

impl Relations {
    fn is_table(&self, name: &str) -> bool {
        matches!(self.functions.get(name), Some(Function::Table(_)))
    }

    /// Called once, with constants.
    fn table(
        &self,
        function: &TableFunction,
        call: &Call<'_>,
        context: Context<'_>,
    ) -> Result<LogicalPlan> {
        let arguments = call.positional()?;
        if let Some(argument) = call.columns() {
            return Err(CallError::Columns {
                call: call.name.clone(),
                argument: argument.to_string(),
            }
            .into());
        }
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.constant(&call.name, argument, context)?);
        }
        scan(&call.name, provider_as_source(function.table(&values)?))
    }

    /// Called for each row of `left`.
    fn lateral(
        &self,
        left: &TableFactor,
        call: &Call<'_>,
        join: &JoinOperator,
        context: Context<'_>,
    ) -> Result<LogicalPlan> {
        let Some(Function::Table(function)) = self.functions.get(&call.name) else {
            return Err(CallError::NoFunction {
                call: "FROM",
                name: call.name.clone(),
            }
            .into());
        };
        check_join(&call.name, join)?;
        let left = context.plan(left.clone())?;
        let mut arguments = Vec::new();
        for argument in call.positional()? {
            arguments.push(context.sql_to_expr(argument.clone(), left.schema())?);
        }
        let (alias, columns) = match call.alias {
            Some(alias) => {
                let columns = alias.columns.iter();
                let columns = columns.map(|column| normalise(&column.name)).collect();
                (normalise(&alias.name), columns)
            }
            None => (call.name.clone(), Vec::new()),
        };
        let alias = Some(TableReference::bare(alias));
        let plan = function.lateral(left, arguments, alias, &columns)?;
        match join {
            JoinOperator::Join(JoinConstraint::On(condition))
            | JoinOperator::Inner(JoinConstraint::On(condition)) => {
                let condition = context.sql_to_expr(condition.clone(), plan.schema())?;
                if matches!(
                    condition,
                    Expr::Literal(ScalarValue::Boolean(Some(true)), _)
                ) {
                    return Ok(plan);
                }
                LogicalPlanBuilder::from(plan).filter(condition)?.build()
            }
            _ => Ok(plan),
        }
    }

    /// A function that is called with tables.
    fn map(&self, maps: Maps, call: &Call<'_>, context: Context<'_>) -> Result<LogicalPlan> {
        let Arguments { positional, named } = call.arguments()?;
        let (tables, name, arguments) = parts(maps, positional)?;
        let wrong = |function: &Function| CallError::Kind {
            name: name.clone(),
            kind: forms::kind(function),
        };
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.constant(&name, argument, context)?);
        }
        let mut inputs = Vec::with_capacity(tables.len());
        for table in tables {
            inputs.push(context.plan(table)?);
        }
        let plan = match (maps, self.functions.get(&name)) {
            (_, None) => {
                let call = maps.name();
                return Err(CallError::NoFunction { call, name }.into());
            }
            (Maps::Batches, Some(Function::MapBatches(map))) => {
                let parallelism = self.parallelism(&named, context)?;
                map.plan(inputs.swap_remove(0), &values, parallelism)?
            }
            (Maps::Grouped | Maps::Cogrouped, Some(Function::GroupedMap(map)))
                if map.inputs() == maps.tables() =>
            {
                grouped(maps, map, inputs, &values, &named, context)?
            }
            (_, Some(function)) => return Err(wrong(function).into()),
        };
        match call.alias {
            Some(_) => Ok(plan),
            None => LogicalPlanBuilder::from(plan)
                .alias(TableReference::bare(name))?
                .build(),
        }
    }

    fn parallelism(
        &self,
        named: &[(&datafusion::sql::sqlparser::ast::Ident, &SqlExpr)],
        context: Context<'_>,
    ) -> Result<Option<NonZeroUsize>> {
        let call = Maps::Batches.name();
        let mut found = None;
        for (name, value) in named {
            if normalise(name) != "parallelism" {
                return Err(CallError::NoArgument {
                    call: call.to_owned(),
                    argument: name.value.clone(),
                    known: "parallelism",
                }
                .into());
            }
            let value = match self.constant(call, value, context)? {
                ScalarValue::Int64(Some(number)) => usize::try_from(number).ok(),
                _ => None,
            };
            let number = value.and_then(NonZeroUsize::new).ok_or(CallError::Value {
                call: call.to_owned(),
                argument: "parallelism".to_owned(),
                wanted: "a whole number from one on: so many instances run at once",
            })?;
            if found.replace(number).is_some() {
                return Err(repeated(call, "parallelism").into());
            }
        }
        Ok(found)
    }

    fn constant(
        &self,
        call: &str,
        argument: &SqlExpr,
        context: Context<'_>,
    ) -> Result<ScalarValue> {
        let refused = || CallError::NotConstant {
            call: call.to_owned(),
            argument: argument.to_string(),
        };
        if Call::names_columns(argument) {
            return Err(refused().into());
        }
        let expr = context.sql_to_expr(argument.clone(), &DFSchema::empty())?;
        Ok(self.constants.value(expr)?.ok_or_else(refused)?)
    }
}

fn repeated(call: &str, argument: &str) -> CallError {
    CallError::Repeated {
        call: call.to_owned(),
        argument: argument.to_owned(),
    }
}

/// The tables, the name of the function, and what stands behind it.
fn parts(
    maps: Maps,
    positional: Vec<&SqlExpr>,
) -> Result<(Vec<TableFactor>, String, Vec<&SqlExpr>), CallError> {
    let mut rest = positional.into_iter();
    let mut tables = Vec::new();
    for _ in 0..maps.tables() {
        let Some(SqlExpr::Subquery(query)) = rest.next() else {
            return Err(CallError::NoTable {
                call: maps.name(),
                wanted: if maps.tables() == 1 {
                    "a table"
                } else {
                    "two tables"
                },
                form: maps.form(),
            });
        };
        tables.push(TableFactor::Derived {
            lateral: false,
            subquery: query.clone(),
            alias: None,
            sample: None,
        });
    }
    match rest.next() {
        Some(SqlExpr::Identifier(name)) => Ok((tables, normalise(name), rest.collect())),
        _ => Err(CallError::NoName {
            call: maps.name(),
            form: maps.form(),
        }),
    }
}

fn grouped(
    maps: Maps,
    map: &GroupedMap,
    inputs: Vec<LogicalPlan>,
    values: &[ScalarValue],
    named: &[(&datafusion::sql::sqlparser::ast::Ident, &SqlExpr)],
    context: Context<'_>,
) -> Result<LogicalPlan> {
    let names = Clauses::parse(maps, named)?;
    let nulls = &context
        .context_provider()
        .options()
        .sql_parser
        .default_null_ordering;
    let nulls_first = NullOrdering::from_str(nulls)?.nulls_first(true);
    let mut planned = Vec::with_capacity(inputs.len());
    for ((plan, by), order) in inputs.into_iter().zip(names.by).zip(names.order) {
        let mut keys = Vec::with_capacity(by.len());
        for key in by {
            keys.push(context.sql_to_expr(key, plan.schema())?);
        }
        let mut sorts = Vec::with_capacity(order.len());
        for expr in order {
            let expr = context.sql_to_expr(expr, plan.schema())?;
            sorts.push(SortExpr::new(expr, true, nulls_first));
        }
        planned.push(GroupedInput {
            plan,
            keys,
            order: sorts,
        });
    }
    map.plan(planned, values)
}

/// What `grouped_map` and `cogrouped_map` are told by name, for each of their tables.
#[derive(Debug, Default)]
struct Clauses {
    by: Vec<Vec<SqlExpr>>,
    order: Vec<Vec<SqlExpr>>,
}

impl Clauses {
    fn parse(
        maps: Maps,
        named: &[(&datafusion::sql::sqlparser::ast::Ident, &SqlExpr)],
    ) -> Result<Self, CallError> {
        let cogrouped = maps == Maps::Cogrouped;
        let mut by = vec![None; maps.tables()];
        let mut order = vec![None; maps.tables()];
        for (name, value) in named {
            let name = normalise(name);
            let slots = match (name.as_str(), cogrouped) {
                ("by", _) => &mut by[..],
                ("order_by", _) => &mut order[..],
                ("left_by", true) => &mut by[..1],
                ("right_by", true) => &mut by[1..],
                ("left_order_by", true) => &mut order[..1],
                ("right_order_by", true) => &mut order[1..],
                _ => {
                    return Err(CallError::NoArgument {
                        call: maps.name().to_owned(),
                        argument: name,
                        known: if cogrouped {
                            "by, left_by, right_by, order_by, left_order_by, right_order_by"
                        } else {
                            "by, order_by"
                        },
                    });
                }
            };
            for slot in slots {
                if slot.replace(list(value)).is_some() {
                    return Err(repeated(maps.name(), &name));
                }
            }
        }
        let by = by.into_iter().collect::<Option<Vec<_>>>();
        let by = by.filter(|by| by.iter().all(|keys| !keys.is_empty()));
        let Some(by) = by else {
            return Err(CallError::Missing {
                call: maps.name(),
                argument: if cogrouped {
                    "by => key`, or `left_by => key, right_by => key"
                } else {
                    "by => key"
                },
            });
        };
        if by.iter().any(|keys| keys.len() != by[0].len()) {
            return Err(CallError::Value {
                call: maps.name().to_owned(),
                argument: "right_by".to_owned(),
                wanted: "as many keys as `left_by` has",
            });
        }
        let order = order.into_iter().map(Option::unwrap_or_default).collect();
        Ok(Self { by, order })
    }
}

/// `(a, b)` or `a`.
fn list(value: &SqlExpr) -> Vec<SqlExpr> {
    match value {
        SqlExpr::Tuple(values) => values.clone(),
        SqlExpr::Nested(value) => vec![value.as_ref().clone()],
        value => vec![value.clone()],
    }
}

#[cfg(test)]
mod tests;
