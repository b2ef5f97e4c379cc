//! `cargo xtask check`: what a change must pass besides its tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::cargo;
use crate::failure::Failure;
use crate::steps::Steps;
use crate::tidy;
use crate::workspace::Workspace;

/// Tidiness, format, clippy with warnings denied, and docs.
#[derive(Args)]
pub(crate) struct Arguments {}

pub(crate) fn execute(workspace: &Workspace, _: &Arguments) -> Result<(), Failure> {
    let guests = workspace.guests();
    let mut steps = Steps::new(3 + 2 * guests.len() + 1);

    steps.announce("Tidiness");
    tidy::check(workspace)?;

    steps.announce("Format of the workspace");
    cargo::run(&mut of(workspace.root(), &["fmt", "--all", "--check"]))?;
    for (name, folder) in &guests {
        steps.announce(&format!("Format of {name}"));
        cargo::run(&mut of(folder, &["fmt", "--all", "--check"]))?;
    }

    steps.announce("Clippy on the workspace");
    let clippy = ["clippy", "--workspace", "--all-targets"];
    cargo::run(of(workspace.root(), &clippy).args(DENY))?;
    for (name, folder) in &guests {
        steps.announce(&format!("Clippy on {name}"));
        let target: PathBuf = workspace.guest_target("native");
        cargo::run(
            of(folder, &clippy)
                .arg("--target-dir")
                .arg(target)
                .args(DENY),
        )?;
    }

    steps.announce("Documentation");
    let doc = ["doc", "--workspace", "--no-deps"];
    cargo::run(of(workspace.root(), &doc).env("RUSTDOCFLAGS", "--deny warnings"))
}

const DENY: [&str; 3] = ["--", "--deny", "warnings"];

fn of(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = cargo::command(arguments);
    command
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"));
    command
}
