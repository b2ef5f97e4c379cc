//! A peer that is as bad as it can be: it says over QUIC whatever it is told to.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrowbox_host::protocol::{ALPN, Greeting, Hello, Limit, Role, VERSION, frame};
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, Endpoint};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Serialize;
use tokio::time::timeout;

/// How long a server may take to answer or to refuse.
const PATIENCE: Duration = Duration::from_secs(20);
/// The most that is read of an answer.
const ANSWER: usize = 1 << 20;

/// What a stranger shows at the door.
#[derive(Debug, Clone, Copy)]
pub enum Papers<'a> {
    /// Nothing.
    None,
    /// The certificate of a role in a folder.
    Of(&'a Path, Role),
}

/// What a server did.
#[derive(Debug)]
pub enum Reaction {
    /// It answered these bytes and finished the stream.
    Answered(Vec<u8>),
    /// It ended the stream or the connection, and said this.
    Ended(String),
    /// It did nothing for a long time.
    Nothing,
}

/// Dials without any rules. To be used within a tokio runtime.
#[derive(Debug)]
pub struct Stranger {
    endpoint: Endpoint,
    config: ClientConfig,
}

impl Stranger {
    /// Trusts the authority of `trusted` and shows these papers.
    ///
    /// # Panics
    ///
    /// When a file is missing.
    pub fn new(trusted: &Path, papers: Papers<'_>) -> Self {
        Self::speaking(trusted, papers, ALPN)
    }

    /// The same, of a protocol of its own.
    ///
    /// # Panics
    ///
    /// When a file is missing.
    pub fn speaking(trusted: &Path, papers: Papers<'_>, protocol: &[u8]) -> Self {
        let mut roots = RootCertStore::empty();
        for certificate in chain(&trusted.join("ca.pem")) {
            roots.add(certificate).expect("an authority");
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("ring does TLS 1.3")
            .with_root_certificates(roots);
        let mut tls = match papers {
            Papers::None => builder.with_no_client_auth(),
            Papers::Of(folder, role) => {
                let file = |ending: &str| folder.join(format!("{}.{ending}", role.name()));
                let key = file("key");
                let key = PrivateKeyDer::from_pem_file(&key)
                    .unwrap_or_else(|error| panic!("{}: {error}", key.display()));
                builder
                    .with_client_auth_cert(chain(&file("pem")), key)
                    .expect("a certificate and its key")
            }
        };
        tls.alpn_protocols = vec![protocol.to_vec()];
        let tls = QuicClientConfig::try_from(tls).expect("QUIC can do with it");
        Self {
            endpoint: Endpoint::client((Ipv4Addr::LOCALHOST, 0).into()).expect("a socket"),
            config: ClientConfig::new(Arc::new(tls)),
        }
    }

    /// Dials. The server may refuse later than that.
    ///
    /// # Errors
    ///
    /// What refused the connection said.
    pub async fn connect(&self, url: &str, role: Role) -> Result<Connection, String> {
        let connecting = self
            .endpoint
            .connect_with(self.config.clone(), address(url), role.dns_name())
            .map_err(|error| error.to_string())?;
        let connected = timeout(PATIENCE, connecting).await;
        connected
            .map_err(|_| "nothing answers".to_owned())?
            .map_err(|error| error.to_string())
    }

    /// Begins to dial and lets go.
    ///
    /// # Panics
    ///
    /// When there is no such address.
    pub async fn half_connect(&self, url: &str, role: Role, within: Duration) {
        let connecting = self
            .endpoint
            .connect_with(self.config.clone(), address(url), role.dns_name())
            .expect("an address");
        // Whether it comes to anything is not what this is about.
        let _ = timeout(within, connecting).await;
    }
}

fn chain(path: &Path) -> Vec<CertificateDer<'static>> {
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The address in a URL.
///
/// # Panics
///
/// When there is none.
pub fn address(url: &str) -> SocketAddr {
    let address = url.trim_start_matches("quic://").trim_end_matches('/');
    address
        .parse()
        .unwrap_or_else(|error| panic!("{url}: {error}"))
}

/// A proper hello of a role.
pub fn hello(role: Role) -> Hello {
    Hello {
        version: VERSION.to_owned(),
        role,
    }
}

/// A message as it goes over the wire.
///
/// # Panics
///
/// When it is too long for one.
pub fn message<T: Serialize>(message: &T) -> Vec<u8> {
    frame::encode(message).expect("a message")
}

/// Sends bytes on a new stream, finishes it, and waits for what comes of it.
pub async fn say(connection: &Connection, bytes: &[u8]) -> Reaction {
    let said = async {
        let (mut send, mut receive) = connection
            .open_bi()
            .await
            .map_err(|error| error.to_string())?;
        // A server that has heard enough stops the stream, and its answer says more.
        let _ = send.write_all(bytes).await;
        let _ = send.finish();
        receive
            .read_to_end(ANSWER)
            .await
            .map_err(|error| match connection.close_reason() {
                Some(reason) => reason.to_string(),
                None => error.to_string(),
            })
    };
    match timeout(PATIENCE, said).await {
        Ok(Ok(answer)) => Reaction::Answered(answer),
        Ok(Err(error)) => Reaction::Ended(error),
        Err(_) => Reaction::Nothing,
    }
}

/// Says hello, and gives the answer if it is one.
pub async fn greet(connection: &Connection, hello: &Hello) -> Result<Greeting, Reaction> {
    let reaction = say(connection, &message(hello)).await;
    let Reaction::Answered(bytes) = &reaction else {
        return Err(reaction);
    };
    let Some((header, body)) = bytes.split_first_chunk() else {
        return Err(reaction);
    };
    match frame::length(*header, Limit::GREETING) {
        Ok(length) if length == body.len() => frame::decode(body).map_err(|_| reaction),
        _ => Err(reaction),
    }
}
