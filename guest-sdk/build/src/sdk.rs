//! The SDKs, carried in the crate and unpacked once for each version of them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use thiserror::Error;

use crate::Language;

/// Path and content of each file.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// The SDKs, unpacked.
#[derive(Clone, Debug)]
pub struct Sdk {
    folder: PathBuf,
}

/// The SDKs are not there and can not be put there.
#[derive(Debug, Error)]
#[error("the SDK can not be unpacked to `{}`", path.display())]
pub struct UnpackError {
    path: PathBuf,
    source: io::Error,
}

impl Sdk {
    /// Unpacks the SDKs into a folder of Arrowbox's data directory, unless that was done before.
    ///
    /// # Errors
    ///
    /// When they can not be written there.
    pub fn unpack(data: &Path) -> Result<Self, UnpackError> {
        let parent = data.join("sdk");
        let folder = parent.join(format!("{}-{}", env!("CARGO_PKG_VERSION"), digest()));
        if !folder.is_dir() {
            place(&parent, &folder).map_err(|source| UnpackError {
                path: folder.clone(),
                source,
            })?;
        }
        let folder = folder.canonicalize().unwrap_or(folder);
        Ok(Self { folder })
    }

    /// The folder of a language's SDK.
    pub fn of(&self, language: Language) -> PathBuf {
        self.folder.join("guest-sdk").join(match language {
            Language::Rust => "rust",
            Language::C => "c",
            Language::Python => "python",
            Language::JavaScript => "js",
        })
    }
}

/// Writes all files beside the place where they go, which then appears with all of them in it.
fn place(parent: &Path, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(parent)?;
    let unpacked = TempDir::new_in(parent)?;
    for (name, content) in FILES {
        let path = unpacked.path().join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, content)?;
    }
    match fs::rename(unpacked.path(), folder) {
        Ok(()) => {
            // It is not there under its old name any more.
            let _ = unpacked.keep();
            Ok(())
        }
        // Another process was faster.
        Err(_) if folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// A short name for what is in the files.
fn digest() -> String {
    let mut all = blake3::Hasher::new();
    for (name, content) in FILES {
        for part in [name.as_bytes(), content] {
            all.update(&(part.len() as u64).to_le_bytes());
            all.update(part);
        }
    }
    all.finalize().to_hex()[..12].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sdk_is_whole() {
        let data = tempfile::tempdir().unwrap();
        let sdk = Sdk::unpack(data.path()).unwrap();
        assert_eq!(Sdk::unpack(data.path()).unwrap().folder, sdk.folder);
        for (language, file) in [
            (Language::Rust, "Cargo.toml"),
            (Language::Rust, "src/lib.rs"),
            (Language::Rust, "../rust-macros/Cargo.toml"),
            (Language::Rust, "../../wit/arrow.wit"),
            (Language::Rust, "../../Cargo.toml"),
            (Language::C, "include/arrowbox/rows.h"),
            (Language::C, "src/exports.c"),
            (Language::C, "testing/host.c"),
            (Language::C, "bindings/native.h"),
            (Language::C, "bindings/native.c"),
            (Language::C, "bindings/native_component_type.o"),
            (Language::Python, "pyproject.toml"),
            (Language::Python, "src/arrowbox/build/__main__.py"),
            (Language::Python, "src/arrowbox/wit/worlds.wit"),
            (Language::JavaScript, "package.json"),
            (Language::JavaScript, "bin/arrowbox-sdk.js"),
            (Language::JavaScript, "types/index.d.ts"),
        ] {
            assert!(sdk.of(language).join(file).is_file(), "{language}: {file}");
        }
        let manifest = fs::read_to_string(sdk.folder.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace.dependencies]"));
        assert!(!manifest.contains("[profile"));
        assert_eq!(fs::read_dir(data.path().join("sdk")).unwrap().count(), 1);
    }
}
