//! Rows as JSON.
//!
//! | Arrow | JSON |
//! |---|---|
//! | integers, decimals | a number with all of its digits |
//! | floats | the shortest number that reads back as the same; infinities and what is no number are null |
//! | boolean, null | the same |
//! | texts | a string |
//! | binary | a string of base64 |
//! | dates, times, timestamps, durations, intervals | a string of ISO 8601; timestamps with a zone are in UTC, with `Z` |
//! | lists of every kind | an array |
//! | structs, maps whose keys are texts | an object |
//! | dictionaries | what they stand for |

mod base64;
mod column;
mod time;

use std::error::Error;
use std::fmt;

use arrowbox_sdk::array::{ArrayRef, StructArray};
use arrowbox_sdk::buffer::NullBuffer;
use arrowbox_sdk::datatypes::{DataType, FieldRef};

pub(crate) use column::{plain, supports};

/// Writes the value of a row that is not null.
type Write = Box<dyn Fn(usize, &mut Vec<u8>)>;

/// What becomes of a field of an object that is null.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Nulls {
    /// `"name":null`.
    #[default]
    Write,
    /// It is left out.
    Omit,
}

/// A type that has no form in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// The column, with those that it is within.
    pub column: String,
    /// Its type.
    pub data_type: DataType,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, data_type } = self;
        write!(
            f,
            "the column {column} is of type {data_type}, which has no form in JSON: cast it or leave it out"
        )
    }
}

impl Error for Unsupported {}

/// Some columns, as objects.
pub struct Objects {
    fields: Vec<Field>,
    nulls: Nulls,
}

struct Field {
    /// The name with quotes and a colon.
    key: Vec<u8>,
    column: Column,
}

/// An array, ready to be written.
pub(crate) struct Column {
    nulls: Option<NullBuffer>,
    write: Write,
}

impl Objects {
    /// Of these columns, which are of equal length.
    ///
    /// # Errors
    ///
    /// A type has no form in JSON.
    pub fn new<'a>(
        columns: impl IntoIterator<Item = (&'a FieldRef, &'a ArrayRef)>,
        nulls: Nulls,
    ) -> Result<Self, Unsupported> {
        let field = |(field, array): (&FieldRef, &ArrayRef)| {
            let mut key = Vec::new();
            column::string(field.name(), &mut key);
            key.push(b':');
            let column = Column::new(field.name(), array, nulls)?;
            Ok(Field { key, column })
        };
        Ok(Self {
            fields: columns.into_iter().map(field).collect::<Result<_, _>>()?,
            nulls,
        })
    }

    fn of_struct(array: &StructArray, nulls: Nulls) -> Result<Self, Unsupported> {
        Self::new(array.fields().iter().zip(array.columns()), nulls)
    }

    /// Appends the object of a row.
    ///
    /// # Panics
    ///
    /// There is no such row.
    pub fn write(&self, row: usize, out: &mut Vec<u8>) {
        out.push(b'{');
        let mut first = true;
        for Field { key, column } in &self.fields {
            let is_null = column.is_null(row);
            if is_null && self.nulls == Nulls::Omit {
                continue;
            }
            if !std::mem::take(&mut first) {
                out.push(b',');
            }
            out.extend_from_slice(key);
            match is_null {
                true => out.extend_from_slice(b"null"),
                false => (column.write)(row, out),
            }
        }
        out.push(b'}');
    }
}

impl Column {
    pub(crate) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Appends the value of a row, which can be null.
    pub(crate) fn write(&self, row: usize, out: &mut Vec<u8>) {
        match self.is_null(row) {
            true => out.extend_from_slice(b"null"),
            false => (self.write)(row, out),
        }
    }
}

#[cfg(test)]
mod tests;
