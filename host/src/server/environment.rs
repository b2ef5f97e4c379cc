//! What queries of a host share: memory, and room for what does not fit into it.

use std::{
    fs::{self, File},
    io,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
};

use datafusion::{
    error::DataFusionError,
    execution::{
        disk_manager::{DiskManagerBuilder, DiskManagerMode},
        memory_pool::{GreedyMemoryPool, TrackConsumersPool},
        runtime_env::{RuntimeEnv, RuntimeEnvBuilder},
    },
};

/// Consumers of memory that an error about memory names.
const NAMED_CONSUMERS: NonZeroUsize = NonZeroUsize::new(5).unwrap();

/// The directory of a host, which no other host uses while this is held.
pub(super) struct HostDir {
    path: PathBuf,
    _lock: File,
}

/// Why a directory can not be a host's.
#[derive(Debug, thiserror::Error)]
pub enum HostDirError {
    /// Another host uses it.
    #[error(
        "another host uses the directory `{}`: give this one another --name or --data-dir", .0.display()
    )]
    InUse(PathBuf),
    /// Nothing can be written there.
    #[error("cannot write to the directory `{}`", path.display())]
    Write {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl HostDir {
    /// Takes the directory, and makes it if it is not there.
    pub(super) fn take(path: &Path) -> Result<Self, HostDirError> {
        let failed = |source| HostDirError::Write {
            path: path.to_owned(),
            source,
        };
        fs::create_dir_all(path).map_err(failed)?;
        let lock = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("lock"))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(fs::TryLockError::WouldBlock) => Err(HostDirError::InUse(path.to_owned())),
            Err(fs::TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    pub(super) fn store(&self) -> PathBuf {
        self.path.join("store")
    }

    /// An empty directory for what does not fit into memory. What an earlier run left there, which was killed,
    /// is removed.
    pub(super) fn spill(&self) -> Result<PathBuf, HostDirError> {
        let path = self.path.join("spill");
        let emptied = match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir_all(&path),
        };
        match emptied {
            Ok(()) => Ok(path),
            Err(source) => Err(HostDirError::Write { path, source }),
        }
    }
}

/// What queries share that take `memory` bytes together, and write the rest to `spill`.
pub(super) fn environment(
    memory: usize,
    spill: PathBuf,
) -> Result<Arc<RuntimeEnv>, DataFusionError> {
    let pool = TrackConsumersPool::new(GreedyMemoryPool::new(memory), NAMED_CONSUMERS);
    let disks = DiskManagerBuilder::default().with_mode(DiskManagerMode::Directories(vec![spill]));
    RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(disks)
        .build_arc()
}
