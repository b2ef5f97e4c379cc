//! Languages whose SDK brings the builder: Python and JavaScript.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use thiserror::Error;

use crate::{
    BuildOptions, Language, Progress, RunError,
    build::Artifact,
    command::{Environment, run},
};

/// How long a build may take. An interpreter starts, imports everything, and is written down.
const LIMIT: Duration = Duration::from_secs(15 * 60);
/// How long a program may take to say that it is there.
const TRIAL: Duration = Duration::from_secs(60);

/// A program that makes a component of a project.
struct Builder {
    program: PathBuf,
    /// What comes before the project and the place of the component.
    arguments: Vec<OsString>,
}

/// Why a project was not built by its language's SDK.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuilderError {
    /// The builder is not there.
    #[error("a project in {language} is built by its SDK, which was not found: {advice}")]
    Missing {
        /// The language.
        language: Language,
        /// How to get it.
        advice: &'static str,
    },
    /// The project does not build.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The place of the component can not be made.
    #[error("{} can not be written", path.display())]
    Write {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Builds one component, of a folder or of a single file.
pub(crate) fn build(
    language: Language,
    project: &Path,
    options: &BuildOptions,
    progress: &dyn Progress,
) -> Result<Artifact, BuilderError> {
    let cannot_write = |path: &Path| {
        let path = path.to_owned();
        move |source| BuilderError::Write { path, source }
    };
    let project = fs::canonicalize(project).map_err(cannot_write(project))?;
    let folder = match project.is_dir() {
        true => project.as_path(),
        false => project.parent().unwrap_or(&project),
    };
    let stem = match project.is_dir() {
        true => project.file_name(),
        false => project.file_stem(),
    };
    let package = stem.unwrap_or_default().to_string_lossy().into_owned();
    let target = options
        .target_dir
        .clone()
        .unwrap_or_else(|| folder.join("target"));
    let components = target.join("components");
    fs::create_dir_all(&components).map_err(cannot_write(&components))?;
    let path = components.join(format!("{package}.wasm"));

    let environment = Environment::of_process();
    let builder = find(language, folder, &environment)?;
    progress.step(&format!("building {package} with the SDK for {language}"));
    let mut command = environment.command(&builder.program);
    command
        .current_dir(folder)
        .args(&builder.arguments)
        .arg(&project)
        .arg("-o")
        .arg(&path);
    run(&mut command, LIMIT)?;
    let size = fs::metadata(&path).map_err(cannot_write(&path))?.len();
    Ok(Artifact {
        name: package.replace('-', "_"),
        package,
        path,
        size,
    })
}

fn find(
    language: Language,
    folder: &Path,
    environment: &Environment,
) -> Result<Builder, BuilderError> {
    let found = match language {
        Language::Python => python(folder, environment),
        Language::JavaScript => javascript(folder, environment),
        Language::Rust => None,
    };
    found.ok_or(BuilderError::Missing {
        language,
        advice: match language {
            Language::Python => {
                "`python -m venv .venv` in the project's folder, then \
                 `.venv/bin/pip install '<arrowbox>/guest-sdk/python[build]'`"
            }
            Language::JavaScript => {
                "`npm install --save-dev --install-links <arrowbox>/guest-sdk/js` in the project's folder"
            }
            Language::Rust => "",
        },
    })
}

/// A Python that has the builder: that of an environment of the project or above it, or the one that is active.
fn python(folder: &Path, environment: &Environment) -> Option<Builder> {
    let environments = folder
        .ancestors()
        .map(|folder| folder.join(".venv/bin/python"));
    let active =
        std::env::var_os("VIRTUAL_ENV").map(|active| PathBuf::from(active).join("bin/python"));
    let usual = ["python3", "python"]
        .into_iter()
        .filter_map(|name| environment.program(name));
    let has_builder = |program: &PathBuf| {
        let mut command = environment.command(program);
        command.args(["-c", "import arrowbox.build, componentize_py"]);
        program.is_file() && run(&mut command, TRIAL).is_ok()
    };
    let program = environments.chain(active).chain(usual).find(has_builder)?;
    Some(Builder {
        program,
        arguments: ["-m", "arrowbox.build"].map(OsString::from).into(),
    })
}

/// The SDK's command, of the project's packages or those of a folder above it, or on the search path.
fn javascript(folder: &Path, environment: &Environment) -> Option<Builder> {
    let packages = folder
        .ancestors()
        .map(|folder| folder.join("node_modules/.bin/arrowbox-sdk"));
    let program = packages
        .chain(environment.program("arrowbox-sdk"))
        .find(|program| program.is_file())?;
    Some(Builder {
        program,
        arguments: vec!["build".into()],
    })
}
