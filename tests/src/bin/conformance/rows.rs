//! Comparing rows: types, nulls, values, and order where there is one.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{concat_batches, sort_to_indices, take};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::place::Rows;

/// Rows of a difference that are told.
const TOLD: usize = 5;

/// How `found` differs from `expected`; none if it does not. The names that Arrow gives to what is within lists and maps do
/// not count.
pub(crate) fn difference(expected: &Rows, found: &Rows, ordered: bool) -> Option<String> {
    let (wanted, got) = (types(&expected.schema), types(&found.schema));
    if wanted != got {
        return Some(format!(
            "the columns are ({}), not ({})",
            got.join(", "),
            wanted.join(", ")
        ));
    }
    let (wanted, got) = (whole(expected), whole(found));
    if wanted.num_rows() == got.num_rows() && alike(&wanted, &got, ordered) {
        return None;
    }
    let (mut wanted, mut got) = (lines(&wanted), lines(&got));
    if !ordered {
        wanted.sort_unstable();
        got.sort_unstable();
    }
    (wanted != got).then(|| told(&wanted, &got))
}

/// Quicker than text: the rows in the order of their first column.
fn alike(wanted: &RecordBatch, got: &RecordBatch, ordered: bool) -> bool {
    let sorted = |batch: &RecordBatch| -> Option<Vec<ArrayRef>> {
        if ordered {
            return Some(batch.columns().to_vec());
        }
        let first = batch.columns().first()?;
        let places = sort_to_indices(first, None, None).ok()?;
        let columns = batch.columns().iter();
        columns
            .map(|column| take(column, &places, None).ok())
            .collect()
    };
    match (sorted(wanted), sorted(got)) {
        (Some(wanted), Some(got)) => wanted.iter().zip(&got).all(|(wanted, got)| {
            let data = got
                .to_data()
                .into_builder()
                .data_type(wanted.data_type().clone());
            // The same layout with other names within.
            data.build().is_ok_and(|got| wanted.to_data() == got)
        }),
        _ => false,
    }
}

fn whole(rows: &Rows) -> RecordBatch {
    let schema = match rows.batches.first() {
        Some(batch) => batch.schema(),
        None => Arc::clone(&rows.schema),
    };
    concat_batches(&schema, &rows.batches).expect("batches of one schema")
}

/// A name and a type for each column.
fn types(schema: &Schema) -> Vec<String> {
    let fields = schema.fields().iter();
    fields
        .map(|field| format!("{} {}", field.name(), plain(field.data_type())))
        .collect()
}

/// A type without the names that Arrow gives to what is within lists and maps.
fn plain(data_type: &DataType) -> DataType {
    let named = |field: &FieldRef, name: &str| -> FieldRef {
        Arc::new(Field::new(
            name,
            plain(field.data_type()),
            field.is_nullable(),
        ))
    };
    let item = |field: &FieldRef| named(field, "item");
    match data_type {
        DataType::List(field) => DataType::List(item(field)),
        DataType::LargeList(field) => DataType::LargeList(item(field)),
        DataType::FixedSizeList(field, size) => DataType::FixedSizeList(item(field), *size),
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| named(field, field.name()));
            DataType::Struct(fields.collect())
        }
        DataType::Map(entries, sorted) => {
            let DataType::Struct(fields) = entries.data_type() else {
                return data_type.clone();
            };
            let names = ["keys", "values"].into_iter().zip(fields.iter());
            let fields: Fields = names.map(|(name, field)| named(field, name)).collect();
            let entries = Field::new("entries", DataType::Struct(fields), false);
            DataType::Map(Arc::new(entries), *sorted)
        }
        other => other.clone(),
    }
}

/// A line for each row.
fn lines(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("∅");
    let columns = batch.columns().iter();
    let columns: Vec<_> = columns
        .map(|column| ArrayFormatter::try_new(column, &options).expect("it can be shown"))
        .collect();
    let line = |row| {
        let values = columns.iter().map(|column| column.value(row).to_string());
        values.collect::<Vec<_>>().join(" | ")
    };
    (0..batch.num_rows()).map(line).collect()
}

/// The first rows that differ.
fn told(wanted: &[String], got: &[String]) -> String {
    let mut text = format!("{} rows, {} wanted", got.len(), wanted.len());
    let places = 0..wanted.len().max(got.len());
    let differing = places.filter(|place| wanted.get(*place) != got.get(*place));
    for place in differing.take(TOLD) {
        for (sign, rows) in [('-', wanted), ('+', got)] {
            if let Some(row) = rows.get(place) {
                let row: String = row.chars().take(200).collect();
                let _ = write!(text, "\n      {sign} {row}");
            }
        }
    }
    text
}
