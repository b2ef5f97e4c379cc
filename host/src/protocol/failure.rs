//! An error on its way to another machine.

use std::{error::Error, fmt};

use datafusion::error::DataFusionError;
use serde::{Deserialize, Serialize};

mod decode;
mod encode;
mod links;
#[cfg(test)]
mod tests;

use links::Link;

/// Errors that are inside one another; what is deeper is left out, but for the last.
const DEPTH: usize = 48;
/// Errors in all.
const LINKS: usize = 512;
/// Bytes of one text.
const TEXT: usize = 64 << 10;
/// Bytes of all texts. A message that carries a failure stays below its limit.
const TEXTS: usize = 512 << 10;

/// An error, with all that whoever handles it there looks at: its kind, what it says, its causes, whether it
/// means that a host is lost.
///
/// Errors of the engine, of Arrow, Parquet, object stores and files, and those of functions arrive as what
/// they were. Any other arrives as a [`RemoteError`] that says the same and has the same causes.
///
/// It is a list, not a tree, so that reading one from a stream takes no stack, whatever it claims to be: each
/// link says how many of those behind it are its causes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireFailure {
    links: Vec<Link>,
}

impl WireFailure {
    /// What is to be said of an error. Chains and texts without end are cut.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        Self {
            links: encode::links(error),
        }
    }

    /// An error that only says something.
    pub fn message(text: impl Into<String>) -> Self {
        Self::of(&RemoteError::new(text))
    }

    /// What the error says.
    pub fn text(&self) -> String {
        decode::read(&self.links).to_string()
    }

    /// The URL of the host that is gone, or that somebody was cut off from, if that is what happened.
    pub fn lost(&self) -> Option<&str> {
        self.links.iter().find_map(Link::lost)
    }
}

impl From<&DataFusionError> for WireFailure {
    fn from(error: &DataFusionError) -> Self {
        Self::of(error)
    }
}

impl From<WireFailure> for DataFusionError {
    fn from(failure: WireFailure) -> Self {
        decode::read(&failure.links).into_engine()
    }
}

/// An error of another machine whose type is not known here: what it said, and its causes.
#[derive(Debug)]
pub struct RemoteError {
    text: String,
    lost: Option<String>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl RemoteError {
    fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            lost: None,
            cause: None,
        }
    }

    /// The URL of the host that is gone, or that somebody was cut off from, if that is what happened.
    pub fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for RemoteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}
