//! The command line: one file for each subcommand, with its arguments and an `execute`.
//!
//! Results go to the standard output, progress and messages to the standard error. Errors are typed all
//! the way and become text once, in `report`.

/// Writes a line to the standard output. An error if that can not take it, as when a pipe was closed.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        writeln!(std::io::stdout(), $($text)*)
    }};
}

mod address;
mod build;
mod certs;
mod cluster;
mod completions;
mod components;
mod coordinator;
mod exit;
mod functions;
mod host;
mod inspect;
mod language;
mod logging;
mod machine;
mod new;
mod options;
mod output;
mod progress;
mod remote;
mod report;
mod runtimes;
mod shutdown;
mod sql;
mod stats;
mod test;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Parser, Subcommand};

use crate::data_dir::{DATA_DIR_VARIABLE, DataDir, DataDirError};

pub use exit::Exit;

/// Sandboxed user-defined functions for Arrow: SQL over files, with functions in WebAssembly.
#[derive(Debug, Parser)]
#[command(
    name = "arrowbox",
    version,
    propagate_version = true,
    after_help = concat!(
        "Examples:\n",
        "  arrowbox new my-functions && arrowbox build my-functions\n",
        "  arrowbox functions add my-functions/target/components/my-functions.wasm\n",
        "  arrowbox sql --table t=data.parquet \"SELECT * FROM t LIMIT 10\"\n",
    ),
    after_long_help = exit::HELP,
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every subcommand knows.
#[derive(Debug, clap::Args)]
struct Global {
    /// Where functions, components and history are kept [default: $XDG_DATA_HOME/arrowbox]
    #[arg(long, global = true, value_name = "DIR", env = DATA_DIR_VARIABLE, hide_env_values = true)]
    data_dir: Option<PathBuf>,
    /// Say more about what is going on; twice for everything [env: ARROWBOX_LOG for a filter]
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
}

impl Global {
    fn data_dir(&self) -> Result<DataDir, DataDirError> {
        DataDir::open(self.data_dir.as_deref())
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    Sql(sql::Sql),
    New(new::New),
    Build(build::Build),
    Inspect(inspect::Inspect),
    Test(test::Test),
    Functions(functions::Functions),
    Host(host::Host),
    Coordinator(coordinator::Coordinator),
    Cluster(cluster::Cluster),
    Certs(certs::Certs),
    Completions(completions::Completions),
}

/// What ends a subcommand early. It becomes text in [`report`] and a number in [`exit`].
type Failure = Box<dyn Error + Send + Sync>;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let usual = match cli.command {
        Command::Coordinator(_) => logging::Usual::Events,
        _ => logging::Usual::Warnings,
    };
    logging::start(cli.global.verbose, usual);
    let result = match cli.command {
        Command::Sql(command) => command.execute(&cli.global),
        Command::New(command) => command.execute(&cli.global),
        Command::Build(command) => command.execute(&cli.global),
        Command::Inspect(command) => command.execute(&cli.global),
        Command::Test(command) => command.execute(&cli.global),
        Command::Functions(command) => command.execute(&cli.global),
        Command::Host(command) => command.execute(&cli.global),
        Command::Coordinator(command) => command.execute(&cli.global),
        Command::Cluster(command) => command.execute(&cli.global),
        Command::Certs(command) => command.execute(&cli.global),
        Command::Completions(command) => command.execute(),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => report::end(error.as_ref()).into(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_subcommand_has_an_example() {
        fn check(command: &clap::Command) {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(
                help.contains("arrowbox "),
                "{} has no example",
                command.get_name()
            );
            for subcommand in command.get_subcommands() {
                check(subcommand);
            }
        }
        check(&Cli::command());
    }
}
