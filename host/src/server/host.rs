//! The server.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use datafusion::error::DataFusionError;
use tokio::{
    runtime::Handle,
    select,
    sync::watch,
    task::{JoinSet, spawn_blocking},
    time::timeout,
};
use uuid::Uuid;

use super::{
    HostOptions,
    attempt::Surroundings,
    attempts::{Attempts, Refusal},
    environment::{HostDir, HostDirError, environment},
    join::{self, Coordinator, HostEvent},
    request,
};
use crate::{
    protocol::{HostStatus, Join, Load, Missing, WireFailure},
    runtime::Runtime,
    sandbox::EngineError,
    store::{Digest, Store, StoreError},
    transport::{Endpoint, EndpointError, Loss, TransportError},
};

/// How long the end waits until it has been told to everybody.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long the network has for telling everybody that connections are closed.
const LAST_WORD: Duration = Duration::from_millis(250);

/// Why a host does not start, or not go on.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Its directory.
    #[error(transparent)]
    Dir(#[from] HostDirError),
    /// Its store.
    #[error("the store of components can not be opened")]
    Store(#[from] StoreError),
    /// What runs components.
    #[error("the sandbox does not start")]
    Runtime(#[from] EngineError),
    /// The engine.
    #[error("the engine does not start")]
    Engine(#[from] DataFusionError),
    /// Its socket.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// A coordinator will never take it.
    #[error("{url} can not be joined")]
    Join {
        /// The coordinator.
        url: String,
        /// Why.
        #[source]
        source: TransportError,
    },
}

/// A host that listens.
pub struct HostServer {
    host: Arc<Host>,
    options: Kept,
}

/// What is needed of the options later.
struct Kept {
    join: Vec<url::Url>,
    about: Join,
    grace: Duration,
}

/// What all that a host does shares.
pub(super) struct Host {
    pub(super) attempts: Arc<Attempts>,
    pub(super) runtime: Arc<Runtime>,
    pub(super) surroundings: Surroundings,
    /// Where plans run.
    pub(super) queries: Handle,
    memory: usize,
    /// Blobs that are what they were.
    sound: Mutex<HashSet<Digest>>,
    closing: watch::Sender<bool>,
    /// Its own, and where it spills if that is elsewhere.
    _dirs: (HostDir, Option<HostDir>),
}

impl HostServer {
    /// Listens. Control and network run on `network`, plans and guests on `queries`.
    ///
    /// # Errors
    ///
    /// If the address, the directory or the machine can not be used.
    pub async fn start(
        options: HostOptions,
        network: &Handle,
        queries: &Handle,
    ) -> Result<Self, HostError> {
        let dir = HostDir::take(&options.dir)?;
        let spill_dir = options
            .spill
            .map(|spill| HostDir::take(&spill.join(format!("arrowbox-{}", options.name))))
            .transpose()?;
        let spill = spill_dir.as_ref().unwrap_or(&dir).spill()?;
        let runtime = Runtime::new(Store::open_with(dir.store(), options.store)?)?;
        let environment = environment(options.memory, spill)?;
        let endpoint = Endpoint::bind(
            options.listen,
            options.identity,
            options.name.clone(),
            network,
        )?;
        let about = Join {
            name: options.name.clone(),
            listen: options.advertise.unwrap_or(endpoint.local_addr()),
            cores: u32::try_from(options.cores).unwrap_or(u32::MAX),
            memory: options.memory as u64,
            instance: Uuid::new_v4(),
        };
        let host = Host {
            attempts: Arc::default(),
            runtime,
            surroundings: Surroundings {
                host: options.name.into(),
                environment,
                endpoint,
                network: network.clone(),
                cores: options.cores,
            },
            queries: queries.clone(),
            memory: options.memory,
            sound: Mutex::default(),
            closing: watch::Sender::new(false),
            _dirs: (dir, spill_dir),
        };
        Ok(Self {
            host: Arc::new(host),
            options: Kept {
                join: options.join,
                about,
                grace: options.grace,
            },
        })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.host.surroundings.endpoint.local_addr()
    }

    #[cfg(test)]
    pub(super) fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Serves until `shutdown`, and then as long as attempts are open and the options' grace allows. What
    /// happens between it and coordinators is told to `hear`.
    ///
    /// # Errors
    ///
    /// If a coordinator will never take it.
    ///
    /// # Cancellation
    ///
    /// Ends everything at once.
    pub async fn run(
        self,
        shutdown: impl Future<Output = ()>,
        hear: impl Fn(HostEvent) + Clone + Send + Sync + 'static,
    ) -> Result<(), HostError> {
        let Self { host, options } = self;
        let _closed = CloseOnDrop(Arc::clone(&host));
        let network = host.surroundings.network.clone();
        let mut accepting = JoinSet::new();
        accepting.spawn_on(accept(Arc::clone(&host)), &network);

        let leaving = watch::Sender::new(false);
        let mut joins = JoinSet::new();
        for url in options.join {
            let coordinator = Coordinator {
                host: Arc::clone(&host),
                url,
                about: options.about.clone(),
                leaving: leaving.subscribe(),
            };
            joins.spawn_on(join::take_part(coordinator, hear.clone()), &network);
        }
        let refused = async {
            loop {
                match joins.join_next().await {
                    Some(Ok(Err(error))) => return error,
                    Some(_) => {}
                    // Who joins nobody is dialled.
                    None => std::future::pending().await,
                }
            }
        };
        let ended = select! {
            () = shutdown => Ok(()),
            error = refused => Err(error),
        };
        if ended.is_ok() {
            host.attempts.drain();
            leaving.send_replace(true);
            let open = host.attempts.load().attempts;
            if open > 0 {
                hear(HostEvent::Draining {
                    attempts: open,
                    grace: options.grace,
                });
            }
            let _ = timeout(options.grace, host.attempts.all_ended()).await;
            // They have told the coordinators by now, or can not.
            let _ = timeout(FAREWELL, async {
                while joins.join_next().await.is_some() {}
            })
            .await;
        }
        host.close();
        let _ = timeout(FAREWELL, host.attempts.all_ended()).await;
        let _ = timeout(LAST_WORD, host.surroundings.endpoint.drained()).await;
        ended
    }
}

/// Ends all that a host does when dropped.
struct CloseOnDrop(Arc<Host>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Serves everybody who connects.
async fn accept(host: Arc<Host>) {
    let mut peers = JoinSet::new();
    loop {
        select! {
            peer = host.surroundings.endpoint.accept() => match peer {
                Some(peer) => drop(peers.spawn(request::serve_peer(Arc::clone(&host), peer))),
                None => return,
            },
            Some(_) = peers.join_next() => {}
        }
    }
}

impl Host {
    fn close(&self) {
        let reason = format!("host `{}` ends", self.surroundings.host);
        // First: to whoever sees a stream end before its connection, the query has failed, and no host is lost.
        self.surroundings.endpoint.close(&reason);
        self.closing.send_replace(true);
    }

    /// Ends when the host is about to.
    pub(super) fn closing(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut closing = self.closing.subscribe();
        async move {
            let _ = closing.wait_for(|closing| *closing).await;
        }
    }

    /// What the host does now.
    pub(super) fn load(&self) -> Load {
        let pool = &self.surroundings.environment.memory_pool;
        Load {
            memory: pool.reserved() as u64,
            ..self.attempts.load()
        }
    }

    pub(super) async fn status(self: &Arc<Self>) -> HostStatus {
        let host = Arc::clone(self);
        let disk = spawn_blocking(move || {
            let store = host.runtime.store();
            // Who can not read it reads nothing from it either.
            (
                store.used().unwrap_or_default(),
                store.partials().unwrap_or_default(),
            )
        });
        let (stored, partial) = disk.await.unwrap_or_default();
        HostStatus {
            name: self.surroundings.host.to_string(),
            cores: u32::try_from(self.surroundings.cores).unwrap_or(u32::MAX),
            memory: self.memory as u64,
            load: self.load(),
            stored,
            partial,
        }
    }

    /// Those of the blobs that are not here, or are not what they were; the latter are removed.
    pub(super) async fn lacking(self: &Arc<Self>, digests: &[Digest]) -> Vec<Missing> {
        let (host, digests) = (Arc::clone(self), digests.to_vec());
        let lacking = spawn_blocking(move || {
            for digest in &digests {
                host.mend(digest);
            }
            host.runtime.store().missing(&digests)
        });
        // Only a panic ends it, and nothing is certain to be here then.
        lacking.await.unwrap_or_default()
    }

    /// Removes a damaged blob. Each is looked at once: what was changed later is found when it is read.
    fn mend(&self, digest: &Digest) {
        let sound = || self.sound.lock().unwrap_or_else(PoisonError::into_inner);
        let store = self.runtime.store();
        if !store.contains(digest) || sound().contains(digest) {
            return;
        }
        match store.get(digest) {
            Ok(_) => drop(sound().insert(*digest)),
            Err(error @ StoreError::Corrupt { .. }) => {
                tracing::warn!(%error, "removed a damaged blob");
                if let Err(error) = store.remove(digest) {
                    tracing::warn!(%error, "a damaged blob can not be removed");
                }
            }
            // Told by whoever needs it.
            Err(_) => {}
        }
    }

    /// Says that nothing is done for an attempt. To whoever asked, that is mostly as if the host were gone.
    pub(super) fn refuse(&self, refusal: Refusal) -> WireFailure {
        let url = format!("quic://{}", self.surroundings.endpoint.local_addr());
        let host = &self.surroundings.host;
        if let Refusal::Open(_) = refusal {
            return WireFailure::message(format!("host `{host}` says: {refusal}"));
        }
        WireFailure::of(&TransportError::Lost {
            peer: url,
            why: Loss::Ended(format!("host `{host}` says: {refusal}")),
        })
    }
}
