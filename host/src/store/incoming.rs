//! Blobs on their way into the store.
//!
//! What has arrived of a blob is the file of its name in `incoming`, which outlives broken connections and
//! restarts. Whoever writes it holds the system's lock on it. It becomes a blob by a rename, once all of it is
//! on the disk and has the name that was announced.

use std::{
    fs,
    fs::File,
    io,
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{StoreError, digest::Digest, quota::Claim};

/// Bytes that are read at once of what is there.
const CHUNK: usize = 256 << 10;

/// The directory of what has partly arrived.
pub(super) struct Inbox {
    dir: PathBuf,
}

/// A blob that is being received. Dropped before [`finish`](Self::finish), it leaves what has arrived, to be
/// gone on with.
pub struct Incoming {
    /// Its room in the store. Given back before the lock, behind which somebody else may want it.
    _claim: Claim,
    file: Locked,
    target: PathBuf,
    digest: Digest,
    size: u64,
    came: u64,
    hasher: Box<blake3::Hasher>,
}

/// A file that nobody else writes.
pub(super) struct Locked {
    file: File,
    path: PathBuf,
}

impl Inbox {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.dir.join(digest.to_string())
    }

    pub(super) fn present(&self, digest: &Digest) -> u64 {
        fs::metadata(self.path(digest)).map_or(0, |meta| meta.len())
    }

    pub(super) fn remove(&self, digest: &Digest) {
        // If it can not be removed it goes when room is made.
        let _ = fs::remove_file(self.path(digest));
    }

    pub(super) fn list(&self) -> Result<Vec<Digest>, StoreError> {
        super::blobs::Blobs::new(self.dir.clone()).list()
    }

    /// The file of this blob, when nobody else writes it.
    pub(super) fn lock(&self, digest: &Digest) -> Result<Locked, StoreError> {
        loop {
            let path = self.path(digest);
            let failed = |source| StoreError::write(&path, source);
            fs::create_dir_all(&self.dir).map_err(failed)?;
            let file = File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(failed)?;
            file.lock().map_err(failed)?;
            let locked = Locked { file, path };
            // Whoever had it before may have finished and moved it, or removed it.
            if locked.is_there() {
                return Ok(locked);
            }
        }
    }
}

impl Locked {
    /// Leaves nothing where nothing was.
    pub(super) fn give_up(self) {
        if self.file.metadata().is_ok_and(|meta| meta.len() == 0) {
            // If it can not be removed it goes when room is made.
            let _ = fs::remove_file(&self.path);
        }
    }

    /// Whether the file still goes by its name.
    pub(super) fn is_there(&self) -> bool {
        let number = |meta: fs::Metadata| meta.ino();
        let ours = self.file.metadata().map(number).ok();
        ours.is_some() && fs::metadata(&self.path).map(number).ok() == ours
    }
}

impl Incoming {
    pub(super) fn begin(
        locked: Locked,
        target: PathBuf,
        claim: Claim,
        digest: Digest,
        size: u64,
        offset: u64,
    ) -> Result<Self, StoreError> {
        let failed = |source| StoreError::write(&locked.path, source);
        let present = locked.file.metadata().map_err(failed)?.len();
        if offset > present {
            return Err(StoreError::Gap {
                digest,
                present,
                offset,
            });
        }
        if offset > size {
            return Err(StoreError::WrongSize {
                digest,
                size,
                came: offset,
            });
        }
        // What lies behind comes once more.
        locked.file.set_len(offset).map_err(failed)?;
        let mut incoming = Self {
            _claim: claim,
            file: locked,
            target,
            digest,
            size,
            came: offset,
            hasher: Box::default(),
        };
        incoming.hash_present()?;
        Ok(incoming)
    }

    fn hash_present(&mut self) -> Result<(), StoreError> {
        let Locked { file, path } = &mut self.file;
        let failed = |source| StoreError::Read {
            path: path.clone(),
            source,
        };
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut chunk = vec![0; CHUNK];
        loop {
            match file.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(read) => self.hasher.update(&chunk[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error)),
            };
        }
    }

    /// Bytes that have still to come.
    pub fn left(&self) -> u64 {
        self.size - self.came
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    ///
    /// If they are more than were announced, or the disk does not take them.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.len() as u64 > self.left() {
            return Err(StoreError::WrongSize {
                digest: self.digest,
                size: self.size,
                came: self.came.saturating_add(bytes.len() as u64),
            });
        }
        if let Err(source) = self.file.file.write_all(bytes) {
            let error = StoreError::write(&self.file.path, source);
            if let StoreError::DiskFull(_) = error {
                // Others need the room now.
                let _ = fs::remove_file(&self.file.path);
            }
            return Err(error);
        }
        self.hasher.update(bytes);
        self.came += bytes.len() as u64;
        Ok(())
    }

    /// Makes it a blob. On disk when it returns.
    ///
    /// # Errors
    ///
    /// If bytes are missing, which can still come another time; or if all came and have another name: then
    /// they are removed.
    pub fn finish(self) -> Result<(), StoreError> {
        if self.left() > 0 {
            return Err(StoreError::WrongSize {
                digest: self.digest,
                size: self.size,
                came: self.came,
            });
        }
        let Locked { file, path } = &self.file;
        let failed = |source| StoreError::write(path, source);
        let found = Digest::of_hash(self.hasher.finalize());
        if found != self.digest {
            fs::remove_file(path).map_err(failed)?;
            return Err(StoreError::WrongContent {
                expected: self.digest,
                found,
            });
        }
        file.sync_all().map_err(failed)?;
        if let Some(dir) = self.target.parent() {
            fs::create_dir_all(dir).map_err(failed)?;
        }
        fs::rename(path, &self.target).map_err(failed)
    }
}
