//! One write: what its nodes share.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result};
use uuid::Uuid;

use crate::{
    functions::{
        bound::Bound,
        distributed::AttemptLink,
        error::Failure,
        guest::{Guest, guest_error, written},
    },
    query::{Figures, QueryScope},
    sandbox::{Answer, Environment, FileSink, Handle, Instance},
    storage::{Staging, Target},
};

/// A writer, its place and the columns of its rows.
pub(super) struct Attempt {
    /// Names it on every machine.
    pub(super) id: Uuid,
    pub(super) bound: Arc<Bound>,
    pub(super) target: Target,
    /// What is written.
    pub(super) input: SchemaRef,
    /// Of the execution that runs.
    staging: Mutex<Option<Arc<Staging>>>,
}

impl Attempt {
    pub(super) fn new(id: Uuid, bound: Arc<Bound>, target: Target, input: SchemaRef) -> Arc<Self> {
        Arc::new(Self {
            id,
            bound,
            target,
            input,
            staging: Mutex::default(),
        })
    }

    /// Begins an execution.
    pub(super) fn begin(&self, query: &QueryScope) -> Arc<Staging> {
        let mut current = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        // A plan that is executed again writes again, under another name.
        let name = match &*current {
            None => self.id,
            Some(_) => Uuid::new_v4(),
        };
        let (interrupt, pool) = (query.interrupt(), query.memory_pool());
        let staging = self.target.begin(name, interrupt, pool);
        *current = Some(Arc::clone(&staging));
        staging
    }

    /// Joins the execution that another machine has begun.
    pub(super) fn join(&self, query: &QueryScope, link: &dyn AttemptLink) -> Arc<Staging> {
        let mut current = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(staging) = &*current {
            return Arc::clone(staging);
        }
        let (interrupt, pool) = (query.interrupt(), query.memory_pool());
        let staging = self.target.join(self.id, interrupt, pool);
        link.stage(self.id, Arc::clone(&staging));
        *current = Some(Arc::clone(&staging));
        staging
    }

    /// The execution that [`begin`](Self::begin) began.
    pub(super) fn staging(&self) -> Result<Arc<Staging>> {
        let current = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        current.clone().ok_or_else(|| {
            DataFusionError::Internal(
                "a write is executed by the node that commits it, which was not".to_owned(),
            )
        })
    }

    /// Opens the writer in an instance of its own.
    pub(super) fn guest(
        &self,
        query: &QueryScope,
        sink: &Arc<dyn FileSink>,
    ) -> Result<Guest, Failure> {
        let scope = self.bound.scope(query);
        let environment = Arc::new(Environment {
            sink: Some(Arc::clone(sink)),
            ..Environment::clone(&scope.environment)
        });
        let input = written(self.input.fields())?;
        let name = &self.bound.binding.function;
        let guest = Guest::open_in(&self.bound, &scope, &environment, |instance| {
            instance
                .open_writer(name, &input, self.bound.options())?
                .map_err(|error| guest_error(error, 0))
        })?;
        count(&guest, 0);
        Ok(guest)
    }

    pub(super) fn failed(&self, query: &QueryScope, cause: Failure, what: &str) -> DataFusionError {
        let error = DataFusionError::from(self.bound.error(query.host(), cause));
        let name = self.bound.name();
        error.context(format!(
            "`{name}` does not write to `{}`: {what}",
            self.target
        ))
    }
}

/// Calls the guest with `rows` rows, which may write files meanwhile.
pub(super) fn call<T>(
    guest: &mut Guest,
    rows: usize,
    call: impl FnOnce(&mut Instance, Handle) -> Answer<T>,
) -> Result<T, Failure> {
    let before = guest.opened.instance.bytes_written();
    let returned = guest.call(rows, call);
    count(guest, before);
    returned
}

/// Bytes of files are copied out of the guest.
fn count(guest: &Guest, before: u64) {
    let written = guest.opened.instance.bytes_written() - before;
    Figures::add(&guest.scope.figures.bytes_copied_out, written as usize);
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("writer", &self.bound.name())
            .field("target", &self.target.to_string())
            .finish_non_exhaustive()
    }
}
