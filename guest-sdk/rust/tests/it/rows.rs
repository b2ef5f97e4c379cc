//! Functions of rows: nulls, constants, errors, layouts.

use std::borrow::Cow;
use std::sync::Arc;

use arrowbox_sdk::array::builder::StringDictionaryBuilder;
use arrowbox_sdk::array::types::{ArrowDictionaryKeyType, Int8Type, UInt64Type};
use arrowbox_sdk::array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, DictionaryArray, Int8Array,
    Int64Array, LargeBinaryArray, LargeStringArray, StringArray, StringViewArray,
};
use arrowbox_sdk::testing::{call, call_with};
use arrowbox_sdk::{Bytes, Column, Error, Function, Options, Scalar, Text, scalar};

/// More rows than one block has.
const MANY: i64 = 2500;

fn array(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

fn numbers(numbers: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    array(numbers.into_iter().collect::<Int64Array>())
}

fn texts<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> ArrayRef {
    array(texts.into_iter().collect::<StringArray>())
}

fn result<F: Scalar>(columns: Vec<Column>, rows: usize) -> ArrayRef {
    call_with::<F>(&Options::default(), columns, rows).unwrap()
}

#[scalar]
fn divide(a: i64, b: i64) -> i64 {
    a / b
}

#[test]
fn a_function_is_not_run_for_nulls() {
    let a = numbers([Some(6), Some(7), None, Some(9)]);
    let b = numbers([Some(3), None, Some(0), Some(4)]);
    let expected = numbers([Some(2), None, None, Some(2)]);
    // The value behind the null is zero, and dividing by it would end the test.
    assert_eq!(&call::<divide>(&[a, b]).unwrap(), &expected);
    assert_eq!(divide(7, 2), 3);
}

#[test]
fn nulls_in_any_pattern() {
    for gap in [1, 2, 3, 64, 1000, MANY + 1] {
        let pattern = |n: i64| (n % gap != gap - 1).then_some(n);
        let a = numbers((0..MANY).map(pattern));
        let b = Column::constant(numbers([Some(1)]), MANY as usize);
        let actual = result::<divide>(vec![Column::new(Arc::clone(&a)), b], MANY as usize);
        assert_eq!(&actual, &a, "every {gap}th is null");
    }
}

#[test]
fn constants_stand_for_every_row() {
    let many: ArrayRef = numbers((0..MANY).map(Some));
    let constant = |n| Column::constant(numbers([n]), MANY as usize);
    let halves = result::<divide>(
        vec![Column::new(Arc::clone(&many)), constant(Some(2))],
        MANY as usize,
    );
    assert_eq!(&halves, &numbers((0..MANY).map(|n| Some(n / 2))));
    let null = result::<divide>(vec![Column::new(many), constant(None)], MANY as usize);
    assert_eq!(null.null_count(), MANY as usize);
    let both = result::<divide>(vec![constant(Some(7)), constant(Some(2))], MANY as usize);
    assert_eq!(&both, &numbers([Some(3)].repeat(MANY as usize)));
}

#[test]
fn batches_can_be_empty() {
    let none = numbers([]);
    assert_eq!(call::<divide>(&[Arc::clone(&none), none]).unwrap().len(), 0);
    let constant = || Column::constant(numbers([Some(1)]), 0);
    assert_eq!(result::<divide>(vec![constant(), constant()], 0).len(), 0);
    assert_eq!(call::<shorten>(&[texts([])]).unwrap().len(), 0);
}

#[scalar]
fn shorten(text: &str) -> &str {
    text.get(..3).unwrap_or(text)
}

#[scalar]
fn greet(name: Option<&str>, greeting: &str) -> String {
    format!("{greeting}, {}!", name.unwrap_or("stranger"))
}

#[test]
fn an_option_sees_nulls_and_the_others_do_not() {
    let names = texts([Some("Ada"), None, Some("Zoë"), None]);
    let greetings = texts([Some("Hello"), Some("Hi"), None, None]);
    let expected = texts([Some("Hello, Ada!"), Some("Hi, stranger!"), None, None]);
    assert_eq!(&call::<greet>(&[names, greetings]).unwrap(), &expected);
    const { assert!(!greet::ENTRY.strict && shorten::ENTRY.strict) };
}

#[scalar]
fn positive(x: i64) -> Option<i64> {
    (x > 0).then_some(x)
}

#[test]
fn no_result_is_null() {
    let x = numbers([Some(-1), None, Some(2)]);
    assert_eq!(
        &call::<positive>(&[x]).unwrap(),
        &numbers([None, None, Some(2)])
    );
}

#[scalar]
fn parse(text: &str) -> Result<Option<i64>, std::num::ParseIntError> {
    if text.is_empty() {
        Ok(None)
    } else {
        text.parse().map(Some)
    }
}

#[test]
fn an_error_names_its_row() {
    let fine = texts([Some("1"), None, Some("")]);
    assert_eq!(
        &call::<parse>(&[fine]).unwrap(),
        &numbers([Some(1), None, None])
    );
    for row in [0, 1, 1023, 1024, 2499] {
        let text = |n: i64| {
            if n == row {
                Some("x")
            } else {
                (n % 3 == 0).then_some("7")
            }
        };
        let error = call::<parse>(&[texts((0..MANY).map(text))]).unwrap_err();
        assert_eq!(error.to_string(), "invalid digit found in string");
        assert_eq!(error.row(), Some(row as u64));
    }
}

#[scalar]
fn repeat(text: &str, times: i64, out: &mut Text) -> Result<Option<()>, String> {
    for _ in 0..times {
        out.append(text).make_ascii_uppercase();
    }
    match times {
        -1 => Ok(None),
        i64::MIN..-1 => Err(format!("{times} is too few")),
        _ => Ok(Some(())),
    }
}

#[test]
fn text_is_written_row_by_row() {
    let text = texts([Some("ab"), Some("c"), None, Some("é"), Some("left over")]);
    let times = numbers([Some(2), Some(0), Some(1), Some(1), Some(-1)]);
    let expected = texts([Some("ABAB"), Some(""), None, Some("é"), None]);
    assert_eq!(&call::<repeat>(&[text, times]).unwrap(), &expected);
    let error = call::<repeat>(&[texts([Some(""); 3]), numbers([1, 1, -2].map(Some))]);
    let error = error.unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.row()),
        ("-2 is too few", Some(2))
    );

    let mut out = Text::new();
    repeat("x", 3, &mut out).unwrap();
    assert_eq!(out.as_str(), "XXX");
}

