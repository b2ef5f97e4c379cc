//! Machine code of components, kept from one run to the next.
//!
//! Loading machine code is as dangerous as running it, so what is read back must be what was written.
//! The directory is the owner's alone, and every entry ends with a keyed BLAKE3 hash of the rest and of
//! the name it goes by, under a secret of this installation. What does not match is deleted and made
//! again. The file that was checked is the file that is mapped: it is opened once.
//!
//! An entry is the machine code, what is known of the component, how long that is, and the hash. The code comes
//! first, so that it can be used where it is: what is not run, or not looked at, is not even read from disk.

#![expect(
    unsafe_code,
    reason = "vouches for machine code that was authenticated"
)]

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{StoreError, blobs::write_whole, digest::Digest};
use crate::sandbox::TrustedCode;

/// The file of the secret.
pub(super) const SECRET: &str = "secret";
/// Bytes of the secret and of a tag.
const KEY: usize = 32;
/// Bytes of a length.
const LENGTH: usize = size_of::<u64>();

/// What was kept of a component.
pub(crate) struct Kept {
    /// Its machine code.
    pub(crate) code: TrustedCode,
    /// What was written beside it.
    pub(crate) outline: Vec<u8>,
}

/// A directory of machine code.
pub(super) struct Compiled {
    dir: PathBuf,
    key: [u8; KEY],
}

impl Compiled {
    /// Opens or makes the directory.
    pub(super) fn open(dir: PathBuf) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Write {
            path: dir.clone(),
            source,
        };
        match fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)
        {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed(error));
            }
            _ => {}
        }
        let meta = fs::metadata(&dir).map_err(failed)?;
        if meta.uid() != rustix::process::geteuid().as_raw() {
            return Err(StoreError::Owner(dir));
        }
        let mode = meta.permissions().mode();
        if mode & 0o077 != 0 {
            fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        }
        if mode & 0o022 != 0 {
            // Others could have put anything there, a secret included.
            for entry in fs::read_dir(&dir).map_err(failed)? {
                fs::remove_file(entry.map_err(failed)?.path()).map_err(failed)?;
            }
        }
        let key = secret(&dir.join(SECRET))?;
        Ok(Self { dir, key })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    fn path(&self, digest: &Digest, fingerprint: &str) -> PathBuf {
        self.dir.join(format!("{digest}-{fingerprint}"))
    }

    /// What begins the hash of an entry.
    fn hasher(&self, path: &Path) -> blake3::Hasher {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        // The length keeps name and entry apart.
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name);
        hasher
    }

    /// What was kept for `digest` by an engine with this fingerprint. An entry that is not what was
    /// written is deleted.
    pub(super) fn load(&self, digest: &Digest, fingerprint: &str) -> Option<Kept> {
        let path = self.path(digest, fingerprint);
        let file = File::open(&path).ok()?;
        match self.read(&path, file) {
            Ok(Some(kept)) => return Some(kept),
            Ok(None) => {
                tracing::warn!(path = %path.display(), "compiled code is damaged or foreign: compiling again");
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "compiled code can not be read: compiling again");
            }
        }
        self.forget(digest, fingerprint);
        None
    }

    /// The entry, if it is what was written.
    fn read(&self, path: &Path, mut file: File) -> io::Result<Option<Kept>> {
        let all = file.metadata()?.len();
        let Some(rest) = all.checked_sub(KEY as u64) else {
            return Ok(None);
        };
        let mut hasher = self.hasher(path);
        hasher.update_reader((&file).take(rest))?;
        let mut tag = [0; KEY];
        file.read_exact(&mut tag)?;
        // `blake3::Hash` compares in constant time.
        if hasher.finalize() != blake3::Hash::from_bytes(tag) {
            return Ok(None);
        }
        let mut length = [0; LENGTH];
        file.seek(SeekFrom::Start(rest - LENGTH as u64))?;
        file.read_exact(&mut length)?;
        let size = rest - LENGTH as u64 - u64::from_le_bytes(length);
        let mut outline = Vec::new();
        file.seek(SeekFrom::Start(size))?;
        (&file)
            .take(u64::from_le_bytes(length))
            .read_to_end(&mut outline)?;
        // SAFETY: `save` wrote this file, of what it got from `Engine::compile`: nobody else knows the
        // secret, which is readable by the owner of this process alone, as the file is. The tag covers the name, so
        // that it is the code of this component and engine. Entries are never written to again, but replaced.
        let code = unsafe { TrustedCode::vouch(file, size) };
        Ok(Some(Kept { code, outline }))
    }

    pub(super) fn save(
        &self,
        digest: &Digest,
        fingerprint: &str,
        code: &[u8],
        outline: &[u8],
    ) -> Result<(), StoreError> {
        let path = self.path(digest, fingerprint);
        let length = (outline.len() as u64).to_le_bytes();
        let entry = [code, outline, &length].concat();
        let tag = self.hasher(&path).update(&entry).finalize();
        write_whole(&path, &[entry.as_slice(), tag.as_bytes()])
            .map_err(|source| StoreError::write(&path, source))
    }

    pub(super) fn forget(&self, digest: &Digest, fingerprint: &str) {
        // If it can not be deleted it is found wanting again next time.
        let _ = fs::remove_file(self.path(digest, fingerprint));
    }
}

/// Reads the secret of this installation, or makes it.
fn secret(path: &Path) -> Result<[u8; KEY], StoreError> {
    let failed = |source| StoreError::Write {
        path: path.to_owned(),
        source,
    };
    for _ in 0..2 {
        match fs::read(path) {
            Ok(bytes) => match <[u8; KEY]>::try_from(bytes) {
                Ok(key) => return Ok(key),
                // Cut off by a crash: what it protected is compiled again.
                Err(_) => fs::remove_file(path).map_err(failed)?,
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let mut key = [0; KEY];
        getrandom::fill(&mut key).map_err(|error| failed(error.into()))?;
        // Another process may make it at the same time: only one of them succeeds.
        let dir = path.parent().unwrap_or(Path::new("."));
        let made = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
        io::Write::write_all(&mut made.as_file(), &key)
            .and_then(|()| made.as_file().sync_all())
            .map_err(failed)?;
        match made.persist_noclobber(path) {
            Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed(error.error));
            }
            _ => {}
        }
    }
    fs::read(path)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| failed(io::Error::other("it can not be read back")))
}
