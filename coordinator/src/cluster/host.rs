use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use arrowbox_host::TransportError;
use arrowbox_host::protocol::{HostEntry, HostState, Load};
use datafusion::error::DataFusionError;
use tokio::sync::watch;
use url::Url;

use super::error::LostHost;

/// A host that takes part, from when it came to when it went. One that comes again is another.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) url: Url,
    /// Zero if it does not say.
    pub(crate) cores: u32,
    pub(crate) memory: u64,
    since: Instant,
    load: watch::Sender<Load>,
    state: watch::Sender<HostState>,
    lost: watch::Sender<bool>,
    expected: AtomicBool,
}

impl Host {
    pub(super) fn new(name: String, url: Url, cores: u32, memory: u64) -> Self {
        Self {
            name,
            url,
            cores,
            memory,
            since: Instant::now(),
            load: watch::Sender::default(),
            state: watch::Sender::new(HostState::Live),
            lost: watch::Sender::new(false),
            expected: AtomicBool::new(false),
        }
    }

    /// Whether it gets new work.
    pub(super) fn is_live(&self) -> bool {
        *self.state.borrow() == HostState::Live
    }

    /// Waits until its state is another than what it was `told`.
    pub(super) async fn other_state(&self, told: HostState) -> HostState {
        let mut state = self.state.subscribe();
        match state.wait_for(|now| *now != told).await {
            Ok(now) => *now,
            // The sender is here, and so this does not happen.
            Err(_) => told,
        }
    }

    pub(super) fn set_state(&self, state: HostState) {
        self.state.send_replace(state);
    }

    pub(super) fn say(&self, load: Load) {
        self.load.send_replace(load);
    }

    /// It takes its leave, and finishes what it has: that is no loss.
    pub(super) fn leave(&self) {
        self.expected.store(true, Ordering::Relaxed);
    }

    /// It takes part no longer. Attempts that it is in end, unless it has taken its leave.
    pub(super) fn end(&self) {
        if !self.expected.load(Ordering::Relaxed) {
            self.lost.send_replace(true);
        }
    }

    /// Waits until it is lost.
    pub(super) async fn lost(&self) {
        // The sender is here, and so it does not end otherwise.
        let _ = self.lost.subscribe().wait_for(|lost| *lost).await;
    }

    /// What an error of the connection to it means: that it is lost, if the error says that somebody is.
    pub(super) fn failed(&self, error: TransportError) -> DataFusionError {
        match error.lost() {
            Some(_) => self.lost_by(Some(error)).into(),
            None => DataFusionError::from(error).context(format!("the host `{}`", self.name)),
        }
    }

    /// It is lost.
    pub(super) fn lost_by(&self, source: Option<TransportError>) -> LostHost {
        LostHost {
            name: self.name.clone(),
            url: self.url.clone(),
            source,
        }
    }

    pub(super) fn entry(&self) -> HostEntry {
        HostEntry {
            name: self.name.clone(),
            url: self.url.to_string(),
            state: *self.state.borrow(),
            cores: self.cores,
            memory: self.memory,
            load: *self.load.borrow(),
            since: self.since.elapsed(),
        }
    }
}
