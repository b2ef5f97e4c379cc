use serde_json::json;

use super::{catalog, version};
use crate::cli::inspect::TextFormat;
use crate::cli::{Exit, Failure, Global};

/// Tell everything that the catalogue knows about a function
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  arrowbox functions show haversine")]
pub(super) struct Show {
    /// The function
    name: String,
    /// How it is told
    #[arg(long, value_enum, default_value = "text")]
    format: TextFormat,
}

impl Show {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let entry = catalog(global)?.show(&self.name)?;
        match self.format {
            TextFormat::Text => {
                say!("{}", version::text(&entry.version))?;
                if entry.pinned {
                    say!("\npinned to version {}", entry.version.number)?;
                }
            }
            TextFormat::Json => {
                let mut value = version::json(&entry.version);
                value["pinned"] = json!(entry.pinned);
                say!("{value:#}")?;
            }
        }
        Ok(Exit::Done)
    }
}
