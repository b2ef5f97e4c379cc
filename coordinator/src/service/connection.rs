use std::sync::Arc;

use arrowbox_host::protocol::{
    AddComponent, AddTable, CoordinatorRequest, Limit, Role, StatementFailure,
};
use arrowbox_host::{Peer, Receiver, Sender, TransportError};
use tokio::select;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

use super::server::{Service, check};
use super::{blobs, failure, statements, uploads};
use crate::cluster::Cluster;
use crate::session::{ComponentOptions, FunctionOptions, OpenError, Session, TableSource};

/// What a request can be long: statements can have a great deal of text in them.
const REQUEST: Limit = Limit(16 << 20);
/// Requests of one client that are carried out at once. More wait.
const AT_ONCE: usize = 64;

/// A peer that is connected.
pub(super) struct Connection {
    pub(super) service: Arc<Service>,
    pub(super) peer: Peer,
    /// Made when it is needed: most of those that look around need none.
    session: OnceCell<Session>,
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    /// Its peer may not make it.
    #[error("a {role} may not ask for that")]
    Role { role: Role },
    /// The stream.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

/// Serves a peer that may be a host that joins, and nothing else.
pub(super) async fn serve_host(cluster: Arc<Cluster>, peer: Peer) {
    let ended = each_request(&peer, |sender, mut receiver| {
        let (cluster, peer) = (Arc::clone(&cluster), peer.clone());
        async move {
            match receiver.receive(REQUEST).await? {
                CoordinatorRequest::Join(join) if peer.role() == Role::Host => {
                    cluster.serve_join(&peer, join, sender, receiver).await;
                    Ok(())
                }
                _ => Err(Unanswered::Role { role: peer.role() }),
            }
        }
    });
    ended.await;
}

impl Connection {
    pub(super) fn new(service: Arc<Service>, peer: Peer) -> Self {
        Self {
            service,
            peer,
            session: OnceCell::new(),
        }
    }

    /// Answers until the peer is gone. What is being done for it ends then.
    pub(super) async fn serve(self) {
        tracing::debug!(peer = self.peer.name(), "connected");
        let connection = Arc::new(self);
        each_request(&connection.peer, |sender, receiver| {
            Arc::clone(&connection).answer(sender, receiver)
        })
        .await;
        tracing::debug!(peer = connection.peer.name(), "disconnected");
    }

    async fn answer(
        self: Arc<Self>,
        mut sender: Sender,
        mut receiver: Receiver,
    ) -> Result<(), Unanswered> {
        let request: CoordinatorRequest = receiver.receive(REQUEST).await?;
        let role = self.peer.role();
        let service = &self.service;
        match (role, request) {
            (Role::Host, CoordinatorRequest::Join(join)) => {
                let cluster = &service.cluster;
                cluster.serve_join(&self.peer, join, sender, receiver).await;
                return Ok(());
            }
            (Role::Client, CoordinatorRequest::Join(_)) | (Role::Host | Role::Coordinator, _) => {
                return Err(Unanswered::Role { role });
            }
            (Role::Client, CoordinatorRequest::Run(what)) => {
                return Ok(statements::run(&self, what, sender, receiver).await?);
            }
            (Role::Client, CoordinatorRequest::Lacks(digests)) => {
                let missing = blobs::missing(service.session.components(), digests).await;
                sender.send(&missing).await?;
            }
            (Role::Client, CoordinatorRequest::Put(blob)) => {
                let runtime = service.session.components();
                let stored = blobs::receive(runtime, blob, &mut receiver).await?;
                sender.send(&stored).await?;
            }
            (Role::Client, CoordinatorRequest::AddTable(table)) => {
                sender.send(&self.add_table(table).await).await?;
            }
            (Role::Client, CoordinatorRequest::AddComponent(component)) => {
                sender.send(&self.add_component(*component).await).await?;
            }
            (Role::Client, CoordinatorRequest::Hosts { at_least }) => {
                let enough = service.cluster.wait_for(at_least as usize);
                select! {
                    () = enough => {}
                    // It does not wait any longer.
                    () = sender.stopped() => return Ok(()),
                }
                sender.send(&service.cluster.hosts()).await?;
            }
            (Role::Client, CoordinatorRequest::Queries) => {
                sender.send(&service.queries.list()).await?;
            }
            (Role::Client, CoordinatorRequest::Kill(id)) => {
                sender.send(&service.queries.kill(id)).await?;
            }
            (Role::Client, CoordinatorRequest::Drain { host, drain }) => {
                sender.send(&service.cluster.drain(&host, drain)).await?;
            }
        }
        sender.finish();
        Ok(())
    }

    /// The session of this client.
    pub(super) async fn session(&self) -> Result<&Session, StatementFailure> {
        let service = &self.service;
        let open = || async { Session::builder().beside(&service.session).build() };
        let session: Result<_, OpenError> = self.session.get_or_try_init(open).await;
        session.map_err(failure::of_any)
    }

    async fn add_table(&self, table: AddTable) -> Result<(), StatementFailure> {
        let table = TableSource {
            name: table.name,
            path: table.path.into(),
            reader: table.reader,
        };
        let session = self.session().await?;
        session.add_table(&table).await.map_err(failure::of_any)
    }

    async fn add_component(&self, add: AddComponent) -> Result<Vec<String>, StatementFailure> {
        let uploads = uploads::Uploads::new(add.uploads, None);
        let (source, origin) = uploads.component(add.source);
        let options = ComponentOptions {
            source,
            origin,
            prefix: add.prefix,
            all: uploads.options(add.all),
            functions: add
                .functions
                .into_iter()
                .map(|(name, terms)| (name, uploads.options(terms)))
                .collect::<std::collections::BTreeMap<String, FunctionOptions>>(),
        };
        let session = self.session().await?;
        let added = session.add_component(options).await;
        let added = added.map_err(failure::of_any)?;
        Ok(added.into_iter().map(|added| added.name).collect())
    }
}

/// Has every stream of `peer` answered on a task of its own, until it is gone. The tasks end then.
async fn each_request<A>(peer: &Peer, answer: impl Fn(Sender, Receiver) -> A)
where
    A: Future<Output = Result<(), Unanswered>> + Send + 'static,
{
    let mut requests = JoinSet::new();
    loop {
        select! {
            stream = peer.accept(), if requests.len() < AT_ONCE => match stream {
                Some((sender, receiver)) => {
                    let answer = answer(sender, receiver);
                    let peer = peer.clone();
                    requests.spawn(async move {
                        if let Err(error) = answer.await {
                            give_up(&peer, &error);
                        }
                    });
                }
                None => return,
            },
            Some(ended) = requests.join_next() => check(ended),
            _ = peer.closed() => return,
        }
    }
}

/// A peer that does not keep to the protocol is told so, and not listened to any more.
fn give_up(peer: &Peer, error: &Unanswered) {
    let name = peer.name();
    match error {
        Unanswered::Role { .. } | Unanswered::Transport(TransportError::Frame { .. }) => {
            tracing::warn!(peer = name, %error, "a connection was closed");
            peer.close(&error.to_string());
        }
        Unanswered::Transport(error) => tracing::debug!(peer = name, %error, "no answer"),
    }
}
