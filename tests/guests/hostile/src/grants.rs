//! Functions that use what they may have been granted.

use crate::bindings::arrowbox::udf::arrow::Batch;
use crate::bindings::arrowbox::udf::types::Error;
use crate::bindings::arrowbox::udf::{clock, data, random};
use crate::faults::refuse;
use crate::misdeed::{INT64, Misdeed};
use crate::place::{batch, buffer, node, nothing};

pub(crate) const MISDEEDS: &[Misdeed] = &[
    Misdeed::new("tells_time", INT64, |arguments| {
        Ok(column(arguments.rows, clock::now()))
    }),
    Misdeed::new("takes_time", INT64, |arguments| {
        Ok(column(arguments.rows, clock::now()))
    }),
    Misdeed::new("rolls", INT64, |arguments| roll(arguments.rows, 8)),
    Misdeed::new("takes_chances", INT64, |arguments| roll(arguments.rows, 8)),
    Misdeed::new("rolls_too_much", INT64, |arguments| {
        roll(arguments.rows, u32::MAX)
    }),
    Misdeed::new("measures_data", INT64, |arguments| {
        match data::size("words") {
            Ok(bytes) => Ok(column(arguments.rows, bytes as i64)),
            Err(message) => refuse(&message, None),
        }
    }),
    Misdeed::new("reads_data", INT64, |arguments| {
        match data::read("words", 0, 16 << 20) {
            Ok(bytes) => Ok(column(
                arguments.rows,
                bytes.iter().map(|byte| i64::from(*byte)).sum(),
            )),
            Err(message) => refuse(&message, None),
        }
    }),
    Misdeed::new("reads_past_data", INT64, |arguments| {
        match data::read("words", u64::MAX, u32::MAX) {
            Ok(bytes) => Ok(column(arguments.rows, bytes.len() as i64)),
            Err(message) => refuse(&message, None),
        }
    }),
    Misdeed::new("reads_other_data", INT64, |arguments| {
        match data::read("../words", 0, 1) {
            Ok(bytes) => Ok(column(arguments.rows, bytes.len() as i64)),
            Err(message) => refuse(&message, None),
        }
    }),
];

/// What the function of this name asks for in its description: `takes_…` take without asking.
pub(crate) fn asked(name: &str) -> Vec<String> {
    match name {
        "tells_time" => vec!["clock".to_owned()],
        "rolls" | "rolls_too_much" => vec!["random".to_owned()],
        _ => Vec::new(),
    }
}

fn roll(rows: u64, length: u32) -> Result<Batch, Error> {
    let bytes = random::bytes(length);
    let value = bytes
        .iter()
        .take(8)
        .fold(0, |value, byte| value << 8 | i64::from(*byte));
    Ok(column(rows, value))
}

fn column(rows: u64, value: i64) -> Batch {
    batch(
        rows,
        vec![node(rows)],
        vec![nothing(), buffer(vec![value; rows as usize])],
    )
}
