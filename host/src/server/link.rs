//! From the plans of an attempt to its coordinator.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use datafusion::error::{DataFusionError, Result};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::{functions::AttemptLink, storage::Staging};

/// A node of a plan wants the next split of its scan.
pub(super) struct Ask {
    pub(super) scan: Uuid,
    pub(super) answer: oneshot::Sender<Option<Vec<u8>>>,
}

/// What the plans of an attempt ask of its coordinator, and what they leave for it.
#[derive(Debug)]
pub(super) struct Link {
    asks: mpsc::UnboundedSender<Ask>,
    staged: Mutex<Staged>,
}

#[derive(Debug, Default)]
struct Staged {
    writes: HashMap<Uuid, Vec<Arc<Staging>>>,
    ended: bool,
}

impl Link {
    /// What is asked comes out of the receiver.
    pub(super) fn new() -> (Arc<Self>, mpsc::UnboundedReceiver<Ask>) {
        let (asks, asked) = mpsc::unbounded_channel();
        let link = Self {
            asks,
            staged: Mutex::default(),
        };
        (Arc::new(link), asked)
    }

    /// All that is staged for a write, which is no longer given up from here.
    pub(super) fn take(&self, write: Uuid) -> Vec<Arc<Staging>> {
        self.staged().writes.remove(&write).unwrap_or_default()
    }

    /// Gives up everything that was not taken, and what comes. Blocks.
    pub(super) fn give_up(&self) {
        let writes = {
            let mut staged = self.staged();
            staged.ended = true;
            std::mem::take(&mut staged.writes)
        };
        for staging in writes.into_values().flatten() {
            staging.abort();
        }
    }

    fn staged(&self) -> MutexGuard<'_, Staged> {
        // A map is whole between any two statements.
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AttemptLink for Link {
    async fn take_split(&self, scan: Uuid) -> Result<Option<Vec<u8>>> {
        let (answer, answered) = oneshot::channel();
        let ended = || DataFusionError::Execution("the attempt at this query has ended".to_owned());
        let asked = self.asks.send(Ask { scan, answer });
        asked.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())
    }

    fn stage(&self, write: Uuid, staging: Arc<Staging>) {
        let mut staged = self.staged();
        if staged.ended {
            drop(staged);
            staging.abort();
            return;
        }
        staged.writes.entry(write).or_default().push(staging);
    }
}
