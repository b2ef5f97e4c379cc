//! What a host is told when it starts.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use url::Url;

use crate::{store::StoreLimits, transport::Identity};

/// What a host is told when it starts.
#[derive(Debug)]
pub struct HostOptions {
    /// Where it listens; with port 0, the system chooses one.
    pub listen: SocketAddr,
    /// Where others reach it, if that is not where it listens.
    pub advertise: Option<SocketAddr>,
    /// Coordinators that it joins.
    pub join: Vec<Url>,
    /// Names it in messages.
    pub name: String,
    /// The certificates of a host.
    pub identity: Identity,
    /// Where its store is, and what queries write that does not fit into memory. One host uses it at a time.
    pub dir: PathBuf,
    /// Where else queries write what does not fit into memory.
    pub spill: Option<PathBuf>,
    /// How much its store takes.
    pub store: StoreLimits,
    /// Partitions of a query that run at once.
    pub cores: usize,
    /// Bytes that all queries can take together.
    pub memory: usize,
    /// How long what runs may go on when the host is told to end.
    pub grace: Duration,
}
