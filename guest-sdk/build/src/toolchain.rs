//! Finding a Rust toolchain that can build guests.
//!
//! Four ways, in this order: the default toolchain has the target already; `rustup` can add it; a
//! toolchain named `arrowbox-guest` is linked; one can be made from Debian's packages. The last two
//! are one thing seen twice: a toolchain that was made is kept for good, and since it is only made
//! where rustup had failed, it is taken without asking rustup again.

mod debian;
mod stamp;
mod sysroot;

use std::{
    ffi::OsString,
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use thiserror::Error;

pub use self::{debian::DebianError, sysroot::SysrootError};
use self::{stamp::Stamp, sysroot::Compiler};
use crate::{
    Progress, RunError,
    command::{Environment, run},
    home::Home,
};

/// What guests are compiled for: no operating system, so nothing to import from one.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The name under which a toolchain that we made is known to rustup.
const LINKED: &str = "arrowbox-guest";

/// What its folder is called in Arrowbox's data directory.
const PLACE: &str = "toolchain";

/// The oldest compiler that builds the SDK, which shares its version with this crate.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// Long enough for a slow download, short enough for somebody who waits.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);

/// A Rust toolchain that was seen to have all that guests are built with.
#[derive(Clone, Debug)]
pub struct Toolchain {
    way: Way,
    compiler: Compiler,
    cargo: PathBuf,
    /// A linker to name to the compiler, where it does not bring its own.
    linker: Option<PathBuf>,
    /// Where the dynamic linker finds the compiler's own libraries, where it has to be told.
    libraries: Option<PathBuf>,
}

impl Toolchain {
    /// Finds a toolchain for guests, or makes one.
    ///
    /// Asks the default compiler, looks at the files of a toolchain that was made before, and only
    /// where there is neither goes to the network: that can take minutes, once per machine.
    ///
    /// # Errors
    ///
    /// When no way led to a toolchain; the error tells what was tried, and what stood in the way.
    pub fn find(progress: &dyn Progress) -> Result<Self, NoToolchain> {
        Search {
            environment: &Environment::of_process(),
            progress,
        }
        .run()
    }

    /// How it was found.
    pub fn way(&self) -> Way {
        self.way
    }

    /// The compiler's release, such as `1.96.0`.
    pub fn release(&self) -> &str {
        &self.compiler.release
    }

    /// The folder that holds the toolchain's `bin` and `lib`.
    pub fn sysroot(&self) -> &Path {
        &self.compiler.sysroot
    }

    pub(crate) fn cargo(&self) -> &Path {
        &self.cargo
    }

    pub(crate) fn linker(&self) -> Option<&Path> {
        self.linker.as_deref()
    }

    /// The commit that the standard library's own paths are named after.
    pub(crate) fn commit(&self) -> &str {
        &self.compiler.commit
    }

    /// What cargo has to be told through its environment to use this toolchain.
    pub(crate) fn variables(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![("RUSTC", self.compiler.rustc.clone().into_os_string())];
        if let Some(libraries) = &self.libraries {
            variables.push((LIBRARY_PATH, libraries.clone().into_os_string()));
        }
        variables
    }
}

/// The variable that tells the dynamic linker where else to look.
const LIBRARY_PATH: &str = if cfg!(target_os = "macos") {
    "DYLD_FALLBACK_LIBRARY_PATH"
} else {
    "LD_LIBRARY_PATH"
};

/// A way to a toolchain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Way {
    /// The default toolchain had the target.
    Default,
    /// `rustup target add` added the target to the default toolchain.
    TargetAdded,
    /// A toolchain that was made before, linked as `arrowbox-guest`.
    Linked,
    /// A toolchain made just now from Debian's packages.
    Debian,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "the default toolchain"),
            Self::TargetAdded => write!(f, "`rustup target add {TARGET}`"),
            Self::Linked => write!(f, "the linked toolchain `{LINKED}`"),
            Self::Debian => write!(f, "a toolchain from Debian's packages"),
        }
    }
}

/// What stood in the way of a [`Way`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// A program that it needs is not on the search path.
    #[error("`{0}` is not on PATH")]
    NoProgram(&'static str),
    /// A program that it needs failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The toolchain lacks something.
    #[error(transparent)]
    Sysroot(#[from] SysrootError),
    /// Nothing is linked, or what is linked is not complete.
    #[error("{0}")]
    NotWhole(String),
    /// No toolchain could be made of packages.
    #[error(transparent)]
    Debian(#[from] DebianError),
}

/// One [`Way`] that was tried in vain.
#[derive(Debug)]
pub struct Attempt {
    /// What was tried.
    pub way: Way,
    /// Why it did not do.
    pub obstacle: Obstacle,
}

/// No [`Way`] led to a toolchain.
#[derive(Debug, Error)]
#[error(
    "no Rust toolchain that compiles for {TARGET}; tried:{}\n{}",
    listed(attempts),
    ADVICE
)]
pub struct NoToolchain {
    /// Every way that was tried, in the order of [`Way`].
    pub attempts: Vec<Attempt>,
}

const ADVICE: &str = "with rustup and a network, `rustup target add wasm32-unknown-unknown` is all it takes; \
    on Debian, `apt-get update` and then another try";

/// One line for each attempt, with what caused its obstacle.
fn listed(attempts: &[Attempt]) -> String {
    let mut text = String::new();
    for Attempt { way, obstacle } in attempts {
        text += &format!("\n- {way}: {obstacle}");
        let mut cause = std::error::Error::source(obstacle);
        while let Some(error) = cause {
            text += &format!(": {error}");
            cause = error.source();
        }
    }
    text
}

