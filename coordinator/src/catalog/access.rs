//! Getting at the file: who may, for how long, and what to do about a writer that was killed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use redb::backends::InMemoryBackend;
use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadTransaction, ReadableDatabase,
    StorageBackend, StorageError, TransactionError, WriteTransaction,
};

use super::CatalogError;

/// How long an operation waits for other processes in all.
const PATIENCE: Duration = Duration::from_secs(10);
const FIRST_WAIT: Duration = Duration::from_micros(500);
const LONGEST_WAIT: Duration = Duration::from_millis(50);
/// The catalogue is small; the default of the database is a gigabyte.
const CACHE: usize = 1 << 20;

/// The way to the catalogue's file. The file is open only while an operation runs.
#[derive(Debug, Clone)]
pub(super) struct Access {
    path: PathBuf,
    patience: Duration,
}

impl Access {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            patience: PATIENCE,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `operation` on the latest state; `None` if there is no catalogue yet.
    pub(super) fn read<T>(
        &self,
        operation: impl FnOnce(&ReadTransaction) -> Result<T, CatalogError>,
    ) -> Result<Option<T>, CatalogError> {
        let Some(database) = self.open_for_reading()? else {
            return Ok(None);
        };
        let transaction = database.begin_read().map_err(|error| self.failed(error))?;
        operation(&transaction).map(Some)
    }

    /// Runs `operation` while nobody else writes, and commits what it did unless it fails.
    pub(super) fn write<T>(
        &self,
        operation: impl FnOnce(&WriteTransaction) -> Result<T, CatalogError>,
    ) -> Result<T, CatalogError> {
        let mut patience = Patience::new(self.patience);
        let database = self.open_for_writing(&mut patience)?;
        let transaction = loop {
            match database.try_begin_write() {
                Ok(transaction) => break transaction,
                Err(TransactionError::WouldBlock) => patience.wait(&self.path)?,
                Err(error) => return Err(self.failed(error)),
            }
        };
        match operation(&transaction) {
            Ok(value) => {
                transaction.commit().map_err(|error| self.failed(error))?;
                Ok(value)
            }
            Err(error) => {
                // What the operation said matters more than whether undoing it failed: nothing is
                // visible without a commit.
                let _ = transaction.abort();
                Err(error)
            }
        }
    }

    /// Whether the file, or the directory where it would be, refuses to be written.
    pub(super) fn is_read_only(&self) -> Result<bool, CatalogError> {
        match self.open_for_writing(&mut Patience::new(self.patience)) {
            Ok(_) => Ok(false),
            Err(CatalogError::ReadOnly { .. }) => Ok(true),
            // It can be read, and what a write meets it says itself.
            Err(CatalogError::Full { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn open_for_writing(&self, patience: &mut Patience) -> Result<Database, CatalogError> {
        loop {
            match builder().create(&self.path) {
                Ok(database) => return Ok(database),
                Err(DatabaseError::DatabaseAlreadyOpen) => patience.wait(&self.path)?,
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    fn open_for_reading(&self) -> Result<Option<Box<dyn ReadableDatabase>>, CatalogError> {
        let mut patience = Patience::new(self.patience);
        loop {
            if fs::metadata(&self.path).is_ok_and(|metadata| metadata.len() == 0) {
                return Ok(None);
            }
            match builder().open_read_only(&self.path) {
                Ok(database) => return Ok(Some(Box::new(database))),
                Err(DatabaseError::DatabaseAlreadyOpen) => patience.wait(&self.path)?,
                Err(DatabaseError::RepairAborted) => {
                    return self.open_unclean(&mut patience).map(Some);
                }
                Err(DatabaseError::Storage(StorageError::Io(error)))
                    if error.kind() == io::ErrorKind::NotFound =>
                {
                    return Ok(None);
                }
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    /// A writer was killed. Whoever may write sets the file right; whoever may not does that to a copy
    /// in memory.
    fn open_unclean(
        &self,
        patience: &mut Patience,
    ) -> Result<Box<dyn ReadableDatabase>, CatalogError> {
        match self.open_for_writing(patience) {
            Ok(database) => return Ok(Box::new(database)),
            Err(CatalogError::ReadOnly { .. } | CatalogError::Full { .. }) => {}
            Err(error) => return Err(error),
        }
        let bytes = fs::read(&self.path).map_err(|error| self.failed(StorageError::Io(error)))?;
        let copy = InMemoryBackend::new();
        let filled = copy
            .set_len(bytes.len() as u64)
            .and_then(|()| copy.write(0, &bytes));
        filled.map_err(|error| self.failed(StorageError::Io(error)))?;
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE);
        let database = builder
            .create_with_backend(copy)
            .map_err(|error| self.failed(error))?;
        Ok(Box::new(database))
    }

    fn failed(&self, error: impl Into<redb::Error>) -> CatalogError {
        CatalogError::database(&self.path, error)
    }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .set_cache_size(CACHE)
        .set_concurrency_mode(ConcurrencyMode::MultiWriter);
    builder
}

/// Waits that grow, up to a bound on their sum.
struct Patience {
    started: Instant,
    bound: Duration,
    next: Duration,
}

impl Patience {
    fn new(bound: Duration) -> Self {
        Self {
            started: Instant::now(),
            bound,
            next: FIRST_WAIT,
        }
    }

    fn wait(&mut self, path: &Path) -> Result<(), CatalogError> {
        let waited = self.started.elapsed();
        if waited >= self.bound {
            return Err(CatalogError::Busy {
                path: path.to_owned(),
                waited: self.bound,
            });
        }
        // Processes that began together must not meet again each time.
        let jitter =
            Duration::from_nanos(u64::from(self.started.elapsed().subsec_nanos()) % 500_000);
        thread::sleep((self.next + jitter).min(self.bound - waited));
        self.next = (self.next * 2).min(LONGEST_WAIT);
        Ok(())
    }
}
