use arrowbox_host::TransportError;
use datafusion::error::DataFusionError;
use url::Url;

/// A host that took part in a query is gone or cut off.
#[derive(Debug, thiserror::Error)]
#[error("the host `{name}` at {url} was lost")]
pub struct LostHost {
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: Url,
    /// How that was noticed; none if the cluster noticed.
    #[source]
    pub source: Option<TransportError>,
}

/// Why a query does not run on the hosts of a cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Nobody is there to run it.
    #[error(
        "there is no host that the query could run on: start one with `arrowbox host --join {join}`"
    )]
    NoHost {
        /// The coordinator's address.
        join: String,
    },
    /// Somebody is there, and gets no work.
    #[error(
        "none of the {hosts} hosts gets work, they are being drained: let one go on with \
         `arrowbox cluster drain --undo`, or start another with `arrowbox host --join {join}`"
    )]
    Draining {
        /// How many there are.
        hosts: usize,
        /// The coordinator's address.
        join: String,
    },
    /// It was begun as often as it is.
    #[error("the query was begun {} times, and lost a host each time: {}", history.len(), history.join("; "))]
    Lost {
        /// One line for each attempt.
        history: Vec<String>,
        /// How the last one ended.
        #[source]
        source: DataFusionError,
    },
    /// Somebody has seen rows of it.
    #[error(
        "a host was lost when {rows} rows had been given out already, so that the query can not be begun again; \
         without --stream rows are held until all hosts are done"
    )]
    Released {
        /// How many.
        rows: u64,
        /// How the attempt ended.
        #[source]
        source: DataFusionError,
    },
    /// What it wrote was being made visible.
    #[error(
        "a host was lost while what the query wrote was being made visible, so that it is not begun again; \
         look at the target before you do"
    )]
    Committing {
        /// How the attempt ended.
        #[source]
        source: DataFusionError,
    },
    /// It has effects that can not be taken back.
    #[error("a host was lost, and the statement is not begun again: {reason}")]
    Once {
        /// Why not.
        reason: &'static str,
        /// How the attempt ended.
        #[source]
        source: DataFusionError,
    },
    /// A host does something that it can not.
    #[error(
        "the host `{host}` answers with {answer}, which nobody asked for: it runs another version"
    )]
    Protocol {
        /// Its name.
        host: String,
        /// What it said.
        answer: &'static str,
    },
    /// A component or data is nowhere.
    #[error("the blob {digest} is not in the coordinator's store any more: add its function again")]
    Blob {
        /// Its name.
        digest: arrowbox_host::Digest,
    },
    /// A host does not take a component or data.
    #[error("the blob {digest} can not be sent to the host `{host}`")]
    Shipping {
        /// Its name.
        digest: arrowbox_host::Digest,
        /// The host.
        host: String,
        /// What the host says, or the store.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<ClusterError> for DataFusionError {
    fn from(error: ClusterError) -> Self {
        Self::External(Box::new(error))
    }
}

impl From<LostHost> for DataFusionError {
    fn from(error: LostHost) -> Self {
        Self::External(Box::new(error))
    }
}