/// One search for a toolchain.
struct Search<'a> {
    environment: &'a Environment,
    progress: &'a dyn Progress,
}

impl Search<'_> {
    fn run(&self) -> Result<Toolchain, NoToolchain> {
        let mut attempts = Vec::new();
        let note = |way| move |obstacle| Attempt { way, obstacle };
        match self
            .default_toolchain(Way::Default)
            .map_err(note(Way::Default))
        {
            Ok(toolchain) => return Ok(toolchain),
            Err(attempt) => attempts.push(attempt),
        }
        match self.made_before().map_err(note(Way::Linked)) {
            Ok(toolchain) => return Ok(toolchain),
            Err(attempt) => attempts.push(attempt),
        }
        match self.target_added().map_err(note(Way::TargetAdded)) {
            Ok(toolchain) => return Ok(toolchain),
            Err(attempt) => attempts.push(attempt),
        }
        match self.made_now().map_err(note(Way::Debian)) {
            Ok(toolchain) => return Ok(toolchain),
            Err(attempt) => attempts.push(attempt),
        }
        attempts.sort_by_key(|attempt| attempt.way);
        Err(NoToolchain { attempts })
    }

    /// The toolchain of the `rustc` on the search path, if guests can be built with it.
    fn default_toolchain(&self, way: Way) -> Result<Toolchain, Obstacle> {
        let compiler = Compiler::of_path(self.environment)?;
        let linker = compiler.check(self.environment)?;
        let cargo = compiler
            .cargo(self.environment)
            .ok_or(Obstacle::NoProgram("cargo"))?;
        Ok(Toolchain {
            way,
            compiler,
            cargo,
            linker,
            libraries: None,
        })
    }

    /// The default toolchain, after rustup was asked to add the target to it.
    fn target_added(&self) -> Result<Toolchain, Obstacle> {
        let rustup = self
            .environment
            .program("rustup")
            .ok_or(Obstacle::NoProgram("rustup"))?;
        self.progress.step(&format!("asking rustup for {TARGET}"));
        let mut command = self.environment.command(&rustup);
        command.args(["target", "add", TARGET]);
        run(command.env("RUSTUP_MAX_RETRIES", "1"), RUSTUP_LIMIT)?;
        self.default_toolchain(Way::TargetAdded)
    }

    /// A toolchain that was made before: where we keep ours, or wherever rustup's link leads.
    fn made_before(&self) -> Result<Toolchain, Obstacle> {
        let own = self
            .environment
            .data
            .clone()
            .map(|data| Home::new(data, PLACE).place());
        let link = self.link();
        let mut refused = Vec::new();
        for place in own.iter().chain(&link) {
            match made(place, Way::Linked) {
                Ok(toolchain) => {
                    self.register(place);
                    return Ok(toolchain);
                }
                Err(reason) => refused.push(reason),
            }
        }
        refused.dedup();
        match refused.is_empty() {
            true => Err(Obstacle::NotWhole(format!("no `{LINKED}` is linked"))),
            false => Err(Obstacle::NotWhole(refused.join("; "))),
        }
    }

    /// A toolchain from Debian's packages, or the one that another process just made.
    fn made_now(&self) -> Result<Toolchain, Obstacle> {
        let data = self.environment.data.clone().ok_or(DebianError::NoHome)?;
        let home = Home::new(data, PLACE);
        let _lock = home.lock(self.progress).map_err(DebianError::Home)?;
        let place = home.place();
        if let Ok(toolchain) = made(&place, Way::Linked) {
            return Ok(toolchain);
        }
        debian::make(self.environment, &home, self.progress)?;
        let toolchain = made(&place, Way::Debian).map_err(Obstacle::NotWhole)?;
        self.register(&place);
        Ok(toolchain)
    }

    /// The entry in rustup's list of toolchains, whether or not it leads anywhere.
    fn link(&self) -> Option<PathBuf> {
        let link = self
            .environment
            .rustup
            .as_ref()?
            .join("toolchains")
            .join(LINKED);
        link.symlink_metadata().is_ok().then_some(link)
    }

    /// Tells rustup of the toolchain, for `cargo +arrowbox-guest`. We do without, so a refusal is
    /// only mentioned.
    fn register(&self, place: &Path) {
        let same = |link: PathBuf| fs::canonicalize(link).ok() == fs::canonicalize(place).ok();
        let Some(rustup) = self.environment.program("rustup") else {
            return;
        };
        if self.link().is_some_and(same) {
            return;
        }
        let mut command = self.environment.command(&rustup);
        command.args(["toolchain", "link", LINKED]).arg(place);
        if let Err(error) = run(&mut command, RUSTUP_LIMIT) {
            self.progress.step(&format!(
                "rustup did not link `{LINKED}`, which only it needs: {error}"
            ));
        }
    }
}

/// The toolchain in `place`, if it is one of ours and nothing of it is missing.
fn made(place: &Path, way: Way) -> Result<Toolchain, String> {
    let stamp = Stamp::read(place).map_err(|error| format!("{}: {error}", place.display()))?;
    let sysroot =
        fs::canonicalize(place).map_err(|error| format!("{}: {error}", place.display()))?;
    Ok(Toolchain {
        way,
        cargo: sysroot.join("bin/cargo"),
        linker: None,
        libraries: Some(sysroot.join("lib")),
        compiler: stamp.compiler(sysroot),
    })
}

#[cfg(test)]
mod tests;