#[scalar]
fn xor(bytes: &[u8], key: u8, out: &mut Bytes) {
    out.extend(bytes.iter().map(|byte| byte ^ key));
}

#[scalar]
fn whole(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec()
}

#[test]
fn binary_of_every_layout() {
    let values: [Option<&[u8]>; 4] = [
        Some(b"ab"),
        None,
        Some(b""),
        Some(b"more than twelve bytes"),
    ];
    let expected = array(BinaryArray::from_iter(values));
    for bytes in [
        array(BinaryArray::from_iter(values)),
        array(LargeBinaryArray::from_iter(values)),
        array(BinaryViewArray::from_iter(values)),
    ] {
        assert_eq!(&call::<whole>(&[Arc::clone(&bytes)]).unwrap(), &expected);
        let key = Column::constant(array(arrowbox_sdk::array::UInt8Array::from(vec![0])), 4);
        assert_eq!(&result::<xor>(vec![Column::new(bytes), key], 4), &expected);
    }
}

fn dictionary<K: ArrowDictionaryKeyType>(values: &[Option<&str>]) -> ArrayRef {
    let mut builder = StringDictionaryBuilder::<K>::new();
    values
        .iter()
        .for_each(|value| builder.append_option(*value));
    array(builder.finish())
}

#[test]
fn text_of_every_layout() {
    let long = "a text that does not fit into a view";
    let values = [
        Some("abcd"),
        None,
        Some(""),
        Some(long),
        Some("abcd"),
        Some("é"),
    ];
    let many = values.repeat(600);
    let keys = Int8Array::from(vec![Some(0), None, Some(2), Some(3), Some(0), Some(4)]);
    let of_views = StringViewArray::from(vec![Some("abcd"), None, Some(""), Some(long), Some("é")]);
    let null_values = Int8Array::from(vec![0, 1, 2, 3, 0, 4]);
    for (column, expected) in [
        (texts(values), &values[..]),
        (array(LargeStringArray::from_iter(values)), &values[..]),
        (array(StringViewArray::from_iter(values)), &values[..]),
        (dictionary::<Int8Type>(&values), &values[..]),
        (dictionary::<UInt64Type>(&values), &values[..]),
        (
            array(DictionaryArray::new(keys, Arc::new(of_views.clone()))),
            &values[..],
        ),
        (
            array(DictionaryArray::new(null_values, Arc::new(of_views))),
            &values[..],
        ),
        (array(StringViewArray::from_iter(many.clone())), &many[..]),
        (texts(many.clone()), &many[..]),
        (dictionary::<Int8Type>(&many), &many[..]),
    ] {
        let shortened = texts(expected.iter().map(|text| text.map(shorten)));
        assert_eq!(
            &call::<shorten>(&[Arc::clone(&column)]).unwrap(),
            &shortened
        );
        let (column, expected) = (column.slice(3, 2), &expected[3..5]);
        let shortened = texts(expected.iter().map(|text| text.map(shorten)));
        assert_eq!(
            &call::<shorten>(&[Arc::clone(&column)]).unwrap(),
            &shortened
        );
        let constant = Column::constant(column.slice(0, 1), 3000);
        let actual = result::<shorten>(vec![constant], 3000);
        assert_eq!(&actual, &texts(vec![expected[0].map(shorten); 3000]));
    }
}

