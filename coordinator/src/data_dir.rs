//! The data directory: where functions, components, history and the unpacked SDK are kept.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The environment variable that names the data directory.
pub const DATA_DIR_VARIABLE: &str = "ARROWBOX_DATA_DIR";

/// Why there is no data directory.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Neither an option nor the environment says where.
    #[error(
        "no place for the data directory: give --data-dir, or set {DATA_DIR_VARIABLE}, XDG_DATA_HOME or HOME"
    )]
    Nowhere,
    /// The directory is not there and can not be made.
    #[error("the data directory `{path}` can not be made")]
    Create {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The name is that of something else.
    #[error("the data directory `{path}` is not a directory")]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
}

/// A data directory that exists.
#[derive(Debug, Clone)]
pub struct DataDir {
    path: PathBuf,
}

impl DataDir {
    /// The directory that `chosen` names; without it, that of [`DATA_DIR_VARIABLE`], then
    /// `$XDG_DATA_HOME/arrowbox`, then `~/.local/share/arrowbox`. Makes it if it is not there.
    ///
    /// # Errors
    ///
    /// If there is no such place, or it can not be made.
    pub fn open(chosen: Option<&Path>) -> Result<Self, DataDirError> {
        let path = match chosen {
            Some(path) => path.to_owned(),
            None => default_path().ok_or(DataDirError::Nowhere)?,
        };
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => Ok(Self { path }),
            Ok(_) => Err(DataDirError::NotADirectory { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match fs::create_dir_all(&path) {
                    Ok(()) => Ok(Self { path }),
                    Err(source) => Err(DataDirError::Create { path, source }),
                }
            }
            Err(source) => Err(DataDirError::Create { path, source }),
        }
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the catalogue is.
    pub fn catalog(&self) -> PathBuf {
        self.path.join("catalog.redb")
    }

    /// Where components and their compiled form are.
    pub fn store(&self) -> PathBuf {
        self.path.join("store")
    }

    /// Where the REPL remembers what was typed.
    pub fn history(&self) -> PathBuf {
        self.path.join("history")
    }

    /// Where the host of this name has its store, and what does not fit into memory.
    pub fn host(&self, name: &str) -> PathBuf {
        self.path.join("hosts").join(name)
    }

    /// Where certificates are.
    pub fn certs(&self) -> PathBuf {
        self.path.join("certs")
    }
}

fn default_path() -> Option<PathBuf> {
    let variable = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    variable(DATA_DIR_VARIABLE)
        .or_else(|| {
            variable("XDG_DATA_HOME")
                .filter(|path| path.is_absolute())
                .map(|path| path.join("arrowbox"))
        })
        .or_else(|| variable("HOME").map(|home| home.join(".local/share/arrowbox")))
}
