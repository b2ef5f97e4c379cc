//! Which folder a row belongs to.

use arrowbox_sdk::Error;
use arrowbox_sdk::array::ArrayRef;
use arrowbox_sdk::datatypes::{DataType, FieldRef};

use crate::json::{self, Column, Unsupported};

/// What stands for null, for Hive and everything after it.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The most that file systems take for one name, in bytes.
const LONGEST: usize = 255;

/// Whether the values of a type can be names of folders.
pub(crate) fn is_name(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_name(values),
        DataType::Boolean
        | DataType::Date32
        | DataType::Date64
        | DataType::Timestamp(..)
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => true,
        other => other.is_integer() || is_text(other),
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_text(values),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        _ => false,
    }
}

/// The columns of a batch that name folders.
pub(crate) struct Folders {
    columns: Vec<Level>,
    /// The value at hand.
    value: Vec<u8>,
}

struct Level {
    /// Encoded, with `=`.
    name: String,
    values: Column,
    is_text: bool,
}

impl Folders {
    pub(crate) fn new<'a>(
        columns: impl IntoIterator<Item = (&'a FieldRef, &'a ArrayRef)>,
    ) -> Result<Self, Unsupported> {
        let level = |(field, array): (&FieldRef, &ArrayRef)| {
            let mut name = String::new();
            encode(field.name().as_bytes(), &mut name);
            // A name must not begin with a dot.
            if name.starts_with('.') {
                name.replace_range(..1, "%2E");
            }
            name.push('=');
            Ok(Level {
                name,
                values: json::plain(field.name(), array)?,
                is_text: is_text(field.data_type()),
            })
        };
        Ok(Self {
            columns: columns.into_iter().map(level).collect::<Result<_, _>>()?,
            value: Vec::new(),
        })
    }

    /// Makes `folder` that of a row: `a=1/b=x/`, and nothing where no columns name folders.
    ///
    /// # Errors
    ///
    /// A name is longer than file systems take.
    #[inline]
    pub(crate) fn name(&mut self, row: usize, folder: &mut String) -> Result<(), Error> {
        folder.clear();
        for level in &self.columns {
            let begin = folder.len();
            folder.push_str(&level.name);
            self.value.clear();
            if level.values.is_null(row) {
                folder.push_str(NULL);
            } else {
                level.values.write(row, &mut self.value);
                level.encode(&self.value, folder);
            }
            if folder.len() - begin > LONGEST {
                let name: String = folder[begin..].chars().take(60).collect();
                return Err(Error::new(format_args!(
                    "the folder {name}… has a name of {} bytes, and {LONGEST} is the most: partition by something shorter",
                    folder.len() - begin
                )));
            }
            folder.push('/');
        }
        Ok(())
    }
}

impl Level {
    fn encode(&self, value: &[u8], folder: &mut String) {
        match (self.is_text, value) {
            // The quotes of JSON.
            (false, [b'"', value @ .., b'"']) => encode(value, folder),
            // A text that says what stands for null is not null.
            (true, value) if value == NULL.as_bytes() => {
                folder.push_str("%5F");
                folder.push_str(&NULL[1..]);
            }
            (_, value) => encode(value, folder),
        }
    }
}

