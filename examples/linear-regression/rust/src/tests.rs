use std::sync::Arc;

use arrowbox_sdk::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrowbox_sdk::{Error, Options, testing};

use crate::LinearRegression;

fn table(names: [&str; 2], rows: &[(i64, Option<f64>, Option<f64>)]) -> RecordBatch {
    let keys: ArrayRef = Arc::new(rows.iter().map(|row| Some(row.0)).collect::<Int64Array>());
    let x: ArrayRef = Arc::new(rows.iter().map(|row| row.1).collect::<Float64Array>());
    let y: ArrayRef = Arc::new(rows.iter().map(|row| row.2).collect::<Float64Array>());
    RecordBatch::try_from_iter([("key", keys), (names[0], x), (names[1], y)]).unwrap()
}

fn map(table: RecordBatch, arguments: &[&str]) -> Result<Vec<RecordBatch>, Error> {
    let text = |text: &&str| -> ArrayRef { Arc::new(StringArray::from(vec![*text])) };
    let arguments: Vec<ArrayRef> = arguments.iter().map(text).collect();
    testing::grouped_map::<LinearRegression>(&[table], &[0], &arguments, &Options::default())
}

const ROWS: [(i64, Option<f64>, Option<f64>); 8] = [
    (1, Some(0.0), Some(1.0)),
    (1, Some(1.0), Some(3.0)),
    (1, None, Some(100.0)),
    (1, Some(2.0), Some(5.0)),
    (1, Some(7.0), None),
    (2, Some(0.0), Some(4.0)),
    (2, Some(2.0), Some(3.0)),
    (3, Some(2.0), Some(3.0)),
];

#[test]
fn each_group_has_its_line() {
    for (names, arguments) in [
        (["x", "y"], &[][..]),
        (["price", "sold"], &["price", "sold"]),
    ] {
        let lines = map(table(names, &ROWS), arguments).unwrap();
        let fields = |name: &str| Arc::clone(lines[0].column_by_name(name).unwrap());
        let numbers = |values: [Option<f64>; 3]| -> ArrayRef {
            Arc::new(Float64Array::from(values.to_vec()))
        };
        assert_eq!(lines.len(), 1);
        assert_eq!(
            &fields("key"),
            &(Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef)
        );
        assert_eq!(&fields("slope"), &numbers([Some(2.0), Some(-0.5), None]));
        assert_eq!(&fields("intercept"), &numbers([Some(1.0), Some(4.0), None]));
        assert_eq!(&fields("r2"), &numbers([Some(1.0), Some(1.0), None]));
    }
}

#[test]
fn other_columns_are_refused() {
    let points = || table(["x", "y"], &ROWS);
    for (arguments, expected) in [
        (
            &["x"][..],
            "linear_regression takes the names of two columns or none, and not 1 arguments",
        ),
        (
            &["x", "z"],
            "the table has no column \"z\": name the columns of x and y behind the function",
        ),
        (
            &["x", "key"],
            "the column \"key\" is Int64: linear_regression takes Float64, so cast it to double",
        ),
    ] {
        let error = map(points(), arguments).unwrap_err().to_string();
        assert_eq!(error, expected);
    }
}
