//! Components that `cargo xtask guests` built.

use std::path::PathBuf;
use std::{env, fs};

use crate::workspace::target;

/// Where `cargo xtask` says that the components are, when it is not cargo's target directory.
const FOLDER: &str = "ARROWBOX_TEST_GUESTS";

/// The file of a component, by the name of its package.
///
/// # Panics
///
/// When it was not built, with the command that builds it.
pub fn path(name: &str) -> PathBuf {
    let folder = env::var_os(FOLDER).map_or_else(|| target().join("guests"), PathBuf::from);
    let path = folder.join(format!("{name}.wasm"));
    assert!(
        path.is_file(),
        "there is no component {name:?} in {}: `cargo xtask guests` builds all of them",
        folder.display()
    );
    path
}

/// The bytes of a component, by the name of its package.
///
/// # Panics
///
/// When it was not built, with the command that builds it.
pub fn component(name: &str) -> Vec<u8> {
    let path = path(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
