//! Table functions.

use arrowbox_sdk::{Row, table};

/// The numbers from `first` to `last`.
#[table]
pub fn series(first: i64, last: i64) -> impl Iterator<Item = i64> {
    first..=last
}

/// The numbers from `first` on, without end.
#[table]
pub fn count_up(first: i64) -> impl Iterator<Item = i64> {
    first..
}

/// A text and its number.
#[derive(Row)]
pub struct Numbered {
    number: i64,
    text: String,
}

/// A text so many times, each with its number from one: all rows of a row at once.
#[table]
pub fn repeat_text(text: &str, times: i64) -> Vec<Numbered> {
    let row = |number| Numbered {
        number,
        text: text.to_owned(),
    };
    (1..=times).map(row).collect()
}

/// So many texts, each of so many bytes.
#[table]
pub fn huge(rows: i64, bytes: i64) -> impl Iterator<Item = String> {
    (0..rows).map(move |row| {
        let letter = char::from(b'a' + (row % 26) as u8);
        String::from(letter).repeat(bytes as usize)
    })
}

/// The quotients of a number by those from `from` down to one, or to zero, where it fails. Null is divided by
/// nothing.
#[table]
pub fn quotients(
    number: Option<i64>,
    from: i64,
    to: i64,
) -> impl Iterator<Item = Result<Option<i64>, String>> {
    let divide = move |by| match number {
        None => Ok(None),
        Some(number) if by == 0 => Err(format!("{number} can not be divided by zero")),
        Some(number) => Ok(Some(number / by)),
    };
    (to..=from).rev().map(divide)
}
