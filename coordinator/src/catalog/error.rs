use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::quantity::Span;

/// Why the catalogue can not be read, or does not change.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The name is not there.
    #[error(
        "there is no function `{name}` in the catalogue; `arrowbox functions list` shows those there are"
    )]
    NotFound {
        /// The name.
        name: String,
    },
    /// The name was never there in this version.
    #[error(
        "the function `{name}` has no version {version}; `arrowbox functions history {name}` shows those there are"
    )]
    NoVersion {
        /// The name.
        name: String,
        /// The version asked for.
        version: u32,
    },
    /// There is nothing before the current version.
    #[error("the function `{name}` has no earlier version to go back to")]
    NoEarlierVersion {
        /// The name.
        name: String,
    },
    /// The name is taken.
    #[error(
        "the function `{name}` exists already (version {version}); replace it with CREATE OR REPLACE FUNCTION or `functions add --replace`"
    )]
    Exists {
        /// The name.
        name: String,
        /// Its current version.
        version: u32,
    },
    /// The name is pinned to its version.
    #[error(
        "the function `{name}` is pinned to version {version}; release it with `arrowbox functions unpin {name}`"
    )]
    Pinned {
        /// The name.
        name: String,
        /// The version it is pinned to.
        version: u32,
    },
    /// The data directory, or the file in it, can not be written.
    #[error(
        "the catalogue `{path}` is read-only; give a directory that can be written with --data-dir"
    )]
    ReadOnly {
        /// The catalogue's file.
        path: PathBuf,
    },
    /// There is no space left on the disk.
    #[error("no space left on the disk for the catalogue `{path}`; nothing was changed")]
    Full {
        /// The catalogue's file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Other processes had the catalogue all the time.
    #[error("the catalogue `{path}` was in use by other processes for {}; try again", Span(*waited))]
    Busy {
        /// The catalogue's file.
        path: PathBuf,
        /// How long this process waited.
        waited: Duration,
    },
    /// A newer Arrowbox wrote this.
    #[error(
        "the catalogue `{path}` was written by a newer arrowbox (format {format}, this one knows {known})"
    )]
    Newer {
        /// The catalogue's file.
        path: PathBuf,
        /// The format found.
        format: u8,
        /// The newest format known here.
        known: u8,
    },
    /// A record can not be read.
    #[error("the catalogue `{path}` holds a damaged record for `{name}`")]
    Damaged {
        /// The catalogue's file.
        path: PathBuf,
        /// The name that the record is for.
        name: String,
        /// What is wrong with it.
        #[source]
        source: postcard::Error,
    },
    /// The database fails.
    #[error("the catalogue `{path}` can not be used")]
    Database {
        /// The catalogue's file.
        path: PathBuf,
        /// What the database said.
        #[source]
        source: Box<redb::Error>,
    },
}

impl CatalogError {
    /// Sorts an error of the database by what a user can do about it.
    pub(super) fn database(path: &Path, error: impl Into<redb::Error>) -> Self {
        let path = path.to_owned();
        match error.into() {
            redb::Error::Io(source) => match source.kind() {
                io::ErrorKind::StorageFull
                | io::ErrorKind::QuotaExceeded
                | io::ErrorKind::FileTooLarge => Self::Full { path, source },
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Self::ReadOnly { path }
                }
                _ => Self::Database {
                    path,
                    source: Box::new(redb::Error::Io(source)),
                },
            },
            source => Self::Database {
                path,
                source: Box::new(source),
            },
        }
    }
}
