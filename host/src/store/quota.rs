//! Room on the disk: what a store takes, and what goes when that is too much.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use super::{StoreError, StoreLimits, compiled::SECRET, digest::Digest};

/// Who takes how much of a store.
///
/// What there is is read from the directories whenever somebody wants more: there are few files, and so it is
/// right after a restart too. When a file was used last is its time of modification.
pub(super) struct Quota {
    pub(super) limits: StoreLimits,
    pub(super) dir: PathBuf,
    pub(super) blobs: PathBuf,
    pub(super) compiled: Option<PathBuf>,
    pub(super) incoming: PathBuf,
    pub(super) claims: Mutex<Claims>,
}

/// What must stay, and what comes.
#[derive(Default)]
pub(super) struct Claims {
    /// How often each is pinned.
    pinned: HashMap<Digest, usize>,
    /// Sizes of those that are being received.
    arriving: HashMap<Digest, u64>,
}

/// Keeps blobs from being removed to make room.
#[must_use]
pub struct Pinned {
    quota: Arc<Quota>,
    digests: Vec<Digest>,
}

/// Room for a blob that is being received.
pub(super) struct Claim {
    quota: Arc<Quota>,
    digest: Digest,
}

/// All files of one blob.
#[derive(Default)]
struct Usage {
    /// Itself, or the part of it that is there.
    blob: Vec<PathBuf>,
    /// What was compiled of it.
    code: Vec<PathBuf>,
    bytes: u64,
    code_bytes: u64,
    used: Option<SystemTime>,
}

impl Quota {
    fn claims(&self) -> MutexGuard<'_, Claims> {
        // Maps of numbers are whole after any panic.
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn pin(self: &Arc<Self>, digests: impl IntoIterator<Item = Digest>) -> Pinned {
        let digests: Vec<_> = digests.into_iter().collect();
        // Whoever makes room holds the lock meanwhile: what is there now stays.
        let mut claims = self.claims();
        for digest in &digests {
            *claims.pinned.entry(*digest).or_default() += 1;
            touch(&self.blobs.join(digest.to_string()));
        }
        Pinned {
            quota: Arc::clone(self),
            digests,
        }
    }

    /// Makes room for a blob of which nothing, or only a part, is there.
    pub(super) fn claim(self: &Arc<Self>, digest: Digest, size: u64) -> Result<Claim, StoreError> {
        let mut claims = self.claims();
        claims.arriving.insert(digest, size);
        // Dropped behind the lock if there is no room.
        let claim = Claim {
            quota: Arc::clone(self),
            digest,
        };
        let made = self.make_room(&claims, size);
        drop(claims);
        made.map(|()| claim)
    }

    /// Removes what is too much.
    pub(super) fn trim(&self) -> Result<(), StoreError> {
        let claims = self.claims();
        self.make_room(&claims, 0)
    }

    pub(super) fn used(&self) -> Result<u64, StoreError> {
        Ok(self.usages()?.values().map(|usage| usage.bytes).sum())
    }

    /// Removes blobs, longest unused first, until everything is within the quota. `size` is of what it is for.
    fn make_room(&self, claims: &Claims, size: u64) -> Result<(), StoreError> {
        let Some(quota) = self.limits.disk else {
            return Ok(());
        };
        let mut usages = self.usages()?;
        let mut arriving = 0;
        for (digest, size) in &claims.arriving {
            // Its file grows to this size, however large it is now.
            let there = usages.remove(digest).map_or(0, |usage| usage.bytes);
            arriving += there.max(*size);
        }
        let mut used = arriving + usages.values().map(|usage| usage.bytes).sum::<u64>();
        let mut usages: Vec<_> = usages.into_iter().collect();
        usages.sort_by_key(|(_, usage)| usage.used);
        for (_, usage) in usages
            .iter()
            .filter(|(digest, _)| !claims.pinned.contains_key(digest))
        {
            if used <= quota {
                break;
            }
            remove(usage.blob.iter().chain(&usage.code))?;
            used -= usage.bytes;
        }
        // What runs is loaded: its code is only kept for the next time.
        for (_, usage) in usages
            .iter()
            .filter(|(digest, _)| claims.pinned.contains_key(digest))
        {
            if used <= quota {
                break;
            }
            remove(&usage.code)?;
            used -= usage.code_bytes;
        }
        match used <= quota {
            true => Ok(()),
            false => Err(StoreError::NoRoom {
                size,
                used: used - size,
                quota,
                dir: self.dir.clone(),
            }),
        }
    }

    /// What each blob takes: itself, what was compiled of it, and a part of it that arrived.
    fn usages(&self) -> Result<HashMap<Digest, Usage>, StoreError> {
        let mut usages: HashMap<Digest, Usage> = HashMap::new();
        let code = self.compiled.as_ref();
        let dirs = [Some(&self.blobs), code, Some(&self.incoming)];
        for dir in dirs.into_iter().flatten() {
            let failed = |source| StoreError::Read {
                path: dir.clone(),
                source,
            };
            let entries = match fs::read_dir(dir) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries.map_err(failed)?,
            };
            for entry in entries {
                let entry = entry.map_err(failed)?;
                let name = entry.file_name();
                let Some(name) = name.to_str().filter(|name| *name != SECRET) else {
                    continue;
                };
                // Machine code has the engine's name behind that of the blob. What is being written has
                // other names.
                let digest = name.split('-').next().unwrap_or(name);
                let Ok(digest) = digest.parse::<Digest>() else {
                    continue;
                };
                // It may be gone by now.
                let Ok(meta) = entry.metadata() else { continue };
                let usage = usages.entry(digest).or_default();
                usage.bytes += meta.len();
                if Some(dir) == code {
                    usage.code.push(entry.path());
                    usage.code_bytes += meta.len();
                } else {
                    usage.blob.push(entry.path());
                }
                usage.used = usage.used.max(meta.modified().ok());
            }
        }
        Ok(usages)
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        let mut claims = self.quota.claims();
        for digest in &self.digests {
            if let Some(count) = claims.pinned.get_mut(digest) {
                *count -= 1;
                if *count == 0 {
                    claims.pinned.remove(digest);
                }
            }
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.quota.claims().arriving.remove(&self.digest);
    }
}

fn remove<'f>(files: impl IntoIterator<Item = &'f PathBuf>) -> Result<(), StoreError> {
    for file in files {
        tracing::debug!(file = %file.display(), "removed to make room");
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::write(file, error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Notes that a file was used now.
pub(super) fn touch(path: &Path) {
    // Where it can not be noted, the file is merely removed earlier.
    if let Ok(file) = fs::File::open(path) {
        let _ = file.set_modified(SystemTime::now());
    }
}
