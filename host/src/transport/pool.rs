//! Connections that this side dialled, shared by all who want the same.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{runtime::Handle, sync::watch};

use super::{Peer, TransportError, Window};
use crate::protocol::Role;

/// What a connection is shared by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// Where to.
    pub(super) host: String,
    /// See there.
    pub(super) port: u16,
    /// What the peer must be.
    pub(super) role: Role,
    /// What can be on its way.
    pub(super) window: Window,
}

type Outcome = Option<Result<Peer, TransportError>>;

/// One connection for each [`Key`], open or under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Pool {
    entries: Arc<Mutex<HashMap<Key, watch::Receiver<Outcome>>>>,
}

impl Pool {
    /// The connection for `key`. If there is none, `dial` makes one on `network`, and goes on with that when
    /// nobody waits any more.
    pub(super) async fn get<F>(
        &self,
        key: Key,
        network: &Handle,
        dial: impl FnOnce() -> F,
    ) -> Option<Result<Peer, TransportError>>
    where
        F: Future<Output = Result<Peer, TransportError>> + Send + 'static,
    {
        let mut outcome = {
            let mut entries = self.entries();
            match entries.get(&key) {
                Some(entry) if !is_dead(entry) => entry.clone(),
                _ => {
                    let (sender, entry) = watch::channel(None);
                    entries.insert(key.clone(), entry.clone());
                    let (pool, dialled) = (self.clone(), dial());
                    network.spawn(pool.keep(key, dialled, sender));
                    entry
                }
            }
        };
        let outcome = outcome.wait_for(Option::is_some).await;
        outcome.ok().and_then(|outcome| outcome.clone())
    }

    /// Completes an entry, and removes it when it is of no use any more.
    async fn keep(
        self,
        key: Key,
        dialled: impl Future<Output = Result<Peer, TransportError>>,
        sender: watch::Sender<Outcome>,
    ) {
        let outcome = dialled.await;
        let peer = outcome.as_ref().ok().cloned();
        sender.send_replace(Some(outcome));
        if let Some(peer) = peer {
            peer.closed().await;
        }
        let mut entries = self.entries();
        // By now it may have been replaced.
        if entries.get(&key).is_some_and(is_dead) {
            entries.remove(&key);
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Key, watch::Receiver<Outcome>>> {
        // Nothing panics while it is locked, and each entry is whole.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_dead(entry: &watch::Receiver<Outcome>) -> bool {
    match &*entry.borrow() {
        // Its task was dropped with its runtime.
        None => entry.has_changed().is_err(),
        Some(Ok(peer)) => peer.is_closed(),
        Some(Err(_)) => true,
    }
}
