//! The files that a reader was given.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use object_store::{GetOptions, GetRange, ObjectStore, path::Path as Key};

use super::{failure::explain, place::Origin, wait::wait};
use crate::sandbox::{FileSource, Interrupt};

/// Files as they were at one moment, and nothing else: no other name can be read.
#[derive(Clone)]
pub struct Files {
    listing: Arc<Listing>,
    interrupt: Arc<Interrupt>,
}

struct Listing {
    /// The locations that were asked for, for people.
    locations: String,
    files: BTreeMap<String, File>,
}

/// One file.
pub(super) struct File {
    pub(super) size: u64,
    pub(super) at: At,
}

/// Where a file is.
pub(super) enum At {
    Path(PathBuf),
    Object(Arc<Store>, Key),
}

/// An object store and how it was found.
pub(super) struct Store {
    pub(super) client: Arc<dyn ObjectStore>,
    pub(super) origin: Arc<Origin>,
}

impl Files {
    pub(super) fn new(
        locations: String,
        files: BTreeMap<String, File>,
        interrupt: Arc<Interrupt>,
    ) -> Self {
        Self {
            listing: Arc::new(Listing { locations, files }),
            interrupt,
        }
    }

    /// The same files, for a query that has this button.
    pub fn under(&self, interrupt: &Arc<Interrupt>) -> Self {
        Self {
            listing: Arc::clone(&self.listing),
            interrupt: Arc::clone(interrupt),
        }
    }

    /// Bytes of a file, if it is one of these.
    pub fn size(&self, path: &str) -> Option<u64> {
        self.listing.files.get(path).map(|file| file.size)
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        let files = self.listing.files.iter();
        files.map(|(path, file)| (path.as_str(), file))
    }

    pub(super) fn locations(&self) -> &str {
        &self.listing.locations
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.listing.files.len()
    }

    /// In order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.listing.files.keys().map(String::as_str)
    }
}

impl FileSource for Files {
    fn entries(&self) -> Result<Vec<(String, u64)>, String> {
        let files = self.listing.files.iter();
        Ok(files
            .map(|(path, file)| (path.clone(), file.size))
            .collect())
    }

    fn read(&self, path: &str, offset: u64, length: u32) -> Result<Bytes, String> {
        let Some(file) = self.listing.files.get(path) else {
            return Err(format!(
                "`{path}` is not one of the files at {}: only what `files.entries` names can be read",
                self.listing.locations
            ));
        };
        let left = file.size.saturating_sub(offset).min(u64::from(length));
        if left == 0 {
            return Ok(Bytes::new());
        }
        self.interrupt
            .check()
            .map_err(|stopped| format!("`{path}` is not read: {stopped}"))?;
        match &file.at {
            At::Path(at) => local(at, file.size, offset, left as usize),
            At::Object(store, key) => {
                self.remote(&store.client, key, file.size, offset..offset + left)
            }
        }
        .map_err(|reason| format!("`{path}` can not be read: {reason}"))
    }
}

/// Whoever listed the files saw others than there are now.
const CHANGED: &str = "it has changed since the query began; run the query again";

fn local(path: &Path, size: u64, offset: u64, length: usize) -> Result<Bytes, String> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => CHANGED.to_owned(),
        _ => error.to_string(),
    };
    let file = fs::File::open(path).map_err(failed)?;
    // A log that grows meanwhile is read as far as it was.
    if file.metadata().map_err(failed)?.len() < size {
        return Err(CHANGED.to_owned());
    }
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, offset).map_err(failed)?;
    Ok(bytes.into())
}

impl Files {
    fn remote(
        &self,
        store: &Arc<dyn ObjectStore>,
        key: &Key,
        size: u64,
        range: std::ops::Range<u64>,
    ) -> Result<Bytes, String> {
        let (store, key) = (Arc::clone(store), key.clone());
        let length = range.end - range.start;
        let read = async move {
            let options = GetOptions {
                range: Some(GetRange::Bounded(range)),
                ..GetOptions::default()
            };
            let answer = store.get_opts(&key, options).await?;
            let found = answer.meta.size;
            Ok((found, answer.bytes().await?))
        };
        let answer = wait(&self.interrupt, read).map_err(|error| error.to_string())?;
        match answer {
            Ok((found, bytes)) if found == size && bytes.len() as u64 == length => Ok(bytes),
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Err(CHANGED.to_owned()),
            Err(error) => Err(explain(&error)),
        }
    }
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Files({} at {})", self.len(), self.listing.locations)
    }
}
