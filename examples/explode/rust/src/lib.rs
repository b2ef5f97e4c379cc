//! The parts of texts: a table function, which gives rows for each row.

use arrowbox_sdk::{Error, Row, table};

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Row)]
pub struct Part {
    /// Its place among the parts of its text, from one.
    pub index: i64,
    /// What is between two delimiters.
    pub part: String,
}

/// The parts of a text between delimiters, in their order: `index`, from one, and `part`.
///
/// A text without a delimiter is one part, an empty one too; parts can be empty. Null has no parts.
///
/// # Errors
///
/// The delimiter is empty.
#[table]
pub fn explode(text: &str, delimiter: &str) -> Result<Vec<Part>, Error> {
    if delimiter.is_empty() {
        return Err(Error::new(
            "the delimiter is empty: nothing is between two of them",
        ));
    }
    let part = |(index, part): (i64, &str)| Part {
        index,
        part: part.to_owned(),
    };
    Ok((1..).zip(text.split(delimiter)).map(part).collect())
}

arrowbox_sdk::export!(explode);

#[cfg(test)]
mod tests;
