use std::sync::Arc;

use arrowbox_sdk::array::cast::AsArray;
use arrowbox_sdk::array::types::{Float64Type, Int32Type};
use arrowbox_sdk::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrowbox_sdk::{Error, Options, testing};

use crate::IrisModel;

const COLUMNS: [&str; 4] = ["sepal_length", "sepal_width", "petal_length", "petal_width"];

/// Flowers, and a column that is none of the model's.
fn table(flowers: &[[Option<f64>; 4]]) -> RecordBatch {
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..flowers.len() as i64));
    let column = |index: usize| -> ArrayRef {
        Arc::new(
            flowers
                .iter()
                .map(|flower| flower[index])
                .collect::<Float64Array>(),
        )
    };
    let columns = COLUMNS
        .iter()
        .enumerate()
        .map(|(index, name)| (*name, column(index)));
    RecordBatch::try_from_iter([("number", numbers)].into_iter().chain(columns)).unwrap()
}

fn score(table: RecordBatch, threshold: &[f64], options: &Options) -> Result<RecordBatch, Error> {
    let arguments = threshold
        .iter()
        .map(|&number| Arc::new(Float64Array::from(vec![number])) as ArrayRef);
    let arguments: Vec<_> = arguments.collect();
    let mut batches = testing::map_batches::<IrisModel>(&[table], &arguments, options)?;
    assert_eq!(batches.len(), 1);
    Ok(batches.remove(0))
}

fn predicted(rows: &RecordBatch) -> Vec<Option<&str>> {
    let classes = rows
        .column_by_name("predicted")
        .unwrap()
        .as_dictionary::<Int32Type>();
    classes
        .downcast_dict::<StringArray>()
        .unwrap()
        .into_iter()
        .collect()
}

fn probabilities(rows: &RecordBatch) -> Vec<Option<f64>> {
    let column = rows.column_by_name("probability").unwrap();
    column.as_primitive::<Float64Type>().iter().collect()
}

/// The 10th, the 60th and the 120th of Fisher's flowers, and one of which not all is known.
const FLOWERS: [[Option<f64>; 4]; 4] = [
    [Some(4.9), Some(3.1), Some(1.5), Some(0.1)],
    [Some(5.2), Some(2.7), Some(3.9), Some(1.4)],
    [Some(6.0), Some(2.2), Some(5.0), Some(1.5)],
    [Some(6.0), Some(2.2), None, Some(1.5)],
];

#[test]
fn flowers_have_the_probabilities_that_the_training_gave_them() {
    let input = table(&FLOWERS);
    let rows = score(input.clone(), &[0.75], &Options::default()).unwrap();
    assert_eq!(rows.columns()[..5], *input.columns());
    assert_eq!(
        predicted(&rows),
        [Some("setosa"), Some("versicolor"), None, None]
    );
    let expected = [Some(0.955), Some(0.825), Some(0.581), None];
    for (found, expected) in probabilities(&rows).into_iter().zip(expected) {
        match expected {
            Some(expected) => assert!((found.unwrap() - expected).abs() < 5e-4, "{found:?}"),
            None => assert_eq!(found, None),
        }
    }
}

#[test]
fn without_a_probability_every_flower_has_a_class() {
    let rows = score(table(&FLOWERS), &[], &Options::default()).unwrap();
    let expected = [Some("setosa"), Some("versicolor"), Some("versicolor"), None];
    assert_eq!(predicted(&rows), expected);
}

#[test]
fn a_probability_can_be_whole() {
    let one: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let table = [table(&FLOWERS)];
    let rows = testing::map_batches::<IrisModel>(&table, &[one], &Options::default()).unwrap();
    assert_eq!(predicted(&rows[0]), [None; 4]);
}

#[test]
fn what_is_not_a_number_has_no_class() {
    let rows = score(table(&[[Some(f64::NAN); 4]]), &[], &Options::default()).unwrap();
    assert_eq!(predicted(&rows), [None]);
    assert!(probabilities(&rows)[0].unwrap().is_nan());
}

#[test]
fn another_model_takes_its_place() {
    let options = Options::default().with_data(
        "model",
        "class,intercept,petal_width\nwide,-1,1\nnarrow,0,0\n",
    );
    let rows = score(table(&FLOWERS), &[], &options).unwrap();
    assert_eq!(
        predicted(&rows),
        [Some("narrow"), Some("wide"), Some("wide"), Some("wide")]
    );
    let options = Options::default().with_data("model", "class,intercept,number\na,0,1\nb,0,2\n");
    let error = score(table(&FLOWERS), &[], &options)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the column \"number\" is Int64: the model takes Float64, so cast it to double"
    );
    let options = Options::default().with_data("model", "class,intercept,height\na,0,1\nb,0,2\n");
    let error = score(table(&FLOWERS), &[], &options)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the table has no column \"height\", which the model needs"
    );
}

#[test]
fn other_calls_are_refused() {
    for wrong in [-0.1, 1.5, f64::NAN] {
        assert!(
            score(table(&FLOWERS), &[wrong], &Options::default()).is_err(),
            "{wrong}"
        );
    }
    assert!(score(table(&FLOWERS), &[0.5, 0.5], &Options::default()).is_err());
    let twice = score(table(&FLOWERS), &[], &Options::default()).unwrap();
    let error = score(twice, &[], &Options::default())
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the table has a column \"predicted\" already: name it otherwise"
    );
}
