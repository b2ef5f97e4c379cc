//! `arrowbox functions`: what the catalogue knows.

mod add;
mod history;
mod list;
mod pin;
mod remove;
mod rollback;
mod show;
mod version;

use clap::Subcommand;

pub(super) use version::time;

use super::{Exit, Failure, Global};
use crate::catalog::Catalog;

/// Add, list and change the functions of the catalogue
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox functions add haversine.wasm
  arrowbox functions list
  arrowbox functions rollback haversine")]
pub(super) struct Functions {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(add::Add),
    List(list::List),
    Show(show::Show),
    Remove(remove::Remove),
    History(history::History),
    Rollback(rollback::Rollback),
    Pin(pin::Pin),
    Unpin(pin::Unpin),
}

impl Functions {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        match self.command {
            Command::Add(command) => command.execute(global),
            Command::List(command) => command.execute(global),
            Command::Show(command) => command.execute(global),
            Command::Remove(command) => command.execute(global),
            Command::History(command) => command.execute(global),
            Command::Rollback(command) => command.execute(global),
            Command::Pin(command) => command.execute(global),
            Command::Unpin(command) => command.execute(global),
        }
    }
}

fn catalog(global: &Global) -> Result<Catalog, Failure> {
    Ok(Catalog::open(global.data_dir()?.catalog())?)
}
