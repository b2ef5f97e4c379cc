//! A socket of the cluster.

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use futures::{StreamExt, stream::FuturesUnordered};
use quinn::{ClientConfig, ConnectError, EndpointConfig, ServerConfig};
use tokio::{
    runtime::Handle,
    sync::{Mutex, mpsc},
    time::{sleep, timeout},
};
use url::Url;

use super::{
    Identity, Loss, Peer, TransportError, Window,
    error::CODE_ENDED,
    greeting,
    network::{self, Network},
    peer::canonical,
    pool::{Key, Pool},
    reception::Reception,
    reset::{Names, ResetKey},
    tls::{self, TlsError},
    window::FIRST_STREAMS,
};
use crate::protocol::Role;

/// How long it may take until a dialled machine answers.
const CONNECT: Duration = Duration::from_secs(2);
/// How much later than the one before the next address of a name is tried.
const STAGGER: Duration = Duration::from_millis(100);
/// Addresses of a name that are tried.
const ADDRESSES: usize = 4;
/// Greeted connections that wait to be taken.
const WAITING: usize = 64;
/// Memory for packets of those whose handshake has not begun: in all, and of each.
const EARLY: (u64, u64) = (4 << 20, 16 << 10);
/// The largest packet that every Ethernet carries, which is what connections find out to work.
const MTU: u16 = 1452;

/// A socket that dials other machines and takes those that dial it. Clones share it; dropping the last
/// closes all of its connections.
#[derive(Clone)]
pub struct Endpoint(Arc<Inner>);

struct Inner {
    quinn: quinn::Endpoint,
    network: Handle,
    name: Arc<str>,
    role: Role,
    local: SocketAddr,
    tls: Arc<quinn::crypto::rustls::QuicClientConfig>,
    mtu: u16,
    pool: Pool,
    greeted: Mutex<mpsc::Receiver<Peer>>,
}

/// What an [`Endpoint`] can be told beyond who it is.
#[derive(Debug, Clone, Copy)]
pub struct EndpointOptions {
    /// Where it takes connections; without, it only dials.
    pub listen: Option<SocketAddr>,
    /// Bytes of the largest packet that is tried. More than an Ethernet's 1452 goes where the network has
    /// jumbo frames, and within a machine.
    pub mtu: u16,
}

impl Default for EndpointOptions {
    fn default() -> Self {
        Self {
            listen: None,
            mtu: MTU,
        }
    }
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The address can not be listened at.
    #[error("cannot listen at {address}: is something else there?")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is no socket to dial from.
    #[error("cannot open a UDP socket")]
    Socket(#[source] io::Error),
    /// The identity can not be used.
    #[error("cannot use the certificates")]
    Tls(#[source] TlsError),
}

impl Endpoint {
    /// Takes connections at `listen`, and dials. `name` is what this process is called in messages elsewhere.
    /// Connections are driven on `network`.
    ///
    /// # Errors
    ///
    /// If something else is at the address.
    pub fn bind(
        listen: SocketAddr,
        identity: Identity,
        name: String,
        network: &Handle,
    ) -> Result<Self, EndpointError> {
        let options = EndpointOptions {
            listen: Some(listen),
            ..EndpointOptions::default()
        };
        Self::with(options, identity, name, network)
    }

    /// Dials only.
    ///
    /// # Errors
    ///
    /// If the system gives no socket.
    pub fn dialer(
        identity: Identity,
        name: String,
        network: &Handle,
    ) -> Result<Self, EndpointError> {
        Self::with(EndpointOptions::default(), identity, name, network)
    }

    /// As `options` say.
    ///
    /// # Errors
    ///
    /// If something else is at the address.
    pub fn with(
        options: EndpointOptions,
        identity: Identity,
        name: String,
        network: &Handle,
    ) -> Result<Self, EndpointError> {
        let quinn = open(options, &identity, network)?;
        let tls = Arc::new(tls::client(&identity).map_err(EndpointError::Tls)?);
        let name: Arc<str> = name.into();
        let (greeted, waiting) = mpsc::channel(WAITING);
        if options.listen.is_some() {
            let reception = Reception::new(quinn.clone(), Arc::clone(&name), greeted);
            network.spawn(reception.run());
        }
        Ok(Self(Arc::new(Inner {
            local: quinn.local_addr().map_err(EndpointError::Socket)?,
            quinn,
            network: network.clone(),
            name,
            role: identity.role(),
            tls,
            mtu: options.mtu,
            pool: Pool::default(),
            greeted: Mutex::new(waiting),
        })))
    }

    /// Where it listens, or dials from.
    pub fn local_addr(&self) -> SocketAddr {
        self.0.local
    }

    /// What it is called in messages elsewhere.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is.
    pub fn role(&self) -> Role {
        self.0.role
    }

    /// A connection to the `role` at `to`, which looks like `quic://host:port`. An open one is shared, by
    /// all that ask for the same `window`; one that has ended is replaced.
    ///
    /// # Errors
    ///
    /// [`TransportError::Lost`] if nothing answers there within two seconds; other errors if who answers is
    /// not a trusted `role` of the same version.
    ///
    /// # Cancellation
    ///
    /// The connection is made for others all the same.
    pub async fn connect(
        &self,
        to: &Url,
        role: Role,
        window: Window,
    ) -> Result<Peer, TransportError> {
        let key = key(to, role, window)?;
        let dial = || {
            let mut config = ClientConfig::new(Arc::clone(&self.0.tls) as _);
            config.transport_config(window.transport(0, self.0.mtu));
            let dial = Dial {
                quinn: self.0.quinn.clone(),
                config,
                url: to.to_string(),
                host: key.host.clone(),
                port: key.port,
                here: self.0.role,
                there: role,
            };
            dial.run()
        };
        let closed = || TransportError::Closed {
            peer: to.to_string(),
        };
        let outcome = self.0.pool.get(key.clone(), &self.0.network, dial).await;
        outcome.unwrap_or_else(|| Err(closed()))
    }

    /// The next machine that dialled and was greeted. `None` when the endpoint is closed, or only dials.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    pub async fn accept(&self) -> Option<Peer> {
        self.0.greeted.lock().await.recv().await
    }

    /// Closes all connections and takes no more. Peers see [`TransportError::Lost`] with this reason, on all
    /// streams that are not finished; close before dropping streams if they shall see that.
    pub fn close(&self, reason: &str) {
        self.0.quinn.close(CODE_ENDED.into(), reason.as_bytes());
    }

    /// Waits until peers have been told that their connections are closed, or do not listen any more. A
    /// process that ends sooner is silent to them, which they notice later.
    pub async fn drained(&self) {
        self.0.quinn.wait_idle().await;
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.0.name)
            .field("local", &self.0.local)
            .finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.quinn.close(CODE_ENDED.into(), b"");
    }
}

