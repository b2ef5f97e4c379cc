use std::path::PathBuf;

use super::{DAYS, all, folder};
use crate::authority::Existing;
use crate::cli::{Exit, Failure, Global};

/// Make a CA, and a certificate of each role
///
/// The folder is all that a cluster on one machine needs. For other machines issue folders without the key
/// of the CA: whoever has that key can take part as whatever they like.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox certs init certs
  arrowbox certs init certs --days 30")]
pub(super) struct Init {
    /// The folder, which is made [default: `certs` in the data directory]
    dir: Option<PathBuf>,
    /// How long the certificates are valid
    #[arg(long, default_value_t = DAYS, value_parser = clap::value_parser!(u32).range(1..=36500))]
    days: u32,
    /// Replace a CA that is there: all that it issued is then of no use
    #[arg(long)]
    force: bool,
}

impl Init {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let folder = folder(self.dir, global)?;
        let existing = match self.force {
            true => Existing::Replace,
            false => Existing::Keep,
        };
        all(&folder, existing, self.days)?;
        let folder = folder.display();
        say!(
            "made a CA and certificates of all roles in `{folder}`, valid for {} days",
            self.days
        )?;
        say!(
            "for another machine: arrowbox certs issue {folder} host --into DIR, and copy DIR to it"
        )?;
        Ok(Exit::Done)
    }
}
