//! What can go wrong between two machines.

use std::{fmt, sync::Arc, time::Duration};

use datafusion::error::DataFusionError;
use quinn::{ConnectionError, TransportErrorCode};
use rustls::AlertDescription;

use crate::protocol::{ALPN, FrameError, Role};

/// The connection was closed because its process ends, or wants no more of it.
pub(super) const CODE_ENDED: u32 = 0;
/// The connection was closed instead of being greeted.
pub(super) const CODE_REFUSED: u32 = 1;

/// A connection or a stream that does not do what it should.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TransportError {
    /// The machine or the network is gone. Work that depended on it can be done again elsewhere.
    #[error("lost {peer}: {why}")]
    Lost {
        /// The peer's URL.
        peer: String,
        /// How that was noticed.
        why: Loss,
    },
    /// The peer is there and says no.
    #[error("{peer} refuses the connection: {reason}")]
    Refused {
        /// The peer's URL.
        peer: String,
        /// Its words.
        reason: String,
    },
    /// One side does not trust the other's certificate.
    #[error("no secure connection with {peer}: {holder} certificate {why}")]
    Certificate {
        /// The peer's URL.
        peer: String,
        /// Whose certificate it is about.
        holder: Holder,
        /// What is wrong with it.
        why: Distrust,
    },
    /// The peer does not speak this version of the protocol.
    #[error(
        "{peer} does not speak the protocol `{}`: run the same version of arrowbox everywhere",
        String::from_utf8_lossy(ALPN)
    )]
    Version {
        /// The peer's URL.
        peer: String,
    },
    /// The peer sent bytes that are no message.
    #[error("{peer} broke the protocol")]
    Frame {
        /// The peer's URL.
        peer: String,
        /// What they are.
        #[source]
        source: Arc<FrameError>,
    },
    /// The peer finished a stream where more had to come.
    #[error("{peer} ended a stream in the middle of a message")]
    Ended {
        /// The peer's URL.
        peer: String,
    },
    /// The peer dropped its [`Sender`](super::Sender) without finishing.
    #[error("{peer} gave up a stream before its end")]
    Reset {
        /// The peer's URL.
        peer: String,
    },
    /// The peer dropped its [`Receiver`](super::Receiver): it wants no more.
    #[error("the other side wants no more of a stream")]
    Stopped,
    /// A message of this side can not be sent.
    #[error("a message for {peer} can not be written")]
    Unwritable {
        /// The peer's URL.
        peer: String,
        /// Why.
        #[source]
        source: Arc<FrameError>,
    },
    /// An address can not be dialled from here.
    #[error("`{url}` can not be dialled: {reason}")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// This side closed the connection, or ended.
    #[error("the connection to {peer} was closed on this side")]
    Closed {
        /// The peer's URL.
        peer: String,
    },
}

/// How it was noticed that a peer is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// Its name has no address.
    #[error("its name has no address: {0}")]
    Unresolved(String),
    /// Nothing answers there.
    #[error("nothing answered within {}: is it running, and is the address right?", seconds(.0))]
    Unreachable(Duration),
    /// It was there and is silent now.
    #[error("it fell silent: it was killed, or the network is cut")]
    Silent,
    /// Who answers at its address knows nothing of the connection.
    #[error("it forgot this connection: it was started anew, or was out of reach for a while")]
    Forgotten,
    /// It takes no connections.
    #[error("it takes no more connections now")]
    Full,
    /// It closed the connection; it may have said why.
    #[error("it closed the connection{}", colon(.0))]
    Ended(String),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
}

/// Whose certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// That of this process, which the peer does not trust.
    Here,
    /// That of the peer.
    There,
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// There is none.
    #[error("is missing: without one nobody takes part")]
    Missing,
    /// It is of another CA.
    #[error("is of another CA: `ca.pem` must be the same everywhere")]
    OtherCa,
    /// It has expired, or is of the future.
    #[error(
        "has expired, or is not valid yet: set the clocks, or issue another with `arrowbox certs issue`"
    )]
    Expired,
    /// It is for another role.
    #[error("is not that of a {0}: is this another's address?")]
    NotOf(Role),
    /// Something else.
    #[error("is not accepted: {0}")]
    Unacceptable(String),
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Here => "this side's",
            Self::There => "its",
        })
    }
}

