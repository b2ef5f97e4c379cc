//! A reader as a table.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    error::Result,
    logical_expr::{Expr, TableProviderFilterPushDown, TableType},
    physical_plan::ExecutionPlan,
};

use super::{
    ReaderBreach, Source,
    exec::ReaderExec,
    external,
    filter::{Conjunction, Filter, hand_over},
    splits::Wanted,
};
use crate::{
    functions::{blocking::blocking, error::Failure, guest::guest_error},
    sandbox::wire::Exactness,
    storage::{Files, Locations},
};

/// Filters whose exactness is remembered.
const REMEMBERED: usize = 4096;

/// What lies at some locations, as a reader reads it.
pub(super) struct ReaderTable {
    source: Source,
    locations: Locations,
    /// As they were when the table was made, for what is asked outside of queries.
    files: Files,
    /// What the reader said, so that it says the same when a scan is planned as when filters were placed.
    known: Mutex<Vec<(Filter, Exactness)>>,
}

impl ReaderTable {
    pub(super) fn new(source: Source, locations: Locations, files: Files) -> Self {
        Self {
            source,
            locations,
            files,
            known: Mutex::default(),
        }
    }

    /// How exact the reader is with each filter.
    fn exactness(&self, filters: &[Filter]) -> Result<Vec<Exactness>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let find = |known: &[(Filter, Exactness)], filter: &Filter| {
            let found = known.iter().find(|(other, _)| other == filter);
            found.map(|(_, exactness)| *exactness)
        };
        let mut unknown: Vec<Filter> = Vec::new();
        for filter in filters {
            if find(&known, filter).is_none() && !unknown.contains(filter) {
                unknown.push(filter.clone());
            }
        }
        if !unknown.is_empty() {
            let said = self
                .ask(&unknown)
                .map_err(|cause| self.source.bound.planning_error(cause))?;
            if known.len() + unknown.len() > REMEMBERED {
                known.retain(|(filter, _)| filters.contains(filter));
            }
            known.extend(unknown.into_iter().zip(said));
        }
        let exactness = filters
            .iter()
            .map(|filter| find(&known, filter).unwrap_or(Exactness::Unsupported));
        Ok(exactness.collect())
    }

    fn ask(&self, filters: &[Filter]) -> Result<Vec<Exactness>, Failure> {
        let (mut instance, handle) = self.source.prepare(&self.files)?;
        let (sent, _) = hand_over(&mut instance, filters, &self.source.schema)?;
        let said = instance
            .reader_exactness(handle, &sent)?
            .map_err(|error| guest_error(error, 0))?;
        if said.len() != filters.len() {
            return Err(ReaderBreach::Exactness {
                expected: filters.len(),
                found: said.len(),
            }
            .into());
        }
        Ok(said)
    }
}

#[async_trait]
impl TableProvider for ReaderTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.source.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let parts: Vec<_> = filters
            .iter()
            .map(|expr| Conjunction::of(expr, &self.source.schema))
            .collect();
        let all: Vec<_> = parts.iter().flat_map(|part| part.filters.clone()).collect();
        let mut said = self.exactness(&all)?.into_iter();
        let support = parts.iter().map(|part| {
            let said: Vec<_> = said.by_ref().take(part.filters.len()).collect();
            if said.iter().all(|it| *it == Exactness::Unsupported) {
                TableProviderFilterPushDown::Unsupported
            } else if part.whole && said.iter().all(|it| *it == Exactness::Exact) {
                TableProviderFilterPushDown::Exact
            } else {
                TableProviderFilterPushDown::Inexact
            }
        });
        Ok(support.collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let query = Arc::clone(self.source.bound.query(state.config_options())?);
        query.expect_functions();
        let mut pushed = Vec::new();
        let mut exact = true;
        for expr in filters {
            let part = Conjunction::of(expr, &self.source.schema);
            exact &= part.whole;
            pushed.extend(part.filters);
        }
        let said = self.exactness(&pushed)?;
        exact &= said.iter().all(|it| *it == Exactness::Exact);
        let pushed = pushed.into_iter().zip(said);
        let pushed = pushed.filter(|(_, said)| *said != Exactness::Unsupported);
        let projection = projection.cloned();
        let wanted = Wanted {
            projection: projection
                .unwrap_or_else(|| (0..self.source.schema.fields().len()).collect()),
            filters: pushed.map(|(filter, _)| filter).collect(),
            limit: limit.filter(|_| exact).map(|limit| limit as u64),
        };
        let source = self.source.clone();
        let locations = self.locations.clone();
        let partitions = state.config().target_partitions();
        blocking(move || {
            let files = locations.list(query.interrupt()).map_err(external)?;
            let splits = wanted.plan(&source, &query, &files)?;
            let exec = ReaderExec::new(source, files, splits, wanted, partitions)?;
            Ok(Arc::new(exec) as Arc<dyn ExecutionPlan>)
        })
        .await
    }
}

impl fmt::Debug for ReaderTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReaderTable")
            .field("reader", &self.source.bound.name())
            .field("locations", &self.locations.to_string())
            .finish_non_exhaustive()
    }
}
