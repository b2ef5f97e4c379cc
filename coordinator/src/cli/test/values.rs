//! Rows on the command line: `12,18`, `"Hello, World",NULL`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrowbox_host::{Accepts, Signature};

/// Why rows on the command line are none.
#[derive(Debug, thiserror::Error)]
pub(super) enum ValuesError {
    /// A quote that does not end, or something behind one that does.
    #[error(
        "the row `{row}` does not read: a quoted value ends with a quote and is followed by a comma"
    )]
    Quotes {
        /// The row.
        row: String,
    },
    /// Rows of different lengths.
    #[error("the row `{row}` has {count} values, and the first row has {first}")]
    Ragged {
        /// The row.
        row: String,
        /// Its values.
        count: usize,
        /// Those of the first.
        first: usize,
    },
    /// No signature has so many arguments.
    #[error("`{function}` can not be called with {count} values; it takes\n{available}")]
    Count {
        /// The function.
        function: String,
        /// Values in a row.
        count: usize,
        /// What it takes, a line each.
        available: String,
    },
    /// A value is not of the argument's type.
    #[error(
        "the values of the argument {index} do not read as {data_type}; give rows of such types in a file, with --rows"
    )]
    Cast {
        /// Which argument, from one.
        index: usize,
        /// The type.
        data_type: DataType,
        /// What arrow says.
        #[source]
        source: ArrowError,
    },
}

/// The columns of rows, with the names and types of the first signature that takes them.
pub(super) fn columns(
    rows: &[String],
    function: &str,
    signatures: &[Signature],
) -> Result<Vec<(String, ArrayRef)>, ValuesError> {
    let parsed = rows
        .iter()
        .map(|row| split(row))
        .collect::<Result<Vec<_>, _>>()?;
    let count = parsed.first().map_or(0, Vec::len);
    for (cells, row) in parsed.iter().zip(rows) {
        if cells.len() != count {
            return Err(ValuesError::Ragged {
                row: row.clone(),
                count: cells.len(),
                first: count,
            });
        }
    }
    let texts: Vec<StringArray> = (0..count)
        .map(|column| {
            parsed
                .iter()
                .map(|cells| cells[column].as_deref())
                .collect()
        })
        .collect();
    let mut failed = None;
    for signature in signatures
        .iter()
        .filter(|signature| takes(signature, count))
    {
        match typed(&texts, signature) {
            Ok(columns) => return Ok(names(signature, count).into_iter().zip(columns).collect()),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    Err(failed.unwrap_or_else(|| ValuesError::Count {
        function: function.to_owned(),
        count,
        available: available(function, signatures),
    }))
}

/// Whether a call can have so many arguments.
pub(super) fn takes(signature: &Signature, count: usize) -> bool {
    let arguments = signature.arguments.len();
    if signature.variadic {
        count + 1 >= arguments
    } else {
        count == arguments
    }
}

/// A name for each column: that of the argument, unless it has none or shares it.
fn names(signature: &Signature, count: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(count);
    for index in 0..count {
        let argument = signature
            .arguments
            .get(index)
            .map(|argument| argument.name.as_str());
        names.push(match argument {
            Some(name)
                if !name.is_empty()
                    && !RESERVED.contains(&name)
                    && !names.iter().any(|known| known == name) =>
            {
                name.to_owned()
            }
            _ => format!("argument {}", index + 1),
        });
    }
    names
}

/// Columns that a test adds itself.
const RESERVED: [&str; 2] = [super::rows::NUMBER, super::rows::RESULT];

/// The ways of calling a function, a line each.
pub(super) fn available(function: &str, signatures: &[Signature]) -> String {
    let lines: Vec<_> = signatures
        .iter()
        .map(|signature| format!("  {function}{signature}"))
        .collect();
    lines.join("\n")
}

fn typed(texts: &[StringArray], signature: &Signature) -> Result<Vec<ArrayRef>, ValuesError> {
    let arguments = signature
        .arguments
        .iter()
        .chain(signature.arguments.last().into_iter().cycle());
    let columns = texts.iter().zip(arguments).enumerate();
    columns
        .map(|(index, (text, argument))| match &argument.accepts {
            Accepts::Exactly(data_type) => {
                cast(text, data_type).map_err(|source| ValuesError::Cast {
                    index: index + 1,
                    data_type: data_type.clone(),
                    source,
                })
            }
            Accepts::Text => Ok(Arc::new(text.clone()) as ArrayRef),
            Accepts::Binary => cast(text, &DataType::Binary).map_err(|source| ValuesError::Cast {
                index: index + 1,
                data_type: DataType::Binary,
                source,
            }),
            Accepts::Any => Ok(guess(text)),
        })
        .collect()
}

fn cast(text: &dyn Array, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(text, data_type, &strict)
}

/// The narrowest of a few types that all values read as.
fn guess(text: &StringArray) -> ArrayRef {
    // A cast takes `y` and `no` for truth values, too, which are as likely names.
    let truth = |text: &str| ["true", "false"].contains(&text.to_ascii_lowercase().as_str());
    let types = if text.null_count() < text.len() && text.iter().flatten().all(truth) {
        &[DataType::Boolean][..]
    } else {
        &[DataType::Int64, DataType::Float64]
    };
    types
        .iter()
        .find_map(|data_type| cast(text, data_type).ok())
        .unwrap_or_else(|| Arc::new(text.clone()))
}

/// The values of one row; none for a null.
fn split(row: &str) -> Result<Vec<Option<String>>, ValuesError> {
    let wrong = || ValuesError::Quotes {
        row: row.to_owned(),
    };
    let mut cells = Vec::new();
    let mut rest = row;
    loop {
        let after = if let Some(quoted) = rest.trim_start().strip_prefix('"') {
            let (cell, after) = unquote(quoted).ok_or_else(wrong)?;
            cells.push(Some(cell));
            after.trim_start()
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let cell = rest[..end].trim();
            cells.push(if cell.eq_ignore_ascii_case("null") {
                None
            } else {
                Some(cell.to_owned())
            });
            &rest[end..]
        };
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() => return Ok(cells),
            None => return Err(wrong()),
        }
    }
}

/// What stands before the closing quote, two quotes being one, and what follows.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut cell = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"')?;
        cell.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                rest = more;
            }
            None => return Some((cell, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_split() {
        for (row, cells) in [
            ("12,18", vec![Some("12"), Some("18")]),
            (" 12 , null", vec![Some("12"), None]),
            (
                "\"NULL\",\"a,b\" , \"say \"\"x\"\"\"",
                vec![Some("NULL"), Some("a,b"), Some("say \"x\"")],
            ),
            ("", vec![Some("")]),
            ("a,", vec![Some("a"), Some("")]),
        ] {
            let split = split(row).unwrap();
            let split: Vec<_> = split.iter().map(Option::as_deref).collect();
            assert_eq!(split, cells, "{row}");
        }
        for row in ["\"a", "\"a\"b", "\"a\",\"b"] {
            assert!(split(row).is_err(), "{row}");
        }
    }

    #[test]
    fn types_are_guessed_for_any() {
        let guessed = |cells: &[Option<&str>]| {
            guess(&StringArray::from(cells.to_vec()))
                .data_type()
                .clone()
        };
        assert_eq!(guessed(&[Some("1"), None]), DataType::Int64);
        assert_eq!(guessed(&[Some("1"), Some("1.5")]), DataType::Float64);
        assert_eq!(guessed(&[Some("true"), None]), DataType::Boolean);
        assert_eq!(guessed(&[Some("y")]), DataType::Utf8);
        assert_eq!(guessed(&[Some("1"), Some("x")]), DataType::Utf8);
    }
}
