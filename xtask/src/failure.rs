//! Why a command ended early.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use arrowbox_build::{BuildError, NoToolchain};
use thiserror::Error;

/// Why a command ended early.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("`{command}` could not be started")]
    Start {
        command: String,
        #[source]
        source: io::Error,
    },
    #[error("`{command}` failed ({status})")]
    Failed { command: String, status: ExitStatus },
    #[error("`cargo metadata` said something else than expected: no {0:?}")]
    Metadata(&'static str),
    #[error("{what} is not JSON")]
    Json {
        what: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("{}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("guests can not be built on this machine")]
    Toolchain(#[source] Box<NoToolchain>),
    #[error("the guests of {} can not be built", project.display())]
    Guests {
        project: PathBuf,
        #[source]
        source: Box<BuildError>,
    },
    #[error("two guests are both called {0}: components are found by name")]
    SameName(String),
    #[error("functions in {language} can not be built: {missing}")]
    Lacking {
        language: &'static str,
        missing: String,
    },
    /// Cargo has said all there is to say.
    #[error("tests failed")]
    Tests,
    #[error("{0} lines break what ARCHITECTURE.md says")]
    Untidy(usize),
}

impl Failure {
    /// Says which file it was.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

/// An error with what caused it, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
