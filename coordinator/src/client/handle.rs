use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use arrowbox_host::protocol::{
    AddComponent, AddTable, CoordinatorRequest, HostEntry, Limit, QueryEntry, Role, RunStatements,
    StatementFailure, Terms,
};
use arrowbox_host::{Endpoint, Peer, TransportError, Window};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use url::Url;
use uuid::Uuid;

use super::answers::Answers;
use super::error::ClientError;
use super::uploads::Uploads;
use crate::quantity::Span;
use crate::session::{ComponentOptions, FunctionOptions, TableSource};

/// How long the end of a connection waits to be told to the coordinator.
const FAREWELL: Duration = Duration::from_millis(20);

/// A connection to a coordinator, and the session that it has there.
#[derive(Clone)]
pub struct Client {
    peer: Peer,
    url: Url,
    endpoint: Endpoint,
}

/// How statements are run.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunOptions {
    /// How long each may take; the coordinator can say less.
    pub timeout: Option<Span>,
    /// Whether rows come as soon as there are any. A lost host ends the statement then, where it would be
    /// begun again otherwise.
    pub stream: bool,
}

impl Client {
    /// Connects to the coordinator at `url`, which looks like `quic://host:port`.
    ///
    /// # Errors
    ///
    /// If it does not answer within two seconds, or does not take this client's certificate or version.
    pub async fn connect(endpoint: Endpoint, url: &Url) -> Result<Self, ClientError> {
        let window = Window::for_partitions(1);
        match endpoint.connect(url, Role::Coordinator, window).await {
            Ok(peer) => Ok(Self {
                peer,
                url: url.clone(),
                endpoint,
            }),
            Err(source) => Err(ClientError::Unreachable {
                url: url.clone(),
                source,
            }),
        }
    }

    /// Where the coordinator is.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Has the statements of `text` run, which are separated by semicolons. Files of this machine that they
    /// make functions of are sent first.
    ///
    /// # Errors
    ///
    /// If the coordinator is gone, or a file can not be sent.
    pub async fn run(&self, text: &str, options: RunOptions) -> Result<Answers, ClientError> {
        let mut uploads = Uploads::new(self);
        uploads.add_statements(text);
        let folder = std::env::current_dir().ok();
        let request = CoordinatorRequest::Run(RunStatements {
            text: text.to_owned(),
            folder: folder.map(|folder| folder.to_string_lossy().into_owned()),
            uploads: uploads.send().await?,
            stream: options.stream,
            timeout: options.timeout.map(|limit| limit.0),
        });
        let opened = self.peer.open(&request).await;
        let (sender, receiver) = opened.map_err(|error| self.broken(error))?;
        Ok(Answers::new(self.url.clone(), sender, receiver))
    }

    /// Makes files a table, with a reader if one is named. Coordinator and hosts find them by the same
    /// absolute path.
    ///
    /// # Errors
    ///
    /// If they are not there, or do not read.
    pub async fn add_table(&self, table: &TableSource) -> Result<(), ClientError> {
        let path = table.path.to_string_lossy();
        let path = match path.contains("://") {
            true => path.into_owned(),
            false => {
                let absolute = std::path::absolute(&table.path);
                let absolute = absolute.map_err(|source| ClientError::Read {
                    path: table.path.clone(),
                    source,
                })?;
                absolute.to_string_lossy().into_owned()
            }
        };
        let request = CoordinatorRequest::AddTable(AddTable {
            name: table.name.clone(),
            path,
            reader: table.reader.clone(),
        });
        let added: Result<(), StatementFailure> = self.ask(&request).await?;
        added.map_err(ClientError::told)
    }

    /// Makes all functions of a component known to this client, and gives their names.
    ///
    /// # Errors
    ///
    /// If the component is not there or is refused.
    pub async fn add_component(
        &self,
        options: &ComponentOptions,
    ) -> Result<Vec<String>, ClientError> {
        let mut uploads = Uploads::new(self);
        uploads.add(&options.source);
        let all = [&options.all].into_iter().chain(options.functions.values());
        for path in all.flat_map(|options| options.data.values()) {
            uploads.add(&path.to_string_lossy());
        }
        let functions = options.functions.iter();
        let request = CoordinatorRequest::AddComponent(Box::new(AddComponent {
            source: options.source.clone(),
            prefix: options.prefix.clone(),
            all: terms(&options.all),
            functions: functions
                .map(|(name, options)| (name.clone(), terms(options)))
                .collect::<BTreeMap<_, _>>(),
            uploads: uploads.send().await?,
        }));
        let added: Result<Vec<String>, StatementFailure> = self.ask(&request).await?;
        added.map_err(ClientError::told)
    }

    /// The hosts of the cluster, as soon as at least so many get work.
    ///
    /// # Errors
    ///
    /// If the coordinator is gone.
    pub async fn hosts(&self, at_least: u32) -> Result<Vec<HostEntry>, ClientError> {
        self.ask(&CoordinatorRequest::Hosts { at_least }).await
    }

    /// The queries that run, of all clients.
    ///
    /// # Errors
    ///
    /// If the coordinator is gone.
    pub async fn queries(&self) -> Result<Vec<QueryEntry>, ClientError> {
        self.ask(&CoordinatorRequest::Queries).await
    }

    /// Ends a query. False if it does not run.
    ///
    /// # Errors
    ///
    /// If the coordinator is gone.
    pub async fn kill(&self, query: Uuid) -> Result<bool, ClientError> {
        self.ask(&CoordinatorRequest::Kill(query)).await
    }

    /// Gives a host no more work: it finishes what it has. Or gives it work again.
    ///
    /// The inner error is the coordinator's: there is no such host.
    ///
    /// # Errors
    ///
    /// If the coordinator is gone.
    pub async fn drain(
        &self,
        host: String,
        state: arrowbox_host::protocol::HostState,
    ) -> Result<Result<(), String>, ClientError> {
        let drain = state == arrowbox_host::protocol::HostState::Draining;
        self.ask(&CoordinatorRequest::Drain { host, drain }).await
    }

    /// Tells the coordinator that this client is gone, so that it does not have to notice.
    pub async fn close(self) {
        self.endpoint.close("");
        // It is told at once; that it heard is not waited for.
        let _ = timeout(FAREWELL, self.endpoint.drained()).await;
    }

    pub(super) async fn ask<A: DeserializeOwned>(
        &self,
        request: &CoordinatorRequest,
    ) -> Result<A, ClientError> {
        let answer = self.peer.ask(request, Limit::PLAN).await;
        answer.map_err(|error| self.broken(error))
    }

    pub(super) fn peer(&self) -> &Peer {
        &self.peer
    }

    pub(super) fn broken(&self, source: TransportError) -> ClientError {
        ClientError::broken(&self.url, source)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}

fn terms(options: &FunctionOptions) -> Terms {
    let data = options.data.iter();
    Terms {
        grants: options.grants.clone(),
        memory: options.memory.map(|bytes| bytes.0),
        timeout: options.timeout.map(|span| span.0),
        parameters: options.parameters.clone(),
        data: data
            .map(|(name, path)| (name.clone(), path.to_string_lossy().into_owned()))
            .collect(),
    }
}
