//! Functions of ordered partitions.

use std::sync::Arc;

use arrowbox_sdk::__private::{Arguments, Open};
use arrowbox_sdk::array::{Array, ArrayRef, Float64Array, Int64Array, StringArray, make_array};
use arrowbox_sdk::datatypes::{DataType, Field};
use arrowbox_sdk::testing::{window, window_with};
use arrowbox_sdk::{Column, Error, Function, Options, window};

fn reals(values: impl IntoIterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Float64Array>())
}

/// The values less their mean.
#[window]
fn centered(values: &Float64Array) -> Float64Array {
    let count = (values.len() - values.null_count()) as f64;
    let mean = values.iter().flatten().sum::<f64>() / count;
    values.unary(|value| value - mean)
}

#[test]
fn a_partition_is_seen_whole() {
    let values = reals([Some(1.0), None, Some(3.0)]);
    let expected = reals([Some(-1.0), None, Some(1.0)]);
    assert_eq!(&window::<centered>(&[values]).unwrap(), &expected);
    assert_eq!(centered::ENTRY.documentation, "The values less their mean.");
    assert_eq!(centered(&vec![4.0].into()).value(0), 0.0);
}

/// A mean in which older values weigh less.
#[derive(Default)]
struct Ewma {
    mean: Option<f64>,
}

#[window]
impl Ewma {
    fn next(&mut self, value: Option<f64>, alpha: f64) -> Option<f64> {
        if let Some(value) = value {
            let mean = self
                .mean
                .map_or(value, |mean| mean + alpha * (value - mean));
            self.mean = Some(mean);
        }
        self.mean
    }
}

#[test]
fn rows_come_one_after_the_other() {
    let values = reals([None, Some(1.0), None, Some(3.0), Some(2.0)]);
    let expected = reals([None, Some(1.0), Some(1.0), Some(2.0), Some(2.0)]);
    let half = Column::constant(reals([Some(0.5)]), 5);
    let columns = vec![Column::new(values), half];
    let means = window_with::<Ewma>(&Options::default(), columns, 5).unwrap();
    assert_eq!(&means, &expected);
}

#[test]
fn every_partition_begins_anew() {
    let Open::Window(open) = Ewma::ENTRY.open else {
        panic!("it is a window function");
    };
    let fields = [
        Field::new("", DataType::Float64, true).into(),
        Field::new("", DataType::Float64, true).into(),
    ];
    let mut ewma = open(&fields, &Options::default()).unwrap();
    let rows = |values: &[f64]| {
        let values = reals(values.iter().copied().map(Some)).to_data();
        let rows = values.len();
        Arguments::new([values, reals([Some(0.5)]).to_data()], rows)
    };
    let mut push = |values: &[f64], first| make_array(ewma.push(rows(values), first).unwrap());
    assert_eq!(&push(&[2.0, 4.0], true), &reals([Some(2.0), Some(3.0)]));
    assert_eq!(&push(&[5.0], false), &reals([Some(4.0)]));
    assert_eq!(&push(&[8.0, 8.0, 8.0], true), &reals([Some(8.0); 3]));
    // A whole partition in between changes nothing.
    assert_eq!(make_array(ewma.evaluate(rows(&[1.0])).unwrap()).len(), 1);
    let mut push = |values: &[f64], first| make_array(ewma.push(rows(values), first).unwrap());
    assert_eq!(&push(&[6.0], false), &reals([Some(7.0)]));
}

/// Options, an error, an argument that can not be null.
#[derive(Clone)]
struct Numbered {
    next: i64,
    limit: i64,
}

#[window(name = "number_rows", stable)]
impl Numbered {
    fn new(options: &Options) -> Result<Self, Error> {
        let limit = options.param("limit").unwrap_or("9").parse()?;
        Ok(Self { next: 0, limit })
    }

    /// The rows that are not null, counted.
    fn next(&mut self, text: &str) -> Result<String, String> {
        self.next += 1;
        match self.next > self.limit {
            true => Err(format!("more than {} rows", self.limit)),
            false => Ok(format!("{}: {text}", self.next)),
        }
    }
}

#[test]
fn nulls_are_passed_over_and_errors_name_their_row() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("b")]));
    let expected: ArrayRef = Arc::new(StringArray::from(vec![Some("1: a"), None, Some("2: b")]));
    assert_eq!(
        &window::<Numbered>(&[Arc::clone(&texts)]).unwrap(),
        &expected
    );
    let options = Options::default().with_param("limit", "1");
    let error = window_with::<Numbered>(&options, vec![Column::new(texts)], 3).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.row()),
        ("more than 1 rows", Some(2))
    );
    assert_eq!(Numbered::ENTRY.name, "number_rows");
    assert_eq!(
        Numbered::ENTRY.documentation,
        "The rows that are not null, counted."
    );
}

struct Shifted {
    by: i64,
}

#[window]
impl Shifted {
    fn new(options: &Options) -> Result<Self, Error> {
        Ok(Self {
            by: options.param("by").unwrap_or("1").parse()?,
        })
    }

    fn evaluate(&self, values: &Int64Array) -> Int64Array {
        values.unary(|value| value + self.by)
    }
}

#[test]
fn a_type_can_take_whole_partitions() {
    let values: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let expected: ArrayRef = Arc::new(Int64Array::from(vec![2, 3]));
    assert_eq!(&window::<Shifted>(&[values]).unwrap(), &expected);
    let Open::Window(open) = Shifted::ENTRY.open else {
        panic!("it is a window function");
    };
    let fields = [Field::new("", DataType::Int64, true).into()];
    let mut shifted = open(&fields, &Options::default()).unwrap();
    assert!(!shifted.is_incremental());
    let error = shifted
        .push(Arguments::new([expected.to_data()], 2), true)
        .unwrap_err();
    assert_eq!(error.to_string(), "shifted needs a whole partition at once");
}
