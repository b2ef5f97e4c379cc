use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrowbox_host::{Function, Reader};
use datafusion::catalog::TableProvider;
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{Expr, ExprWithAlias, TableFactor, Visit, Visitor};

use super::call::Arguments;
use super::constant::text;
use super::{Call, CallError, Constants};
use crate::session::functions::Resolved;

/// The tables of the readers that a statement calls in `FROM`, by the text of each call. To open one is to
/// look at files, which planning can not wait for.
#[derive(Debug, Default)]
pub(in crate::session) struct Opened(BTreeMap<String, Arc<dyn TableProvider>>);

impl Opened {
    /// Opens the readers that `statement` calls.
    pub(in crate::session) async fn of(
        statement: &Statement,
        functions: &Resolved,
        state: &SessionState,
    ) -> Result<Self> {
        let mut calls = Calls {
            functions,
            found: BTreeMap::new(),
        };
        calls.collect(statement);
        let constants = Constants::of(state);
        let mut tables = BTreeMap::new();
        for (text, relation) in calls.found {
            if let Some((call, reader)) = reader(&relation, functions) {
                let (locations, options) = arguments(&call, state, &constants)?;
                let table = reader.table(state, locations, options).await?;
                tables.insert(text, table);
            }
        }
        Ok(Self(tables))
    }

    /// The table of a call that was there when this was made.
    pub(super) fn table(&self, call: &TableFactor) -> Option<&Arc<dyn TableProvider>> {
        self.0.get(&key(call))
    }
}

fn reader<'s>(relation: &'s TableFactor, functions: &Resolved) -> Option<(Call<'s>, Arc<Reader>)> {
    let call = Call::of(relation)?;
    match functions.get(&call.name) {
        Some(Function::Reader(reader)) => Some((call, Arc::clone(reader))),
        _ => None,
    }
}

/// The call without its alias.
fn key(relation: &TableFactor) -> String {
    let mut relation = relation.clone();
    if let TableFactor::Table { alias, .. } | TableFactor::Function { alias, .. } = &mut relation {
        *alias = None;
    }
    relation.to_string()
}

fn arguments(
    call: &Call<'_>,
    state: &SessionState,
    constants: &Constants,
) -> Result<(Vec<String>, BTreeMap<String, String>)> {
    let Arguments { positional, named } = call.arguments()?;
    let value = |expr: &Expr| -> Result<String> {
        let refused = |wanted| CallError::Value {
            call: call.name.clone(),
            argument: expr.to_string(),
            wanted,
        };
        if Call::names_columns(expr) {
            return Err(refused("a constant: text stands in single quotes").into());
        }
        let alias = ExprWithAlias {
            expr: expr.clone(),
            alias: None,
        };
        let planned = state.create_logical_expr_from_sql_expr(alias, &DFSchema::empty())?;
        let value = constants.value(planned)?;
        let text = value.as_ref().and_then(text);
        Ok(text.ok_or_else(|| refused("a constant, and not null"))?)
    };
    let mut locations = Vec::new();
    for expr in positional {
        locations.push(value(expr)?);
    }
    let mut options = BTreeMap::new();
    for (name, expr) in named {
        // As it was written: a function sees its options in any case that its user likes.
        if options.insert(name.value.clone(), value(expr)?).is_some() {
            return Err(CallError::Repeated {
                call: call.name.clone(),
                argument: name.value.clone(),
            }
            .into());
        }
    }
    Ok((locations, options))
}

struct Calls<'f> {
    functions: &'f Resolved,
    found: BTreeMap<String, TableFactor>,
}

impl Calls<'_> {
    fn collect(&mut self, statement: &Statement) {
        let _: ControlFlow<()> = match statement {
            Statement::Statement(statement) => statement.visit(self),
            Statement::CopyTo(copy) => match &copy.source {
                CopyToSource::Query(query) => query.visit(self),
                CopyToSource::Relation(_) => ControlFlow::Continue(()),
            },
            Statement::Explain(explain) => {
                self.collect(&explain.statement);
                ControlFlow::Continue(())
            }
            Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
        };
    }
}

impl Visitor for Calls<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, relation: &TableFactor) -> ControlFlow<()> {
        if reader(relation, self.functions).is_some() {
            self.found
                .entry(key(relation))
                .or_insert_with(|| relation.clone());
        }
        ControlFlow::Continue(())
    }
}
