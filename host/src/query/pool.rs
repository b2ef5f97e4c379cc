//! The instances of one function with arguments of certain types, in one query.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::sandbox::{CallError, Handle, Instance};

/// An instance in which a function was opened.
pub struct Opened {
    pub(crate) instance: Instance,
    pub(crate) function: Handle,
}

/// Instances that wait: for a call, or for somebody to let go of their last result.
///
/// Nobody waits for an instance. Where none is free, another is made; and where too many are waiting for
/// their results to be let go, the next result is copied out, so that its instance is free at once.
pub struct Pool {
    waiting: Mutex<Waiting>,
    bound: usize,
}

#[derive(Default)]
struct Waiting {
    instances: Vec<Opened>,
    /// The query is over: what comes back is dropped.
    closed: bool,
}

impl Pool {
    /// `bound` is how many instances may wait.
    pub(crate) fn new(bound: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            bound,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while it is held.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An instance that can be entered, or one made by `make`.
    pub(crate) fn acquire<E: From<CallError>>(
        &self,
        make: impl FnOnce() -> Result<Opened, E>,
    ) -> Result<Opened, E> {
        let free = {
            let instances = &mut self.lock().instances;
            instances
                .iter_mut()
                .rposition(|opened| !opened.instance.is_leased())
                .map(|index| instances.swap_remove(index))
        };
        free.map_or_else(make, Ok)
    }

    /// Whether an instance can wait until its result is let go.
    pub(crate) fn has_room(&self) -> bool {
        self.lock().instances.len() < self.bound
    }

    /// Takes an instance back after a call. A dead one is dropped, and so is one that has grown by what no call gives
    /// back: a new one is soon made.
    pub(crate) fn release(&self, opened: Opened) {
        if opened.instance.is_dead() || opened.instance.is_worn() {
            return;
        }
        let mut waiting = self.lock();
        if waiting.closed {
            // Dropped when the lock is free.
            drop(waiting);
            return;
        }
        waiting.instances.push(opened);
    }

    /// Drops all instances, and those that come back. Results that are in use stay.
    pub(crate) fn close(&self) {
        let instances = {
            let mut waiting = self.lock();
            waiting.closed = true;
            std::mem::take(&mut waiting.instances)
        };
        drop(instances);
    }
}
