//! Compiling a cargo project to core modules.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use serde::Deserialize;
use thiserror::Error;

use crate::{
    BuildOptions, Progress, RunError, Toolchain,
    command::{Environment, line, run},
    file,
    toolchain::TARGET,
};

/// Enough to download every dependency over a slow network.
const METADATA_LIMIT: Duration = Duration::from_secs(15 * 60);

/// What every guest is built like. Names of functions stay, for a backtrace is made of them.
const PROFILE: [&str; 6] = [
    "profile.release.opt-level=3",
    "profile.release.lto='fat'",
    "profile.release.codegen-units=1",
    "profile.release.panic='abort'",
    "profile.release.strip='debuginfo'",
    "profile.release.debug=false",
];

/// What stands between cargo and the compiler, so that a guest does not depend on its folder.
const WRAPPER: &[u8] = include_bytes!("cargo/rustc.sh");

/// Where the compiler's messages go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Diagnostics {
    /// Into [`CargoError::Failed`]; what cargo is doing is told as progress.
    #[default]
    Capture,
    /// To this process's standard error, with cargo's own progress.
    Inherit,
}

/// What [`compile`] made.
pub(crate) struct Compiled {
    pub(crate) modules: Vec<Module>,
    /// The target directory that was used.
    pub(crate) target_dir: PathBuf,
}

/// A core module, as the linker left it.
pub(crate) struct Module {
    pub(crate) package: String,
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// Compiles every `cdylib` of a project.
pub(crate) fn compile(
    project: &Path,
    toolchain: &Toolchain,
    options: &BuildOptions,
    progress: &dyn Progress,
) -> Result<Compiled, CargoError> {
    let project = fs::canonicalize(project).map_err(|source| RunError::Start {
        line: "cargo".into(),
        source,
    })?;
    let environment = Environment::of_process();
    let cargo = Cargo {
        environment: &environment,
        toolchain,
        project: &project,
    };
    let metadata = cargo.metadata()?;
    let libraries = metadata.libraries(&project)?;
    let target_dir = match &options.target_dir {
        Some(folder) => std::path::absolute(folder).unwrap_or_else(|_| folder.clone()),
        None => metadata.target_directory.clone(),
    };

    let wrapper = target_dir.join("arrowbox-rustc.sh");
    file::write(&wrapper, WRAPPER, file::PROGRAM).map_err(CargoError::TargetDir)?;
    let mut command = cargo.command([
        "build",
        "--lib",
        "--release",
        "--message-format=json-render-diagnostics",
    ]);
    command
        .env("RUSTC_WRAPPER", wrapper)
        .args(["--target", TARGET, "--target-dir"])
        .arg(&target_dir);
    for setting in PROFILE {
        command.args(["--config", setting]);
    }
    command.args(["--config", &cargo.rustflags(&metadata, &target_dir)]);
    for id in libraries.keys() {
        command.args(["--package", id]);
    }
    let messages = watch(&mut command, options.diagnostics, progress)?;
    let modules = libraries.into_iter().map(|(id, package)| {
        let module = messages.lines().find_map(|message| module_of(message, id));
        let (name, path) = module.ok_or_else(|| CargoError::NoModule {
            package: package.to_owned(),
        })?;
        Ok(Module {
            package: package.to_owned(),
            name,
            path,
        })
    });
    Ok(Compiled {
        modules: modules.collect::<Result<_, CargoError>>()?,
        target_dir,
    })
}

/// The toolchain's cargo, at work in a project.
struct Cargo<'a> {
    environment: &'a Environment,
    toolchain: &'a Toolchain,
    project: &'a Path,
}

impl Cargo<'_> {
    fn command<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.environment.command(self.toolchain.cargo());
        command
            .args(arguments)
            .arg("--manifest-path")
            .arg(self.project.join("Cargo.toml"));
        command
            .current_dir(self.project)
            .envs(self.toolchain.variables());
        command
    }

    fn metadata(&self) -> Result<Metadata, CargoError> {
        let mut command = self.command([
            "metadata",
            "--format-version=1",
            "--color=never",
            "--filter-platform",
            TARGET,
        ]);
        let text = run(&mut command, METADATA_LIMIT)?;
        serde_json::from_str(&text).map_err(CargoError::Metadata)
    }

    /// The compiler's flags, as a setting of cargo: unlike a variable, it joins what the project
    /// itself sets for the target.
    fn rustflags(&self, metadata: &Metadata, target_dir: &Path) -> String {
        let mut flags = vec!["-Ctarget-feature=+simd128".to_owned()];
        if let Some(linker) = self.toolchain.linker() {
            flags.push(format!("-Clinker={}", linker.display()));
            flags.push("-Clinker-flavor=wasm-lld".to_owned());
        }
        for (from, to) in self.remaps(metadata, target_dir) {
            flags.push(format!("--remap-path-prefix={}={to}", from.display()));
        }
        let flags: Vec<String> = flags.iter().map(|flag| toml_string(flag)).collect();
        format!("target.{TARGET}.rustflags=[{}]", flags.join(","))
    }

    /// Names for every folder whose path the compiler could put into a module, so that it does not
    /// tell where it was compiled. The compiler takes the last that fits, so they go from the
    /// general to the particular.
    fn remaps(&self, metadata: &Metadata, target_dir: &Path) -> BTreeMap<PathBuf, String> {
        let mut remaps = BTreeMap::new();
        let std = format!("/rustc/{}", self.toolchain.commit());
        remaps.insert(self.toolchain.sysroot().join("lib/rustlib/src/rust"), std);
        remaps.insert(target_dir.to_owned(), "/target".to_owned());
        remaps.insert(metadata.workspace_root.clone(), "/project".to_owned());
        for package in &metadata.packages {
            let folder = package.folder();
            let is_member = folder.starts_with(&metadata.workspace_root);
            match &package.source {
                // All of a registry's packages are beside one another.
                Some(source) if source.contains("registry+") || source.starts_with("sparse+") => {
                    if let Some(registry) = folder.parent() {
                        remaps.insert(registry.to_owned(), "/registry".to_owned());
                    }
                }
                None if is_member => {}
                _ => {
                    remaps.insert(folder.to_owned(), format!("/package/{}", package.name));
                }
            }
        }
        remaps
    }
}

