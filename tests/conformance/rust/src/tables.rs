//! Table functions.

use arrowbox_sdk::{Row, table};

use crate::aggregates::refuse;

/// The numbers from `first` to `last`. Refuses to begin with 666.
#[table]
pub fn series(first: i64, last: i64) -> Result<Vec<i64>, String> {
    refuse(first)?;
    Ok((first..=last).collect())
}

/// A part of a text.
#[derive(Row)]
pub struct Piece {
    place: i64,
    piece: String,
}

/// The pieces of a text, from zero on.
#[table]
pub fn pieces(text: &str, by: &str) -> Vec<Piece> {
    let piece = |(place, piece)| Piece {
        place,
        piece: String::from(piece),
    };
    (0..).zip(text.split(by)).map(piece).collect()
}

/// Numbers without end.
#[table]
pub fn count_from(first: i64) -> impl Iterator<Item = i64> {
    first..
}
