use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use arrowbox_build::{Artifact, BuildError, BuildOptions, build};

use super::components::Found;
use super::language::Language;
use super::progress::Steps;
use super::{Exit, Failure, Global};
use crate::quantity::Bytes;
use arrowbox_host::plain;

/// Build a project of functions to a component
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox build
  arrowbox build my-functions -o my-functions.wasm
  arrowbox build functions.py
  arrowbox build functions.c
  arrowbox build my-functions --lang python

The language is known by Cargo.toml, go.mod, pyproject.toml or package.json, or by the ends of the names of
the sources. The command brings the SDKs; what it needs beside, it says. A core module (.wasm) that another compiler
made of an SDK's world becomes a component, too.")]
pub(super) struct Build {
    /// The project's folder, a single source, or a core module
    #[arg(value_name = "PROJECT", default_value = ".")]
    project: PathBuf,
    /// Where the component goes as well
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The language, where there are several in the folder
    #[arg(long, value_enum)]
    lang: Option<Language>,
}

/// The component does not go where it should.
#[derive(Debug, thiserror::Error)]
enum OutputFileError {
    /// There are several.
    #[error("`{}` makes {count} components, which do not fit into one file; leave --output out", project.display())]
    Several {
        /// The project.
        project: PathBuf,
        /// How many.
        count: usize,
    },
    /// It can not be written.
    #[error("the component can not be written to `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Build {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let artifacts = components(&self.project, self.lang, global)?;
        if let Some(output) = &self.output {
            let [artifact] = artifacts.as_slice() else {
                let count = artifacts.len();
                return Err(OutputFileError::Several {
                    project: self.project,
                    count,
                }
                .into());
            };
            fs::copy(&artifact.path, output).map_err(|source| OutputFileError::Write {
                path: output.clone(),
                source,
            })?;
        }
        for artifact in artifacts {
            eprint!("{}", plain(&artifact.warnings));
            let path = self.output.as_ref().unwrap_or(&artifact.path);
            let found = Found::in_file(path, global)?;
            let component = &found.component;
            say!(
                "{}  {}  {}",
                path.display(),
                Bytes(artifact.size),
                component.digest()
            )?;
            for function in &component.description().functions {
                for signature in &function.signatures {
                    say!("  {}", plain(&format!("{}{signature}", function.name)))?;
                }
            }
        }
        Ok(Exit::Done)
    }
}

/// Builds everything in `project` while a line on the terminal tells the steps.
pub(super) fn components(
    project: &Path,
    language: Option<Language>,
    global: &Global,
) -> Result<Vec<Artifact>, BuildError> {
    let options = BuildOptions {
        language: language.map(Into::into),
        data_dir: global.data_dir.clone(),
        ..BuildOptions::default()
    };
    build(project, &options, &Steps::new())
}
