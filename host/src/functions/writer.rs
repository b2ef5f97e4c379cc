//! Writers: tables that a function puts somewhere, all of it or nothing.
//!
//! A writer that was given a location is a table that can only be inserted into ([`WriterTable`]); `COPY … TO`
//! is an insertion into a table that nobody has a name for. Its plan is a node that writes ([`WriteExec`]):
//! each partition has one instance and gives one row, its manifest; and above it one node that commits
//! ([`CommitExec`]): it opens the writer anew, hands over the manifests, and makes everything visible. What
//! they share is an attempt ([`Attempt`]), whose files are [staged](crate::storage::Staging). Where the nodes that
//! write run on hosts, those join the staging of the node that commits, which stays with the coordinator.

mod attempt;
mod commit;
mod partition;
mod table;
mod write;

use std::{collections::BTreeMap, sync::Arc};

use arrow::datatypes::SchemaRef;
use datafusion::{
    catalog::TableProvider,
    common::TableReference,
    datasource::provider_as_source,
    error::{DataFusionError, Result},
    logical_expr::{LogicalPlan, LogicalPlanBuilder, dml::InsertOp},
};

use super::{
    binding::Binding,
    bound::{BindError, Bound},
    description::Kind,
};
use crate::{
    runtime::Runtime,
    storage::{StoreOptions, Target},
};
pub(super) use commit::CommitExec;
use table::WriterTable;
pub(super) use write::{EncodedWrite, WriteExec};

/// A writer of a component.
#[derive(Debug)]
pub struct Writer {
    bound: Bound,
}

impl Writer {
    /// The writer that `binding` names.
    ///
    /// # Errors
    ///
    /// If the component can not be loaded, has no such function, or the function needs a grant that the
    /// binding does not have.
    pub fn new(runtime: &Arc<Runtime>, binding: Binding) -> Result<Self, BindError> {
        let bound = Bound::new(runtime, binding, Kind::Writer)?;
        Ok(Self { bound })
    }

    /// A table with the columns `schema` at `location`, the path or URL of a folder: rows can be inserted
    /// into it, and not read.
    ///
    /// Options such as `aws.region` are for the client of an object store; all others are parameters of the
    /// function, beside those of its binding.
    ///
    /// # Errors
    ///
    /// If nothing can be written there.
    pub fn table(
        &self,
        schema: SchemaRef,
        location: &str,
        options: BTreeMap<String, String>,
    ) -> Result<Arc<dyn TableProvider>> {
        let (store, parameters) = StoreOptions::split(options).map_err(external)?;
        let target = Target::new(location, &store).map_err(external)?;
        let bound = self.bound.with(parameters);
        Ok(Arc::new(WriterTable::new(bound, target, schema)))
    }

    /// A plan that writes the rows of `input` to `location`, and gives one row: their number, as `count`.
    ///
    /// # Errors
    ///
    /// If nothing can be written there.
    pub fn write(
        &self,
        input: LogicalPlan,
        location: &str,
        options: BTreeMap<String, String>,
    ) -> Result<LogicalPlan> {
        let schema = Arc::clone(input.schema().inner());
        let table = provider_as_source(self.table(schema, location, options)?);
        let name = TableReference::bare(location);
        LogicalPlanBuilder::insert_into(input, name, table, InsertOp::Append)?.build()
    }
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
