//! Values of every layout that a guest makes by itself.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::DataType;
use arrow::util::display::array_value_to_string;
use arrowbox_tests::engine;

use super::{column, scope};

/// A function of the guest `identity`, and what it makes of 0, 1, null and 25.
const MADE: &[(&str, [&str; 4])] = &[
    ("make_boolean", ["false", "true", "", "true"]),
    ("make_fixed_size_binary", ["000000", "010000", "", "190000"]),
];

#[test]
fn what_a_guest_makes_arrives() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(0), Some(1), None, Some(25)]));
    for (function, expected) in MADE {
        let function = engine::function("identity", function);
        let made = column(&function, &scope(), &numbers).unwrap_or_else(|error| panic!("{error}"));
        let shown: Vec<String> = (0..4)
            .map(|row| array_value_to_string(&made, row).unwrap())
            .collect();
        assert_eq!(shown, expected, "{function:?}");
    }
}

/// Every `make_…` of the guest, over many rows, is valid, is as long as it should be, and is the same the
/// second time.
#[test]
fn every_layout_that_a_guest_can_make_is_read() {
    let component = engine::runtime()
        .component(engine::stored("identity"))
        .unwrap();
    let numbers: ArrayRef = Arc::new(
        (0..1000)
            .map(|n| (n % 7 != 3).then_some(n % 50))
            .collect::<Int64Array>(),
    );
    let mut made = 0;
    for described in component
        .description()
        .functions
        .iter()
        .filter(|f| f.name.starts_with("make_"))
    {
        let function = engine::function("identity", &described.name);
        let scope = scope();
        let first = column(&function, &scope, &numbers)
            .unwrap_or_else(|error| panic!("{}: {error}", described.name));
        assert_eq!(first.len(), 1000, "{}", described.name);
        first
            .to_data()
            .validate_full()
            .unwrap_or_else(|error| panic!("{}: {error}", described.name));
        let second = column(&function, &scope, &numbers).unwrap();
        assert_eq!(&first, &second, "{}", described.name);
        made += 1;
    }
    assert!(made >= 16, "the guest makes {made} layouts only");
}

#[test]
fn runs_and_dictionaries_have_the_values_of_their_numbers() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![3, 3, 4, 4, 4, 5]));
    for function in ["make_runs", "make_dictionary"] {
        let made = column(&engine::function("identity", function), &scope(), &numbers).unwrap();
        let plain = match made.data_type() {
            DataType::RunEndEncoded(_, values) => values.data_type().clone(),
            DataType::Dictionary(_, values) => values.as_ref().clone(),
            other => panic!("{function} makes {other}"),
        };
        let plain = arrow::compute::cast(&made, &plain).unwrap();
        let shown: Vec<String> = (0..6)
            .map(|row| array_value_to_string(&plain, row).unwrap())
            .collect();
        assert_eq!(shown[0], shown[1], "{function}");
        assert_eq!(shown[2], shown[4], "{function}");
        assert_ne!(shown[1], shown[2], "{function}");
        assert_ne!(shown[4], shown[5], "{function}");
    }
    let structs = column(
        &engine::function("identity", "make_struct"),
        &scope(),
        &numbers,
    )
    .unwrap();
    assert_eq!(structs.as_struct().len(), 6);
}
