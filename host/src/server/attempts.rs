//! Which attempts a host has open.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;
use uuid::Uuid;

use super::attempt::Attempt;
use crate::protocol::Load;

/// Attempts whose end is remembered. One that nobody remembers can not be open either.
const REMEMBERED: usize = 1 << 14;

/// The attempts of a host, by their ids.
#[derive(Default)]
pub(super) struct Attempts {
    state: Mutex<State>,
    /// How many are open.
    count: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    open: HashMap<Uuid, Arc<Attempt>>,
    ended: Ended,
    draining: bool,
}

/// Ids of attempts that have ended, the oldest first.
#[derive(Default)]
struct Ended {
    ids: HashSet<Uuid>,
    order: VecDeque<Uuid>,
}

/// Why nothing can be done for an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// The host ends.
    #[error("it is about to end and takes no more work")]
    Draining,
    /// It is open.
    #[error("the attempt {0} is open here already")]
    Open(Uuid),
    /// It was, and an id is never opened again.
    #[error("the attempt {0} has ended here")]
    Ended(Uuid),
    /// It was never opened, or was by an earlier run of the program.
    #[error("the attempt {0} was never opened here: the host was started anew")]
    Unknown(Uuid),
}

/// An attempt that is open. It ends when this is dropped.
pub(super) struct OpenAttempt {
    attempts: Arc<Attempts>,
    attempt: Arc<Attempt>,
}

impl Attempts {
    /// Opens the attempt `id`, which `make` makes.
    pub(super) fn open(
        self: &Arc<Self>,
        id: Uuid,
        make: impl FnOnce() -> Arc<Attempt>,
    ) -> Result<OpenAttempt, Refusal> {
        let mut state = self.state();
        if state.draining {
            return Err(Refusal::Draining);
        }
        if state.open.contains_key(&id) {
            return Err(Refusal::Open(id));
        }
        if state.ended.ids.contains(&id) {
            return Err(Refusal::Ended(id));
        }
        let attempt = make();
        state.open.insert(id, Arc::clone(&attempt));
        self.count.send_replace(state.open.len());
        Ok(OpenAttempt {
            attempts: Arc::clone(self),
            attempt,
        })
    }

    /// The attempt, if it is open.
    pub(super) fn find(&self, id: Uuid) -> Result<Arc<Attempt>, Refusal> {
        let state = self.state();
        match state.open.get(&id) {
            Some(attempt) => Ok(Arc::clone(attempt)),
            None if state.ended.ids.contains(&id) => Err(Refusal::Ended(id)),
            None => Err(Refusal::Unknown(id)),
        }
    }

    /// Opens no more.
    pub(super) fn drain(&self) {
        self.state().draining = true;
    }

    /// Waits until none is open.
    pub(super) async fn all_ended(&self) {
        // The sender is here, and so this does not end otherwise.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    /// How many attempts and tasks there are.
    pub(super) fn load(&self) -> Load {
        let state = self.state();
        let tasks = state.open.values().map(|attempt| attempt.tasks());
        Load {
            attempts: state.open.len() as u32,
            tasks: tasks.sum(),
            memory: 0,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What it guards is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ended {
    fn remember(&mut self, id: Uuid) {
        if self.order.len() == REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        self.ids.insert(id);
        self.order.push_back(id);
    }
}

impl OpenAttempt {
    pub(super) fn attempt(&self) -> &Arc<Attempt> {
        &self.attempt
    }
}

impl Drop for OpenAttempt {
    fn drop(&mut self) {
        // First, so that whoever finds it gone finds nothing of it.
        self.attempt.end();
        let mut state = self.attempts.state();
        state.open.remove(&self.attempt.id());
        state.ended.remember(self.attempt.id());
        let open = state.open.len();
        drop(state);
        self.attempts.count.send_replace(open);
    }
}
