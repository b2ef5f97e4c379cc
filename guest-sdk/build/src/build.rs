//! Building the functions in a folder, whatever their language.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::{
    BuilderError, CError, CargoError, ComponentError, Diagnostics, GoError, Language,
    LanguageError, NoToolchain, Progress, Sdk, Toolchain, UnpackError,
    builder::{Builder, Search},
    c,
    cargo::{self, Module},
    command::Environment,
    componentize, file, go, javascript,
    project::Project,
    python,
};

/// How to build.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// The language of the project; it is told by its files where this is `None`.
    pub language: Option<Language>,
    /// The Rust toolchain to use; one is looked for where this is `None`.
    pub toolchain: Option<Toolchain>,
    /// Where intermediate files and components go; the project's own target directory where this
    /// is `None`. Whatever `CARGO_TARGET_DIR` says is not looked at.
    pub target_dir: Option<PathBuf>,
    /// Where SDKs are unpacked, and what languages need to build is kept; Arrowbox's folder among the user's data
    /// where this is `None`.
    pub data_dir: Option<PathBuf>,
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
    /// What the compiler said although it compiled; empty for languages whose compiler is not heard.
    pub warnings: String,
}

/// Builds every function library in `project` to a component.
///
/// A cargo package gives one component, a workspace one for each of its `cdylib` packages; a project in another
/// language, a folder or a single file, gives one; a core module in a `.wasm` file becomes one. They
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
    let language = match options.language {
        Some(language) => language,
        None => Language::detect(project)?,
    };
    let sources = || Sources::of(project, options, progress);
    let artifact = match language {
        Language::Rust => return of_cargo(project, options, progress),
        Language::C => sources()?.of_c(),
        Language::Go => sources()?.of_go(),
        Language::Python => sources()?.of_builder(language, python::find),
        Language::JavaScript => sources()?.of_builder(language, javascript::find),
    };
    Ok(vec![artifact?])
}

/// The components of a cargo project.
fn of_cargo(
    project: &Path,
    options: &BuildOptions,
    progress: &dyn Progress,
) -> Result<Vec<Artifact>, BuildError> {
    let found;
    let toolchain = match &options.toolchain {
        Some(toolchain) => toolchain,
        None => {
            found = Toolchain::find(progress)?;
            &found
        }
    };
    let compiled = cargo::compile(project, toolchain, options, progress)?;
    let components = compiled
        .modules
        .into_iter()
        .map(Component::of)
        .collect::<Result<Vec<_>, _>>()?;
    let folder = compiled.target_dir.join("components");
    let write = |component: Component| component.write(&folder);
    components.into_iter().map(write).collect()
}

/// A component of a core module that something else has compiled.
fn of_core_module(path: &Path, options: &BuildOptions) -> Result<Artifact, BuildError> {
    let project = project_of(path, options)?;
    let component = Component::of(Module {
        name: project.name.replace('-', "_"),
        package: project.name,
        path: project.path,
    })?;
    component.write(&project.components)
}

fn project_of(path: &Path, options: &BuildOptions) -> Result<Project, BuildError> {
    Project::of(path, options).map_err(BuildError::read(path))
}

/// Sources in a language whose SDK the command brings, and what they are built with.
struct Sources<'a> {
    project: Project,
    environment: Environment,
    /// Arrowbox's folder among the user's data.
    data: PathBuf,
    sdk: Sdk,
    progress: &'a dyn Progress,
}

impl<'a> Sources<'a> {
    fn of(
        path: &Path,
        options: &BuildOptions,
        progress: &'a dyn Progress,
    ) -> Result<Self, BuildError> {
        let project = project_of(path, options)?;
        let environment = Environment::of_process();
        let data = options.data_dir.as_ref().or(environment.data.as_ref());
        let data = data.cloned().ok_or(BuildError::NoHome)?;
        let sdk = Sdk::unpack(&data)?;
        Ok(Self {
            project,
            environment,
            data,
            sdk,
            progress,
        })
    }

    /// A component of sources in C and C++.
    fn of_c(self) -> Result<Artifact, BuildError> {
        let sdk = self.sdk.of(Language::C);
        let compiled = c::compile(&self.project, &sdk, &self.environment, self.progress)?;
        let component = componentize(&compiled.core);
        let component = Component::named_as(self.project.name, component)?;
        let artifact = component.write(&self.project.components)?;
        Ok(Artifact {
            warnings: compiled.warnings,
            ..artifact
        })
    }

    /// A component of a module of Go, or of sources that are in none.
    fn of_go(self) -> Result<Artifact, BuildError> {
        let sdk = self.sdk.of(Language::Go);
        let compiled = go::compile(&self.project, &sdk, &self.environment, self.progress)?;
        let step = format!("making {} a component", self.project.name);
        self.progress.step(&step);
        let component = go::componentize(&compiled.core, &self.sdk.contract());
        Component::named_as(compiled.name, component)?.write(&self.project.components)
    }

    /// A component that the builder of a language's SDK makes.
    fn of_builder(
        self,
        language: Language,
        find: fn(&Search<'_>) -> Result<Builder, BuilderError>,
    ) -> Result<Artifact, BuildError> {
        let builder = find(&Search {
            project: &self.project,
            sdk: &self.sdk.of(language),
            data: &self.data,
            environment: &self.environment,
            progress: self.progress,
        })?;
        let name = &self.project.name;
        let step = format!("building {name} with the SDK for {language}");
        self.progress.step(&step);
        let path = builder.build(&self.project, &self.environment)?;
        let size = fs::metadata(&path).map(|file| file.len());
        let package = path.file_stem().unwrap_or_default();
        let package = package.to_string_lossy().into_owned();
        Ok(Artifact {
            name: package.replace('-', "_"),
            package,
            size: size.map_err(BuildError::read(&path))?,
            path,
            warnings: String::new(),
        })
    }
}

/// A component that is not written yet.
struct Component {
    package: String,
    name: String,
    bytes: Vec<u8>,
}

impl Component {
    fn of(module: Module) -> Result<Self, BuildError> {
        let core = fs::read(&module.path).map_err(BuildError::read(&module.path))?;
        Ok(Self {
            name: module.name,
            ..Self::named_as(module.package, componentize(&core))?
        })
    }

    /// What was made of a package, whose name its library has.
    fn named_as(
        package: String,
        made: Result<Vec<u8>, ComponentError>,
    ) -> Result<Self, BuildError> {
        match made {
            Ok(bytes) => Ok(Self {
                name: package.replace('-', "_"),
                package,
                bytes,
            }),
            Err(source) => Err(BuildError::Component { package, source }),
        }
    }

    /// Puts it among the components in a folder.
    fn write(self, components: &Path) -> Result<Artifact, BuildError> {
        let path = components.join(format!("{}.wasm", self.package));
        if let Err(source) = file::write(&path, &self.bytes, file::DATA) {
            return Err(BuildError::Write { path, source });
        }
        Ok(Artifact {
            package: self.package,
            name: self.name,
            path,
            size: self.bytes.len() as u64,
            warnings: String::new(),
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
    /// There is no place for the SDKs.
    #[error("there is no home directory to keep the SDK in: set ARROWBOX_DATA_DIR to a folder")]
    NoHome,
    /// The SDKs can not be put there.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// The sources in C do not make a module.
    #[error(transparent)]
    C(#[from] CError),
    /// The sources in Go do not make a module.
    #[error(transparent)]
    Go(#[from] GoError),
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
    /// The project, or what was compiled, can not be read.
    #[error("{} can not be read", path.display())]
    Read {
        /// The file or folder.
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

impl BuildError {
    /// Says which file it was.
    fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }
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
