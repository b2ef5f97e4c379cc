//! Compiling the standard library for guests.

use std::{fs, io, path::Path};

use super::{
    super::{LIBRARY_PATH, TARGET, sysroot::Compiler},
    DebianError, STEP_LIMIT,
};
use crate::{
    Progress,
    command::{Environment, run},
};

/// The empty package whose build compiles the standard library as a dependency.
const PACKAGE: &str = "arrowbox-std";

/// Compiles the standard library and puts it into the compiler's sysroot, which is below `staging`.
///
/// The package is at the top of `staging` and the library's source below it, because cargo names
/// the packages of one workspace by their paths within it: so the library is the same wherever
/// `staging` is, and with it every guest.
pub(super) fn compile(
    environment: &Environment,
    staging: &Path,
    compiler: &Compiler,
    progress: &dyn Progress,
) -> Result<(), DebianError> {
    let source = compiler.sysroot.join("lib/rustlib/src/rust");
    let library = source.join("library");
    if !library.join("std/Cargo.toml").is_file() {
        return Err(DebianError::NoSource(library));
    }
    let arrange = |source| DebianError::Arrange { source };
    write_package(staging).map_err(arrange)?;

    progress.step("compiling the standard library for guests, once (about a minute)");
    let mut command = environment.command(&compiler.sysroot.join("bin/cargo"));
    command.current_dir(staging);
    command
        .env("RUSTC", &compiler.rustc)
        .env(LIBRARY_PATH, compiler.sysroot.join("lib"));
    // Building the standard library is unstable in cargo; this compiler and this source are a pair.
    command.env("RUSTC_BOOTSTRAP", "1");
    command.env(
        "CARGO_ENCODED_RUSTFLAGS",
        flags(&source, compiler).map_err(arrange)?,
    );
    command.args([
        "build",
        "--release",
        "-Zbuild-std=std,panic_abort",
        "--target",
        TARGET,
    ]);
    command.args([
        "--target-dir",
        "target",
        "--config",
        "profile.release.codegen-units=1",
    ]);
    let vendor = library.join("vendor");
    if vendor.is_dir() {
        // The package has the library's dependencies too, so that no registry is needed.
        command.args([
            "--offline",
            "--config",
            "source.crates-io.replace-with='vendor'",
        ]);
        command.args([
            "--config",
            &format!("source.vendor.directory='{}'", vendor.display()),
        ]);
    }
    run(&mut command, STEP_LIMIT)?;
    collect(
        &staging.join("target").join(TARGET).join("release/deps"),
        &compiler.guest_libraries(),
    )
    .map_err(arrange)
}

fn write_package(staging: &Path) -> io::Result<()> {
    let manifest = format!(
        "[package]\nname = \"{PACKAGE}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n"
    );
    fs::write(staging.join("Cargo.toml"), manifest)?;
    fs::create_dir(staging.join("src"))?;
    fs::write(staging.join("src/lib.rs"), "")
}

/// With bitcode, for guests are linked with optimisation over all crates; and with the paths that
/// the library has in every other toolchain.
fn flags(source: &Path, compiler: &Compiler) -> io::Result<String> {
    let mut flags = vec!["-Cembed-bitcode=yes".to_owned()];
    for source in [source.to_owned(), fs::canonicalize(source)?] {
        flags.push(format!(
            "--remap-path-prefix={}=/rustc/{}",
            source.display(),
            compiler.commit
        ));
    }
    Ok(flags.join("\x1f"))
}

/// Copies the compiled libraries, all but the empty package's own.
fn collect(compiled: &Path, place: &Path) -> io::Result<()> {
    let own = format!("lib{}-", PACKAGE.replace('-', "_"));
    fs::create_dir_all(place)?;
    for file in fs::read_dir(compiled)? {
        let file = file?;
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with(&own) {
            fs::copy(file.path(), place.join(name))?;
        }
    }
    Ok(())
}
