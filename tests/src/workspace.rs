//! Where things lie that cargo and `cargo xtask` made.

use std::env;
use std::path::PathBuf;

/// Cargo's target directory, of which the running program is a part.
///
/// # Panics
///
/// When the program was copied to somewhere else.
pub fn target() -> PathBuf {
    let program = env::current_exe().expect("a running program knows where it is");
    let profile = profile_of(&program);
    profile
        .parent()
        .expect("a profile's folder is in the target directory")
        .to_owned()
}

/// The folder of the profile that the running program was built with, where other programs of the
/// workspace lie too.
///
/// # Panics
///
/// When the program was copied to somewhere else.
pub fn profile() -> PathBuf {
    profile_of(&env::current_exe().expect("a running program knows where it is"))
}

fn profile_of(program: &std::path::Path) -> PathBuf {
    let folder = program.parent().expect("a program lies in a folder");
    match folder.file_name().is_some_and(|name| name == "deps") {
        // A test.
        true => folder.parent().expect("`deps` lies in a folder").to_owned(),
        false => folder.to_owned(),
    }
}
