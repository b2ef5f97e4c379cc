use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use arrowbox_host::{Digest, Store, StoreError};

/// Where bytes come from: a file, or what the store has under a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentSource {
    /// What the bytes are known by from now on.
    pub digest: Digest,
    /// The file's absolute path, or the hash.
    pub origin: String,
}

/// Why there are no bytes.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Neither a file nor a hash.
    #[error("there is no file `{text}`, and no component in the store has a hash that begins so")]
    NotFound {
        /// What was given.
        text: String,
    },
    /// The beginning of more than one hash.
    #[error("`{text}` is the beginning of {count} hashes in the store; write more of it")]
    Ambiguous {
        /// What was given.
        text: String,
        /// How many.
        count: usize,
    },
    /// The file can not be read.
    #[error("`{}` can not be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// So much of a hash must be given at least.
const SHORTEST_HASH: usize = 6;

impl ComponentSource {
    /// Finds `text`, which is the path of a file, a hash in `store` or the beginning of one; a file is
    /// put into the store. A file takes precedence.
    ///
    /// # Errors
    ///
    /// If it is neither, or the store can not take it.
    pub fn find(text: &str, store: &Store) -> Result<Self, SourceError> {
        let path = Path::new(text);
        match fs::read(path) {
            Ok(bytes) => {
                let digest = store.put(&bytes)?;
                let origin = path.canonicalize().unwrap_or_else(|_| path.to_owned());
                Ok(Self {
                    digest,
                    origin: origin.display().to_string(),
                })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::find_hash(text, store),
            Err(source) => Err(SourceError::Read {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Finds the one hash in `store` that begins with `text`.
    ///
    /// # Errors
    ///
    /// If there is none, or several.
    pub fn find_hash(text: &str, store: &Store) -> Result<Self, SourceError> {
        let not_found = || SourceError::NotFound {
            text: text.to_owned(),
        };
        if text.len() < SHORTEST_HASH || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(not_found());
        }
        let begin = text.to_ascii_lowercase();
        let mut found: Vec<_> = store
            .list()?
            .into_iter()
            .filter(|digest| digest.to_string().starts_with(&begin))
            .collect();
        match (found.pop(), found.len()) {
            (Some(digest), 0) => Ok(Self {
                digest,
                origin: digest.to_string(),
            }),
            (Some(_), others) => Err(SourceError::Ambiguous {
                text: text.to_owned(),
                count: others + 1,
            }),
            (None, _) => Err(not_found()),
        }
    }
}
