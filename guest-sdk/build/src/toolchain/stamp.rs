//! What says of a toolchain that it is whole.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    SysrootError,
    sysroot::{Compiler, check_libraries, guest_libraries, libraries},
};

/// The file that is written last into a toolchain that we made.
const FILE: &str = "arrowbox-toolchain.json";

/// Goes up when a toolchain is made differently, so that older ones are made anew.
const FORMAT: u32 = 1;

/// The record of a toolchain that was complete when it was written: what is in it, and what else
/// it reaches for.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    format: u32,
    compiler: Compiler,
    /// What it was made of, such as `rustc-web=1.96.0+dfsg1-1`.
    packages: Vec<String>,
    /// Size in bytes of each file that has to be there, by its path within the toolchain.
    files: BTreeMap<String, u64>,
    /// Links into the user's own toolchain, which have to lead somewhere.
    links: Vec<String>,
}

impl Stamp {
    /// Takes stock of a toolchain: its compiler's files, its libraries, its links.
    pub(super) fn of(
        sysroot: &Path,
        compiler: Compiler,
        packages: Vec<String>,
    ) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        let mut links = Vec::new();
        let linker = compiler.rust_lld();
        let linker = linker.parent().unwrap_or(sysroot).to_owned();
        for folder in [sysroot.join("bin"), sysroot.join("lib"), linker] {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                let kind = path.symlink_metadata()?;
                if kind.is_symlink() {
                    links.push(within(sysroot, &path));
                } else if kind.is_file() {
                    files.insert(within(sysroot, &path), kind.len());
                }
            }
        }
        let guest = guest_libraries(sysroot);
        for (name, size) in libraries(&guest)? {
            files.insert(within(sysroot, &guest.join(name)), size);
        }
        links.sort();
        Ok(Self {
            format: FORMAT,
            compiler,
            packages,
            files,
            links,
        })
    }

    /// Writes it into the toolchain, which is whole from then on.
    pub(super) fn write(&self, sysroot: &Path) -> io::Result<()> {
        fs::write(sysroot.join(FILE), serde_json::to_vec_pretty(self)?)
    }

    /// Reads it from a toolchain and holds it against what is there.
    pub(super) fn read(sysroot: &Path) -> Result<Self, StampError> {
        if !sysroot.is_dir() {
            return Err(StampError::NoFolder);
        }
        let bytes = fs::read(sysroot.join(FILE)).map_err(|_| StampError::Unfinished)?;
        let stamp: Self = serde_json::from_slice(&bytes).map_err(|_| StampError::Unfinished)?;
        if stamp.format != FORMAT {
            return Err(StampError::Outdated);
        }
        let size = |path: &str| sysroot.join(path).metadata().ok().map(|file| file.len());
        let changed = stamp
            .files
            .iter()
            .find(|(path, expected)| size(path) != Some(**expected));
        let dangling = stamp.links.iter().find(|path| size(path).is_none());
        if let Some(path) = changed.map(|(path, _)| path).or(dangling) {
            return Err(StampError::Missing(path.clone()));
        }
        stamp.compiler.check_release()?;
        check_libraries(&guest_libraries(sysroot))?;
        Ok(stamp)
    }

    /// The compiler, in the place where the toolchain is now.
    pub(super) fn compiler(self, sysroot: PathBuf) -> Compiler {
        Compiler {
            rustc: sysroot.join("bin/rustc"),
            sysroot,
            ..self.compiler
        }
    }
}

fn within(sysroot: &Path, path: &Path) -> String {
    path.strip_prefix(sysroot)
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned()
}

/// Why a toolchain is not taken for whole.
#[derive(Debug, Error)]
pub(super) enum StampError {
    #[error("there is no such folder")]
    NoFolder,
    #[error("it has no valid `{FILE}`, so it was not made by arrowbox or never finished")]
    Unfinished,
    #[error("another version of arrowbox made it")]
    Outdated,
    #[error("its `{0}` is missing or has changed")]
    Missing(String),
    #[error(transparent)]
    Sysroot(#[from] SysrootError),
}
