//! `arrowbox certs`: who takes part in a cluster.

mod init;
mod issue;
mod show;

use std::path::{Path, PathBuf};

use arrowbox_host::protocol::Role;
use clap::Subcommand;

use super::{Exit, Failure, Global};
use crate::authority::{Authority, AuthorityError, Existing, in_days};

/// Days that certificates last if nobody says otherwise.
const DAYS: u32 = 365;

/// Make and look at the certificates of a cluster
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox certs init certs
  arrowbox certs issue certs host --into certs-for-hosts
  arrowbox certs show certs")]
pub(super) struct Certs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Issue(issue::Issue),
    Show(show::Show),
}

impl Certs {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        match self.command {
            Command::Init(command) => command.execute(global),
            Command::Issue(command) => command.execute(),
            Command::Show(command) => command.execute(global),
        }
    }
}

/// Makes a CA in `folder` and a certificate of each role, for a cluster that lasts no longer than a day.
pub(super) fn development(folder: &Path) -> Result<(), AuthorityError> {
    all(folder, Existing::Keep, 1)
}

fn all(folder: &Path, existing: Existing, days: u32) -> Result<(), AuthorityError> {
    let authority = Authority::create(folder, existing)?;
    let end = in_days(days);
    Role::ALL
        .into_iter()
        .try_for_each(|role| authority.issue(role, end, folder))
}

/// `chosen`, or the one in the data directory.
fn folder(chosen: Option<PathBuf>, global: &Global) -> Result<PathBuf, Failure> {
    match chosen {
        Some(folder) => Ok(folder),
        None => Ok(global.data_dir()?.certs()),
    }
}
