use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arrowbox_host::{Endpoint, Peer};
use tokio::select;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;

use super::connection::{self, Connection};
use super::queries::{Queries, Verdict};
use crate::cluster::Cluster;
use crate::session::Session;

/// How long clients have to hear how their queries ended.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Answers clients and hosts on an endpoint.
pub struct Service {
    endpoint: Endpoint,
    pub(super) cluster: Arc<Cluster>,
    /// What sessions of clients are made beside.
    pub(super) session: Session,
    pub(super) queries: Arc<Queries>,
}

impl Service {
    /// For `endpoint`, whose hosts are those of `cluster`. The sessions of clients have the catalogue, the
    /// memory and the limits of `session`.
    pub fn new(endpoint: Endpoint, cluster: Arc<Cluster>, session: Session) -> Self {
        Self {
            endpoint,
            cluster,
            session,
            queries: Arc::default(),
        }
    }

    /// Serves until `shutdown` is over. Clients are told then that their queries ended.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let service = Arc::new(self);
        let serve = |peer| Connection::new(Arc::clone(&service), peer).serve();
        accept(&service.endpoint, serve, shutdown, async {
            service.queries.end_all(Verdict::Shutdown);
            // Who reads nothing hears nothing.
            let _ = timeout(LAST_WORDS, service.queries.idle()).await;
            // Before connections are dropped, which would say nothing.
            service.endpoint.close("it was shut down");
            let _ = timeout(LAST_WORDS, service.endpoint.drained()).await;
        })
        .await;
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// Lets hosts join, and answers nobody else, as long as it is polled.
pub(crate) async fn serve_hosts(endpoint: Endpoint, cluster: Arc<Cluster>) {
    let serve = |peer| connection::serve_host(Arc::clone(&cluster), peer);
    accept(&endpoint, serve, std::future::pending(), async {}).await;
}

/// Serves whoever connects until `shutdown` is over; then `last` is waited for before all are dropped.
async fn accept<S: Future<Output = ()> + Send + 'static>(
    endpoint: &Endpoint,
    serve: impl Fn(Peer) -> S,
    shutdown: impl Future<Output = ()>,
    last: impl Future<Output = ()>,
) {
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        select! {
            () = &mut shutdown => break,
            peer = endpoint.accept() => match peer {
                Some(peer) => {
                    connections.spawn(serve(peer));
                }
                None => break,
            },
            Some(ended) = connections.join_next() => check(ended),
        }
    }
    last.await;
}

/// A bug in serving one is not the end of the others.
pub(super) fn check(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "serving a peer ended in a panic");
    }
}
