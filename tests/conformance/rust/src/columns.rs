//! Functions of whole columns.

use arrowbox_sdk::array::{Array, ArrayRef, Int64Array, StringArray};
use arrowbox_sdk::{same_as_first, scalar};

/// One more.
#[scalar]
pub fn add_one(x: &Int64Array) -> Int64Array {
    x.unary(|x| x + 1)
}

/// The values, and the limit where they are greater. There is none where it is null.
#[scalar]
pub fn at_most(x: &Int64Array, limit: &Int64Array) -> Int64Array {
    let least = |(x, limit): (Option<i64>, Option<i64>)| Some(x?.min(limit.unwrap_or(i64::MAX)));
    x.iter().zip(limit).map(least).collect()
}

/// The first character in capitals.
#[scalar]
pub fn initial(text: &StringArray) -> StringArray {
    let of = |text: &str| text.chars().take(1).collect::<String>().to_uppercase();
    text.iter().map(|text| text.map(of)).collect()
}

/// One where the value is null and zero elsewhere, of any type.
#[scalar(arguments("any"))]
pub fn nulls_in(values: &ArrayRef) -> Int64Array {
    let nulls = values.logical_nulls();
    let of = |row| {
        nulls
            .as_ref()
            .map_or(0, |nulls| i64::from(nulls.is_null(row)))
    };
    (0..values.len()).map(of).map(Some).collect()
}

/// What came, of any type.
#[scalar(arguments("any"), returns = same_as_first)]
pub fn same_any(values: &ArrayRef) -> ArrayRef {
    ArrayRef::clone(values)
}
