//! Functions in other languages than Rust: their tools, the tests of their SDKs, their examples.
//!
//! Tools are set up in the target directory, so that nothing is left elsewhere. A machine that lacks what that
//! takes builds and tests the other languages: what is passed over is said, with what is missing.

mod benches;
mod c;
mod go;
mod javascript;
mod python;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use arrowbox_build::{BuildOptions, build};
use clap::ValueEnum;

use self::benches::Native;
use crate::cargo;
use crate::failure::Failure;
use crate::guests::publish;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// A language that has an SDK of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    C,
    Go,
    Python,
    Js,
}

/// What a language needs, set up.
trait Tools {
    /// The tests of the SDK and of the examples, each a command, as its authors run them.
    fn tests(&self, examples: &[PathBuf]) -> Result<Vec<Command>, Failure>;

    /// Makes a component of the project in a folder.
    fn build(&self, project: &Path, component: &Path) -> Result<(), Failure>;

    /// What a component is made of in a folder of `tests/bench`, which has what runs the functions elsewhere, too.
    fn functions(&self, folder: &Path) -> PathBuf {
        folder.to_owned()
    }

    /// What runs the functions of such a folder outside of a component. What has to be made for that is made in `made`.
    fn natives(&self, folder: &Path, made: &Path) -> Result<Vec<Native>, Failure>;
}

impl Language {
    /// The name of its folders, of its SDK and of each example.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Go => "go",
            Self::Python => "python",
            Self::Js => "js",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::Go => "Go",
            Self::Python => "Python",
            Self::Js => "JavaScript",
        }
    }

    /// What this machine lacks for it, and where that comes from.
    fn lacks(self) -> Option<String> {
        match self {
            Self::C => c::lacks(),
            Self::Go => go::lacks(),
            Self::Python => python::lacks(),
            Self::Js => javascript::lacks(),
        }
    }

    fn set_up(self, workspace: &Workspace) -> Result<Box<dyn Tools>, Failure> {
        Ok(match self {
            Self::C => Box::new(c::C::set_up(workspace)?),
            Self::Go => Box::new(go::Go::set_up(workspace)?),
            Self::Python => Box::new(python::Python::set_up(workspace)?),
            Self::Js => Box::new(javascript::JavaScript::set_up(workspace)?),
        })
    }

    /// The examples that are written in it: each one's name and folder.
    fn examples(self, workspace: &Workspace) -> Result<Vec<(String, PathBuf)>, Failure> {
        let folder = workspace.root().join("examples");
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder).map_err(Failure::file(&folder))? {
            let example = entry.map_err(Failure::file(&folder))?;
            let project = example.path().join(self.name());
            if project.is_dir() {
                let name = example.file_name().to_string_lossy().into_owned();
                found.push((name, project));
            }
        }
        found.sort();
        Ok(found)
    }
}

/// A component that was built, or what this machine lacks for that.
type Component = Result<PathBuf, String>;

/// The languages, with what this machine lacks for each.
pub(crate) struct Languages(Vec<(Language, Option<String>)>);

impl Languages {
    /// Looks for the tools of each; those that are `wanted` have to be there.
    pub(crate) fn find(wanted: &[Language]) -> Result<Self, Failure> {
        let mut found = Vec::new();
        for &language in Language::value_variants() {
            let lacks = language.lacks();
            match lacks {
                Some(missing) if wanted.contains(&language) => {
                    return Err(Failure::Lacking {
                        language: language.title(),
                        missing,
                    });
                }
                lacks => found.push((language, lacks)),
            }
        }
        Ok(Self(found))
    }

    /// How many steps it takes to prepare them.
    pub(crate) fn steps(&self) -> usize {
        let lacking = self.0.iter().map(|(_, lacks)| lacks.is_some());
        lacking.map(|lacking| if lacking { 1 } else { 3 }).sum()
    }

