use super::catalog;
use crate::cli::{Exit, Failure, Global};

/// Tie a function to its version: it can not be replaced, removed or rolled back
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  arrowbox functions pin haversine")]
pub(super) struct Pin {
    /// The function
    name: String,
}

/// Let a pinned function change again
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  arrowbox functions unpin haversine")]
pub(super) struct Unpin {
    /// The function
    name: String,
}

impl Pin {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let version = catalog(global)?.pin(&self.name)?;
        say!(
            "function `{}` is pinned to version {}",
            self.name,
            version.number
        )?;
        Ok(Exit::Done)
    }
}

impl Unpin {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let version = catalog(global)?.unpin(&self.name)?;
        say!(
            "function `{}` is at version {} and can change",
            self.name,
            version.number
        )?;
        Ok(Exit::Done)
    }
}
