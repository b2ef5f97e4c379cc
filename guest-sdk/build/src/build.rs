//! Building the functions in a folder, whatever their language.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::{
    CargoError, ComponentError, Diagnostics, Language, LanguageError, NoToolchain, Progress,
    Toolchain,
    builder::{self, BuilderError},
    cargo::{self, Module},
    componentize, file,
};

/// How to build.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// The Rust toolchain to use; one is looked for where this is `None`.
    pub toolchain: Option<Toolchain>,
    /// Where intermediate files and components go; the project's own target directory where this
    /// is `None`. Whatever `CARGO_TARGET_DIR` says is not looked at.
    pub target_dir: Option<PathBuf>,
    /// Where the compiler's messages go.
    pub diagnostics: Diagnostics,
}

/// A component that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Artifact {
    /// The package that it was built from.
    pub package: String,
    /// The name of its library, which is the package's with underscores unless the package says
    /// otherwise.
    pub name: String,
    /// Where the component is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
}

/// Builds every function library in `project` to a component.
///
/// A cargo package gives one component, a workspace one for each of its `cdylib` packages; a project in Python or
/// JavaScript, a folder or a single file, gives one; a core module in a `.wasm` file becomes one. They
/// are written to `components/<package>.wasm` in the target directory; a file there is replaced in
/// one step, and only after everything was built.
///
/// # Errors
///
/// When there is nothing to build in `project`, no toolchain to build it with, or when it does not
/// compile; and when what was compiled can not be a component.
pub fn build(
    project: &Path,
    options: &BuildOptions,
    progress: &dyn Progress,
) -> Result<Vec<Artifact>, BuildError> {
    if project.extension().is_some_and(|end| end == "wasm") && project.is_file() {
        return Ok(vec![of_core_module(project, options)?]);
    }
    let compiled = match Language::detect(project)? {
        language @ (Language::Python | Language::JavaScript) => {
            return Ok(vec![builder::build(language, project, options, progress)?]);
        }
        Language::Rust => {
            let found;
            let toolchain = match &options.toolchain {
                Some(toolchain) => toolchain,
                None => {
                    found = Toolchain::find(progress)?;
                    &found
                }
            };
            cargo::compile(project, toolchain, options, progress)?
        }
    };
    let components = compiled
        .modules
        .into_iter()
        .map(Component::of)
        .collect::<Result<Vec<_>, _>>()?;
    let write = |component: Component| component.write(&compiled.target_dir);
    components.into_iter().map(write).collect()
}

/// A component of a core module that something else has compiled, such as a compiler for C.
fn of_core_module(path: &Path, options: &BuildOptions) -> Result<Artifact, BuildError> {
    let package = path.file_stem().unwrap_or_default();
    let package = package.to_string_lossy().into_owned();
    let target_dir = options.target_dir.clone().unwrap_or_else(|| {
        let folder = path.parent().unwrap_or(Path::new("."));
        folder.join("target")
    });
    let component = Component::of(Module {
        name: package.replace('-', "_"),
        package,
        path: path.to_owned(),
    })?;
    component.write(&target_dir)
}

/// A component that is not written yet.
struct Component {
    package: String,
    name: String,
    bytes: Vec<u8>,
}

impl Component {
    fn of(module: Module) -> Result<Self, BuildError> {
        let Module {
            package,
            name,
            path,
        } = module;
        let core = fs::read(&path).map_err(|source| BuildError::Read { path, source })?;
        match componentize(&core) {
            Ok(bytes) => Ok(Self {
                package,
                name,
                bytes,
            }),
            Err(source) => Err(BuildError::Component { package, source }),
        }
    }

    /// Puts it among the components of a target directory.
    fn write(self, target_dir: &Path) -> Result<Artifact, BuildError> {
        let path = target_dir
            .join("components")
            .join(format!("{}.wasm", self.package));
        if let Err(source) = file::write(&path, &self.bytes, file::DATA) {
            return Err(BuildError::Write { path, source });
        }
        Ok(Artifact {
            package: self.package,
            name: self.name,
            path,
            size: self.bytes.len() as u64,
        })
    }
}

/// Why [`build`] failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no project of a supported language.
    #[error(transparent)]
    Language(#[from] LanguageError),
    /// There is no toolchain, and none could be made.
    #[error(transparent)]
    Toolchain(#[from] NoToolchain),
    /// The SDK of the project's language did not build it.
    #[error(transparent)]
    Builder(#[from] BuilderError),
    /// Cargo did not compile the project.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// What was compiled is not a function library.
    #[error("package `{package}` does not make a component")]
    Component {
        /// The package.
        package: String,
        /// Why not.
        #[source]
        source: ComponentError,
    },
    /// What was compiled can not be read.
    #[error("{} can not be read", path.display())]
    Read {
        /// The core module.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The component can not be written.
    #[error("{} can not be written", path.display())]
    Write {
        /// The component's file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_project_is_refused_before_anything_runs() {
        let folder = tempfile::tempdir().unwrap();
        let step = |text: &str| panic!("{text}");
        let error = build(folder.path(), &BuildOptions::default(), &step).unwrap_err();
        assert!(matches!(
            error,
            BuildError::Language(LanguageError::Unknown(_))
        ));
    }
}
