use super::catalog;
use crate::cli::{Exit, Failure, Global};

/// Use an earlier version of a function again; the last one if it was removed
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox functions rollback haversine
  arrowbox functions rollback haversine --to 2")]
pub(super) struct Rollback {
    /// The function
    name: String,
    /// The version to use [default: the one before]
    #[arg(long, value_name = "VERSION")]
    to: Option<u32>,
}

impl Rollback {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let version = catalog(global)?.rollback(&self.name, self.to)?;
        say!("function `{}` is at version {}", self.name, version.number)?;
        Ok(Exit::Done)
    }
}
