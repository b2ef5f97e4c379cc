//! Making a toolchain from Debian's packages, for machines that reach a Debian mirror and no more.
//!
//! Debian compiles a recent compiler for its browsers (`rustc-web`), without a standard library for
//! guests but with the source of it. The packages can not be installed where rustup's package is,
//! so they are only unpacked, into a folder that rustup can link; the user's own toolchain lends
//! cargo and the linker; and the standard library is compiled once.

mod library;
mod packages;

use std::{
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::Duration,
};

use thiserror::Error;

use self::packages::Packages;
use super::{
    LIBRARY_PATH, Obstacle, TARGET,
    stamp::Stamp,
    sysroot::{Compiler, SysrootError, check_libraries},
};
use crate::{
    Progress, RunError,
    command::{Environment, run},
    home::Home,
};

/// More than any step should take on a slow machine with a slow network.
const STEP_LIMIT: Duration = Duration::from_secs(30 * 60);

/// Makes the toolchain and puts it in its place. Only for the holder of the home's lock.
pub(super) fn make(
    environment: &Environment,
    home: &Home,
    progress: &dyn Progress,
) -> Result<(), DebianError> {
    if environment.program("cc").is_none() {
        return Err(DebianError::NoProgram {
            name: "cc",
            package: "gcc",
        });
    }
    let lender = Compiler::of_path(environment).ok();
    let beside = lender.as_ref().and_then(|lender| lender.cargo(environment));
    let cargo = beside.or_else(|| environment.program("cargo"));
    let cargo = cargo.ok_or(DebianError::NoProgram {
        name: "cargo",
        package: "cargo",
    })?;
    let linker = lender
        .map(|lender| lender.rust_lld())
        .filter(|linker| linker.is_file());

    let staging = home.staging().map_err(DebianError::Home)?;
    let packages = Packages::fetch(environment, staging.path(), linker.is_none(), progress)?;
    let root = staging.path().join("root");
    packages.unpack(environment, &root, progress)?;

    let usr = root.join("usr");
    arrange(&usr).map_err(|source| DebianError::Arrange { source })?;
    let rustc = usr.join("bin/rustc");
    let compiler = Compiler::ask(environment, rustc, Some(&usr.join("lib"))).map_err(broken)?;
    borrow(&usr, &compiler, &cargo, linker.as_deref())
        .map_err(|source| DebianError::Arrange { source })?;
    library::compile(environment, staging.path(), &compiler, progress)?;
    prove(environment, &usr, staging.path(), progress)?;

    let finish = || {
        for unneeded in ["src", "share", "lib/rustlib/src"] {
            fs::remove_dir_all(usr.join(unneeded))?;
        }
        Stamp::of(&usr, compiler.clone(), packages.names())?.write(&usr)?;
        home.install(&usr, &staging)
    };
    finish().map_err(|source| DebianError::Arrange { source })?;

    // The compiler finds its libraries by its own path, which is another one now.
    prove(environment, &home.place(), staging.path(), progress).inspect_err(|_| {
        let _ = fs::remove_dir_all(home.place());
    })
}

/// Moves the compiler's libraries from where Debian keeps those of an architecture to where rustup
/// and the compiler look: beside `rustlib`.
fn arrange(usr: &Path) -> io::Result<()> {
    let lib = usr.join("lib");
    for folder in fs::read_dir(&lib)? {
        let folder = folder?;
        let is_of_an_architecture = folder.file_name().to_string_lossy().contains("-linux-");
        if !is_of_an_architecture || !folder.file_type()?.is_dir() {
            continue;
        }
        for library in fs::read_dir(folder.path())? {
            let library = library?;
            fs::rename(library.path(), lib.join(library.file_name()))?;
        }
        fs::remove_dir(folder.path())?;
    }
    Ok(())
}

