//! A machine at the other end of a connection.

use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use bytes::Bytes;
use futures::future::join;
use quinn::ConnectionError;
use serde::{Serialize, de::DeserializeOwned};

use super::{Receiver, Sender, TransportError, error::CODE_ENDED, window::FIRST_STREAMS};
use crate::protocol::{Limit, Role};

/// Streams that hosts and coordinators can have open on a connection: partitions of all that they read.
const MOST_STREAMS: u32 = 1 << 16;
/// Streams that a client can have open.
const MOST_STREAMS_OF_CLIENTS: u32 = FIRST_STREAMS;

/// A machine whose certificate and version have been checked, and the connection to it. Clones share the
/// connection; it closes when the last is dropped that it has, here or in the pool of its
/// [`Endpoint`](super::Endpoint).
#[derive(Clone)]
pub struct Peer {
    connection: quinn::Connection,
    about: Arc<About>,
}

/// What does not change about a peer, and how much it does.
#[derive(Debug)]
struct About {
    url: String,
    name: String,
    role: Role,
    address: SocketAddr,
    side: Side,
    /// Streams that the peer opened and that are still in use here.
    live: AtomicU32,
    /// Streams that it can have open.
    allowed: AtomicU32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Dialled,
    Accepted,
}

/// A stream that is in use; its two halves share it.
#[derive(Debug)]
pub(super) struct Open {
    about: Arc<About>,
    side: Side,
}

impl Peer {
    /// A peer that was dialled as `url` and calls itself `name`.
    pub(super) fn dialled(
        connection: quinn::Connection,
        url: &str,
        role: Role,
        name: String,
    ) -> Self {
        Self::new(connection, Side::Dialled, url.to_owned(), role, name)
    }

    /// A peer that dialled.
    pub(super) fn accepted(connection: quinn::Connection, role: Role) -> Self {
        let address = canonical(connection.remote_address());
        let name = format!("{role} at {address}");
        let url = format!("quic://{address}");
        Self::new(connection, Side::Accepted, url, role, name)
    }

    fn new(
        connection: quinn::Connection,
        side: Side,
        url: String,
        role: Role,
        name: String,
    ) -> Self {
        let about = Arc::new(About {
            url,
            name,
            role,
            address: canonical(connection.remote_address()),
            side,
            live: AtomicU32::new(0),
            allowed: AtomicU32::new(FIRST_STREAMS),
        });
        Self { connection, about }
    }

    /// What it is, by its certificate.
    pub fn role(&self) -> Role {
        self.about.role
    }

    /// Names it in messages.
    pub fn name(&self) -> &str {
        &self.about.name
    }

    /// As it was dialled, or where it dialled from. Errors name it so.
    pub fn url(&self) -> &str {
        &self.about.url
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.about.address
    }

    /// Makes a request on a stream of its own. Only who dialled can.
    ///
    /// # Errors
    ///
    /// [`TransportError::Lost`] if the peer is gone.
    ///
    /// # Cancellation
    ///
    /// The request may have been made; its stream is reset.
    pub async fn open<Q: Serialize>(
        &self,
        request: &Q,
    ) -> Result<(Sender, Receiver), TransportError> {
        let streams = self.connection.open_bi().await;
        let (send, receive) = streams.map_err(|error| self.about.failure(error))?;
        let open = Arc::new(Open {
            about: Arc::clone(&self.about),
            side: Side::Dialled,
        });
        let receiver = Receiver::new(receive, Arc::clone(&open));
        let mut sender = Sender::new(send, open);
        sender.send(request).await?;
        Ok((sender, receiver))
    }

    /// Makes a request that has one answer, of at most `limit`.
    ///
    /// # Errors
    ///
    /// [`TransportError::Lost`] if the peer is gone.
    ///
    /// # Cancellation
    ///
    /// The request may have been made; the answer is not waited for.
    pub async fn ask<Q: Serialize, A: DeserializeOwned>(
        &self,
        request: &Q,
        limit: Limit,
    ) -> Result<A, TransportError> {
        let (sender, mut receiver) = self.open(request).await?;
        sender.finish();
        receiver.receive(limit).await
    }

