//! Finding a compiler of C for WebAssembly: clang with what Debian packages beside it, or Zig.

use std::{
    error::Error,
    fmt, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::command::{Environment, run};

/// How long a compiler may take for a program of a few lines.
const TRIAL: Duration = Duration::from_secs(60);

/// Versions of clang that Debian and others have beside one another.
const CLANGS: std::ops::Range<u32> = 14..40;

/// A program that needs the headers, the C library, the linker, and what stands in for missing instructions.
const PROGRAM: &str = "#include <math.h>\n#include <string.h>\n\
    double trial(const char *text) { return floor((double)strlen(text)); }\n";

/// Which of the two languages a source is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    C,
    Cpp,
}

impl Dialect {
    /// That of a source, by the end of its name.
    pub(super) fn of(source: &Path) -> Option<Self> {
        match source.extension()?.to_str()? {
            "c" => Some(Self::C),
            "cc" | "cpp" | "cxx" => Some(Self::Cpp),
            _ => None,
        }
    }

    pub(super) fn flags(self) -> &'static [&'static str] {
        match self {
            Self::C => &["-std=c11"],
            Self::Cpp => &[
                "-std=c++17",
                "-fno-exceptions",
                "-fno-rtti",
                "-Wno-c99-designator",
            ],
        }
    }
}

/// A compiler of C, and of C++ if that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Compiler {
    /// A clang that has a C library for WebAssembly.
    Clang(PathBuf),
    /// The program `zig`.
    Zig(PathBuf),
    /// A Python that has the package `ziglang`.
    Ziglang(PathBuf),
}

impl Compiler {
    /// Takes the first that works. `pythons` are looked at before that on the search path.
    pub(super) fn find(
        dialect: Dialect,
        pythons: impl Iterator<Item = PathBuf>,
        environment: &Environment,
    ) -> Result<Self, NoCompiler> {
        let mut attempts = Vec::new();
        for program in clangs(environment) {
            let compiler = Self::Clang(program);
            match compiler.try_out(dialect, environment) {
                Ok(()) => return Ok(compiler),
                Err(why) => attempts.push((compiler.to_string(), why)),
            }
        }
        if attempts.is_empty() {
            attempts.push(("clang".to_owned(), "it is not on PATH".to_owned()));
        }
        let has_zig = |python: &PathBuf| {
            let mut command = environment.command(python);
            run(command.args(["-c", "import ziglang"]), TRIAL).is_ok()
        };
        let usual = ["python3", "python"];
        let usual = usual
            .into_iter()
            .filter_map(|name| environment.program(name));
        if let Some(python) = pythons.chain(usual).find(has_zig) {
            return Ok(Self::Ziglang(python));
        }
        if let Some(program) = environment.program("zig") {
            return Ok(Self::Zig(program));
        }
        let why = "it is not on PATH, and no Python has the package `ziglang`";
        attempts.push(("zig".to_owned(), why.to_owned()));
        Err(NoCompiler {
            version: clangs(environment).find_map(|program| version(&program, environment)),
            is_cpp: dialect == Dialect::Cpp,
            attempts,
        })
    }

    /// The compiler for one of the languages, with all that says what it compiles for.
    pub(super) fn command(&self, dialect: Dialect, environment: &Environment) -> Command {
        let zig = match dialect {
            Dialect::C => "cc",
            Dialect::Cpp => "c++",
        };
        match self {
            Self::Clang(program) => {
                let mut command = environment.command(program);
                if dialect == Dialect::Cpp {
                    command.arg("--driver-mode=g++");
                }
                command.arg("--target=wasm32-wasi");
                command
            }
            Self::Zig(program) => {
                let mut command = environment.command(program);
                command.args([zig, "-target", "wasm32-wasi"]);
                command
            }
            Self::Ziglang(python) => {
                let mut command = environment.command(python);
                command.args(["-m", "ziglang", zig, "-target", "wasm32-wasi"]);
                command
            }
        }
    }

    /// What only this linker has to be told. The stack comes first, which Zig does by itself, so that what overflows it
    /// ends in a trap and not in data.
    pub(super) fn link_flags(&self) -> &'static [&'static str] {
        match self {
            Self::Clang(_) => &["-Wl,--stack-first", "-lm"],
            Self::Zig(_) | Self::Ziglang(_) => &[],
        }
    }

    /// Whether it makes a module of a small program; if not, what it says.
    fn try_out(&self, dialect: Dialect, environment: &Environment) -> Result<(), String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let source = folder.path().join(match dialect {
            Dialect::C => "trial.c",
            Dialect::Cpp => "trial.cpp",
        });
        fs::write(&source, PROGRAM).map_err(|error| error.to_string())?;
        let mut command = self.command(dialect, environment);
        command
            .current_dir(folder.path())
            .args(["-O2", "-mexec-model=reactor"])
            .arg(source)
            .args(self.link_flags())
            .args(["-o", "trial.wasm"]);
        run(&mut command, TRIAL)
            .map(drop)
            .map_err(|error| error.to_string())
    }
}

impl fmt::Display for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clang(program) | Self::Zig(program) => write!(f, "{}", program.display()),
            Self::Ziglang(python) => write!(f, "{} -m ziglang", python.display()),
        }
    }
}

/// The compiler that sources in C are built with on this machine, for people.
///
/// # Errors
///
/// When there is none; the error tells what was tried, and how to get one.
pub fn c_compiler() -> Result<String, NoCompiler> {
    let environment = Environment::of_process();
    let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let python = active.map(|environment| environment.join("bin/python"));
    let compiler = Compiler::find(Dialect::C, python.into_iter(), &environment)?;
    Ok(compiler.to_string())
}

/// Every clang on the search path: the plain one, and then the newest.
fn clangs(environment: &Environment) -> impl Iterator<Item = PathBuf> {
    let numbered = CLANGS.rev().map(|version| format!("clang-{version}"));
    let names = ["clang".to_owned()].into_iter().chain(numbered);
    names.filter_map(|name| environment.program(&name))
}

/// The major version of a clang, which names Debian's packages.
fn version(clang: &Path, environment: &Environment) -> Option<String> {
    let mut command = environment.command(clang);
    let said = run(command.arg("-dumpversion"), TRIAL).ok()?;
    said.trim().split('.').next().map(str::to_owned)
}

/// There is no compiler of C for WebAssembly.
#[derive(Debug)]
pub struct NoCompiler {
    /// What was tried, and why it did not do.
    attempts: Vec<(String, String)>,
    is_cpp: bool,
    /// Of a clang that lacks something.
    version: Option<String>,
}

impl fmt::Display for NoCompiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.is_cpp { "C++" } else { "C" };
        write!(f, "no compiler of {name} for WebAssembly; tried:")?;
        for (what, why) in &self.attempts {
            write!(f, "\n- {what}: {why}")?;
        }
        let version = self.version.as_deref().unwrap_or("14");
        write!(
            f,
            "\non Debian `apt-get install clang lld wasi-libc libclang-rt-{version}-dev-wasm32"
        )?;
        if self.is_cpp {
            write!(
                f,
                " libc++-{version}-dev-wasm32 libc++abi-{version}-dev-wasm32"
            )?;
        }
        write!(f, "`")?;
        if self.version.is_none() {
            write!(f, ", where {version} is the version of clang")?;
        }
        write!(
            f,
            "; anywhere `pip install ziglang`, in an environment `.venv` of the project for instance"
        )
    }
}

impl Error for NoCompiler {}