/// Links the user's cargo and linker into the toolchain, or Debian's own linker.
fn borrow(usr: &Path, compiler: &Compiler, cargo: &Path, linker: Option<&Path>) -> io::Result<()> {
    symlink(cargo, usr.join("bin/cargo"))?;
    let place = usr.join("lib/rustlib").join(&compiler.host).join("bin");
    fs::create_dir_all(&place)?;
    let Some(linker) = linker else {
        let llvm = fs::read_dir(usr.join("lib"))?
            .flatten()
            .find(|entry| entry.path().join("bin/lld").exists())
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no `lld` in the packages"))?;
        let llvm = Path::new("../../..").join(llvm.file_name());
        return symlink(llvm.join("bin/lld"), place.join("rust-lld"));
    };
    symlink(linker, place.join("rust-lld"))?;
    let wrappers = linker.with_file_name("gcc-ld");
    if wrappers.is_dir() {
        symlink(wrappers, place.join("gcc-ld"))?;
    }
    Ok(())
}

/// Compiles and links the smallest thing that needs all of the toolchain.
fn prove(
    environment: &Environment,
    usr: &Path,
    scratch: &Path,
    progress: &dyn Progress,
) -> Result<(), DebianError> {
    const GUEST: &str = "#[unsafe(no_mangle)]\npub extern \"C\" fn digits(n: u64) -> usize { n.to_string().len() }\n";
    progress.step("checking the toolchain");
    let source = scratch.join("proof.rs");
    fs::write(&source, GUEST).map_err(|source| DebianError::Arrange { source })?;
    check_libraries(&super::sysroot::guest_libraries(usr))?;
    let mut command = environment.command(&usr.join("bin/rustc"));
    command
        .env(LIBRARY_PATH, usr.join("lib"))
        .current_dir(scratch)
        .arg(&source);
    command.args([
        "--edition=2024",
        "--crate-type=cdylib",
        "-Cpanic=abort",
        "-Clto=fat",
        "-Ccodegen-units=1",
    ]);
    command.args(["--target", TARGET, "-o", "proof.wasm"]);
    run(&mut command, STEP_LIMIT)?;
    Ok(())
}

/// The unpacked compiler does not answer.
fn broken(obstacle: Obstacle) -> DebianError {
    match obstacle {
        Obstacle::Run(error) => DebianError::Run(error),
        Obstacle::Sysroot(error) => DebianError::Sysroot(error),
        other => DebianError::Broken(Box::new(other)),
    }
}

/// Why no toolchain could be made from Debian's packages.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DebianError {
    /// There is nowhere to keep it.
    #[error("there is no home directory to keep it in: set ARROWBOX_DATA_DIR to a folder")]
    NoHome,
    /// Something that it takes is not installed.
    #[error("`{name}` is not on PATH: install the package `{package}`, if this is Debian")]
    NoProgram {
        /// The program.
        name: &'static str,
        /// Debian's package with it.
        package: &'static str,
    },
    /// Apt does not know the compiler.
    #[error(
        "apt knows no package `{0}`: run `apt-get update` as root, or use a newer release of Debian"
    )]
    NoPackage(String),
    /// Apt knows only an old compiler.
    #[error(
        "apt's newest `{package}` is {version}, and guests need {} or newer: run `apt-get update` as root",
        super::OLDEST
    )]
    Old {
        /// The package.
        package: &'static str,
        /// Its version.
        version: String,
    },
    /// The data directory can not be written.
    #[error("the data directory can not be used")]
    Home(#[source] io::Error),
    /// The unpacked files are not as expected.
    #[error("the unpacked packages could not be arranged to a toolchain")]
    Arrange {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The source of the standard library is not where it should be.
    #[error("the packages have no source of the standard library in {}", .0.display())]
    NoSource(PathBuf),
    /// A step failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// What came out lacks something.
    #[error(transparent)]
    Sysroot(#[from] SysrootError),
    /// The unpacked compiler does not work.
    #[error("the unpacked compiler does not work")]
    Broken(#[source] Box<Obstacle>),
}