#[test]
fn a_dictionary_of_nothing() {
    let keys = Int8Array::from(vec![None, None]);
    let values = Arc::new(StringArray::from(Vec::<&str>::new()));
    let column = array(DictionaryArray::<Int8Type>::new(keys, values));
    assert_eq!(
        &call::<shorten>(&[Arc::clone(&column)]).unwrap(),
        &texts([None, None])
    );
    assert_eq!(&call::<or_empty>(&[column]).unwrap(), &texts([Some(""); 2]));
}

#[scalar]
fn or_empty(text: Option<&str>) -> Cow<'_, str> {
    text.map_or_else(|| Cow::Owned(String::new()), Cow::Borrowed)
}

#[scalar]
fn first<'a>(fallback: &'a str, values: &[Option<&'a str>]) -> &'a str {
    values.iter().copied().flatten().next().unwrap_or(fallback)
}

#[scalar]
fn total(values: &[i64]) -> i64 {
    values.iter().sum()
}

#[test]
fn a_slice_takes_the_arguments_that_are_left() {
    let (a, b) = (
        texts([None, Some("b"), None]),
        texts([Some("x"), Some("y"), None]),
    );
    let fallback = texts([Some("-"); 3]);
    let expected = texts([Some("x"), Some("b"), Some("-")]);
    assert_eq!(
        &call::<first>(&[Arc::clone(&fallback), a, b]).unwrap(),
        &expected
    );
    assert_eq!(&call::<first>(&[Arc::clone(&fallback)]).unwrap(), &fallback);

    let column = || numbers((0..MANY).map(|n| (n % 5 != 0).then_some(n)));
    let expected = numbers((0..MANY).map(|n| (n % 5 != 0).then_some(3 * n)));
    assert_eq!(
        &call::<total>(&[column(), column(), column()]).unwrap(),
        &expected
    );
    assert_eq!(&call::<total>(&[]).unwrap(), &numbers([Some(0)]));
    assert!(call::<total>(&[texts([Some("1")])]).is_err());
}

#[scalar]
fn is_even(x: i64, really: Option<bool>) -> bool {
    (x % 2 == 0) == really.unwrap_or(true)
}

#[test]
fn truth_is_packed_into_bits() {
    let x = numbers((0..MANY).map(|n| (n % 7 != 3).then_some(n)));
    let really = (0..MANY).map(|n| [Some(true), Some(false), None][n as usize % 3]);
    let really = array(really.collect::<BooleanArray>());
    let expected = (0..MANY).map(|n| (n % 7 != 3).then_some((n % 2 == 0) == (n % 3 != 1)));
    let expected = array(expected.collect::<BooleanArray>());
    for start in [0, 1, 1000] {
        let slice = |array: &ArrayRef| array.slice(start, 1200);
        let actual = call::<is_even>(&[slice(&x), slice(&really)]).unwrap();
        assert_eq!(&actual, &slice(&expected));
    }
}

#[scalar]
fn answer() -> i64 {
    42
}

#[test]
fn a_function_without_arguments_has_a_value_for_every_row() {
    assert_eq!(&result::<answer>(vec![], 3), &numbers([Some(42); 3]));
}

#[test]
fn what_has_no_signature_is_refused() {
    let error = call::<divide>(&[texts([Some("1")]), numbers([Some(1)])]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "divide has no signature for (Utf8, Int64)"
    );
    assert!(call::<divide>(&[numbers([Some(1)])]).is_err());
    let options = Options::default().with_param("mode", "fast");
    let error: Error = call_with::<answer>(&options, vec![], 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "param.mode is not known: the function takes no options"
    );
}