    /// Makes a request that `body` follows, and that has one answer, of at most `limit`. A peer that refuses the
    /// body can answer before it has read all of it.
    ///
    /// # Errors
    ///
    /// [`TransportError::Lost`] if the peer is gone.
    ///
    /// # Cancellation
    ///
    /// The request may have been made; a part of the body may have arrived.
    pub async fn put<Q: Serialize, A: DeserializeOwned>(
        &self,
        request: &Q,
        body: Bytes,
        limit: Limit,
    ) -> Result<A, TransportError> {
        let (mut sender, mut receiver) = self.open(request).await?;
        let sending = async {
            sender.send_chunks(vec![body]).await?;
            sender.finish();
            Ok(())
        };
        match join(sending, receiver.receive(limit)).await {
            (_, Ok(answer)) => Ok(answer),
            (Err(TransportError::Stopped) | Ok(()), Err(error)) | (Err(error), Err(_)) => {
                Err(error)
            }
        }
    }

    /// The next stream that the peer opened: a request is its first message. `None` when the peer is gone.
    /// On connections that this side dialled there are none.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    pub async fn accept(&self) -> Option<(Sender, Receiver)> {
        let (send, receive) = self.connection.accept_bi().await.ok()?;
        let open = Arc::new(Open {
            about: Arc::clone(&self.about),
            side: Side::Accepted,
        });
        let live = self.about.live.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(allowed) = self.about.more_than(live) {
            self.connection
                .set_max_concurrent_bi_streams(allowed.into());
        }
        let receiver = Receiver::new(receive, Arc::clone(&open));
        Some((Sender::new(send, open), receiver))
    }

    /// Waits until the peer is gone, and says how.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    pub async fn closed(&self) -> TransportError {
        self.about.failure(self.connection.closed().await)
    }

    /// Whether the connection has ended.
    pub fn is_closed(&self) -> bool {
        self.connection.close_reason().is_some()
    }

    /// Closes the connection, with all of its streams, and tells the peer why: it sees
    /// [`TransportError::Lost`]. What was not yet received there never is.
    pub fn close(&self, reason: &str) {
        self.connection.close(CODE_ENDED.into(), reason.as_bytes());
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("name", &self.about.name)
            .field("url", &self.about.url)
            .finish_non_exhaustive()
    }
}

impl About {
    /// What the end of the connection means.
    fn failure(&self, error: ConnectionError) -> TransportError {
        let dialled = (self.side == Side::Dialled).then_some(self.role);
        TransportError::of(&self.url, dialled, error)
    }

    /// How many streams the peer can have open from now on, if `live` are too close to how many it can.
    ///
    /// QUIC keeps a record of each stream that could be opened, so that a connection that could have all
    /// of them from the start would take megabytes.
    fn more_than(&self, live: u32) -> Option<u32> {
        let most = match self.role {
            Role::Client => MOST_STREAMS_OF_CLIENTS,
            Role::Coordinator | Role::Host => MOST_STREAMS,
        };
        let allowed = self.allowed.load(Ordering::Relaxed);
        if live * 2 < allowed || allowed >= most {
            return None;
        }
        let more = (allowed * 4).min(most);
        self.allowed.store(more, Ordering::Relaxed);
        Some(more)
    }
}

impl Open {
    pub(super) fn url(&self) -> &str {
        &self.about.url
    }

    pub(super) fn failure(&self, error: ConnectionError) -> TransportError {
        self.about.failure(error)
    }

    pub(super) fn closed_here(&self) -> TransportError {
        TransportError::Closed {
            peer: self.about.url.clone(),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if self.side == Side::Accepted {
            self.about.live.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Without the IPv6 that a socket for both puts around IPv4.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
