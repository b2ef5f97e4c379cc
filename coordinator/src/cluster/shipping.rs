//! Components and data on their way to hosts.
//!
//! A host says what it lacks, and how much of it is there since the last time. What lacks is sent over streams
//! of its own, all at once. Queries that need the same blob on the same host wait for the one that sends it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arrowbox_host::protocol::{HostRequest, Limit, Missing, Role, Stored};
use arrowbox_host::{Digest, Endpoint, Peer, Runtime, TransportError, Window};
use bytes::Bytes;
use datafusion::error::{DataFusionError, Result};
use futures::future::try_join_all;
use tokio::sync::{Mutex as AsyncMutex, OnceCell};
use tokio::task::spawn_blocking;
use url::Url;

use super::error::ClusterError;
use super::host::Host;
use super::recovery::lost_host;

/// How often a blob is begun again when its connection breaks. Each time it goes on where it was.
const RESUMED: usize = 3;

/// Where blobs are taken from.
#[derive(Clone)]
pub(crate) struct Sources(pub(crate) Vec<Arc<Runtime>>);

impl Sources {
    async fn read(&self, digest: Digest) -> Result<Bytes> {
        let sources = self.clone();
        let reading = spawn_blocking(move || {
            let mut stores = sources.0.iter().map(|runtime| runtime.store());
            let store = stores.find(|store| store.contains(&digest));
            let store = store.ok_or(ClusterError::Blob { digest })?;
            let bytes = store.get(&digest);
            bytes.map_err(|error| DataFusionError::External(Box::new(error)))
        });
        let read = reading.await;
        read.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?
            .map(Bytes::from)
    }
}

/// Sends blobs to hosts.
pub(super) struct Shipping {
    endpoint: Endpoint,
    /// Held by whoever sends the blob to the host.
    turns: Shared<(Url, Digest), AsyncMutex<()>>,
    /// Read once for all hosts that a blob is sent to at a time.
    blobs: Shared<Digest, OnceCell<Bytes>>,
}

/// What is there as long as somebody uses it.
type Shared<K, T> = Mutex<HashMap<K, Weak<T>>>;

impl Shipping {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            turns: Mutex::default(),
            blobs: Mutex::default(),
        }
    }

    /// Sends all of these to the host.
    ///
    /// # Cancellation
    ///
    /// What has arrived stays there, and is not sent again.
    pub(super) async fn send(
        &self,
        host: &Host,
        lacking: Vec<Missing>,
        sources: &Sources,
    ) -> Result<()> {
        let sent = lacking
            .into_iter()
            .map(|missing| self.send_one(host, missing, sources));
        try_join_all(sent).await?;
        Ok(())
    }

    async fn send_one(&self, host: &Host, missing: Missing, sources: &Sources) -> Result<()> {
        let digest = missing.digest;
        let turn = shared(&self.turns, (host.url.clone(), digest));
        // What the host lacked may be there when it is this query's turn.
        let (_turn, mut known) = match turn.try_lock() {
            Ok(turn) => (turn, Some(missing)),
            Err(_) => (turn.lock().await, None),
        };
        let blob = shared(&self.blobs, digest);
        let mut left = RESUMED;
        loop {
            let sent = self.try_send(host, digest, known.take(), &blob, sources);
            match sent.await {
                Err(error) if left > 0 && lost_host(&error).is_some() => {
                    left -= 1;
                    tracing::debug!(%digest, host = host.name, "a connection broke, a blob is resumed");
                }
                result => return result,
            }
        }
    }

    /// Sends what the host lacks of a blob; it is asked, unless that is `known`.
    async fn try_send(
        &self,
        host: &Host,
        digest: Digest,
        known: Option<Missing>,
        blob: &OnceCell<Bytes>,
        sources: &Sources,
    ) -> Result<()> {
        let connected = self
            .endpoint
            .connect(&host.url, Role::Host, Window::CONTROL);
        let peer = connected.await.map_err(|error| host.failed(error))?;
        let missing = match known {
            Some(missing) => missing,
            None => {
                let request = HostRequest::Lacks(vec![digest]);
                let lacking = peer.ask::<_, Vec<Missing>>(&request, Limit::MESSAGE).await;
                match lacking.map_err(|error| host.failed(error))?.pop() {
                    Some(missing) => missing,
                    None => return Ok(()),
                }
            }
        };
        let bytes = blob.get_or_try_init(|| sources.read(digest)).await?;
        let stored = put(&peer, missing, bytes.clone()).await;
        let stored = stored.map_err(|error| host.failed(error))?;
        stored.map_err(|failure| {
            let source = Box::new(DataFusionError::from(failure));
            let host = host.name.clone();
            DataFusionError::from(ClusterError::Shipping {
                digest,
                host,
                source,
            })
        })
    }
}

async fn put(peer: &Peer, missing: Missing, bytes: Bytes) -> Result<Stored, TransportError> {
    let blob = missing.rest(bytes.len() as u64);
    let rest = bytes.slice(blob.offset as usize..);
    peer.put(&HostRequest::Put(blob), rest, Limit::MESSAGE)
        .await
}

fn shared<K: Eq + Hash, T: Default>(all: &Shared<K, T>, key: K) -> Arc<T> {
    // What it guards is whole between any two statements.
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = all.get(&key).and_then(Weak::upgrade) {
        return found;
    }
    all.retain(|_, used| used.strong_count() > 0);
    let new = Arc::default();
    all.insert(key, Arc::downgrade(&new));
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_there_as_long_as_it_is_used() {
        let all = Shared::<u32, OnceCell<u32>>::default();
        let one = shared(&all, 1);
        one.set(7).unwrap();
        assert_eq!(shared(&all, 1).get(), Some(&7));
        drop(one);
        assert_eq!(shared(&all, 2).get(), None);
        assert_eq!(shared(&all, 1).get(), None);
        assert_eq!(all.lock().unwrap().len(), 1);
    }
}
