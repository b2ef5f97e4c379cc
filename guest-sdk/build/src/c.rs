//! Functions in C and C++: the sources and the SDK's own, compiled and linked to a core module.

mod compiler;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use thiserror::Error;

use self::compiler::{Compiler, Dialect};
pub use self::compiler::{NoCompiler, c_compiler};
use crate::{
    Progress, RunError,
    command::{Environment, hear},
    project::Project,
};

/// How long one source may take. Zig compiles its C library with the first.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Flags of a project's own, one in a line, as editors read them.
const FLAGS: &str = "compile_flags.txt";

/// What stands in for parts of the C library comes before anything asks the library for them.
const FIRST: &str = "libc.c";

/// What the linker looks for in vain where a library exports nothing.
const LIBRARY: &str = "arrowbox_library";

/// A core module, and what the compiler said of it.
pub(crate) struct Compiled {
    pub(crate) core: Vec<u8>,
    pub(crate) warnings: String,
}

/// Compiles a project with the SDK in the folder `sdk`.
pub(crate) fn compile(
    project: &Project,
    sdk: &Path,
    environment: &Environment,
    progress: &dyn Progress,
) -> Result<Compiled, CError> {
    let sources = sources(&project.path)?;
    let flags = flags(&project.folder)?;
    let is_cpp = |source: &PathBuf| Dialect::of(source) == Some(Dialect::Cpp);
    let dialect = match sources.iter().any(is_cpp) {
        true => Dialect::Cpp,
        false => Dialect::C,
    };
    let compiler = Compiler::find(dialect, project.pythons(), environment)?;
    progress.step(&format!("compiling {} with {compiler}", project.name));
    let folder = tempfile::tempdir().map_err(CError::Folder)?;
    let build = Build {
        project,
        sdk,
        folder: folder.path(),
        compiler: &compiler,
        environment,
        flags: &flags,
    };
    let (objects, warnings) = build.objects(&sources)?;
    Ok(Compiled {
        core: build.link(dialect, &objects)?,
        warnings,
    })
}

/// The sources of a project: the single one, or those in its folder, or in the folder `src` if it has none.
fn sources(project: &Path) -> Result<Vec<PathBuf>, CError> {
    if project.is_file() {
        return Ok(project.file_name().map(PathBuf::from).into_iter().collect());
    }
    let unreadable = |source| CError::Read {
        path: project.to_owned(),
        source,
    };
    for part in ["", "src"] {
        let folder = project.join(part);
        if !folder.is_dir() {
            continue;
        }
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let name = PathBuf::from(entry.map_err(unreadable)?.file_name());
            if Dialect::of(&name).is_some() && !is_test(&name) {
                found.push(Path::new(part).join(name));
            }
        }
        if !found.is_empty() {
            found.sort();
            return Ok(found);
        }
    }
    Err(CError::NoSource {
        folder: project.to_owned(),
    })
}

/// Whether a source runs on the machine itself, to test the others.
fn is_test(name: &Path) -> bool {
    let stem = name.file_stem().unwrap_or_default().to_string_lossy();
    stem.starts_with("test_") || stem.ends_with("_test")
}