/// A string as TOML writes it. A path that has a control character is no path of ours.
fn toml_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Runs cargo, hearing what it says, and gives its messages.
fn watch(
    command: &mut Command,
    diagnostics: Diagnostics,
    progress: &dyn Progress,
) -> Result<String, CargoError> {
    let line = line(command);
    let failed = |source| {
        CargoError::Run(RunError::Start {
            line: "cargo build".to_owned(),
            source,
        })
    };
    let stderr = match diagnostics {
        Diagnostics::Capture => {
            command.args(["--color", "never"]);
            Stdio::piped()
        }
        Diagnostics::Inherit => Stdio::inherit(),
    };
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .map_err(failed)?;
    let stdout = child.stdout.take();
    let messages = thread::spawn(move || read(stdout));
    let mut said = String::new();
    if let Some(stderr) = child.stderr.take() {
        for text in BufReader::new(stderr).lines().map_while(Result::ok) {
            if let Some(package) = text.trim_start().strip_prefix("Compiling ") {
                progress.step(&format!("compiling {package}"));
            }
            said += &text;
            said.push('\n');
        }
    }
    let messages = messages
        .join()
        .unwrap_or_else(|_| Ok(String::new()))
        .map_err(failed)?;
    match child.wait().map_err(failed)?.success() {
        true => Ok(messages),
        false => Err(CargoError::Failed {
            diagnostics: said,
            line,
        }),
    }
}

fn read(pipe: Option<impl Read>) -> io::Result<String> {
    let mut text = String::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_string(&mut text)?;
    }
    Ok(text)
}

/// What `cargo metadata` tells of a project.
#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    source: Option<String>,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Metadata {
    /// The packages to build, by their ids: the one in `project`, or all that are in the workspace
    /// where `project` is its root.
    fn libraries(&self, project: &Path) -> Result<BTreeMap<&str, &str>, CargoError> {
        let is_root = same(project, &self.workspace_root);
        let wanted = |package: &&Package| {
            self.workspace_members.contains(&package.id)
                && (is_root || same(project, package.folder()))
        };
        let candidates: Vec<&Package> = self.packages.iter().filter(wanted).collect();
        let libraries: BTreeMap<&str, &str> = candidates
            .iter()
            .filter(|package| package.targets.iter().any(Target::is_library))
            .map(|package| (package.id.as_str(), package.name.as_str()))
            .collect();
        match libraries.is_empty() {
            true => Err(CargoError::NotCdylib {
                manifest: project.join("Cargo.toml"),
                packages: candidates
                    .iter()
                    .map(|package| package.name.clone())
                    .collect(),
            }),
            false => Ok(libraries),
        }
    }
}

impl Package {
    fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }
}

impl Target {
    fn is_library(&self) -> bool {
        self.kind.iter().any(|kind| kind == "cdylib")
    }
}

/// Whether two paths are one folder.
fn same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

/// A message of cargo, of which only artifacts are looked at.
#[derive(Debug, Deserialize)]
struct Message {
    reason: String,
    package_id: Option<String>,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// The name and file of a package's module, if that is what a message is about.
fn module_of(message: &str, id: &str) -> Option<(String, PathBuf)> {
    let message: Message = serde_json::from_str(message).ok()?;
    let target = message.target.filter(Target::is_library)?;
    let wanted = message.reason == "compiler-artifact" && message.package_id.as_deref() == Some(id);
    let is_module = |file: &PathBuf| {
        file.extension()
            .is_some_and(|extension| extension == "wasm")
    };
    let file = message.filenames.into_iter().find(is_module)?;
    wanted.then_some((target.name, file))
}

/// Why a cargo project did not compile.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CargoError {
    /// No package of the project is a library that a host could load.
    #[error(
        "{} has no function library: add `[lib]` with `crate-type = [\"cdylib\"]` to the manifest of {}",
        manifest.display(),
        if packages.is_empty() { "a package".to_owned() } else { packages.join(" or ") }
    )]
    NotCdylib {
        /// The project's manifest.
        manifest: PathBuf,
        /// The packages that were looked at.
        packages: Vec<String>,
    },
    /// Cargo could not be run, or not tell what is in the project.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Cargo described the project in a way that is not understood.
    #[error("`cargo metadata` gave something unexpected: is this cargo newer than arrowbox?")]
    Metadata(#[source] serde_json::Error),
    /// The project does not compile.
    #[error("the project does not compile{}{}", if diagnostics.is_empty() { "" } else { ":\n" }, diagnostics.trim_end())]
    Failed {
        /// What cargo and the compiler said; empty when it went to standard error.
        diagnostics: String,
        /// The command line.
        line: String,
    },
    /// The target directory can not be written.
    #[error("the target directory can not be written")]
    TargetDir(#[source] io::Error),
    /// Cargo succeeded, but there is no module.
    #[error("cargo compiled `{package}` but made no WebAssembly module of it")]
    NoModule {
        /// The package.
        package: String,
    },
}

#[cfg(test)]
mod tests;
