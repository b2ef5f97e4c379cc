//! Files named by the hash of what is in them.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use super::{StoreError, digest::Digest, quota::touch};

/// A directory of blobs.
pub(super) struct Blobs {
    dir: PathBuf,
}

impl Blobs {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn path(&self, digest: &Digest) -> PathBuf {
        self.dir.join(digest.to_string())
    }

    pub(super) fn put(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        let path = self.path(&digest);
        // What is there counts only if it is whole: otherwise this mends it.
        if fs::read(&path).is_ok_and(|found| found == bytes) {
            return Ok(digest);
        }
        write_whole(&path, &[bytes]).map_err(|source| StoreError::write(&path, source))?;
        Ok(digest)
    }

    pub(super) fn get(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let path = self.path(digest);
        match fs::read(&path) {
            Ok(bytes) if Digest::of(&bytes) == *digest => {
                touch(&path);
                Ok(bytes)
            }
            Ok(_) => Err(StoreError::Corrupt {
                digest: *digest,
                path,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(StoreError::Missing(*digest))
            }
            Err(source) => Err(StoreError::Read { path, source }),
        }
    }

    /// Notes that a blob is used, without a look at it. Whether it is there.
    pub(super) fn touch(&self, digest: &Digest) -> bool {
        touch(&self.path(digest));
        self.contains(digest)
    }

    pub(super) fn contains(&self, digest: &Digest) -> bool {
        self.path(digest).is_file()
    }

    pub(super) fn remove(&self, digest: &Digest) -> Result<(), StoreError> {
        let path = self.path(digest);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::Write {
                path,
                source: error,
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn list(&self) -> Result<Vec<Digest>, StoreError> {
        let read = |source| StoreError::Read {
            path: self.dir.clone(),
            source,
        };
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(read)?,
        };
        let mut digests = Vec::new();
        for entry in entries {
            let name = entry.map_err(read)?.file_name();
            // Files that are being written have other names.
            digests.extend(name.to_str().and_then(|name| name.parse::<Digest>().ok()));
        }
        digests.sort();
        Ok(digests)
    }
}

/// Writes a file that is there whole or not at all.
pub(super) fn write_whole(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