/// The project's own flags.
fn flags(folder: &Path) -> Result<Vec<String>, CError> {
    let path = folder.join(FLAGS);
    match fs::read_to_string(&path) {
        Ok(text) => {
            let lines = text.lines().map(str::trim);
            Ok(lines
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(CError::Read { path, source }),
    }
}

/// One build, in a folder of its own.
struct Build<'a> {
    project: &'a Project,
    sdk: &'a Path,
    folder: &'a Path,
    compiler: &'a Compiler,
    environment: &'a Environment,
    flags: &'a [String],
}

/// A source, and what it is compiled to.
struct Unit {
    source: PathBuf,
    object: PathBuf,
    dialect: Dialect,
    is_own: bool,
}

impl Build<'_> {
    /// Compiles everything, as many at once as there are processors. Gives the objects in the order in which they are
    /// linked, and what the compiler said of the project's own sources.
    fn objects(&self, sources: &[PathBuf]) -> Result<(Vec<PathBuf>, String), CError> {
        let units = self.units(sources)?;
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            while let Some(unit) = units.get(next.fetch_add(1, Ordering::Relaxed)) {
                done.push((unit, hear(&mut self.compile(unit), LIMIT)));
            }
            done
        };
        let count = thread::available_parallelism().map_or(1, Into::into);
        let mut done: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
            let joined = threads.into_iter().map(|thread| thread.join());
            joined.flat_map(Result::unwrap_or_default).collect()
        });
        done.sort_by(|(one, _), (other, _)| one.object.cmp(&other.object));
        let (mut warnings, mut errors) = (String::new(), String::new());
        for (unit, result) in done {
            match result {
                Ok((_, said)) if unit.is_own => warnings += &said,
                Ok(_) => {}
                Err(RunError::Failed { said, .. }) if unit.is_own => errors += &said,
                Err(error) => return Err(error.into()),
            }
        }
        match errors.is_empty() {
            true => Ok((
                units.into_iter().map(|unit| unit.object).collect(),
                warnings,
            )),
            false => Err(CError::Compile { said: errors }),
        }
    }

    fn units(&self, sources: &[PathBuf]) -> Result<Vec<Unit>, CError> {
        let own = sources.iter().map(|source| (source.clone(), true));
        let folder = self.sdk.join("src");
        let unreadable = |source| CError::Read {
            path: folder.clone(),
            source,
        };
        let mut library = vec![self.sdk.join("bindings/native.c")];
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if Dialect::of(&path).is_some() && !path.ends_with(FIRST) {
                library.push(path);
            }
        }
        library.sort();
        let first = (folder.join(FIRST), false);
        let library = library.into_iter().map(|source| (source, false));
        let all = [first].into_iter().chain(own).chain(library);
        let unit = |(index, (source, is_own)): (usize, (PathBuf, bool))| Unit {
            object: self.folder.join(format!("{index:03}.o")),
            dialect: Dialect::of(&source).unwrap_or(Dialect::C),
            source,
            is_own,
        };
        Ok(all.enumerate().map(unit).collect())
    }

    /// Compiles a source. Paths in it are those below its folder, so that the same source gives the same bytes
    /// anywhere. Assertions stay, which Zig would take away.
    fn compile(&self, unit: &Unit) -> Command {
        let mut command = self.compiler.command(unit.dialect, self.environment);
        let sdk = self.sdk.display();
        let folder = self.project.folder.display();
        command
            .current_dir(&self.project.folder)
            .args(["-c", "-O2", "-msimd128", "-UNDEBUG"])
            .args(unit.dialect.flags())
            .arg(format!("-ffile-prefix-map={sdk}=arrowbox"))
            .arg(format!("-ffile-prefix-map={folder}/="))
            .arg(format!("-I{sdk}/include"));
        match unit.is_own {
            true => command
                .args(["-Wall", "-Wextra", "-Wno-missing-field-initializers"])
                .args(self.flags),
            false => command.arg(format!("-I{sdk}/bindings")),
        };
        command.arg(&unit.source).arg("-o").arg(&unit.object);
        command
    }

    fn link(&self, dialect: Dialect, objects: &[PathBuf]) -> Result<Vec<u8>, CError> {
        let core = self.folder.join("core.wasm");
        let mut command = self.compiler.command(dialect, self.environment);
        command
            .args(["-O2", "-msimd128", "-mexec-model=reactor"])
            .args(["-Wl,-z,stack-size=1048576", "-Wl,--strip-debug"])
            .args(objects)
            .arg(self.sdk.join("bindings/native_component_type.o"))
            .args(self.compiler.link_flags())
            .arg("-o")
            .arg(&core);
        match hear(&mut command, LIMIT) {
            Ok(_) => fs::read(&core).map_err(|source| CError::Read { path: core, source }),
            Err(RunError::Failed { said, .. }) if said.contains(LIBRARY) => Err(CError::NoExport),
            Err(RunError::Failed { said, .. }) => Err(CError::Link { said }),
            Err(error) => Err(error.into()),
        }
    }
}

/// Why there is no module of sources in C.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CError {
    /// The folder has no source, besides tests.
    #[error("{} has no `.c` or `.cpp` file to build, and neither has its folder `src`", folder.display())]
    NoSource {
        /// The folder.
        folder: PathBuf,
    },
    /// Nothing compiles C for WebAssembly.
    #[error(transparent)]
    NoCompiler(#[from] NoCompiler),
    /// The compiler could not be run, or does not compile the SDK.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The compiler refused the sources.
    #[error("the project does not compile:\n{}", said.trim_end())]
    Compile {
        /// What it said.
        said: String,
    },
    /// The linker refused the objects.
    #[error("the project does not link:\n{}", said.trim_end())]
    Link {
        /// What it said.
        said: String,
    },
    /// No source says which functions there are.
    #[error(
        "the project exports no function: put `ARROWBOX_EXPORT(&gcd_function);` into one of its sources, with its \
         functions"
    )]
    NoExport,
    /// A file or folder can not be read.
    #[error("{} can not be read", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There is no folder to build in.
    #[error("a temporary folder can not be made")]
    Folder(#[source] io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_those_of_the_folder_or_of_src_without_tests_and_headers() {
        let folder = tempfile::tempdir().unwrap();
        let add = |name: &str| fs::write(folder.path().join(name), "").unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        assert!(matches!(
            sources(folder.path()),
            Err(CError::NoSource { .. })
        ));
        for name in ["src/b.cpp", "src/a.c", "src/a.h", "test_a.c", "a_test.cpp"] {
            add(name);
        }
        let found = sources(folder.path()).unwrap();
        assert_eq!(found, [Path::new("src/a.c"), Path::new("src/b.cpp")]);
        add("gcd.c");
        assert_eq!(sources(folder.path()).unwrap(), [Path::new("gcd.c")]);
        let single = folder.path().join("src/b.cpp");
        assert_eq!(sources(&single).unwrap(), [Path::new("b.cpp")]);
    }

    #[test]
    fn flags_of_the_project_are_lines() {
        let folder = tempfile::tempdir().unwrap();
        assert!(flags(folder.path()).unwrap().is_empty());
        fs::write(folder.path().join(FLAGS), "-DFAST\n\n  -Iinclude\n").unwrap();
        assert_eq!(flags(folder.path()).unwrap(), ["-DFAST", "-Iinclude"]);
    }
}