/// As in URLs (RFC 3986): all but letters, digits and `-._~` becomes `%` and two digits.
fn encode(text: &[u8], into: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                into.push(char::from(*byte));
            }
            _ => {
                into.push('%');
                into.push(char::from(DIGITS[usize::from(byte >> 4)]));
                into.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrowbox_sdk::array::types::Int8Type;
    use arrowbox_sdk::array::*;
    use arrowbox_sdk::datatypes::Field;
    use proptest::prelude::*;

    use super::*;

    fn folders(columns: Vec<(&str, ArrayRef)>) -> Result<Vec<String>, String> {
        let rows = columns[0].1.len();
        let fields: Vec<_> = columns
            .iter()
            .map(|(name, array)| Arc::new(Field::new(*name, array.data_type().clone(), true)))
            .collect();
        assert!(fields.iter().all(|field| is_name(field.data_type())));
        let arrays = columns.iter().map(|(_, array)| array);
        let mut folders = Folders::new(fields.iter().zip(arrays)).unwrap();
        let mut folder = String::new();
        let mut name = |row| {
            folders
                .name(row, &mut folder)
                .map_err(|error| error.to_string())?;
            Ok(folder.clone())
        };
        (0..rows).map(&mut name).collect()
    }

    fn texts(values: Vec<Option<&str>>) -> ArrayRef {
        Arc::new(StringArray::from(values))
    }

    #[test]
    fn folders_have_names_and_values() {
        let status: ArrayRef = Arc::new(Int16Array::from(vec![Some(200), None, Some(-1)]));
        let agents = texts(vec![Some("a b"), Some(""), None]);
        let found = folders(vec![("status", status), ("Agent/1", agents)]).unwrap();
        let null = "__HIVE_DEFAULT_PARTITION__";
        assert_eq!(
            found,
            [
                "status=200/Agent%2F1=a%20b/".to_owned(),
                format!("status={null}/Agent%2F1=/"),
                format!("status=-1/Agent%2F1={null}/"),
            ]
        );
    }

    #[test]
    fn values_of_every_type_are_texts() {
        let days: ArrayRef = Arc::new(Date32Array::from(vec![19_782]));
        let times: ArrayRef = Arc::new(TimestampSecondArray::from(vec![0]).with_timezone("UTC"));
        let truth: ArrayRef = Arc::new(BooleanArray::from(vec![true]));
        let price: ArrayRef = Arc::new(
            Decimal128Array::from(vec![150])
                .with_precision_and_scale(5, 2)
                .unwrap(),
        );
        let words: DictionaryArray<Int8Type> = [Some("\"x\"")].into_iter().collect();
        let columns = vec![
            ("d", days),
            ("t", times),
            ("b", truth),
            ("p", price),
            ("w", Arc::new(words) as _),
        ];
        assert_eq!(
            folders(columns).unwrap(),
            ["d=2024-02-29/t=1970-01-01T00%3A00%3A00Z/b=true/p=1.50/w=%22x%22/"]
        );
        for other in [DataType::Float64, DataType::Binary, DataType::Null] {
            assert!(!is_name(&other));
        }
    }

    #[test]
    fn no_text_is_null_or_leaves_its_folder() {
        let values = texts(vec![Some(NULL), Some("../.."), Some("."), Some("é%")]);
        assert_eq!(
            folders(vec![(".x", values)]).unwrap(),
            [
                "%2Ex=%5F_HIVE_DEFAULT_PARTITION__/",
                "%2Ex=..%2F../",
                "%2Ex=./",
                "%2Ex=%C3%A9%25/",
            ]
        );
    }

    #[test]
    fn long_names_are_errors() {
        let fits = "x".repeat(LONGEST - 2);
        assert!(folders(vec![("a", texts(vec![Some(&fits)]))]).is_ok());
        let long = "é".repeat(LONGEST / 6 + 1);
        let error = folders(vec![("a", texts(vec![Some(&long)]))]).unwrap_err();
        assert!(error.contains("has a name of 260 bytes"), "{error}");
    }

    proptest! {
        #[test]
        fn what_was_encoded_can_be_decoded(text in any::<String>()) {
            let mut encoded = String::new();
            encode(text.as_bytes(), &mut encoded);
            let mut bytes = encoded.bytes();
            let mut decoded = Vec::new();
            while let Some(byte) = bytes.next() {
                prop_assert!(byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte));
                decoded.push(match byte {
                    b'%' => {
                        let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                        u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                    }
                    other => other,
                });
            }
            prop_assert_eq!(String::from_utf8(decoded).unwrap(), text);
        }
    }
}
