//! Functions in Go: the author's module and the SDK's, compiled to a reactor of WASI, which is made a component.

mod control;
mod reactor;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::{Value, json};
use thiserror::Error;

pub(crate) use self::reactor::componentize;
use crate::{
    Progress, RunError,
    command::{Environment, hear, run},
    project::Project,
};

/// How long a build may take. The first one on a machine compiles Go's library.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// The oldest minor version of Go 1 that exports functions of a reactor.
const OLDEST: u32 = 24;

/// Where Go's own archives are unpacked to, which is not always on the search path.
const USUAL: &str = "/usr/local/go/bin/go";

/// The SDK's module.
const SDK: &str = "arrowbox";

/// The package that imports the author's, where that is no program. It is in no folder.
const PROGRAM: &str = "arrowbox_component";

/// Where Go sees the SDK, below the author's module: a component tells where its modules were, and it has to be the same
/// on every machine. There is nothing.
const SEEN: &str = "arrowbox_sdk";

/// Why functions in Go were not compiled.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GoError {
    /// Nothing compiles Go.
    #[error(
        "functions in Go need Go 1.{OLDEST} or newer, and {found}: get it from https://go.dev/dl, or put the one that \
         is there on PATH"
    )]
    NoGo {
        /// What there is.
        found: String,
    },
    /// Go could not be run, or refuses the project.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The compiler refused the sources.
    #[error("the project does not compile:\n{}", said.trim_end())]
    Compile {
        /// What it said.
        said: String,
    },
    /// A file or folder can not be read or written.
    #[error("{} can not be read or written", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl GoError {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

/// A core module, and the name of the module of sources that it was made of.
pub(crate) struct Compiled {
    pub(crate) core: Vec<u8>,
    pub(crate) name: String,
}

/// Compiles a project with the SDK in the folder `sdk`.
pub(crate) fn compile(
    project: &Project,
    sdk: &Path,
    environment: &Environment,
    progress: &dyn Progress,
) -> Result<Compiled, GoError> {
    let program = find(environment)?;
    let place = tempfile::tempdir().map_err(GoError::file(Path::new("a temporary folder")))?;
    let module = Module::of(project, place.path())?;
    let build = Build {
        program: &program,
        module: &module,
        place: place.path(),
        environment,
    };
    progress.step(&format!("compiling {} with Go", project.name));
    let overlay = build.manifest(sdk)?;
    let (package, path) = build.package(overlay)?;
    let core = build.link(&package, &path)?;
    let last = path.rsplit('/').next().unwrap_or(&path);
    let name = match module.is_made {
        true => project.name.clone(),
        false => last.to_owned(),
    };
    Ok(Compiled { core, name })
}

/// Go, if it is new enough.
fn find(environment: &Environment) -> Result<PathBuf, GoError> {
    let usual = PathBuf::from(USUAL);
    let program = environment.program("go");
    let Some(program) = program.or_else(|| usual.is_file().then_some(usual)) else {
        return Err(GoError::NoGo {
            found: "there is no `go` on PATH".to_owned(),
        });
    };
    let mut command = environment.command(&program);
    command.args(["env", "GOVERSION"]);
    let version = run(&mut command, LIMIT)?;
    match minor(version.trim()) {
        Some(minor) if minor < OLDEST => Err(GoError::NoGo {
            found: format!("{} is {}", program.display(), version.trim()),
        }),
        _ => Ok(program),
    }
}

/// Where Go is, if it is new enough.
///
/// # Errors
///
/// When it is not there, or is older than what is needed.
pub fn go_compiler() -> Result<PathBuf, GoError> {
    find(&Environment::of_process())
}

