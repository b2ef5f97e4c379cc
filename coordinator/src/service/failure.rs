//! Errors on their way to clients, which show them, and end, as if they had happened there.

use std::error::Error;

use arrowbox_host::protocol::{FailureKind, StatementFailure, WireFailure};

use super::queries::Verdict;
use crate::failure;
use crate::session::{ParseError, QueryError};

/// Why a statement has no result.
pub(super) fn of(error: QueryError) -> StatementFailure {
    let kind = failure::kind(&error);
    let (time_limit, failure) = match error {
        QueryError::TimedOut { limit, stopped } => {
            (Some(limit.0), stopped.as_ref().map(WireFailure::from))
        }
        QueryError::Engine(error) | QueryError::Parse(ParseError::Sql(error)) => {
            (None, Some(WireFailure::of(&error)))
        }
        error => (None, Some(WireFailure::of(&error))),
    };
    StatementFailure {
        kind,
        time_limit,
        failure,
    }
}

/// Why something else was not done.
pub(super) fn of_any(error: impl Error + Send + Sync + 'static) -> StatementFailure {
    StatementFailure {
        kind: failure::kind(&error),
        time_limit: None,
        failure: Some(WireFailure::of(&error)),
    }
}

/// Why a statement was ended that might have gone on.
pub(super) fn of_verdict(verdict: Verdict) -> StatementFailure {
    let kind = match verdict {
        Verdict::Killed => FailureKind::Statement,
        Verdict::Shutdown => FailureKind::Cluster,
    };
    StatementFailure {
        kind,
        time_limit: None,
        failure: Some(WireFailure::of(&verdict)),
    }
}
