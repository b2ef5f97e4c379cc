//! A compiler and the folder that it lives in.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{OLDEST, Obstacle, TARGET};
use crate::command::{Environment, run};

/// A compiler that answers a question takes milliseconds; rustup's proxy may look around first.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// The libraries without which no guest links.
const NEEDED: [&str; 5] = ["alloc", "compiler_builtins", "core", "panic_abort", "std"];

/// A compiler and what it said of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Compiler {
    /// The program.
    #[serde(skip)]
    pub(super) rustc: PathBuf,
    /// The folder that holds its `bin` and `lib`.
    #[serde(skip)]
    pub(super) sysroot: PathBuf,
    /// Its release, such as `1.96.0`.
    pub(super) release: String,
    /// The commit that it was built from, or its release where it does not know.
    pub(super) commit: String,
    /// The triple that it runs on.
    pub(super) host: String,
}

impl Compiler {
    /// The `rustc` on the search path, rustup's default or a distribution's.
    pub(super) fn of_path(environment: &Environment) -> Result<Self, Obstacle> {
        let rustc = environment
            .program("rustc")
            .ok_or(Obstacle::NoProgram("rustc"))?;
        Self::ask(environment, rustc, None)
    }

    /// Asks a compiler what it is.
    pub(super) fn ask(
        environment: &Environment,
        rustc: PathBuf,
        libraries: Option<&Path>,
    ) -> Result<Self, Obstacle> {
        let ask = |question: &[&str]| {
            let mut command = environment.command(&rustc);
            command.args(question);
            if let Some(libraries) = libraries {
                command.env(super::LIBRARY_PATH, libraries);
            }
            run(&mut command, ANSWER_LIMIT)
        };
        let sysroot = PathBuf::from(ask(&["--print", "sysroot"])?.trim_end());
        let about = ask(&["-vV"])?;
        let said = |key| {
            about
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
        };
        let unclear = || SysrootError::Unclear {
            rustc: rustc.clone(),
        };
        let release = said("release").ok_or_else(unclear)?.to_owned();
        let host = said("host").ok_or_else(unclear)?.to_owned();
        let commit = said("commit-hash")
            .filter(|hash| *hash != "unknown")
            .unwrap_or(&release)
            .to_owned();
        // rustup's proxy costs a lookup at every call, and looks at folders that are not ours.
        let direct = sysroot.join("bin/rustc");
        let rustc = if direct.is_file() { direct } else { rustc };
        Ok(Self {
            rustc,
            sysroot,
            release,
            commit,
            host,
        })
    }

    /// The cargo beside it, or the one on the search path.
    pub(super) fn cargo(&self, environment: &Environment) -> Option<PathBuf> {
        let beside = self.sysroot.join("bin/cargo");
        if beside.is_file() {
            Some(beside)
        } else {
            environment.program("cargo")
        }
    }

    /// The linker for WebAssembly that rustup ships inside the toolchain, whether or not it is there.
    pub(super) fn rust_lld(&self) -> PathBuf {
        self.sysroot
            .join("lib/rustlib")
            .join(&self.host)
            .join("bin/rust-lld")
    }

    /// Where the standard library for guests is, whether or not it is there.
    pub(super) fn guest_libraries(&self) -> PathBuf {
        guest_libraries(&self.sysroot)
    }

    /// Whether guests can be built with it, and with which linker where it has none of its own.
    pub(super) fn check(&self, environment: &Environment) -> Result<Option<PathBuf>, SysrootError> {
        self.check_release()?;
        check_libraries(&self.guest_libraries())?;
        if self.rust_lld().is_file() {
            return Ok(None);
        }
        let linker = wasm_ld(environment).ok_or_else(|| SysrootError::NoLinker {
            sysroot: self.sysroot.clone(),
        })?;
        Ok(Some(linker))
    }

    /// Whether it is new enough for the SDK.
    pub(super) fn check_release(&self) -> Result<(), SysrootError> {
        if version(&self.release) < version(OLDEST) {
            return Err(SysrootError::Old {
                rustc: self.rustc.clone(),
                release: self.release.clone(),
            });
        }
        Ok(())
    }
}

/// The numbers of a version, for comparison: `1.96.0-nightly` is `[1, 96, 0]`.
pub(super) fn version(text: &str) -> Vec<u32> {
    let numbers = text.split('-').next().unwrap_or_default();
    numbers
        .split('.')
        .map_while(|number| number.parse().ok())
        .collect()
}

/// Where the standard library for guests is in a sysroot.
pub(super) fn guest_libraries(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

/// The names and sizes of the libraries in a folder, in order.
pub(super) fn libraries(folder: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") {
            found.push((name, entry.metadata()?.len()));
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a folder has a standard library that guests can be linked with.
pub(super) fn check_libraries(folder: &Path) -> Result<(), SysrootError> {
    let found = libraries(folder).unwrap_or_default();
    let library = |name: &str| {
        let named = |file: &str| {
            file.strip_prefix("lib")
                .is_some_and(|rest| rest.starts_with(&format!("{name}-")))
        };
        found.iter().find(|(file, size)| named(file) && *size > 0)
    };
    if let Some(missing) = NEEDED.into_iter().find(|name| library(name).is_none()) {
        return Err(SysrootError::NoLibrary {
            folder: folder.to_owned(),
            missing,
        });
    }
    // The smallest of the five tells how all of them were compiled.
    let (sample, _) = library("panic_abort").expect("it was found just now");
    let bytes = fs::read(folder.join(sample)).unwrap_or_default();
    match bytes.windows(BITCODE.len()).any(|window| window == BITCODE) {
        true => Ok(()),
        false => Err(SysrootError::NoBitcode {
            folder: folder.to_owned(),
        }),
    }
}

/// The section that link-time optimisation reads.
const BITCODE: &[u8] = b".llvmbc";

/// A distribution's linker for WebAssembly: `wasm-ld`, or the newest `wasm-ld-<version>`.
fn wasm_ld(environment: &Environment) -> Option<PathBuf> {
    let plain = ["rust-lld", "wasm-ld"]
        .into_iter()
        .find_map(|name| environment.program(name));
    plain.or_else(|| {
        (14..=40)
            .rev()
            .find_map(|version| environment.program(&format!("wasm-ld-{version}")))
    })
}

/// What a toolchain lacks.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SysrootError {
    /// The compiler did not say its release and host.
    #[error("`{} -vV` does not say what it is", rustc.display())]
    Unclear {
        /// The compiler.
        rustc: PathBuf,
    },
    /// The compiler is older than the SDK asks for.
    #[error("{} is {release}, and guests need {OLDEST} or newer: update it", rustc.display())]
    Old {
        /// The compiler.
        rustc: PathBuf,
        /// Its release.
        release: String,
    },
    /// The standard library was not compiled for guests.
    #[error("no standard library for {TARGET}: there is no lib{missing}-*.rlib in {}", folder.display())]
    NoLibrary {
        /// Where it was looked for.
        folder: PathBuf,
        /// The first library that is not there.
        missing: &'static str,
    },
    /// Guests could be compiled, but not linked.
    #[error(
        "the standard library in {} has no bitcode, without which guests do not link: \
         it has to be compiled with `-Cembed-bitcode=yes`",
        folder.display()
    )]
    NoBitcode {
        /// Where it is.
        folder: PathBuf,
    },
    /// There is a standard library, but no linker.
    #[error(
        "no linker for WebAssembly: neither `rust-lld` in {} nor `wasm-ld` on PATH; \
         install your distribution's package `lld`",
        sysroot.display()
    )]
    NoLinker {
        /// The toolchain.
        sysroot: PathBuf,
    },
}