/// The minor version of a release of Go 1; none of a version that is being developed.
fn minor(version: &str) -> Option<u32> {
    let rest = version.strip_prefix("go1.")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// The folder of a module of sources.
struct Module {
    folder: PathBuf,
    /// What is in its `go.mod`, and in its `go.sum`.
    manifest: String,
    sums: Option<String>,
    /// It was made for sources that are in no module.
    is_made: bool,
}

impl Module {
    fn of(project: &Project, place: &Path) -> Result<Self, GoError> {
        let manifest = project.folder.join("go.mod");
        if !project.path.is_file() && manifest.is_file() {
            let sums = project.folder.join("go.sum");
            return Ok(Self {
                folder: project.folder.clone(),
                manifest: fs::read_to_string(&manifest).map_err(GoError::file(&manifest))?,
                sums: fs::read_to_string(sums).ok(),
                is_made: false,
            });
        }
        let folder = place.join("source");
        fs::create_dir(&folder).map_err(GoError::file(&folder))?;
        for source in sources(project)? {
            let copy = folder.join(source.file_name().unwrap_or_default());
            fs::copy(&source, &copy).map_err(GoError::file(&source))?;
        }
        let manifest = format!("module {}\n\ngo 1.{OLDEST}\n", module_path(&project.name));
        let path = folder.join("go.mod");
        fs::write(&path, &manifest).map_err(GoError::file(&path))?;
        Ok(Self {
            folder,
            manifest,
            sums: None,
            is_made: true,
        })
    }
}

/// The single source of a project, or those in its folder.
fn sources(project: &Project) -> Result<Vec<PathBuf>, GoError> {
    if project.path.is_file() {
        return Ok(vec![project.path.clone()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(&project.folder).map_err(GoError::file(&project.folder))? {
        let path = entry.map_err(GoError::file(&project.folder))?.path();
        if path.extension().is_some_and(|end| end == "go") {
            found.push(path);
        }
    }
    Ok(found)
}

/// The path of a module of this name, below what no package of Go's library is below.
fn module_path(name: &str) -> String {
    let known = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name = name.chars().map(|c| if known(c) { c } else { '_' });
    format!("example/{}", name.collect::<String>())
}

/// Files that Go sees where they are not.
struct Overlay(serde_json::Map<String, Value>);

impl Overlay {
    fn new() -> Self {
        Self(serde_json::Map::new())
    }

    fn put(&mut self, seen: &Path, file: &Path) {
        let file = Value::String(file.display().to_string());
        self.0.insert(seen.display().to_string(), file);
    }

    /// Lets the sources of the module in a folder be seen elsewhere.
    fn show(&mut self, folder: &Path, seen: &Path) -> Result<(), GoError> {
        let folder = fs::canonicalize(folder).map_err(GoError::file(folder))?;
        for entry in fs::read_dir(&folder).map_err(GoError::file(&folder))? {
            let path = entry.map_err(GoError::file(&folder))?.path();
            let name = path.file_name().unwrap_or_default();
            if name == "go.mod" || path.extension().is_some_and(|end| end == "go") {
                self.put(&seen.join(name), &path);
            }
        }
        Ok(())
    }

    fn written(&self) -> String {
        json!({ "Replace": self.0 }).to_string()
    }
}

/// One build, in a folder of its own.
struct Build<'a> {
    program: &'a Path,
    module: &'a Module,
    place: &'a Path,
    environment: &'a Environment,
}

impl Build<'_> {
    /// Go, in the module and for the reactor.
    fn go(&self, arguments: &[&str]) -> Command {
        let mut command = self.environment.command(self.program);
        command
            .current_dir(&self.module.folder)
            .envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("GOWORK", "off")])
            .args(arguments);
        command
    }

    /// Options of all commands that read the module: its manifest has the SDK, whether or not the author's has.
    fn options(&self) -> [String; 3] {
        let manifest = self.place.join("go.mod");
        let overlay = self.place.join("overlay.json");
        [
            format!("-modfile={}", manifest.display()),
            format!("-overlay={}", overlay.display()),
            "-mod=mod".to_owned(),
        ]
    }

    fn write(&self, name: &str, content: &str) -> Result<PathBuf, GoError> {
        let path = self.place.join(name);
        fs::write(&path, content).map_err(GoError::file(&path))?;
        Ok(path)
    }

    /// Writes a manifest like the author's, that says where the SDK is. If the author's says it already, it is that one.
    fn manifest(&self, sdk: &Path) -> Result<Overlay, GoError> {
        let manifest = self.write("go.mod", &self.module.manifest)?;
        if let Some(sums) = &self.module.sums {
            self.write("go.sum", sums)?;
        }
        let manifest = manifest.display().to_string();
        let said = run(&mut self.go(&["mod", "edit", "-json", &manifest]), LIMIT)?;
        let said: Value = serde_json::from_str(&said).unwrap_or_default();
        let replaced = said["Replace"].as_array().into_iter().flatten();
        let mut own = replaced
            .filter(|replaced| replaced["Old"]["Path"] == SDK)
            .filter_map(|replaced| replaced["New"]["Path"].as_str())
            .map(|path| self.module.folder.join(path))
            .filter(|folder| folder.join("go.mod").is_file());
        let mut overlay = Overlay::new();
        overlay.show(
            &own.next().unwrap_or(sdk.to_owned()),
            &self.module.folder.join(SEEN),
        )?;
        let require = format!("-require={SDK}@v{}", env!("CARGO_PKG_VERSION"));
        let replace = format!("-replace={SDK}=./{SEEN}");
        run(
            &mut self.go(&["mod", "edit", &require, &replace, &manifest]),
            LIMIT,
        )?;
        Ok(overlay)
    }

    /// What is built, and the path of the author's package. What is no program is imported by one.
    fn package(&self, mut overlay: Overlay) -> Result<(String, String), GoError> {
        self.write("overlay.json", &overlay.written())?;
        let mut list = self.go(&["list", "-e", "-f", "{{.Name}} {{.ImportPath}}"]);
        let said = run(list.args(self.options()).arg("."), LIMIT)?;
        let (name, path) = said.trim().split_once(' ').unwrap_or_default();
        if name == "main" {
            return Ok((".".to_owned(), path.to_owned()));
        }
        let source = format!("package main\n\nimport _ {path:?}\n\nfunc main() {{}}\n");
        let source = self.write("main.go", &source)?;
        overlay.put(&self.module.folder.join(PROGRAM).join("main.go"), &source);
        self.write("overlay.json", &overlay.written())?;
        Ok((format!("./{PROGRAM}"), path.to_owned()))
    }

    fn link(&self, package: &str, path: &str) -> Result<Vec<u8>, GoError> {
        let core = self.place.join("core.wasm");
        let mut build = self.go(&[
            "build",
            "-trimpath",
            "-buildvcs=false",
            "-buildmode=c-shared",
        ]);
        build.args(self.options());
        // Whose lines a panic is reported with.
        build.arg(format!("-ldflags=-w -X {SDK}.project={path}"));
        build.arg("-o").arg(&core).arg(package);
        hear(&mut build, LIMIT).map_err(|error| match error {
            RunError::Failed { said, .. } => GoError::Compile { said },
            other => GoError::Run(other),
        })?;
        fs::read(&core).map_err(GoError::file(&core))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_minor_number() {
        for (version, expected) in [
            ("go1.26.8", Some(26)),
            ("go1.9", Some(9)),
            ("go1.25rc1", Some(25)),
            ("devel go1.27-abc", None),
        ] {
            assert_eq!(minor(version), expected, "{version}");
        }
    }

    #[test]
    fn a_module_made_for_a_source_has_a_name_that_go_takes() {
        for (name, expected) in [
            ("gcd", "example/gcd"),
            ("my functions", "example/my_functions"),
            ("strings", "example/strings"),
            ("größe", "example/gr__e"),
        ] {
            assert_eq!(module_path(name), expected);
        }
    }
}