    /// Sets up every language that this machine has the tools for, runs the tests of their SDKs, and builds their
    /// examples. Gives the languages that were built.
    pub(crate) fn prepare(
        &self,
        workspace: &Workspace,
        steps: &mut Steps,
    ) -> Result<Vec<Language>, Failure> {
        let mut built = Vec::new();
        for (language, lacks) in &self.0 {
            match lacks {
                None => {
                    language.prepare(workspace, steps)?;
                    built.push(*language);
                }
                Some(missing) => {
                    steps.announce(&format!("Passing over {}: {missing}", language.title()));
                }
            }
        }
        Ok(built)
    }

    /// How many steps [`Self::conformance`] has.
    pub(crate) fn conformance_steps(&self) -> usize {
        self.0.len()
    }

    /// Builds the functions of tests/conformance in every language. Gives their components, or what this machine lacks.
    pub(crate) fn conformance(
        &self,
        workspace: &Workspace,
        steps: &mut Steps,
    ) -> Result<Vec<(Language, Component)>, Failure> {
        let mut built = Vec::new();
        for (language, lacks) in &self.0 {
            let title = language.title();
            let name = language.name();
            let project = workspace.root().join("tests/conformance").join(name);
            let missing = match lacks {
                None if !project.is_dir() => {
                    Some("tests/conformance has no folder of it".to_owned())
                }
                lacks => lacks.clone(),
            };
            if let Some(missing) = missing {
                steps.announce(&format!("Passing over {title}: {missing}"));
                built.push((*language, Err(missing)));
                continue;
            }
            let step = steps.begin(&format!("Building the functions to compare in {title}"));
            let tools = language.set_up(workspace)?;
            let file = format!("conformance.{name}.wasm");
            let made = folder(workspace, *language)?.join(&file);
            tools.build(&project, &made)?;
            let path = workspace.components().join(&file);
            publish(&made, &path)?;
            step.end(&file);
            built.push((*language, Ok(path)));
        }
        Ok(built)
    }
}

impl Language {
    fn prepare(self, workspace: &Workspace, steps: &mut Steps) -> Result<(), Failure> {
        let title = self.title();
        let examples = self.examples(workspace)?;
        steps.announce(&format!("Setting up {title}"));
        let tools = self.set_up(workspace)?;
        steps.announce(&format!("Testing the SDK and the examples of {title}"));
        let folders: Vec<_> = examples
            .iter()
            .map(|(_, project)| project.clone())
            .collect();
        for mut test in tools.tests(&folders)? {
            cargo::run(&mut test)?;
        }
        let step = steps.begin(&format!("Building the examples of {title}"));
        for (name, project) in &examples {
            step.say(name);
            let file = format!("{name}.{}.wasm", self.name());
            let made = folder(workspace, self)?.join(&file);
            tools.build(project, &made)?;
            publish(&made, &workspace.components().join(&file))?;
        }
        step.end(&format!("{} components", examples.len()));
        Ok(())
    }
}

/// Makes a component as `arrowbox build` does, which brings the SDK.
fn as_command(project: &Path, component: &Path, target: &Path) -> Result<(), Failure> {
    let options = BuildOptions {
        target_dir: Some(target.to_owned()),
        ..BuildOptions::default()
    };
    let failed = |source| Failure::Guests {
        project: project.to_owned(),
        source: Box::new(source),
    };
    let artifacts = build(project, &options, &|_: &str| {}).map_err(failed)?;
    artifacts
        .iter()
        .try_for_each(|artifact| publish(&artifact.path, component))
}

/// Where the tools and the components of a language are kept.
fn folder(workspace: &Workspace, language: Language) -> Result<PathBuf, Failure> {
    let folder = workspace.target().join("languages").join(language.name());
    fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
    Ok(folder)
}

/// Whether a program is there and says its version.
fn has(program: &str) -> bool {
    let mut command = Command::new(program);
    let command = command.arg("--version");
    let command = command.stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
