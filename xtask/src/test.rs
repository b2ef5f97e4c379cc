//! `cargo xtask test`: set-up and all tests.

use clap::Args;

use crate::cargo;
use crate::conformance;
use crate::failure::Failure;
use crate::guests;
use crate::languages::{Language, Languages};
use crate::steps::Steps;
use crate::workspace::Workspace;

/// Builds the guests, runs every test, and compares what functions in all languages give.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Fail if functions in these languages can not be built here. Of the others, those are tested that can be.
    #[arg(long, value_delimiter = ',', value_name = "LANGUAGE")]
    languages: Vec<Language>,
    /// What `cargo test --workspace` is told, such as the name of a test.
    #[arg(last = true)]
    rest: Vec<String>,
}

pub(crate) fn execute(workspace: &Workspace, arguments: &Arguments) -> Result<(), Failure> {
    let projects = workspace.guests();
    let languages = Languages::find(&arguments.languages)?;
    // Who asks for some of the tests is told how they went.
    let compared = arguments.rest.is_empty();
    let more = if compared {
        conformance::steps(&languages)
    } else {
        0
    };
    let mut steps = Steps::new(3 + 2 * projects.len() + languages.steps() + more);
    guests::build_all(workspace, &projects, &mut steps)?;
    for (name, project) in &projects {
        steps.announce(&format!("Testing {name} outside the sandbox"));
        let mut command =
            cargo::command(["test", "--quiet", "--workspace", "--lib", "--manifest-path"]);
        command
            .arg(project.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(workspace.guest_target("native"));
        cargo::run(&mut command)?;
    }
    // The tests run the commands as users do, and `cargo test` builds only those of the package under test. With
    // the tests, so that both have the same features and nothing is built twice.
    steps.announce("Building the commands and the tests");
    let mut command = cargo::command(["build", "--workspace", "--bins", "--tests"]);
    cargo::run(command.current_dir(workspace.root()))?;
    // What some of them are tested with is the command.
    let built = languages.prepare(workspace, &mut steps)?;
    steps.announce("Testing the workspace");
    let mut command = cargo::command(["test", "--workspace", "--no-fail-fast"]);
    command.current_dir(workspace.root()).args(&arguments.rest);
    // Where the tests look for components, see `tests/src/component.rs`.
    command.env("ARROWBOX_TEST_GUESTS", workspace.components());
    // Whose examples there must be, see `tests/it/examples.rs`.
    let built: Vec<_> = built.into_iter().map(Language::name).collect();
    command.env("ARROWBOX_TEST_LANGUAGES", built.join(","));
    cargo::run(&mut command).map_err(|failure| match failure {
        Failure::Failed { .. } => Failure::Tests,
        other => other,
    })?;
    if compared {
        conformance::compare(workspace, &languages, &mut steps, &[])?;
    }
    Ok(())
}
