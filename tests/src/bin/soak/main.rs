//! What only shows after a long time: memory that is not given back, rows that are wrong once in a thousand times.

mod calls;
mod chance;
mod kills;
mod small;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Looks for what only shows after a long time.
#[derive(Parser)]
#[command(after_help = "Example: soak kills --kills 20")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Calls(calls::Arguments),
    Kills(kills::Arguments),
    Small(small::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Calls(arguments) => {
            calls::execute(&arguments);
            ExitCode::SUCCESS
        }
        Command::Kills(arguments) => kills::execute(&arguments),
        Command::Small(arguments) => small::execute(&arguments),
    }
}
