use std::path::Path;
use std::time::{Duration, SystemTime};

use arrowbox_host::{Binding, NullHandling};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::CatalogError;

/// One version of a function: what its name stood for, or stands for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Counted from one.
    pub number: u32,
    /// What was said.
    pub definition: NewVersion,
    created_micros: u64,
}

/// What is said about a function when it is made known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewVersion {
    /// The component, the function in it, and what it may do.
    pub binding: Binding,
    /// `scalar`, …
    pub kind: String,
    /// One line for each way of calling it.
    pub signatures: Vec<String>,
    /// `immutable`, `stable` or `volatile`.
    pub volatility: String,
    /// Who looks at nulls.
    pub nulls: NullHandling,
    /// For people. The first line is the summary.
    pub documentation: String,
    /// The file that the component came from, or its hash.
    pub origin: String,
}

impl Version {
    pub(super) fn new(number: u32, definition: NewVersion) -> Self {
        let created = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            number,
            definition,
            created_micros: created.as_micros().try_into().unwrap_or(u64::MAX),
        }
    }

    /// When this version was made.
    pub fn created(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_micros(self.created_micros)
    }
}

/// What a name stands for now.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The current version.
    pub version: Version,
    /// Whether the name stays with it.
    pub pinned: bool,
}

/// All that a name stood for.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The version in use; none if the function was removed.
    pub current: Option<u32>,
    /// Whether the name stays with it.
    pub pinned: bool,
    /// Oldest first.
    pub versions: Vec<Version>,
}

/// The record of a name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) current: Option<u32>,
    pub(super) latest: u32,
    pub(super) pinned: bool,
}

/// The layout of the records that this code writes. Each record begins with it.
const FORMAT: u8 = 1;

pub(super) fn encode<T: Serialize>(
    path: &Path,
    name: &str,
    record: &T,
) -> Result<Vec<u8>, CatalogError> {
    postcard::to_extend(record, vec![FORMAT]).map_err(|source| damaged(path, name, source))
}

pub(super) fn decode<T: DeserializeOwned>(
    path: &Path,
    name: &str,
    bytes: &[u8],
) -> Result<T, CatalogError> {
    match bytes.split_first() {
        Some((&FORMAT, record)) => {
            postcard::from_bytes(record).map_err(|source| damaged(path, name, source))
        }
        Some((&format, _)) if format > FORMAT => Err(CatalogError::Newer {
            path: path.to_owned(),
            format,
            known: FORMAT,
        }),
        _ => Err(damaged(
            path,
            name,
            postcard::Error::DeserializeUnexpectedEnd,
        )),
    }
}

fn damaged(path: &Path, name: &str, source: postcard::Error) -> CatalogError {
    CatalogError::Damaged {
        path: path.to_owned(),
        name: name.to_owned(),
        source,
    }
}
