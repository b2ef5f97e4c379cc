//! What was written.

use arrowbox_sdk::Error;
use arrowbox_sdk::datatypes::Schema;
use serde_json::{Value, json};

use crate::settings::Settings;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// Below the location of the table.
    pub(crate) path: String,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

impl Entry {
    fn to_json(&self) -> Value {
        let Self { path, rows, bytes } = self;
        json!({ "path": path, "rows": rows, "bytes": bytes })
    }

    fn of_json(value: &Value) -> Option<Self> {
        Some(Self {
            path: value["path"].as_str()?.to_owned(),
            rows: value["rows"].as_u64()?,
            bytes: value["bytes"].as_u64()?,
        })
    }
}

/// What a partition says at its end.
pub(crate) fn of_partition(entries: &[Entry]) -> Vec<u8> {
    Value::from_iter(entries.iter().map(Entry::to_json))
        .to_string()
        .into()
}

/// The whole, in the order of the paths.
pub(crate) fn of_table(
    input: &Schema,
    settings: &Settings,
    partitions: &[Vec<u8>],
) -> Result<Vec<u8>, Error> {
    let mut entries = Vec::new();
    for partition in partitions {
        let partition: Vec<Value> = serde_json::from_slice(partition)?;
        let read: Option<Vec<_>> = partition.iter().map(Entry::of_json).collect();
        entries.extend(read.ok_or_else(|| Error::new("the manifest of a partition is not one"))?);
    }
    entries.sort_unstable();
    let field = |column: &usize| {
        let field = &input.fields()[*column];
        json!({
            "name": field.name(),
            "type": field.data_type().to_string(),
            "nullable": field.is_nullable(),
        })
    };
    let manifest = json!({
        "files": Value::from_iter(entries.iter().map(Entry::to_json)),
        "rows": entries.iter().map(|entry| entry.rows).sum::<u64>(),
        "bytes": entries.iter().map(|entry| entry.bytes).sum::<u64>(),
        "partition_by": Value::from_iter(settings.partition_by.iter().map(field)),
        "columns": Value::from_iter(settings.columns.iter().map(field)),
    });
    Ok(format!("{manifest:#}\n").into())
}
