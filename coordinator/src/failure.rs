//! What kind of thing went wrong: the one place that knows, for exit codes here and for clients elsewhere.

use std::error::Error;

use arrowbox_host::protocol::FailureKind;
use arrowbox_host::{ComponentError, FunctionError, Refusal, StoreError};
use datafusion::error::DataFusionError;

use crate::catalog::CatalogError;
use crate::causes::causes;
use crate::data_dir::DataDirError;
use crate::session::QueryError;

/// What `error` is, by the first of its causes that tells.
pub(crate) fn kind(error: &(dyn Error + 'static)) -> FailureKind {
    causes(error)
        .find_map(kind_of_one)
        .unwrap_or(FailureKind::Statement)
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
    if error.is::<ComponentError>() || error.is::<Refusal>() {
        return Some(FailureKind::Component);
    }
    if error.is::<DataDirError>() || error.is::<StoreError>() {
        return Some(FailureKind::DataDir);
    }
    None
}
