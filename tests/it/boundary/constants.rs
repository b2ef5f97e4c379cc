//! A constant crosses as one value, whatever its type.

use arrow::array::Array;
use arrowbox_tests::arrays::{Maker, Nulls, data_type, every_leaf};
use arrowbox_tests::engine;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ColumnarValue;
use proptest::prelude::*;

use super::{invoke, scope};

fn check(way: &str, value: &ScalarValue) -> Result<(), TestCaseError> {
    let function = engine::function("identity", way);
    let scope = scope();
    let result = invoke(
        &function,
        &scope,
        vec![ColumnarValue::Scalar(value.clone())],
        8192,
    );
    let result = result.map_err(|error| {
        TestCaseError::fail(format!("{way}({value}): {}", engine::said(&error)))
    })?;
    let expected = value.to_array().expect("one value");
    let found = match result {
        ColumnarValue::Scalar(found) => found.to_array().expect("one value"),
        ColumnarValue::Array(_) => {
            return Err(TestCaseError::fail(format!(
                "{way}({value}) is not a constant"
            )));
        }
    };
    prop_assert_eq!(&found, &expected, "{}({})", way, value);
    for figures in scope.figures() {
        prop_assert_eq!(figures.rows, 1);
        prop_assert!(
            figures.bytes_copied_in <= 64 + 4 * expected.get_array_memory_size() as u64,
            "{:?}",
            figures
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_constant_survives(
        data_type in data_type(),
        seed in any::<u64>(),
        way in prop::sample::select(vec!["identity", "identity_constant"]),
    ) {
        let array = Maker::new(seed, Nulls::Few).array(&data_type, 1);
        // Not every type has constants in the engine.
        if let Ok(value) = ScalarValue::try_from_array(&array, 0) {
            check(way, &value)?;
        }
    }
}

#[test]
fn every_leaf_has_constants() {
    for data_type in every_leaf() {
        for nulls in [Nulls::None, Nulls::All] {
            let array = Maker::new(13, nulls).array(&data_type, 1);
            let value = ScalarValue::try_from_array(&array, 0).expect("a leaf has constants");
            for way in ["identity", "identity_constant"] {
                check(way, &value).unwrap_or_else(|error| panic!("{data_type}: {error}"));
            }
        }
    }
}

/// Beside a column, too: the column's rows are not multiplied by it.
#[test]
fn a_constant_beside_a_column_is_copied_once() {
    let function = engine::function("reference", "gcd");
    let scope = scope();
    let numbers = std::sync::Arc::new(
        (0..8192)
            .map(|n| n * 7)
            .collect::<arrow::array::Int64Array>(),
    ) as arrow::array::ArrayRef;
    let args = vec![
        ColumnarValue::Array(numbers.clone()),
        ColumnarValue::Scalar(ScalarValue::Int64(Some(12))),
    ];
    let result = invoke(&function, &scope, args, 8192)
        .unwrap()
        .into_array(8192)
        .unwrap();
    let expected: arrow::array::Int64Array =
        arrow::array::AsArray::as_primitive::<arrow::datatypes::Int64Type>(&numbers)
            .values()
            .iter()
            .map(|a| {
                let (mut a, mut b) = (a.unsigned_abs(), 12);
                while b != 0 {
                    (a, b) = (b, a % b);
                }
                a as i64
            })
            .collect();
    assert_eq!(result.as_ref(), &expected as &dyn Array);
    let copied = scope.figures()[0].bytes_copied_in;
    assert!((8192 * 8 + 8..8192 * 8 + 256).contains(&copied), "{copied}");
}
