use std::sync::Arc;

use arrowbox_sdk::array::cast::AsArray;
use arrowbox_sdk::array::types::{Float64Type, TimestampNanosecondType};
use arrowbox_sdk::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    TimestampSecondArray,
};
use arrowbox_sdk::{Error, Options, testing};

use crate::AsofJoin;

/// Keys and times of a table whose values are the numbers of its rows.
fn table(names: [&str; 2], keys: &[i64], times: ArrayRef) -> RecordBatch {
    let values = Float64Array::from_iter_values((0..keys.len()).map(|row| row as f64));
    let keys: ArrayRef = Arc::new(Int64Array::from(keys.to_vec()));
    RecordBatch::try_from_iter([
        ("key", keys),
        (names[0], times),
        (names[1], Arc::new(values)),
    ])
    .unwrap()
}

fn left(names: [&str; 2]) -> RecordBatch {
    let times = TimestampSecondArray::from(vec![Some(30), Some(10), None, Some(10), Some(5)]);
    table(names, &[1, 1, 1, 2, 3], Arc::new(times))
}

fn right(names: [&str; 2]) -> RecordBatch {
    let times = [9_000_000, 30_000_001, 10_000_000, 1, 4_999_999];
    table(
        names,
        &[1, 1, 2, 4, 3],
        Arc::new(TimestampMicrosecondArray::from(times.to_vec())),
    )
}

fn join(
    left: RecordBatch,
    right: RecordBatch,
    arguments: &[&str],
) -> Result<Vec<RecordBatch>, Error> {
    let text = |text: &&str| -> ArrayRef { Arc::new(StringArray::from(vec![*text])) };
    let arguments: Vec<ArrayRef> = arguments.iter().map(text).collect();
    let options = Options::default();
    testing::cogrouped_map::<AsofJoin>((&[left], &[0]), (&[right], &[0]), &arguments, &options)
}

#[test]
fn each_row_has_the_latest_one_of_its_key() {
    let names = ["time", "price", "seen", "bid"];
    for (names, arguments) in [(["at", "value", "at", "value"], &[][..]), (names, &names)] {
        let pairs = join(
            left([names[0], names[1]]),
            right([names[2], names[3]]),
            arguments,
        )
        .unwrap();
        assert_eq!(pairs.len(), 1);
        let column = |name: &str| pairs[0].column_by_name(name).unwrap();
        let times = |name: &str| -> Vec<Option<i64>> {
            column(name)
                .as_primitive::<TimestampNanosecondType>()
                .iter()
                .collect()
        };
        let numbers = |name: &str| -> Vec<Option<f64>> {
            column(name).as_primitive::<Float64Type>().iter().collect()
        };
        assert_eq!(
            column("key").as_ref(),
            &Int64Array::from(vec![1, 1, 1, 2, 3])
        );
        let seconds = |seconds: i64| Some(seconds * 1_000_000_000);
        assert_eq!(
            times("at"),
            [None, seconds(10), seconds(30), seconds(10), seconds(5)]
        );
        assert_eq!(numbers("value"), [2.0, 1.0, 0.0, 3.0, 4.0].map(Some));
        assert_eq!(
            times("latest_at"),
            [
                None,
                seconds(9),
                seconds(9),
                seconds(10),
                Some(4_999_999_000)
            ]
        );
        assert_eq!(
            numbers("latest"),
            [None, Some(0.0), Some(0.0), Some(2.0), Some(4.0)]
        );
    }
}

#[test]
fn other_columns_are_refused() {
    for (arguments, expected) in [
        (
            &["at"][..],
            "asof_join takes the names of four columns or none, and not 1 arguments",
        ),
        (
            &["at", "value", "seen", "value"],
            "the right table has no column \"seen\": name the columns behind the function",
        ),
        (
            &["key", "value", "at", "value"],
            "the column \"key\" of the left table is Int64: cast it to timestamp",
        ),
        (
            &["at", "value", "at", "key"],
            "the column \"key\" of the right table is Int64: cast it to double",
        ),
    ] {
        let error = join(left(["at", "value"]), right(["at", "value"]), arguments).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn times_that_nanoseconds_do_not_reach_are_refused() {
    let far = table(
        ["at", "value"],
        &[1],
        Arc::new(TimestampSecondArray::from(vec![i64::MAX / 1000])),
    );
    let error = join(far, right(["at", "value"]), &[])
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("a time is outside of the years 1677 to 2262"),
        "{error}"
    );
}
