use super::catalog;
use crate::cli::{Exit, Failure, Global};

/// Take a function out of use; its versions are kept
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox functions remove haversine
  arrowbox functions rollback haversine     # to have it back")]
pub(super) struct Remove {
    /// The function
    name: String,
}

impl Remove {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let version = catalog(global)?.remove(&self.name)?;
        say!(
            "removed function `{}` (version {})",
            self.name,
            version.number
        )?;
        Ok(Exit::Done)
    }
}
