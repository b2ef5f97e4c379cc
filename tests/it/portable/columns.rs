//! Columns that stay with the host.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray, StringViewArray,
};
use arrow::datatypes::{Float64Type, Int64Type};
use arrowbox_host::{Binding, Function, Limits};
use arrowbox_tests::arrays::{Maker, Nulls, every_leaf};
use arrowbox_tests::engine::{self, Query, first_column, lines, stored};

use super::bytes::check_all;
use crate::boundary::{column, scope};
use crate::hostile::Case;

const LIMITS: Limits = Limits {
    memory: 64 << 20,
    timeout: Duration::from_secs(60),
};

const FAILING: &[Case] = &[
    ("divide_by_zero", &["failed", "ivide by zero"]),
    ("no_function", &["failed", "`now` is not always the same"]),
    ("another_type", &["broke the contract", "Float64", "Int64"]),
    ("another_length", &["broke the contract", "999 rows"]),
    ("two_columns", &["broke the contract", "gave 2 columns"]),
    ("none_given", &["broke the contract"]),
    ("arguments_twice", &["trapped", "columns.arguments"]),
    ("hoards", &["failed", "67108864 allowed"]),
];

fn call(function: &str, given: ArrayRef) -> ArrayRef {
    let function = engine::function("portable", function);
    column(&function, &scope(), &given).unwrap_or_else(|error| panic!("{}", engine::said(&error)))
}

#[test]
fn a_column_comes_back_without_a_copy() {
    let function = engine::function("portable", "identity");
    for data_type in every_leaf() {
        let scope = scope();
        let given = Maker::new(3, Nulls::Few).array(&data_type, 100);
        let back = column(&function, &scope, &given)
            .unwrap_or_else(|error| panic!("{data_type}: {}", engine::said(&error)));
        assert_eq!(&back, &given);
        let figures = scope.figures().remove(0);
        let copied = (
            figures.bytes_copied_in,
            figures.bytes_copied_out,
            figures.bytes_read_in_place,
        );
        assert_eq!(copied, (0, 0, 0), "{data_type}");
    }
}

#[test]
fn the_engine_computes() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(5), None, Some(-1)]));
    let more = Int64Array::from(vec![Some(6), None, Some(0)]);
    assert_eq!(call("add_one", numbers).as_primitive::<Int64Type>(), &more);

    let words: ArrayRef = Arc::new(StringArray::from(vec!["ab", "größe"]));
    let loud = StringArray::from(vec!["AB!", "GRÖSSE!"]);
    assert_eq!(call("shout", words).as_string::<i32>(), &loud);

    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![4, 1, 3, 2]));
    let half = Int64Array::from(vec![1, 2, 1, 2]);
    assert_eq!(
        call("half_of_sorted", numbers).as_primitive::<Int64Type>(),
        &half
    );

    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 3.0]));
    let share = Float64Array::from(vec![0.25, 0.75]);
    assert_eq!(call("share", numbers).as_primitive::<Float64Type>(), &share);
}

#[test]
fn a_small_part_does_not_keep_the_whole() {
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..100));
    let long = "long enough for a buffer of its own";
    let views: ArrayRef = Arc::new(StringViewArray::from_iter_values(
        (0..100).map(|row| format!("{long} {row}")),
    ));
    for given in [numbers, views] {
        let part = call("small_part", Arc::clone(&given));
        assert_eq!(&part, &given);
        let kept = part.get_buffer_memory_size();
        assert!(kept <= 16 << 10, "{}: {kept} bytes", given.data_type());
    }
}

#[tokio::test]
async fn what_is_no_result_is_refused() {
    check_all(FAILING, LIMITS).await;
}

#[tokio::test]
async fn columns_that_are_kept_are_charged() {
    let function = "hoards_arguments";
    let batches = (0..40).map(|_| {
        let numbers: Int64Array = (0..250_000).collect();
        Arc::new(numbers) as ArrayRef
    });
    let binding = Binding {
        limits: LIMITS,
        ..Binding::new(stored("portable"), function)
    };
    let error = Query::new(1)
        .with(engine::bound(binding))
        .column("t", batches)
        .rows(&format!("SELECT sum({function}(x)) FROM t"))
        .await
        .expect_err("80 MB are kept");
    let said = engine::said(&error);
    assert!(said.contains("67108864 allowed"), "{said}");
}

#[tokio::test]
async fn overflow_is_an_error() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![i64::MAX]));
    let function = engine::function("portable", "add_one");
    let error = column(&function, &scope(), &numbers).expect_err("it does not fit");
    let said = engine::said(&error);
    assert!(said.contains("verflow"), "{said}");
}

#[tokio::test]
async fn a_map_and_an_aggregate_take_columns() {
    let numbers: Int64Array = (-500..500).collect();
    let batches: Vec<ArrayRef> = (0..10)
        .map(|part| Arc::new(numbers.slice(part * 100, 100)) as ArrayRef)
        .collect();
    let query = Query::new(2).column("t", batches);
    let function = engine::any(Binding::new(stored("portable"), "positive"));
    let Function::MapBatches(map) = &function else {
        panic!("{function:?} is no batch map");
    };
    let input = query
        .plan("SELECT x, x * 2 AS y FROM t")
        .await
        .expect("a plan");
    let plan = map.plan(input, &[], None).expect("a plan");
    let rows = query.run(plan).await.expect("rows").rows;
    let all = first_column(&rows);
    assert_eq!(all.len(), 499);
    assert!(
        all.as_primitive::<Int64Type>()
            .values()
            .iter()
            .all(|x| *x > 0)
    );

    let total = engine::any(Binding::new(stored("portable"), "total"));
    let query = query.again().calling(&total);
    let rows = query
        .rows("SELECT x % 3 AS k, total(x), sum(x) FROM t GROUP BY k")
        .await
        .unwrap_or_else(|error| panic!("{}", engine::said(&error)));
    for line in lines(&rows) {
        let values: Vec<_> = line.split('|').collect();
        assert_eq!(values[1], values[2], "{line}");
    }
    let query = query.again().calling(&total);
    let rows = query
        .rows("SELECT total(x) - sum(x) FROM t")
        .await
        .unwrap_or_else(|error| panic!("{}", engine::said(&error)));
    assert_eq!(lines(&rows), ["0"]);
}
