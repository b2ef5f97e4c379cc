//! Arguments of the reference functions.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, StringViewArray};

/// A reference function with arguments of one kind.
pub(crate) struct Case {
    /// As figures call it.
    pub(crate) label: &'static str,
    /// As components call it.
    pub(crate) name: &'static str,
    /// So many rows of arguments.
    pub(crate) arguments: fn(usize) -> Vec<ArrayRef>,
    /// The largest batch; what takes too long or too much memory has a smaller one.
    pub(crate) most_rows: usize,
    /// Rows and ratio that must not be exceeded.
    pub(crate) bar: Option<(usize, f64)>,
}

/// Rows of a batch.
pub(crate) const SIZES: [usize; 4] = [64, 1024, 8192, 65536];

pub(crate) const CASES: [Case; 10] = [
    case("add_one(i64)", "add_one", |rows| vec![numbers(rows, |i| i)]).bar(8192, 1.5),
    case("gcd(i64, i64)", "gcd", |rows| {
        vec![numbers(rows, |i| i), numbers(rows, |i| 2 * i)]
    })
    .bar(1024, 1.15),
    case("haversine(f64, f64, f64, f64)", "haversine", |rows| {
        let degrees = |from: f64, to: f64, step: f64| -> ArrayRef {
            let values = (0..rows).map(|i| from + (i as f64 * step) % (to - from));
            Arc::new(Float64Array::from_iter_values(values))
        };
        vec![
            degrees(-90.0, 90.0, 0.37),
            degrees(-180.0, 180.0, 0.73),
            degrees(-90.0, 90.0, 1.13),
            degrees(-180.0, 180.0, 1.91),
        ]
    })
    .bar(8192, 1.2),
    case("upper(utf8)", "upper", |rows| {
        vec![Arc::new(StringArray::from_iter_values(
            (0..rows).map(comment),
        ))]
    })
    .bar(8192, 1.5),
    case("upper(utf8view)", "upper", |rows| {
        vec![Arc::new(StringViewArray::from_iter_values(
            (0..rows).map(comment),
        ))]
    })
    .bar(8192, 1.5),
    case("sub_str(utf8, i64, i64)", "sub_str", |rows| {
        vec![
            Arc::new(StringArray::from_iter_values((0..rows).map(comment))),
            numbers(rows, |i| 1 + i % 7),
            numbers(rows, |i| 3 + i % 11),
        ]
    }),
    case("json_lower(100 B)", "json_lower", |rows| json(rows, 100)),
    case("json_lower(1 KB)", "json_lower", |rows| json(rows, 1_000)).up_to(8192),
    case("json_lower(10 KB)", "json_lower", |rows| json(rows, 10_000)).up_to(1024),
    case("collatz(i64)", "collatz", |rows| {
        vec![numbers(rows, |i| 1 + i % 10_000)]
    }),
];

const fn case(
    label: &'static str,
    name: &'static str,
    arguments: fn(usize) -> Vec<ArrayRef>,
) -> Case {
    Case {
        label,
        name,
        arguments,
        most_rows: usize::MAX,
        bar: None,
    }
}

impl Case {
    const fn bar(mut self, rows: usize, ratio: f64) -> Self {
        self.bar = Some((rows, ratio));
        self
    }

    const fn up_to(mut self, rows: usize) -> Self {
        self.most_rows = rows;
        self
    }
}

fn numbers(rows: usize, value: impl Fn(i64) -> i64) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values((0..rows as i64).map(value)))
}

/// Text of 10 to 43 bytes, as in the comments of `lineitem`.
pub(crate) fn comment(row: usize) -> String {
    const WORDS: [&str; 8] = [
        "carefully",
        "final",
        "deposits",
        "sleep",
        "furiously",
        "regular",
        "packages",
        "among",
    ];
    let mut text = String::new();
    let length = 10 + row * 7 % 34;
    let mut word = row;
    while text.len() < length {
        text.push_str(WORDS[word % WORDS.len()]);
        text.push(' ');
        word = word.wrapping_mul(31).wrapping_add(7);
    }
    text.truncate(length);
    text
}

/// Objects of about so many bytes.
fn json(rows: usize, bytes: usize) -> Vec<ArrayRef> {
    let document = |row: usize| {
        let mut text = format!("{{\"Id\": {row}, \"Items\": [");
        let mut item = 0;
        while text.len() + 12 < bytes {
            let comma = if item == 0 { "" } else { ", " };
            text.push_str(&format!(
                "{comma}{{\"Name\": \"{}\"}}",
                comment(row + item).trim()
            ));
            item += 1;
        }
        text.push_str("]}");
        text
    };
    // Parsing is what counts, not variety: few documents, many rows.
    let documents: Vec<String> = (0..16).map(document).collect();
    let values = (0..rows).map(|row| documents[row % documents.len()].as_str());
    vec![Arc::new(StringArray::from_iter_values(values))]
}
