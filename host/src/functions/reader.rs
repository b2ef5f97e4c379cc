//! Readers: tables of what lies somewhere.
//!
//! A reader that was given locations is a table ([`ReaderTable`]). It plans a query's scan as splits, on the
//! machine that plans; a node of the physical plan ([`ReaderExec`]) hands them out to its partitions. Where
//! the node runs on hosts, its partitions ask the coordinator for them, so that a slow host gets fewer. A
//! partition has one instance with one open reader, on a thread that may block, and copies out what it reads.

mod breach;
mod exec;
mod filter;
mod reading;
mod splits;
mod table;

use std::{collections::BTreeMap, sync::Arc};

use arrow::datatypes::SchemaRef;
use datafusion::{
    catalog::{Session, TableProvider},
    error::{DataFusionError, Result},
};

use super::{
    binding::Binding,
    blocking::blocking,
    bound::{BindError, Bound},
    description::Kind,
    error::Failure,
    guest::{Guest, guest_error},
    relation::{check_schema, result_schema},
};
use crate::{
    query::{Figures, QueryScope},
    runtime::Runtime,
    sandbox::{Answer, Environment, Handle, Instance, Interrupt},
    storage::{Files, Locations, StoreOptions},
};
pub use breach::ReaderBreach;
pub(super) use exec::{EncodedReader, ReaderExec};
use table::ReaderTable;

/// A reader of a component.
#[derive(Debug)]
pub struct Reader {
    bound: Bound,
}

impl Reader {
    /// The reader that `binding` names.
    ///
    /// # Errors
    ///
    /// If the component can not be loaded, has no such function, or the function needs a grant that the
    /// binding does not have.
    pub fn new(runtime: &Arc<Runtime>, binding: Binding) -> Result<Self, BindError> {
        let bound = Bound::new(runtime, binding, Kind::Reader)?;
        Ok(Self { bound })
    }

    /// A table of what lies at `locations`: paths or URLs of files, folders or patterns.
    ///
    /// Options such as `aws.region` are for the client of an object store; all others are parameters of the
    /// function, beside those of its binding.
    ///
    /// # Errors
    ///
    /// If nothing is there, or the reader can not open it.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves a thread that ends when the reader has opened, or the query is stopped.
    pub async fn table(
        &self,
        state: &dyn Session,
        locations: Vec<String>,
        options: BTreeMap<String, String>,
    ) -> Result<Arc<dyn TableProvider>> {
        let interrupt = QueryScope::of(state.config_options())
            .map_or_else(Arc::default, |query| Arc::clone(query.interrupt()));
        let (store, parameters) = StoreOptions::split(options).map_err(external)?;
        let locations = Locations::new(&locations, &store).map_err(external)?;
        let bound = self.bound.with(parameters);
        blocking(move || {
            let files = locations.list(&interrupt).map_err(external)?;
            let source = Source::open(Arc::new(bound), &files, &interrupt)?;
            Ok(Arc::new(ReaderTable::new(source, locations, files)) as Arc<dyn TableProvider>)
        })
        .await
    }
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// A reader whose columns are known.
#[derive(Debug, Clone)]
struct Source {
    bound: Arc<Bound>,
    /// All columns.
    schema: SchemaRef,
}

impl Source {
    /// Opens the reader to see its columns.
    fn open(bound: Arc<Bound>, files: &Files, interrupt: &Arc<Interrupt>) -> Result<Self> {
        let schema = || {
            let mut instance = bound.instance(&prepared(&bound, files, interrupt))?;
            let handle = open(&bound, &mut instance)?;
            result_schema(instance.reader_result(handle))
        };
        let schema = schema().map_err(|cause| bound.planning_error(cause))?;
        Ok(Self { schema, bound })
    }

    /// Opens the reader outside of a query, for one that is planned: it may look at `files`.
    fn prepare(&self, files: &Files) -> Result<(Instance, Handle), Failure> {
        // Nobody can cancel this.
        let limit = self.bound.preparation().limits.timeout;
        let deadline = std::time::Instant::now() + limit;
        let interrupt = Arc::new(Interrupt::new(Some(deadline)));
        let environment = prepared(&self.bound, files, &interrupt);
        let mut instance = self.bound.instance(&environment)?;
        let handle = open(&self.bound, &mut instance)?;
        check_schema(
            &self.schema,
            &*result_schema(instance.reader_result(handle))?,
        )?;
        Ok((instance, handle))
    }

    /// Opens the reader in a query, over `files`.
    fn guest(&self, query: &QueryScope, files: &Files) -> Result<Guest, Failure> {
        let scope = self.bound.scope(query);
        let environment = Arc::new(Environment {
            files: Some(Arc::new(files.under(query.interrupt()))),
            ..Environment::clone(&scope.environment)
        });
        let mut guest = Guest::open_in(&self.bound, &scope, &environment, |instance| {
            open(&self.bound, instance)
        })?;
        let handle = guest.opened.function;
        let opened = result_schema(guest.opened.instance.reader_result(handle))?;
        check_schema(&self.schema, &opened)?;
        let read = guest.opened.instance.bytes_read();
        Figures::add(&scope.figures.bytes_copied_in, read as usize);
        Ok(guest)
    }

    fn failed(&self, query: &QueryScope, cause: impl Into<Failure>) -> DataFusionError {
        self.bound.error(query.host(), cause).into()
    }
}

fn prepared(bound: &Bound, files: &Files, interrupt: &Arc<Interrupt>) -> Arc<Environment> {
    Arc::new(Environment {
        files: Some(Arc::new(files.under(interrupt))),
        interrupt: Arc::clone(interrupt),
        ..Environment::clone(&bound.preparation())
    })
}

fn open(bound: &Bound, instance: &mut Instance) -> Result<Handle, Failure> {
    instance
        .open_reader(&bound.binding.function, bound.options())?
        .map_err(|error| guest_error(error, 0))
}

/// Calls the guest, which may read files meanwhile.
fn call<T>(
    guest: &mut Guest,
    call: impl FnOnce(&mut Instance, Handle) -> Answer<T>,
) -> Result<T, Failure> {
    let before = guest.opened.instance.bytes_read();
    let returned = guest.call(0, call);
    let read = guest.opened.instance.bytes_read() - before;
    Figures::add(&guest.scope.figures.bytes_copied_in, read as usize);
    returned
}
