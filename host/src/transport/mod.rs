//! Connections between the machines of a cluster: QUIC with TLS 1.3 and certificates on both sides.
//!
//! An [`Endpoint`] is a socket: it dials other machines, and takes those that dial it. Either gives a
//! [`Peer`], whose certificate and version have been checked. Who dialled opens streams; each is one request
//! and gives a [`Sender`] and a [`Receiver`] to both sides.
//!
//! Everything that a peer sends is bounded before it is believed. A peer that is gone — killed, cut off,
//! started anew, ended — is noticed within three seconds, and told apart from all other errors by
//! [`TransportError::lost`].

mod batches;
mod channel;
mod endpoint;
mod error;
mod greeting;
mod identity;
mod local;
mod network;
mod peer;
mod pool;
mod reception;
mod reset;
mod stream;
mod tasks;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod tls;
mod window;

pub use batches::{BatchError, BatchReader, BatchWriter, Compression, Encoded, pieces};
pub use channel::QuicChannels;
pub use endpoint::{Endpoint, EndpointError, EndpointOptions};
pub use error::{Distrust, Holder, Loss, TransportError};
pub use identity::{Identity, IdentityError};
pub use local::LocalChannels;
pub use peer::Peer;
pub use stream::{Receiver, Sender};
pub use tasks::{ATTEMPT_HEADER, Outcome, Sent, serve_plan, serve_rows};
pub use window::Window;
