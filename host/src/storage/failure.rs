//! What is wrong with a location.

use std::{io, path::PathBuf};

use super::wait::WaitError;

/// Why a location can not be used.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// Nothing was named.
    #[error(
        "a table needs a location: name a file, a folder, a pattern such as `logs/*.log`, or a URL"
    )]
    None,
    /// No URL.
    #[error("`{location}` is no URL")]
    Url {
        /// As it was written.
        location: String,
        /// Why.
        #[source]
        source: url::ParseError,
    },
    /// A URL with a query or a fragment.
    #[error("`{0}` has a part behind `?` or `#`, which a location can not have")]
    Query(String),
    /// A scheme that nothing is known of, or a client that can not be made.
    #[error("`{location}` can not be reached: {reason}")]
    Store {
        /// As it was written.
        location: String,
        /// What the client says.
        reason: String,
    },
    /// An option of an object store that it does not have.
    #[error("`{0}` is no option of an object store")]
    Option(String),
    /// Bytes of another machine that name no files.
    #[error("the files of a table did not arrive as they were sent: {0}")]
    Encoded(String),
    /// Nothing is there.
    #[error("there is nothing at `{0}`")]
    Missing(String),
    /// A pattern that no file fits.
    #[error("no file fits the pattern `{0}`; names that begin with `.` or `_` are left out")]
    Unmatched(String),
    /// A pattern that is none.
    #[error("`{location}` is no pattern: {reason}")]
    Pattern {
        /// As it was written.
        location: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Http has no folders.
    #[error("`{0}` names a folder or a pattern, and http(s) has single files only: name each file")]
    Listing(String),
    /// A pipe, a socket or a device.
    #[error("`{}` is neither a file nor a folder", .0.display())]
    Special(PathBuf),
    /// A name that is no text.
    #[error("the name of `{}` is not UTF-8, so it can not be named to a function: rename it", .0.display())]
    Name(PathBuf),
    /// More files than one table can have.
    #[error("there are more than {limit} files at `{location}`: name fewer, or larger ones")]
    TooMany {
        /// As it was written.
        location: String,
        /// The bound.
        limit: usize,
    },
    /// The file system says no.
    #[error("`{}` can not be read", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A writer can not put files there.
    #[error("files can not be put at `{location}`: {reason}")]
    Target {
        /// As it was written.
        location: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The wait for an object store ended early.
    #[error(transparent)]
    Wait(#[from] WaitError),
}

/// What an object store says, and what to do about it.
pub(super) fn explain(error: &object_store::Error) -> String {
    use object_store::Error;
    match error {
        Error::NotFound { .. } => "it is not there".to_owned(),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => format!(
            "access is denied; give credentials in the environment or as options such as \
             `aws.access_key_id` ({error})"
        ),
        error => error.to_string(),
    }
}
