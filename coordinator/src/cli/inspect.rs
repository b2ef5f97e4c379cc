use clap::ValueEnum;

use super::components::Found;
use super::{Exit, Failure, Global};

/// Tell what is in a component: functions, types, documentation, imports, size and hash
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox inspect haversine.wasm
  arrowbox inspect haversine                # a function of the catalogue
  arrowbox inspect 3f9c21aa70d5 --format json")]
pub(super) struct Inspect {
    /// A file, the beginning of a hash, or a function of the catalogue
    #[arg(value_name = "FILE|HASH|NAME")]
    component: String,
    /// How it is told
    #[arg(long, value_enum, default_value = "text")]
    format: TextFormat,
}

/// How something that is not rows is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TextFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

impl Inspect {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let found = Found::named(&self.component, global)?;
        match self.format {
            TextFormat::Text => say!("{}", found.text())?,
            TextFormat::Json => say!("{:#}", found.json())?,
        }
        Ok(Exit::Done)
    }
}