fn open(
    options: EndpointOptions,
    identity: &Identity,
    network: &Handle,
) -> Result<quinn::Endpoint, EndpointError> {
    let mut config = EndpointConfig::default();
    config
        .max_udp_payload_size(options.mtu.max(MTU))
        .map_err(|error| EndpointError::Socket(io::Error::other(error)))?;
    let (socket, server) = match options.listen {
        Some(address) => {
            let socket = network::listening(address)
                .map_err(|source| EndpointError::Listen { address, source })?;
            let address = socket.local_addr().map_err(EndpointError::Socket)?;
            let key = ResetKey::new(identity.key.secret_der(), address);
            config
                .reset_key(Arc::new(key))
                .cid_generator(|| Box::new(Names));
            let server = server_config(identity, options.mtu).map_err(EndpointError::Tls)?;
            (socket, Some(server))
        }
        None => (network::dialling().map_err(EndpointError::Socket)?, None),
    };
    let network = Arc::new(Network(network.clone()));
    quinn::Endpoint::new(config, server, socket, network).map_err(EndpointError::Socket)
}

fn server_config(identity: &Identity, mtu: u16) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::with_crypto(Arc::new(tls::server(identity)?));
    config
        .transport_config(Window::CONTROL.transport(FIRST_STREAMS, mtu))
        .max_incoming(WAITING * 4)
        .incoming_buffer_size_total(EARLY.0)
        .incoming_buffer_size(EARLY.1);
    Ok(config)
}

fn key(to: &Url, role: Role, window: Window) -> Result<Key, TransportError> {
    let wrong = |reason: &str| TransportError::Address {
        url: to.to_string(),
        reason: format!("{reason}; it looks like quic://host:port"),
    };
    if to.scheme() != "quic" {
        return Err(wrong("its scheme is not `quic`"));
    }
    let host = to.host_str().ok_or_else(|| wrong("it names no host"))?;
    Ok(Key {
        // Resolving wants it without the brackets of an IPv6 address.
        host: host.trim_matches(['[', ']']).to_owned(),
        port: to.port().ok_or_else(|| wrong("it names no port"))?,
        role,
        window,
    })
}

/// A connection that is to be made.
struct Dial {
    quinn: quinn::Endpoint,
    config: ClientConfig,
    url: String,
    host: String,
    port: u16,
    here: Role,
    there: Role,
}

impl Dial {
    async fn run(self) -> Result<Peer, TransportError> {
        let unreachable = |_| TransportError::lost_by(&self.url, Loss::Unreachable(CONNECT));
        let connection = timeout(CONNECT, self.reach())
            .await
            .map_err(unreachable)??;
        greeting::dialled(connection, &self.url, self.here, self.there).await
    }

    /// The first address of the name at which the right one answers.
    async fn reach(&self) -> Result<quinn::Connection, TransportError> {
        let mut tries: FuturesUnordered<_> = self
            .addresses()
            .await?
            .into_iter()
            .zip(0..)
            .map(|(address, rank)| async move {
                sleep(STAGGER * rank).await;
                self.try_address(address).await
            })
            .collect();
        let mut failure = TransportError::lost_by(
            &self.url,
            Loss::Unresolved("none that this side's socket can reach".to_owned()),
        );
        while let Some(outcome) = tries.next().await {
            match outcome {
                Ok(connection) => return Ok(connection),
                // What somebody answered tells more than that nobody did.
                Err(error) if failure.lost().is_some() => failure = error,
                Err(_) => {}
            }
        }
        Err(failure)
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, TransportError> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let found = found.map_err(|error| {
            TransportError::lost_by(&self.url, Loss::Unresolved(error.to_string()))
        })?;
        let both = self.quinn.local_addr().is_ok_and(|local| local.is_ipv6());
        Ok(found
            .filter(|address| both || address.is_ipv4())
            .take(ADDRESSES)
            .collect())
    }

    async fn try_address(&self, address: SocketAddr) -> Result<quinn::Connection, TransportError> {
        let address = canonical(address);
        let connecting =
            self.quinn
                .connect_with(self.config.clone(), address, self.there.dns_name());
        let connecting = connecting.map_err(|error| match error {
            ConnectError::EndpointStopping => TransportError::Closed {
                peer: self.url.clone(),
            },
            error => TransportError::Address {
                url: self.url.clone(),
                reason: error.to_string(),
            },
        })?;
        let connection = connecting.await;
        connection.map_err(|error| TransportError::of(&self.url, Some(self.there), error))
    }
}
