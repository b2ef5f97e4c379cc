//! Functions that give rows.

use std::sync::Arc;

use arrowbox_sdk::array::builder::StringDictionaryBuilder;
use arrowbox_sdk::array::cast::AsArray;
use arrowbox_sdk::array::types::{Int64Type, UInt32Type};
use arrowbox_sdk::array::{ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray};
use arrowbox_sdk::datatypes::{DataType, Field};
use arrowbox_sdk::testing::{self, table_with};
use arrowbox_sdk::{Column, Error, Function, Options, Row, Table, table};

fn texts<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringArray>())
}

fn numbers(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Int64Array>())
}

fn batches<F: Table>(columns: &[ArrayRef]) -> Vec<RecordBatch> {
    let batches = testing::table::<F>(columns).unwrap();
    batches.collect::<Result<_, _>>().unwrap()
}

fn parents(batch: &RecordBatch) -> Vec<u32> {
    batch
        .column(0)
        .as_primitive::<UInt32Type>()
        .values()
        .to_vec()
}

#[derive(Row)]
struct Part {
    index: i64,
    part: String,
}

/// The parts of a text.
#[table]
fn explode(text: &str, delimiter: &str) -> Vec<Part> {
    let part = |(index, part): (usize, &str)| Part {
        index: index as i64,
        part: part.to_owned(),
    };
    text.split(delimiter).enumerate().map(part).collect()
}

#[test]
fn rows_of_a_struct_say_whose_they_are() {
    let rows = texts([Some("a,b"), None, Some(""), Some("c")]);
    let commas = Column::constant(texts([Some(",")]), 4);
    let columns = vec![Column::new(rows), commas];
    let mut batches = table_with::<explode>(&Options::default(), columns, 4).unwrap();
    let batch = batches.next().unwrap().unwrap();
    assert!(batches.next().is_none());
    assert_eq!(parents(&batch), [0, 0, 2, 3]);
    assert_eq!(batch.column(1), &numbers([0, 1, 0, 0].map(Some)));
    assert_eq!(
        batch.column(2),
        &texts([Some("a"), Some("b"), Some(""), Some("c")])
    );
    let names: Vec<_> = explode::fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names, ["index", "part"]);
    assert_eq!(explode::ENTRY.documentation, "The parts of a text.");
    assert_eq!(explode("a", "b").len(), 1);
}

#[table]
fn series(first: i64, last: i64) -> impl Iterator<Item = i64> {
    first..=last
}

#[test]
fn values_are_a_column_of_the_name_of_the_function() {
    let field = Field::new("series", DataType::Int64, false);
    assert_eq!(series::fields(), [Arc::new(field)]);
    let first = numbers([Some(1), Some(5), None, Some(7)]);
    let last = numbers([Some(2), Some(4), Some(9), Some(7)]);
    let [batch] = &batches::<series>(&[first, last])[..] else {
        panic!("there are few rows");
    };
    assert_eq!(parents(batch), [0, 0, 3]);
    assert_eq!(batch.column(1), &numbers([1, 2, 7].map(Some)));
    assert!(batches::<series>(&[numbers([]), numbers([])]).is_empty());
    assert!(batches::<series>(&[numbers([None]), numbers([None])]).is_empty());
}

#[test]
fn rows_without_end_are_made_when_they_are_wanted() {
    let columns = [numbers([Some(0)]), numbers([Some(i64::MAX)])];
    let taken: Vec<_> = testing::table::<series>(&columns)
        .unwrap()
        .take(3)
        .collect();
    for (index, batch) in taken.into_iter().enumerate() {
        let batch = batch.unwrap();
        assert_eq!(batch.num_rows(), 8192);
        let values = batch.column(1).as_primitive::<Int64Type>();
        assert_eq!(values.value(0), 8192 * index as i64);
    }
}

#[table]
fn copies(text: &str, times: i64) -> impl Iterator<Item = &str> {
    (0..times).map(move |_| text)
}

#[test]
fn batches_are_not_too_large() {
    let many = |text: &str, times| {
        batches::<copies>(&[texts([Some(text), Some("z")]), numbers([times, Some(1)])])
    };
    let rows = |batches: &[RecordBatch]| {
        batches
            .iter()
            .map(RecordBatch::num_rows)
            .collect::<Vec<_>>()
    };
    assert_eq!(rows(&many("a", Some(20_000))), [8192, 8192, 3617]);
    // Three of 400 KiB are more than a MiB.
    let long = "x".repeat(400 << 10);
    let batches = many(&long, Some(7));
    assert_eq!(rows(&batches), [3, 3, 2]);
    assert_eq!(parents(&batches[2]), [0, 1]);
    assert_eq!(
        batches[2].column(1),
        &texts([Some(long.as_str()), Some("z")])
    );
    // Many rows of arguments.
    let args = texts((0..5000).map(|_| Some("a")));
    let times = numbers((0..5000).map(|row| Some(row % 5)));
    let batches = self::batches::<copies>(&[args, times]);
    let total: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(total, 10_000);
    let all: Vec<u32> = batches.iter().flat_map(parents).collect();
    let expected = (0..5000).flat_map(|row| (0..row % 5).map(move |_| row));
    assert!(all.into_iter().eq(expected));
}

