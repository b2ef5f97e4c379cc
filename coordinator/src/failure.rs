//! What kind of thing went wrong: the one place that knows, for exit codes here and for clients elsewhere.

use std::error::Error;

use arrowbox_host::protocol::{FailureKind, RemoteError};
use arrowbox_host::server::HostError;
use arrowbox_host::{ComponentError, FunctionError, Refusal, StoreError, TransportError};
use datafusion::error::DataFusionError;

use crate::catalog::CatalogError;
use crate::causes::causes;
use crate::client::ClientError;
use crate::cluster::{ClusterError, LostHost};
use crate::data_dir::DataDirError;
use crate::session::QueryError;

/// What `error` is, by the first of its causes that tells.
pub(crate) fn kind(error: &(dyn Error + 'static)) -> FailureKind {
    causes(error)
        .find_map(kind_of_one)
        .unwrap_or(FailureKind::Statement)
}

/// What a coordinator said that `error` is: it knows more of it than has arrived.
pub(crate) fn kind_told(error: &(dyn Error + 'static)) -> Option<FailureKind> {
    error.downcast_ref().and_then(ClientError::kind)
}

/// What `error` is, whatever caused it; none if it does not tell.
pub(crate) fn kind_of_one(error: &(dyn Error + 'static)) -> Option<FailureKind> {
    if let Some(function) = error.downcast_ref::<FunctionError>() {
        let limit = function.cause.is_limit() || function.cause.is_stop();
        return Some(if limit {
            FailureKind::Limit
        } else {
            FailureKind::Function
        });
    }
    if let Some(QueryError::TimedOut { .. }) = error.downcast_ref() {
        return Some(FailureKind::Limit);
    }
    if let Some(DataFusionError::ResourcesExhausted(_)) = error.downcast_ref() {
        return Some(FailureKind::Limit);
    }
    if let Some(catalog) = error.downcast_ref::<CatalogError>() {
        return Some(match catalog {
            CatalogError::NotFound { .. }
            | CatalogError::NoVersion { .. }
            | CatalogError::NoEarlierVersion { .. }
            | CatalogError::Exists { .. }
            | CatalogError::Pinned { .. } => FailureKind::Statement,
            _ => FailureKind::DataDir,
        });
    }
    match error.downcast_ref() {
        Some(HostError::Dir(_)) => return Some(FailureKind::DataDir),
        Some(HostError::Join { .. }) => return Some(FailureKind::Cluster),
        _ => {}
    }
    if let Some(cluster) = error.downcast_ref::<ClusterError>() {
        return match cluster {
            // What the host says of it, or the store.
            ClusterError::Shipping { .. } => None,
            ClusterError::Blob { .. } => Some(FailureKind::DataDir),
            _ => Some(FailureKind::Cluster),
        };
    }
    if error.is::<LostHost>() || error.is::<TransportError>() {
        return Some(FailureKind::Cluster);
    }
    if let Some(remote) = error.downcast_ref::<RemoteError>()
        && remote.lost().is_some()
    {
        return Some(FailureKind::Cluster);
    }
    if error.is::<ComponentError>() || error.is::<Refusal>() {
        return Some(FailureKind::Component);
    }
    if error.is::<DataDirError>() || error.is::<StoreError>() {
        return Some(FailureKind::DataDir);
    }
    None
}
