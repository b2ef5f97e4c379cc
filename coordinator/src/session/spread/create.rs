//! `CREATE TABLE … AS`.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::DFSchema;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::error::Result;
use datafusion::logical_expr::{CreateMemoryTable, DdlStatement, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;

use super::Run;

/// The same statement over rows that are there, if it makes a table of rows that hosts make.
///
/// `run` plans what it selects from.
pub(in crate::session) async fn create_table<F: Future<Output = Result<Run>>>(
    create: CreateMemoryTable,
    session: &SessionContext,
    run: impl FnOnce(LogicalPlan) -> F,
) -> Result<LogicalPlan> {
    let statement = |create| LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(create));
    if !selects(&create, session)? {
        return Ok(statement(create));
    }
    let run = run(LogicalPlan::clone(&create.input)).await?;
    if !run.is_apart() {
        return Ok(statement(create));
    }
    let batches = run.hold().await?.replay().await?.try_collect().await?;
    let schema = Arc::clone(create.input.schema().inner());
    let rows = Arc::new(MemTable::try_new(schema, vec![batches])?);
    let name = create.name.clone();
    let scan = LogicalPlanBuilder::scan(name, provider_as_source(rows), None)?;
    Ok(statement(CreateMemoryTable {
        input: Arc::new(scan.build()?),
        ..create
    }))
}

/// Whether the statement comes to the point of selecting anything. If not, the engine says why.
fn selects(create: &CreateMemoryTable, session: &SessionContext) -> Result<bool> {
    let exists = session.table_exist(create.name.clone())?;
    let replaces = create.or_replace && !create.if_not_exists;
    Ok(!create.temporary && (!exists || replaces) && is_unique(create.input.schema()))
}

fn is_unique(schema: &DFSchema) -> bool {
    let mut names = HashSet::new();
    schema
        .fields()
        .iter()
        .all(|field| names.insert(field.name()))
}
