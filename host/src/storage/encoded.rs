//! The files of a table, for another machine.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use object_store::path::Path as Key;
use serde::{Deserialize, Serialize};

use super::{
    failure::LocationError,
    files::{At, File, Files, Store},
    locations::text,
    place::{Origin, Place},
};
use crate::sandbox::Interrupt;

/// [`Files`] on their way. Paths say what they have in common with the one before only by its length, so a
/// million files of a few folders are a few megabytes.
#[derive(Serialize, Deserialize)]
pub struct EncodedFiles {
    locations: String,
    stores: Vec<Origin>,
    files: Vec<EncodedFile>,
}

#[derive(Serialize, Deserialize)]
struct EncodedFile {
    path: Suffix,
    size: u64,
    /// Which store it is in; none for a path of the file system.
    store: Option<u32>,
    at: Suffix,
}

/// A text behind another that begins like it.
#[derive(Serialize, Deserialize)]
struct Suffix {
    /// Bytes that both begin with.
    shared: u32,
    rest: String,
}

impl Suffix {
    fn of(text: &str, before: &mut String) -> Self {
        let same = text
            .char_indices()
            .zip(before.chars())
            .take_while(|((_, a), b)| a == b);
        let shared = same.map(|((at, c), _)| at + c.len_utf8()).last();
        let shared = shared.unwrap_or(0);
        text.clone_into(before);
        Self {
            // Longer ones than that are no paths.
            shared: shared as u32,
            rest: text[shared..].to_owned(),
        }
    }

    fn read(&self, before: &mut String) -> Result<String, LocationError> {
        let shared = before.get(..self.shared as usize);
        let shared = shared.ok_or_else(|| LocationError::Encoded(before.clone()))?;
        let text = format!("{shared}{}", self.rest);
        text.clone_into(before);
        Ok(text)
    }
}

impl Files {
    /// The files for another machine, which has the same files.
    ///
    /// # Errors
    ///
    /// If a path is no text.
    pub fn encode(&self) -> Result<EncodedFiles, LocationError> {
        let mut stores: Vec<&Arc<Store>> = Vec::new();
        let mut files = Vec::with_capacity(self.len());
        let (mut path_before, mut at_before) = (String::new(), String::new());
        for (path, file) in self.files() {
            let (store, at) = match &file.at {
                At::Path(at) => (None, text(at)?),
                At::Object(store, key) => {
                    let known = stores.iter().position(|known| Arc::ptr_eq(known, store));
                    let index = known.unwrap_or_else(|| {
                        stores.push(store);
                        stores.len() - 1
                    });
                    (Some(index as u32), key.as_ref())
                }
            };
            files.push(EncodedFile {
                path: Suffix::of(path, &mut path_before),
                size: file.size,
                store,
                at: Suffix::of(at, &mut at_before),
            });
        }
        Ok(EncodedFiles {
            locations: self.locations().to_owned(),
            stores: stores.iter().map(|it| Origin::clone(&it.origin)).collect(),
            files,
        })
    }

    /// The files that another machine has encoded. Reading them stops when `interrupt` says so.
    ///
    /// # Errors
    ///
    /// If this machine has no client for one of the stores, or it is no such encoding.
    pub fn decode(
        encoded: EncodedFiles,
        interrupt: &Arc<Interrupt>,
    ) -> Result<Self, LocationError> {
        let garbage = |what: &str| LocationError::Encoded(what.to_owned());
        let mut stores = Vec::with_capacity(encoded.stores.len());
        for origin in encoded.stores {
            let Place::Remote(remote) = origin.place()? else {
                return Err(garbage("a store that is a path"));
            };
            stores.push(Arc::new(Store {
                client: remote.store,
                origin: Arc::new(origin),
            }));
        }
        let (mut path_before, mut at_before) = (String::new(), String::new());
        let mut files = BTreeMap::new();
        for file in encoded.files {
            let path = file.path.read(&mut path_before)?;
            let at = file.at.read(&mut at_before)?;
            let at = match file.store {
                None => At::Path(PathBuf::from(at)),
                Some(index) => {
                    let store = stores.get(index as usize);
                    let store = store.ok_or_else(|| garbage("a file of no store"))?;
                    let key = Key::parse(&at).map_err(|_| garbage(&at))?;
                    At::Object(Arc::clone(store), key)
                }
            };
            let size = file.size;
            files.insert(path, File { size, at });
        }
        Ok(Self::new(encoded.locations, files, Arc::clone(interrupt)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sandbox::FileSource,
        storage::{Locations, StoreOptions},
    };

    #[test]
    fn files_are_the_same_on_another_machine() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "ab", "b/ä", "b/äö", "b/å"] {
            let at = folder.path().join(name);
            std::fs::create_dir_all(at.parent().unwrap()).unwrap();
            std::fs::write(at, name).unwrap();
        }
        let at = folder.path().to_str().unwrap().to_owned();
        let locations = Locations::new(std::slice::from_ref(&at), &StoreOptions::default());
        let files = locations.unwrap().list(&Arc::default()).unwrap();
        let bytes = postcard::to_stdvec(&files.encode().unwrap()).unwrap();
        assert!(bytes.len() < 2 * at.len() + 200, "{} bytes", bytes.len());
        let encoded: EncodedFiles = postcard::from_bytes(&bytes).unwrap();
        let found = Files::decode(encoded, &Arc::default()).unwrap();
        assert_eq!(found.entries(), files.entries());
        for (path, size) in files.entries().unwrap() {
            let size = size as u32;
            assert_eq!(found.read(&path, 0, size), files.read(&path, 0, size));
        }
    }

    #[test]
    fn bytes_that_are_no_files_are_refused() {
        let suffix = |shared| Suffix {
            shared,
            rest: "x".to_owned(),
        };
        let files = EncodedFiles {
            locations: String::new(),
            stores: Vec::new(),
            files: vec![EncodedFile {
                path: suffix(3),
                size: 0,
                store: None,
                at: suffix(0),
            }],
        };
        assert!(Files::decode(files, &Arc::default()).is_err());
        let mut before = "ä".to_owned();
        assert!(suffix(1).read(&mut before).is_err(), "within a letter");
    }
}
