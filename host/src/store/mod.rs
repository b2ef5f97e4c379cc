//! Components and data by the hash of their bytes, and the machine code that was made of them.

mod blobs;
mod compiled;
mod digest;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

pub use digest::{Digest, DigestError};

use crate::sandbox::TrustedCode;
use blobs::Blobs;
use compiled::Compiled;

/// A directory of blobs, each named by its [`Digest`], and of the machine code of those that are
/// components.
///
/// A blob is checked against its name whenever it is read. Machine code is made on this machine and never
/// accepted from elsewhere.
pub struct Store {
    dir: PathBuf,
    blobs: Blobs,
    /// `None` where there is none and none can be made: each process then compiles for itself.
    compiled: Option<Compiled>,
    read_only: bool,
}

/// Why a blob was not kept or not found.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing goes by this name.
    #[error("there is no blob {0} in the store")]
    Missing(Digest),
    /// A file has been changed.
    #[error("the blob {digest} is damaged: its file `{}` has other contents; add it again", path.display())]
    Corrupt {
        /// The name.
        digest: Digest,
        /// The file.
        path: PathBuf,
    },
    /// A file was not read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file was not written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Somebody else could have put code there.
    #[error("`{}` belongs to another user: machine code is not loaded from it", .0.display())]
    Owner(PathBuf),
    /// Nothing can be added.
    #[error("the store in `{}` is read-only", .0.display())]
    ReadOnly(PathBuf),
}

impl Store {
    /// Opens the store in `dir`, and makes it if it is not there.
    ///
    /// Where nothing can be written the store opens for reading only
    /// ([`is_read_only`](Self::is_read_only)).
    ///
    /// # Errors
    ///
    /// If the machine code's directory belongs to somebody else.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let dir = dir.into();
        let compiled = match Compiled::open(dir.join("compiled")) {
            Ok(compiled) => Some(compiled),
            Err(StoreError::Owner(path)) => return Err(StoreError::Owner(path)),
            Err(error) => {
                tracing::debug!(%error, "compiled code is not kept");
                None
            }
        };
        Ok(Self {
            blobs: Blobs::new(dir.join("blobs")),
            compiled,
            read_only: !is_writable(&dir),
            dir,
        })
    }

    /// Whether nothing can be added.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Where the store is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Keeps `bytes`. On disk when it returns.
    ///
    /// # Errors
    ///
    /// If the store is read-only or the disk is full; nothing half written is left.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        if self.is_read_only() && !self.contains(&digest) {
            return Err(StoreError::ReadOnly(self.dir.clone()));
        }
        self.blobs.put(bytes)
    }

    /// The bytes that `digest` names.
    ///
    /// # Errors
    ///
    /// If they are not there, or are not what they were.
    pub fn get(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        self.blobs.get(digest)
    }

    /// Whether there is a blob of this name.
    pub fn contains(&self, digest: &Digest) -> bool {
        self.blobs.contains(digest)
    }

    /// Removes a blob, if it is there.
    ///
    /// # Errors
    ///
    /// If its file can not be removed.
    pub fn remove(&self, digest: &Digest) -> Result<(), StoreError> {
        self.blobs.remove(digest)
    }

    /// All blobs, in order.
    ///
    /// # Errors
    ///
    /// If the directory can not be read.
    pub fn list(&self) -> Result<Vec<Digest>, StoreError> {
        self.blobs.list()
    }

    pub(crate) fn load_code(&self, digest: &Digest, fingerprint: &str) -> Option<TrustedCode> {
        self.compiled.as_ref()?.load(digest, fingerprint)
    }

    /// Keeps machine code, if it can: whoever does not find it makes it again.
    pub(crate) fn save_code(&self, digest: &Digest, fingerprint: &str, code: &TrustedCode) {
        if let Some(compiled) = self.compiled.as_ref().filter(|_| !self.read_only)
            && let Err(error) = compiled.save(digest, fingerprint, code)
        {
            tracing::warn!(%error, "compiled code is not kept");
        }
    }

    pub(crate) fn forget_code(&self, digest: &Digest, fingerprint: &str) {
        if let Some(compiled) = &self.compiled {
            compiled.forget(digest, fingerprint);
        }
    }
}

/// Whether files can be made below `dir`, also for somebody whom permissions do not stop.
fn is_writable(dir: &Path) -> bool {
    fs::create_dir_all(dir).is_ok() && tempfile::tempfile_in(dir).is_ok()
}
