//! The sources of the SDK, carried in the binary and unpacked once for each version of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use arrowbox_host::Digest;
use tempfile::TempDir;

use crate::data_dir::DataDir;

/// Path and content of each file.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// The SDK is not there and can not be put there.
#[derive(Debug, thiserror::Error)]
#[error("the SDK can not be unpacked to `{}`", path.display())]
pub(in crate::cli) struct UnpackError {
    path: PathBuf,
    source: io::Error,
}

/// Unpacks the SDK unless that was done before, and gives the folder of the crate `arrowbox-sdk`.
pub(super) fn unpack(data_dir: &DataDir) -> Result<PathBuf, UnpackError> {
    let parent = data_dir.sdk();
    let folder = parent.join(format!(
        "{}-{}",
        env!("CARGO_PKG_VERSION"),
        digest().short()
    ));
    if !folder.is_dir() {
        place(&parent, &folder).map_err(|source| UnpackError {
            path: folder.clone(),
            source,
        })?;
    }
    let folder = folder.canonicalize().unwrap_or(folder);
    Ok(folder.join("guest-sdk/rust"))
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

fn digest() -> Digest {
    let mut all = Vec::new();
    for (name, content) in FILES {
        for part in [name, content] {
            all.extend_from_slice(&(part.len() as u64).to_le_bytes());
            all.extend_from_slice(part.as_bytes());
        }
    }
    Digest::of(&all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sdk_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = DataDir::open(Some(folder.path())).unwrap();
        let sdk = unpack(&data_dir).unwrap();
        assert_eq!(unpack(&data_dir).unwrap(), sdk);
        for file in [
            "Cargo.toml",
            "src/lib.rs",
            "../rust-macros/Cargo.toml",
            "../../wit/arrow.wit",
            "../../Cargo.toml",
        ] {
            assert!(sdk.join(file).is_file(), "{file}");
        }
        let manifest = fs::read_to_string(sdk.join("../../Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace.dependencies]"));
        assert!(!manifest.contains("[profile"));
        assert_eq!(fs::read_dir(data_dir.sdk()).unwrap().count(), 1);
    }
}
