//! Machine code of components, kept from one run to the next.
//!
//! Loading machine code is as dangerous as running it, so what is read back must be what was written.
//! The directory is the owner's alone, and every entry begins with a keyed BLAKE3 hash of the rest and of
//! the name it goes by, under a secret of this installation. What does not match is deleted and made
//! again. The bytes that were checked are the bytes that are loaded: the file is read once.

#![expect(
    unsafe_code,
    reason = "vouches for machine code that was authenticated"
)]

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{StoreError, blobs::write_whole, digest::Digest};
use crate::sandbox::TrustedCode;

/// The file of the secret.
pub(super) const SECRET: &str = "secret";
/// Bytes of the secret and of a tag.
const KEY: usize = 32;

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

    fn tag(&self, name: &Path, code: &[u8]) -> [u8; KEY] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        let name = name.file_name().unwrap_or_default().as_encoded_bytes();
        // The length keeps name and code apart.
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name);
        hasher.update(code);
        *hasher.finalize().as_bytes()
    }

    /// What was kept for `digest` by an engine with this fingerprint. An entry that is not what was
    /// written is deleted.
    pub(super) fn load(&self, digest: &Digest, fingerprint: &str) -> Option<TrustedCode> {
        let path = self.path(digest, fingerprint);
        let mut bytes = fs::read(&path).ok()?;
        let authentic = bytes
            .split_first_chunk::<KEY>()
            // `blake3::Hash` compares in constant time.
            .is_some_and(|(tag, code)| {
                blake3::Hash::from_bytes(*tag) == blake3::Hash::from_bytes(self.tag(&path, code))
            });
        if !authentic {
            tracing::warn!(path = %path.display(), "compiled code is damaged or foreign: compiling again");
            self.forget(digest, fingerprint);
            return None;
        }
        bytes.drain(..KEY);
        // SAFETY: `save` wrote these bytes, which it got from `Engine::compile`: nobody else knows the
        // secret, which is readable by the owner of this process alone. The tag covers the name, so that
        // it is the code of this component and engine.
        Some(unsafe { TrustedCode::vouch(bytes) })
    }

    pub(super) fn save(
        &self,
        digest: &Digest,
        fingerprint: &str,
        code: &TrustedCode,
    ) -> Result<(), StoreError> {
        let path = self.path(digest, fingerprint);
        let mut bytes = self.tag(&path, code.bytes()).to_vec();
        bytes.extend_from_slice(code.bytes());
        write_whole(&path, &bytes).map_err(|source| StoreError::write(&path, source))
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
