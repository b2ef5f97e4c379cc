//! `cargo xtask`: the commands of whoever works on Arrowbox.

mod bench;
mod cargo;
mod check;
mod conformance;
mod demo;
mod failure;
mod guests;
mod languages;
mod soak;
mod steps;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::{Failure, chain};
use crate::workspace::Workspace;

/// Development commands of Arrowbox.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Test(test::Arguments),
    Check(check::Arguments),
    Conformance(conformance::Arguments),
    Guests(guests::Arguments),
    Bench(bench::Arguments),
    Soak(soak::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        // The last lines of a test run are cargo's.
        Err(Failure::Tests) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("error: {}", chain(&failure));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    let workspace = Workspace::find()?;
    match command {
        Command::Demo(arguments) => demo::execute(&workspace, &arguments),
        Command::Test(arguments) => test::execute(&workspace, &arguments),
        Command::Check(arguments) => check::execute(&workspace, &arguments),
        Command::Conformance(arguments) => conformance::execute(&workspace, &arguments),
        Command::Guests(arguments) => guests::execute(&workspace, &arguments),
        Command::Bench(arguments) => bench::execute(&workspace, &arguments),
        Command::Soak(arguments) => soak::execute(&workspace, &arguments),
    }
}
