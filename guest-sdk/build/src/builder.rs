//! Languages whose SDK brings the builder: Python and JavaScript.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use thiserror::Error;

use crate::{
    Language, Progress, RunError,
    command::{Environment, run},
    home::Home,
    project::Project,
};

/// How long a build may take, or an installation. An interpreter starts, imports everything, and is written down.
const LIMIT: Duration = Duration::from_secs(15 * 60);
/// How long a program may take to say that it is there.
const TRIAL: Duration = Duration::from_secs(60);
/// What comes before the reason, when a builder fails.
const ERROR: &str = "error: ";

/// Where a builder is looked for.
pub(crate) struct Search<'a> {
    pub(crate) project: &'a Project,
    /// The folder of the language's SDK.
    pub(crate) sdk: &'a Path,
    /// Arrowbox's data directory.
    pub(crate) data: &'a Path,
    pub(crate) environment: &'a Environment,
    pub(crate) progress: &'a dyn Progress,
}

/// A program that makes a component of a project.
pub(crate) struct Builder {
    pub(crate) program: PathBuf,
    /// What comes before the project and the place of the component.
    pub(crate) arguments: Vec<OsString>,
    pub(crate) variables: Vec<(&'static str, OsString)>,
}

impl Builder {
    /// Builds one component, which the SDK names, and says where it is.
    pub(crate) fn build(
        &self,
        project: &Project,
        environment: &Environment,
    ) -> Result<PathBuf, BuilderError> {
        let components = &project.components;
        fs::create_dir_all(components).map_err(BuilderError::file(components))?;
        let mut command = environment.command(&self.program);
        command
            .current_dir(&project.folder)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .args(&self.arguments)
            .arg(&project.path)
            .arg("-o")
            .arg(components);
        match run(&mut command, LIMIT) {
            Ok(said) => Ok(project.folder.join(said.lines().last().unwrap_or_default())),
            Err(RunError::Failed { said, .. }) if said.contains(ERROR) => {
                let at = said.find(ERROR).map_or(0, |at| at + ERROR.len());
                let said = said[at..].trim_end().to_owned();
                Err(BuilderError::Failed { said })
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Search<'_> {
    /// Whether a program that is asked something answers.
    pub(crate) fn answers(&self, program: &Path, question: &[&str]) -> bool {
        self.ask(program, question).is_some()
    }

    /// What a program answers.
    pub(crate) fn ask(&self, program: &Path, question: &[&str]) -> Option<String> {
        let mut command = self.environment.command(program);
        run(command.args(question), TRIAL).ok()
    }

    /// Runs a step of an installation, in a folder.
    pub(crate) fn install(
        &self,
        program: &Path,
        arguments: &[&str],
        folder: &Path,
    ) -> Result<(), RunError> {
        let mut command = self.environment.command(program);
        run(command.args(arguments).current_dir(folder), LIMIT).map(drop)
    }

    /// Makes what a language's builder needs, once for this machine, unless it is there and `is_whole`: a folder with a
    /// name that tells what is in it.
    pub(crate) fn once(
        &self,
        language: Language,
        name: &str,
        contents: &str,
        is_whole: impl Fn(&Path) -> bool,
        make: impl FnOnce(&Path) -> Result<(), BuilderError>,
    ) -> Result<PathBuf, BuilderError> {
        let digest = blake3::hash(contents.as_bytes()).to_hex();
        let home = Home::new(self.data.to_owned(), format!("{name}-{}", &digest[..8]));
        let place = home.place();
        if is_whole(&place) {
            return Ok(place);
        }
        let _lock = home
            .lock(self.progress)
            .map_err(BuilderError::file(&place))?;
        if is_whole(&place) {
            return Ok(place);
        }
        let step = format!("installing what builds {language}, once for this machine");
        self.progress.step(&step);
        let staging = home.staging().map_err(BuilderError::file(&place))?;
        let made = staging.path().join(name);
        fs::create_dir(&made).map_err(BuilderError::file(&made))?;
        make(&made)?;
        let installed = home.install(&made, &staging);
        installed.map_err(BuilderError::file(&place))?;
        Ok(place)
    }
}

/// Why a project was not built by its language's SDK.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuilderError {
    /// A program that the language needs is not there, or too old.
    #[error("functions in {language} are built with {what}: {advice}")]
    Missing {
        /// The language.
        language: Language,
        /// What it needs.
        what: &'static str,
        /// How to get it.
        advice: String,
    },
    /// What builds the language could not be installed.
    #[error("what builds {language} can not be installed; {advice}")]
    Install {
        /// The language.
        language: Language,
        /// How it could be.
        advice: &'static str,
        /// What failed.
        #[source]
        source: RunError,
    },
    /// The project does not build.
    #[error("the project does not build: {said}")]
    Failed {
        /// What the builder said of it.
        said: String,
    },
    /// The builder did not run, or did not end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A file or folder can not be made.
    #[error("{} can not be written", path.display())]
    Write {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl BuilderError {
    /// Says which file it was.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }
}
