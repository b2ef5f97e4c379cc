use std::io;
use std::path::PathBuf;

use arrowbox_host::protocol::{FailureKind, StatementFailure, WireFailure};
use arrowbox_host::{BatchError, TransportError};
use datafusion::error::DataFusionError;
use url::Url;

use crate::quantity::Span;
use crate::session::QueryError;

/// Why a coordinator does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no connection.
    #[error("the coordinator {url} can not be reached")]
    Unreachable {
        /// Its address.
        url: Url,
        /// Why not.
        #[source]
        source: TransportError,
    },
    /// There was one.
    #[error("the connection to the coordinator {url} broke, and what it did for this client ended")]
    Broken {
        /// Its address.
        url: Url,
        /// How.
        #[source]
        source: TransportError,
    },
    /// It sends rows that are none.
    #[error("the coordinator {url} sends rows that can not be read")]
    Rows {
        /// Its address.
        url: Url,
        /// What is wrong.
        #[source]
        source: BatchError,
    },
    /// It says something that does not belong there.
    #[error(
        "the coordinator {url} answers with {answer}, which nobody asked for: it runs another version"
    )]
    Protocol {
        /// Its address.
        url: Url,
        /// What it said.
        answer: &'static str,
    },
    /// A file can not be sent to it.
    #[error("`{}` can not be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It does not take a file.
    #[error("the coordinator {url} does not take `{}`", path.display())]
    Put {
        /// Its address.
        url: Url,
        /// The file.
        path: PathBuf,
        /// What it says.
        #[source]
        source: DataFusionError,
    },
    /// A statement did not end in time.
    #[error(transparent)]
    Statement(Box<QueryError>),
    /// A statement failed, or something that statements need.
    #[error("{source}")]
    Failed {
        /// What kind of thing went wrong.
        kind: FailureKind,
        /// What did.
        #[source]
        source: DataFusionError,
    },
}

impl ClientError {
    pub(super) fn broken(url: &Url, source: TransportError) -> Self {
        let url = url.clone();
        Self::Broken { url, source }
    }

    pub(super) fn rows(url: &Url, error: BatchError) -> Self {
        match error {
            BatchError::Transport(source) => Self::broken(url, source),
            source => Self::Rows {
                url: url.clone(),
                source,
            },
        }
    }

    /// What the coordinator says of a statement.
    pub(super) fn told(failure: StatementFailure) -> Self {
        let source = failure.failure.map(DataFusionError::from);
        match failure.time_limit {
            Some(limit) => Self::Statement(Box::new(QueryError::TimedOut {
                limit: Span(limit),
                stopped: source,
            })),
            None => Self::Failed {
                kind: failure.kind,
                source: source.unwrap_or_else(|| {
                    DataFusionError::Execution("the statement failed".to_owned())
                }),
            },
        }
    }

    pub(super) fn put(url: &Url, path: PathBuf, failure: WireFailure) -> Self {
        Self::Put {
            url: url.clone(),
            path,
            source: failure.into(),
        }
    }

    /// What kind of thing went wrong, if this says it.
    pub(crate) fn kind(&self) -> Option<FailureKind> {
        match self {
            Self::Unreachable { .. }
            | Self::Broken { .. }
            | Self::Rows { .. }
            | Self::Protocol { .. } => Some(FailureKind::Cluster),
            Self::Failed { kind, .. } => Some(*kind),
            Self::Read { .. } | Self::Put { .. } | Self::Statement(_) => None,
        }
    }
}
