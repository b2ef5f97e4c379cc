//! `cargo xtask conformance`: the same functions in every language give the same.

use std::process::Command;

use clap::Args;

use crate::cargo;
use crate::failure::Failure;
use crate::guests;
use crate::languages::{Language, Languages};
use crate::steps::Steps;
use crate::workspace::Workspace;

/// Runs the cases of tests/conformance in every language, in one process and on a cluster, compares them with Rust, and
/// prints what holds. The same as JSON is in target/conformance.json.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask conformance
  cargo xtask conformance --languages python,js --only 'errors of functions' --embedded")]
pub(crate) struct Arguments {
    /// Fail if functions in these languages can not be built here. Of the others, those are compared that can be.
    #[arg(long, value_delimiter = ',', value_name = "LANGUAGE")]
    languages: Vec<Language>,
    /// Only cases whose names, as `feature: name`, contain this.
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Without the cluster.
    #[arg(long)]
    embedded: bool,
}

pub(crate) fn execute(workspace: &Workspace, arguments: &Arguments) -> Result<(), Failure> {
    let mut projects = workspace.guests();
    projects.retain(|(name, _)| *name == "fixtures");
    let languages = Languages::find(&arguments.languages)?;
    let mut steps = Steps::new(2 + projects.len() + steps(&languages));
    guests::build_all(workspace, &projects, &mut steps)?;
    steps.announce("Building the commands and the tests");
    // As the tests are built, so that nothing is built twice.
    let mut command = cargo::command(["build", "--workspace", "--bins", "--tests"]);
    cargo::run(command.current_dir(workspace.root()))?;
    let mut more = vec!["--only", &arguments.only];
    if arguments.embedded {
        more.extend(["--on", "embedded"]);
    }
    compare(workspace, &languages, &mut steps, &more)
}

/// How many steps [`compare`] has.
pub(crate) fn steps(languages: &Languages) -> usize {
    languages.conformance_steps() + 1
}

/// Builds the reference functions in all languages but Rust, runs the cases, and compares. The fixtures and the commands
/// have been built.
pub(crate) fn compare(
    workspace: &Workspace,
    languages: &Languages,
    steps: &mut Steps,
    more: &[&str],
) -> Result<(), Failure> {
    let built = languages.conformance(workspace, steps)?;
    steps.announce("Comparing functions in every language with those in Rust");
    let mut run = Command::new(workspace.target().join("debug/conformance"));
    let reference = workspace.components().join("conformance.wasm");
    run.arg("--component")
        .arg(format!("rust={}", reference.display()));
    for (language, component) in built {
        let name = language.name();
        match component {
            Ok(path) => run.args(["--component".into(), format!("{name}={}", path.display())]),
            Err(missing) => run.args(["--missing".into(), format!("{name}={missing}")]),
        };
    }
    run.arg("--keep")
        .arg(workspace.target().join("conformance"));
    run.arg("--json")
        .arg(workspace.target().join("conformance.json"));
    run.arg("--target").arg(workspace.guest_target("fixtures"));
    // Where projects in Python find what builds them.
    run.env(
        "VIRTUAL_ENV",
        workspace.target().join("languages/python/venv"),
    );
    run.args(more);
    cargo::run(&mut run).map_err(|failure| match failure {
        Failure::Failed { .. } => Failure::Tests,
        other => other,
    })
}
