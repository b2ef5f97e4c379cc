//! A writer as a table.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::{SchemaExt, not_impl_err, plan_err},
    error::Result,
    logical_expr::{Expr, TableType, dml::InsertOp},
    physical_plan::ExecutionPlan,
};
use uuid::Uuid;

use super::{attempt::Attempt, commit::CommitExec, write::WriteExec};
use crate::{functions::bound::Bound, query::QueryScope, storage::Target};

/// Where a writer puts rows.
#[derive(Debug)]
pub(super) struct WriterTable {
    bound: Arc<Bound>,
    target: Target,
    schema: SchemaRef,
}

impl WriterTable {
    pub(super) fn new(bound: Bound, target: Target, schema: SchemaRef) -> Self {
        Self {
            bound: Arc::new(bound),
            target,
            schema,
        }
    }
}

#[async_trait]
impl TableProvider for WriterTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        _projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let name = self.bound.name();
        plan_err!(
            "the table at `{}` can not be read: `{name}` is a writer, which only takes rows; make another \
             table of the place, stored as something that reads it",
            self.target
        )
    }

    async fn insert_into(
        &self,
        state: &dyn Session,
        input: Arc<dyn ExecutionPlan>,
        op: InsertOp,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let name = self.bound.name();
        if op != InsertOp::Append {
            return not_impl_err!(
                "{op} at `{}`: the writer `{name}` only adds rows; use INSERT INTO, or remove what is there \
                 first",
                self.target
            );
        }
        self.schema
            .logically_equivalent_names_and_types(&input.schema())?;
        if let Some(query) = QueryScope::of(state.config_options()) {
            query.expect_functions();
        }
        let (bound, target) = (Arc::clone(&self.bound), self.target.clone());
        let attempt = Attempt::new(Uuid::new_v4(), bound, target, input.schema());
        let write = Arc::new(WriteExec::new(Arc::clone(&attempt), input));
        Ok(Arc::new(CommitExec::new(attempt, write)))
    }
}
