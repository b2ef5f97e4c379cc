//! What is copied is counted, and what need not be copied is not.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray, StringViewArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::DataType;
use arrowbox_host::FunctionFigures;
use arrowbox_tests::arrays::{Maker, Nulls};
use arrowbox_tests::engine;

use super::{column, scope};

/// Sends a column through `identity` in one query, several times, and lets go of each result.
fn figures(way: &str, given: &ArrayRef, times: usize) -> FunctionFigures {
    let function = engine::function("identity", way);
    let scope = scope();
    for _ in 0..times {
        let back = column(&function, &scope, given).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(&back, given);
    }
    scope.figures().remove(0)
}

#[test]
fn nothing_is_copied_out_of_a_guest_whose_results_are_let_go() {
    for data_type in [
        DataType::Int64,
        DataType::Float32,
        DataType::Boolean,
        DataType::Utf8,
    ] {
        let given = Maker::new(1, Nulls::Few).array(&data_type, 8192);
        let figures = figures("identity_rebuilt", &given, 50);
        assert_eq!(figures.bytes_copied_out, 0, "{data_type}");
        assert_eq!(figures.instances, 1, "{data_type}");
        assert_eq!((figures.calls, figures.rows), (50, 50 * 8192));
        assert!(
            figures.bytes_read_in_place >= 50 * 8192 / 8,
            "{data_type}: {figures:?}"
        );
    }
}

#[test]
fn a_whole_column_is_copied_in_once() {
    let given = Maker::new(2, Nulls::None).array(&DataType::Int64, 8192);
    let copied = figures("identity", &given, 10).bytes_copied_in;
    assert!(
        (10 * 8192 * 8..=10 * 8192 * 8 + 10 * 256).contains(&copied),
        "{copied}"
    );
}

#[test]
fn of_a_slice_only_the_slice_is_copied() {
    for data_type in [DataType::Int64, DataType::Utf8, DataType::Binary] {
        let whole = Maker::new(3, Nulls::Few).array(&data_type, 100_000);
        let slice = whole.slice(50_000, 100);
        let own = take(&slice, &UInt32Array::from_iter_values(0..100), None).unwrap();
        let bytes = own.to_data().get_slice_memory_size().unwrap() as u64;
        let copied = figures("identity", &slice, 1).bytes_copied_in;
        assert!(
            copied <= bytes + 256,
            "{data_type}: {copied} bytes for {bytes}"
        );
    }
}

/// After a filter most of a view's buffers are not referred to any more.
#[test]
fn of_views_only_what_they_refer_to_is_copied() {
    let texts: Vec<String> = (0..100_000)
        .map(|n| format!("a text that is too long for a view: {n:08}"))
        .collect();
    let whole: ArrayRef = Arc::new(StringViewArray::from_iter_values(&texts));
    let some = take(
        &whole,
        &UInt32Array::from_iter_values((0..1000).map(|n| n * 100)),
        None,
    )
    .unwrap();
    let referenced = 1000 * (16 + texts[0].len() as u64);
    let copied = figures("identity", &some, 1).bytes_copied_in;
    assert!(
        copied as f64 <= 1.1 * referenced as f64,
        "{copied} bytes for {referenced}"
    );
    assert!(copied >= referenced, "{copied} bytes for {referenced}");

    let all = 100_000 * (16 + texts[0].len() as u64);
    let copied = figures("identity", &whole, 1).bytes_copied_in;
    assert!(
        copied as f64 <= 1.1 * all as f64,
        "{copied} bytes for {all}"
    );
}

/// A cast that is made for a function is a copy.
#[test]
fn a_cast_is_counted() {
    let function = engine::function("reference", "add_one");
    let scope = scope();
    let given = Maker::new(4, Nulls::None).array(&DataType::Int32, 8192);
    column(&function, &scope, &given).unwrap();
    let copied = scope.figures()[0].bytes_copied_in;
    // Once to 64 bits, once into the guest.
    assert!(
        (2 * 8192 * 8..2 * 8192 * 8 + 256).contains(&copied),
        "{copied}"
    );
}

/// Text is taken in whatever layout it comes.
#[test]
fn text_needs_no_cast() {
    let texts: Vec<String> = (0..1000)
        .map(|n| format!("Text {n} of a length that no view holds"))
        .collect();
    let upper: StringArray = texts.iter().map(|text| Some(text.to_uppercase())).collect();
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    for data_type in [
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        dictionary,
    ] {
        let plain: ArrayRef = Arc::new(StringArray::from_iter_values(&texts));
        let given = arrow::compute::cast(&plain, &data_type).unwrap();
        let function = engine::function("reference", "upper");
        let scope = scope();
        let result = column(&function, &scope, &given)
            .unwrap_or_else(|error| panic!("{data_type}: {error}"));
        let result = arrow::compute::cast(&result, &DataType::Utf8).unwrap();
        assert_eq!(result.as_ref(), &upper as &dyn Array, "{data_type}");
        // Views, or offsets or keys, and the text.
        let bytes = 1000 * 16 + texts.iter().map(String::len).sum::<usize>() as u64;
        let copied = scope.figures()[0].bytes_copied_in;
        assert!(
            copied <= bytes + bytes / 10 + 512,
            "{data_type}: {copied} bytes for {bytes}"
        );
    }
}