impl TransportError {
    /// The URL of the peer, if it is gone or cut off.
    pub fn lost(&self) -> Option<&str> {
        match self {
            Self::Lost { peer, .. } => Some(peer),
            _ => None,
        }
    }

    pub(super) fn lost_by(peer: &str, why: Loss) -> Self {
        let peer = peer.to_owned();
        Self::Lost { peer, why }
    }

    pub(super) fn frame(peer: &str, error: FrameError) -> Self {
        let (peer, source) = (peer.to_owned(), Arc::new(error));
        Self::Frame { peer, source }
    }

    /// What the end of a connection means. `dialled` is the role that the peer was expected to have.
    pub(super) fn of(peer: &str, dialled: Option<Role>, error: ConnectionError) -> Self {
        let named = peer.to_owned();
        match error {
            ConnectionError::TimedOut => Self::lost_by(peer, Loss::Silent),
            ConnectionError::Reset => Self::lost_by(peer, Loss::Forgotten),
            ConnectionError::LocallyClosed => Self::Closed { peer: named },
            ConnectionError::VersionMismatch => Self::Version { peer: named },
            ConnectionError::CidsExhausted => {
                Self::lost_by(peer, Loss::Broken("too many connections".to_owned()))
            }
            ConnectionError::ApplicationClosed(close) => {
                let reason = String::from_utf8_lossy(&close.reason).into_owned();
                match close.error_code == CODE_REFUSED.into() {
                    true => Self::Refused {
                        peer: named,
                        reason,
                    },
                    false => Self::lost_by(peer, Loss::Ended(reason)),
                }
            }
            ConnectionError::ConnectionClosed(close) => {
                if close.error_code == TransportErrorCode::CONNECTION_REFUSED {
                    return Self::lost_by(peer, Loss::Full);
                }
                match alert(close.error_code) {
                    Some(alert) => Self::of_alert(peer, Holder::Here, alert, dialled, None),
                    None => Self::lost_by(peer, Loss::Broken(close.to_string())),
                }
            }
            ConnectionError::TransportError(error) => match alert(error.code) {
                Some(alert) => {
                    Self::of_alert(peer, Holder::There, alert, dialled, Some(error.reason))
                }
                None => Self::lost_by(peer, Loss::Broken(error.to_string())),
            },
        }
    }

    fn of_alert(
        peer: &str,
        holder: Holder,
        alert: AlertDescription,
        dialled: Option<Role>,
        text: Option<String>,
    ) -> Self {
        let peer = peer.to_owned();
        let why = match (alert, holder, dialled) {
            (AlertDescription::NoApplicationProtocol | AlertDescription::ProtocolVersion, ..) => {
                return Self::Version { peer };
            }
            (AlertDescription::CertificateRequired, ..) => Distrust::Missing,
            (AlertDescription::UnknownCA, ..) => Distrust::OtherCa,
            // What a CA of the same name and another key has signed.
            (AlertDescription::DecryptError, ..) => Distrust::OtherCa,
            (AlertDescription::CertificateExpired, ..) => Distrust::Expired,
            (AlertDescription::BadCertificate, Holder::There, Some(role)) => Distrust::NotOf(role),
            _ => Distrust::Unacceptable(text.unwrap_or_else(|| format!("{alert:?}"))),
        };
        Self::Certificate { peer, holder, why }
    }
}

impl From<TransportError> for DataFusionError {
    fn from(error: TransportError) -> Self {
        Self::External(Box::new(error))
    }
}

/// TLS alerts are a range of the codes of QUIC.
fn alert(code: TransportErrorCode) -> Option<AlertDescription> {
    let code = u64::from(code).checked_sub(0x100)?;
    u8::try_from(code).ok().map(AlertDescription::from)
}

fn seconds(duration: &Duration) -> String {
    format!("{} s", duration.as_secs_f32())
}

fn colon(reason: &str) -> String {
    match reason {
        "" => String::new(),
        reason => format!(": {reason}"),
    }
}
