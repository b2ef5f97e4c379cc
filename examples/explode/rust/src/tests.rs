use std::sync::Arc;

use arrowbox_sdk::array::{ArrayRef, Int64Array, StringArray, UInt32Array};
use arrowbox_sdk::testing;

use crate::explode;

#[test]
fn parts_are_between_delimiters() {
    for (text, delimiter, expected) in [
        ("a,b,c", ",", &["a", "b", "c"][..]),
        ("a", ",", &["a"]),
        ("", ",", &[""]),
        (",a,,", ",", &["", "a", "", ""]),
        ("a--b-c", "--", &["a", "b-c"]),
        ("東京、大阪", "、", &["東京", "大阪"]),
    ] {
        let parts = explode(text, delimiter).unwrap();
        let found: Vec<_> = parts
            .iter()
            .map(|part| (part.index, part.part.as_str()))
            .collect();
        let expected: Vec<_> = (1..).zip(expected.iter().copied()).collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn an_empty_delimiter_is_refused() {
    let error = explode("abc", "").unwrap_err().to_string();
    assert_eq!(
        error,
        "the delimiter is empty: nothing is between two of them"
    );
}

#[test]
fn rows_have_the_parts_of_their_text() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![
        Some("a,b"),
        None,
        Some("c"),
        Some("d;e"),
    ]));
    let delimiters: ArrayRef = Arc::new(StringArray::from(vec![
        Some(","),
        Some(","),
        None,
        Some(";"),
    ]));
    let batches: Vec<_> = testing::table::<explode>(&[texts, delimiters])
        .unwrap()
        .collect();
    assert_eq!(batches.len(), 1);
    let batch = batches[0].as_ref().unwrap();
    assert_eq!(
        batch.column(0).as_ref(),
        &UInt32Array::from(vec![0, 0, 3, 3])
    );
    assert_eq!(
        batch.column(1).as_ref(),
        &Int64Array::from(vec![1, 2, 1, 2])
    );
    assert_eq!(
        batch.column(2).as_ref(),
        &StringArray::from(vec!["a", "b", "d", "e"])
    );
}
