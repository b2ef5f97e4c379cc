use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrowbox_host::protocol::Stage;
use tokio::sync::watch;

use crate::cluster::{Control, Host};

/// What can be seen of a query while it runs, and how it is ended.
#[derive(Debug, Default)]
pub(in crate::session) struct Course {
    state: Mutex<State>,
    cancelled: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    control: Option<Arc<Control>>,
    replayed: Vec<String>,
    hosts: Vec<String>,
}

impl Course {
    /// How far each host of the attempt is that runs, or was the last.
    pub(in crate::session) fn progress(&self) -> Vec<Stage> {
        let control = self.state().control.clone();
        control
            .map(|control| control.progress())
            .unwrap_or_default()
    }

    /// One line for each attempt that lost a host.
    pub(in crate::session) fn replayed(&self) -> Vec<String> {
        self.state().replayed.clone()
    }

    /// The hosts of the attempt that runs, or was the last.
    pub(in crate::session) fn hosts(&self) -> Vec<String> {
        self.state().hosts.clone()
    }

    /// Ends the query wherever it runs.
    pub(in crate::session) fn cancel(&self) {
        self.cancelled.send_replace(true);
    }

    /// Waits until the query is to end.
    pub(super) async fn cancelled(&self) {
        // The sender is here, and so this does not end otherwise.
        let _ = self.cancelled.subscribe().wait_for(|ended| *ended).await;
    }

    /// An attempt runs.
    pub(super) fn begin(&self, hosts: &[Arc<Host>], control: &Arc<Control>) {
        let mut state = self.state();
        state.hosts = hosts.iter().map(|host| host.name.clone()).collect();
        state.control = Some(Arc::clone(control));
    }

    /// An attempt has lost a host.
    pub(super) fn replay(&self, line: String) {
        self.state().replayed.push(line);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What it guards is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
