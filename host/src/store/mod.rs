//! Components and data by the hash of their bytes, and the machine code that was made of them.

mod blobs;
mod compiled;
mod digest;
mod incoming;
mod quota;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use digest::{Digest, DigestError};
pub use incoming::Incoming;
pub use quota::Pinned;

use crate::protocol::Missing;
use blobs::Blobs;
use compiled::Compiled;
pub(crate) use compiled::Kept;
use incoming::Inbox;
use quota::Quota;

/// Bytes that a blob may have if nobody says otherwise.
const LARGEST_BLOB: u64 = 1 << 30;

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
    inbox: Inbox,
    quota: Arc<Quota>,
    read_only: bool,
}

/// How much a store takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreLimits {
    /// Bytes of a blob that is received.
    pub blob: u64,
    /// Bytes of all files. Where they are more, the blobs that were not used for longest are removed, with
    /// what was compiled of them.
    pub disk: Option<u64>,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            blob: LARGEST_BLOB,
            disk: None,
        }
    }
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
    /// There is no room on the disk.
    #[error("the disk is full: `{}` was not written; make room there", .0.display())]
    DiskFull(PathBuf),
    /// A blob is over the limit.
    #[error("the blob {digest} of {size} bytes is too large: at most {limit} are allowed")]
    TooLarge {
        /// Its name.
        digest: Digest,
        /// Its size.
        size: u64,
        /// What is allowed.
        limit: u64,
    },
    /// What is in use leaves no room.
    #[error(
        "no room for {size} bytes in the store `{}`: {used} of {quota} bytes are in use by running queries; give it a larger disk quota", dir.display()
    )]
    NoRoom {
        /// Of what was to be kept.
        size: u64,
        /// Bytes that can not be removed.
        used: u64,
        /// What all can take.
        quota: u64,
        /// The store.
        dir: PathBuf,
    },
    /// Bytes came that have another name.
    #[error("the bytes that came for the blob {expected} are those of {found}: they were removed")]
    WrongContent {
        /// The name that was announced.
        expected: Digest,
        /// The name that they have.
        found: Digest,
    },
    /// More or fewer bytes came than were announced.
    #[error("the blob {digest} was announced with {size} bytes, and {came} came")]
    WrongSize {
        /// Its name.
        digest: Digest,
        /// What was announced.
        size: u64,
        /// What came.
        came: u64,
    },
    /// A part that is to be continued is not there.
    #[error("{present} bytes of the blob {digest} are here, and what comes begins at {offset}")]
    Gap {
        /// Its name.
        digest: Digest,
        /// What is there.
        present: u64,
        /// Where it would go on.
        offset: u64,
    },
}

impl StoreError {
    /// A file was not written.
    fn write(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(path),
            _ => Self::Write { path, source },
        }
    }
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
        Self::open_with(dir, StoreLimits::default())
    }

    /// [`open`](Self::open), with limits. A store with a limit on its disk is used by one process alone: what
    /// others use is removed like anything else.
    ///
    /// # Errors
    ///
    /// See there.
    pub fn open_with(dir: impl Into<PathBuf>, limits: StoreLimits) -> Result<Self, StoreError> {
        let dir = dir.into();
        let compiled = match Compiled::open(dir.join("compiled")) {
            Ok(compiled) => Some(compiled),
            Err(StoreError::Owner(path)) => return Err(StoreError::Owner(path)),
            Err(error) => {
                tracing::debug!(%error, "compiled code is not kept");
                None
            }
        };
        let blobs = Blobs::new(dir.join("blobs"));
        let inbox = Inbox::new(dir.join("incoming"));
        let quota = Quota {
            limits,
            blobs: blobs.dir().to_owned(),
            compiled: compiled.as_ref().map(|compiled| compiled.dir().to_owned()),
            incoming: inbox.dir().to_owned(),
            dir: dir.clone(),
            claims: Default::default(),
        };
        Ok(Self {
            blobs,
            compiled,
            inbox,
            quota: Arc::new(quota),
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

    /// Those of `digests` that are not here, and how much of each is.
    pub fn missing<'d>(&self, digests: impl IntoIterator<Item = &'d Digest>) -> Vec<Missing> {
        let missing = digests.into_iter().filter(|digest| !self.contains(digest));
        missing
            .map(|digest| Missing {
                digest: *digest,
                present: self.partial(digest),
            })
            .collect()
    }

    /// How many bytes of the beginning of a blob arrived before its sender went away.
    pub fn partial(&self, digest: &Digest) -> u64 {
        self.inbox.present(digest)
    }

    /// All blobs that are partly here, in order.
    ///
    /// # Errors
    ///
    /// If the directory can not be read.
    pub fn partials(&self) -> Result<Vec<Missing>, StoreError> {
        let digests = self.inbox.list()?;
        Ok(self.missing(&digests))
    }

    /// Begins to receive a blob of `size` bytes, of which those from `offset` on will come, or says that it
    /// is there already. What arrives is checked against the name, and is kept if its sender goes away.
    ///
    /// Blocks while somebody else sends the same blob, and, where its beginning is there, for reading that.
    ///
    /// # Errors
    ///
    /// If it is larger than allowed, there is no room, or its beginning is not there.
    pub fn receive(
        &self,
        digest: Digest,
        size: u64,
        offset: u64,
    ) -> Result<Option<Incoming>, StoreError> {
        if self.contains(&digest) {
            return Ok(None);
        }
        if self.is_read_only() {
            return Err(StoreError::ReadOnly(self.dir.clone()));
        }
        let limit = self.quota.limits.blob;
        if size > limit {
            return Err(StoreError::TooLarge {
                digest,
                size,
                limit,
            });
        }
        let (file, claim) = loop {
            let file = self.inbox.lock(&digest)?;
            if self.contains(&digest) {
                // Somebody else was faster.
                self.inbox.remove(&digest);
                return Ok(None);
            }
            let claim = match self.quota.claim(digest, size) {
                Ok(claim) => claim,
                Err(error) => {
                    file.give_up();
                    return Err(error);
                }
            };
            // Before it had a claim, the file could have been removed to make room.
            if file.is_there() {
                break (file, claim);
            }
        };
        let target = self.blobs.path(&digest);
        Incoming::begin(file, target, claim, digest, size, offset).map(Some)
    }

    /// Keeps these blobs, those that are here and those that come, from being removed to make room, until the
    /// result is dropped.
    pub fn pin(&self, digests: impl IntoIterator<Item = Digest>) -> Pinned {
        self.quota.pin(digests)
    }

    /// Bytes of all files.
    ///
    /// # Errors
    ///
    /// If the directories can not be read.
    pub fn used(&self) -> Result<u64, StoreError> {
        self.quota.used()
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

    /// Machine code of a blob that is there.
    pub(crate) fn load_code(&self, digest: &Digest, fingerprint: &str) -> Option<Kept> {
        let kept = self.compiled.as_ref()?.load(digest, fingerprint)?;
        self.blobs.touch(digest).then_some(kept)
    }

    /// Keeps machine code and what is known of its component, if it can: whoever does not find it makes it again.
    pub(crate) fn save_code(
        &self,
        digest: &Digest,
        fingerprint: &str,
        code: &[u8],
        outline: &[u8],
    ) {
        if let Some(compiled) = self.compiled.as_ref().filter(|_| !self.read_only)
            && let Err(error) = compiled.save(digest, fingerprint, code, outline)
        {
            tracing::warn!(%error, "compiled code is not kept");
        }
        if let Err(error) = self.quota.trim() {
            tracing::debug!(%error, "no room was made for compiled code");
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

#[cfg(test)]
mod tests;
