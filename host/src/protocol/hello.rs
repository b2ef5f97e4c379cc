//! How a connection begins.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The protocol and its version, which TLS agrees on before anything else is said.
pub const ALPN: &[u8] = b"arrowbox/1";
/// The version of this program. Plans are written as DataFusion of exactly this version does, so that all of
/// a cluster run the same.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The first message on a connection, from whoever opened it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hello {
    /// Its [`VERSION`].
    pub version: String,
    /// Which it says it is; its certificate must say the same.
    pub role: Role,
}

/// The answer. After a refusal the connection is closed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Greeting {
    /// Requests can be made.
    Welcome {
        /// Names who answers, in messages.
        name: String,
    },
    /// Why not, for people: what is wrong and what to do.
    Refused(String),
}

/// What somebody is in a cluster. Certificates carry it as the DNS name `<role>.arrowbox`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Plans queries and knows the hosts.
    Coordinator,
    /// Runs parts of queries.
    Host,
    /// Asks.
    Client,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Coordinator, Self::Host, Self::Client];

    /// As the command line and the files of certificates call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Coordinator => "coordinator",
            Self::Host => "host",
            Self::Client => "client",
        }
    }

    /// As certificates have it.
    pub const fn dns_name(self) -> &'static str {
        match self {
            Self::Coordinator => "coordinator.arrowbox",
            Self::Host => "host.arrowbox",
            Self::Client => "client.arrowbox",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
