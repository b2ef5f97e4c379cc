use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt32Array};

use super::{catalog, version};
use crate::catalog::Entry;
use crate::cli::output::{OutputFormat, Rows, Target};
use crate::cli::{Exit, Failure, Global};

/// List the functions of the catalogue
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox functions list
  arrowbox functions list --format json")]
pub(super) struct List {
    /// How they are listed
    #[arg(long, value_enum, default_value = "table")]
    format: OutputFormat,
}

impl List {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let entries = catalog(global)?.list()?;
        let mut target = Target::open(None)?;
        let batch = batch(&entries)?;
        let mut rows = Rows::new(self.format, &batch.schema(), &mut target, usize::MAX)?;
        rows.write(&batch)?;
        rows.finish()?;
        Ok(Exit::Done)
    }
}

fn batch(entries: &[Entry]) -> Result<RecordBatch, arrow::error::ArrowError> {
    let text = |value: &dyn Fn(&Entry) -> String| -> ArrayRef {
        Arc::new(
            entries
                .iter()
                .map(|entry| Some(value(entry)))
                .collect::<StringArray>(),
        )
    };
    let versions: UInt32Array = entries
        .iter()
        .map(|entry| Some(entry.version.number))
        .collect();
    RecordBatch::try_from_iter([
        (
            "name",
            text(&|entry| entry.version.definition.binding.name.clone()),
        ),
        ("version", Arc::new(versions) as ArrayRef),
        (
            "pinned",
            text(&|entry| if entry.pinned { "yes" } else { "no" }.to_owned()),
        ),
        ("kind", text(&|entry| entry.version.definition.kind.clone())),
        (
            "signature",
            text(&|entry| entry.version.definition.signatures.join("\n")),
        ),
        (
            "grants",
            text(&|entry| entry.version.definition.binding.grants.to_string()),
        ),
        (
            "component",
            text(&|entry| entry.version.definition.binding.component.short()),
        ),
        (
            "created",
            text(&|entry| version::time(entry.version.created())),
        ),
        (
            "summary",
            text(&|entry| summary(&entry.version.definition.documentation)),
        ),
    ])
}

fn summary(documentation: &str) -> String {
    documentation
        .trim()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}
