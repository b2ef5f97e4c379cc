//! `cargo xtask soak`: a cluster whose hosts are killed, or that has very much to do.

use std::process::Command;

use clap::Args;

use crate::cargo;
use crate::failure::Failure;
use crate::guests;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// Runs a cluster of processes for long: kills its hosts in random queries and compares every row, or runs very
/// many small queries and tells what they leave behind.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask soak --kills 20
  cargo xtask soak --queries 10000
  cargo xtask soak --kills 200 --seed 7 --release")]
pub(crate) struct Arguments {
    /// Kill so many hosts, each at a random moment of a random query, and begin them again.
    #[arg(long, value_name = "N", required_unless_present = "queries")]
    kills: Option<u64>,
    /// Run so many small queries.
    #[arg(long, value_name = "N")]
    queries: Option<u64>,
    /// The same seed kills the same hosts in the same queries.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// With optimisation: as users have it. Without, as the tests are built.
    #[arg(long)]
    release: bool,
}

pub(crate) fn execute(workspace: &Workspace, arguments: &Arguments) -> Result<(), Failure> {
    let projects = workspace.guests();
    let runs = [arguments.kills, arguments.queries];
    let mut steps = Steps::new(2 + projects.len() + runs.iter().flatten().count());
    guests::build_all(workspace, &projects, &mut steps)?;

    steps.announce("Building the commands");
    let mut command = match arguments.release {
        // As the benchmarks are built, so that nothing is built twice.
        true => cargo::command([
            "build",
            "--release",
            "--package",
            "arrowbox",
            "--package",
            "arrowbox-tests",
            "--bins",
        ]),
        // As the tests are.
        false => cargo::command(["build", "--workspace", "--bins", "--tests"]),
    };
    cargo::run(command.current_dir(workspace.root()))?;
    let profile = match arguments.release {
        true => "release",
        false => "debug",
    };
    let soak = || {
        let mut command = Command::new(workspace.target().join(profile).join("soak"));
        command.env("ARROWBOX_TEST_GUESTS", workspace.components());
        command
    };
    if let Some(kills) = arguments.kills {
        steps.announce(&format!("Killing {kills} hosts"));
        let (kills, seed) = (kills.to_string(), arguments.seed.to_string());
        cargo::run(soak().args(["kills", "--kills", &kills, "--seed", &seed]))?;
    }
    if let Some(queries) = arguments.queries {
        steps.announce(&format!("Running {queries} queries"));
        cargo::run(soak().args(["small", "--queries", &queries.to_string()]))?;
    }
    Ok(())
}