/// Owned text, nulls that are seen, errors of both sorts.
#[table(name = "pieces", volatile)]
fn cut(
    text: String,
    bytes: Option<Vec<u8>>,
    width: Option<i64>,
) -> Result<impl Iterator<Item = Result<String, String>>, Error> {
    let width = width.unwrap_or(1);
    if width <= 0 {
        return Err(Error::new(format!("{width} is no width")));
    }
    let mut rest = text + &String::from_utf8_lossy(&bytes.unwrap_or_default());
    Ok(std::iter::from_fn(move || {
        let width = width as usize;
        if rest.is_empty() {
            return None;
        }
        if rest.starts_with('!') {
            return Some(Err("a piece begins with !".to_owned()));
        }
        let piece: String = rest.chars().take(width).collect();
        rest = rest.split_off(piece.len());
        Some(Ok(piece))
    }))
}

fn cuts(text: Option<&str>, width: Option<i64>) -> Result<Vec<String>, Error> {
    let mut builder = StringDictionaryBuilder::<UInt32Type>::new();
    builder.append_option(Some("--"));
    builder.append_option(text);
    let bytes: ArrayRef = Arc::new(BinaryArray::from_opt_vec(vec![None, Some(b".")]));
    let columns = [
        Arc::new(builder.finish()) as ArrayRef,
        bytes,
        numbers([Some(2), width]),
    ];
    let mut pieces = Vec::new();
    for batch in testing::table::<cut>(&columns)? {
        pieces.extend(
            batch?
                .column(1)
                .as_string::<i32>()
                .iter()
                .flatten()
                .map(str::to_owned),
        );
    }
    Ok(pieces)
}

#[test]
fn owned_text_nulls_and_errors() {
    assert_eq!(cuts(Some("abc"), Some(2)).unwrap(), ["--", "ab", "c."]);
    assert_eq!(cuts(Some("abc"), None).unwrap(), ["--", "a", "b", "c", "."]);
    assert_eq!(cuts(None, None).unwrap(), ["--"]);
    let error = cuts(Some("a"), Some(0)).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.row()),
        ("0 is no width", Some(1))
    );
    let error = cuts(Some("a!"), Some(1)).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.row()),
        ("a piece begins with !", Some(1))
    );
    assert_eq!(cut::ENTRY.name, "pieces");
}

struct Repeated {
    times: usize,
}

#[table]
impl Repeated {
    fn new(options: &Options) -> Result<Self, Error> {
        options.only(&["times"])?;
        Ok(Self {
            times: options.param("times").unwrap_or("2").parse()?,
        })
    }

    fn call(&self, value: i64) -> impl Iterator<Item = Option<i64>> {
        (0..self.times).map(move |row| (row > 0).then_some(value))
    }
}

#[derive(Default)]
struct Countdown {
    step: i64,
}

#[table]
impl Countdown {
    /// Numbers down to zero.
    fn call(&self, from: &[i64]) -> Result<Vec<i64>, String> {
        match from {
            [from] => Ok((0..=*from)
                .rev()
                .step_by(self.step.max(1) as usize)
                .collect()),
            _ => Err(format!("{} numbers", from.len())),
        }
    }
}

#[test]
fn types_can_give_rows() {
    let options = Options::default().with_param("times", "3");
    let values = || vec![Column::new(numbers([Some(7)]))];
    let batch = table_with::<Repeated>(&options, values(), 1)
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(batch.column(1), &numbers([None, Some(7), Some(7)]));
    assert!(batch.schema().field(1).is_nullable());
    let unknown = Options::default().with_param("time", "3");
    assert!(table_with::<Repeated>(&unknown, values(), 1).is_err());
    let [batch] = &batches::<Countdown>(&[numbers([Some(2), Some(1)])])[..] else {
        panic!("there are few rows");
    };
    assert_eq!(batch.column(1), &numbers([2, 1, 0, 1, 0].map(Some)));
    let error = testing::table::<Countdown>(&[])
        .unwrap()
        .next()
        .unwrap()
        .unwrap_err();
    assert_eq!(error.to_string(), "0 numbers");
}

#[table]
fn primes() -> [i64; 3] {
    [2, 3, 5]
}

#[test]
fn a_function_without_arguments_is_a_table() {
    let [batch] = &batches::<primes>(&[])[..] else {
        panic!("there are few rows");
    };
    assert_eq!(batch.column(1), &numbers([2, 3, 5].map(Some)));
}
