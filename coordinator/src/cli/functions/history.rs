use serde_json::json;

use super::{catalog, version};
use crate::cli::inspect::TextFormat;
use crate::cli::{Exit, Failure, Global};

/// Tell all versions of a function, oldest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  arrowbox functions history haversine")]
pub(super) struct History {
    /// The function
    name: String,
    /// How they are told
    #[arg(long, value_enum, default_value = "text")]
    format: TextFormat,
}

impl History {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let history = catalog(global)?.history(&self.name)?;
        match self.format {
            TextFormat::Text => {
                for version in &history.versions {
                    let mark = match history.current {
                        Some(current) if current == version.number && history.pinned => {
                            "  (current, pinned)"
                        }
                        Some(current) if current == version.number => "  (current)",
                        _ => "",
                    };
                    say!(
                        "{:>4}  {}  {}  {}{mark}",
                        version.number,
                        version::time(version.created()),
                        version.definition.binding.component.short(),
                        version.definition.origin,
                    )?;
                }
                if history.current.is_none() {
                    say!(
                        "removed; `arrowbox functions rollback {}` brings it back",
                        self.name
                    )?;
                }
            }
            TextFormat::Json => {
                let versions: Vec<_> = history.versions.iter().map(version::json).collect();
                let value = json!({ "name": self.name, "current": history.current, "pinned": history.pinned, "versions": versions });
                say!("{value:#}")?;
            }
        }
        Ok(Exit::Done)
    }
}
