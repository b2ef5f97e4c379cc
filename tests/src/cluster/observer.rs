//! Asking servers directly, as their peers do.

use std::path::Path;

use arrowbox::Client;
use arrowbox_host::protocol::{HostRequest, HostStatus, Limit, Role};
use arrowbox_host::{Endpoint, Identity, Peer, TransportError, Window};
use serde::{Serialize, de::DeserializeOwned};
use tokio::runtime::Runtime;
use url::Url;

use super::certificates;

/// A peer of one role that asks and does nothing else.
#[derive(Debug)]
pub struct Observer {
    endpoint: Endpoint,
    runtime: Runtime,
}

impl Observer {
    /// A peer with the certificate of a role.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn new(role: Role) -> Self {
        Self::with(certificates(), role)
    }

    /// A peer with the certificate of a role that lies in a folder.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn with(folder: &Path, role: Role) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("observer")
            .enable_all()
            .build()
            .expect("a thread");
        let identity = Identity::load(folder, role).expect("a certificate");
        let endpoint = Endpoint::dialer(identity, "observer".to_owned(), runtime.handle());
        Self {
            endpoint: endpoint.expect("a socket"),
            runtime,
        }
    }

    /// A connection to the server of a role.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn connect(&self, url: &str, role: Role) -> Result<Peer, TransportError> {
        let url: Url = url.parse().expect("a URL");
        let connected = self.endpoint.connect(&url, role, Window::CONTROL);
        self.runtime.block_on(connected)
    }

    /// What a server of a role answers.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub fn ask<Q: Serialize, A: DeserializeOwned>(
        &self,
        url: &str,
        role: Role,
        question: &Q,
    ) -> Result<A, TransportError> {
        let peer = self.connect(url, role)?;
        self.runtime.block_on(peer.ask(question, Limit::MESSAGE))
    }

    /// A client of the coordinator at `url`.
    ///
    /// # Panics
    ///
    /// When that does not answer.
    pub fn client(&self, url: &str) -> Client {
        let url: Url = url.parse().expect("a URL");
        let client = self.wait(Client::connect(self.endpoint.clone(), &url));
        client.unwrap_or_else(|error| panic!("{error}"))
    }

    /// What a host says of itself.
    ///
    /// # Panics
    ///
    /// When it says nothing.
    pub fn host(&self, url: &str) -> HostStatus {
        self.ask(url, Role::Host, &HostRequest::Status)
            .unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    /// Runs what needs connections.
    pub fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }
}
