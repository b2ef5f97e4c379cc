use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray};

use super::*;
use crate::files::Range;
use crate::testing::{read, with_files};
use crate::{Row, Rows};

#[derive(Row)]
struct Entry {
    key: String,
    value: i64,
}

/// Lines such as `key=1`. Does filters of the value itself.
struct Pairs {
    wrong: bool,
    split: u64,
}

impl Reader for Pairs {
    fn open(options: &Options) -> Result<Self, Error> {
        options.only(&["wrong", "split"])?;
        Ok(Self {
            wrong: options.param("wrong").is_some(),
            split: options.param("split").unwrap_or("4").parse()?,
        })
    }

    fn schema(&self) -> SchemaRef {
        Rows::<Entry>::schema()
    }

    fn exactness(&self, filter: &Filter) -> Exactness {
        match (filter.column(), filter.value::<i64>()) {
            (1, Ok(_)) => Exactness::Exact,
            _ => Exactness::Unsupported,
        }
    }

    fn plan(&self, _: &Request) -> Result<Vec<Split>, Error> {
        match self.split {
            0 => Ok(vec![Split::range("a", 0, 4), Split::range("a", 0, 9)]),
            bytes => split_files(bytes),
        }
    }

    fn read(&self, split: &Split, request: &Request) -> Result<Batches, Error> {
        let (mut lines, request) = (split.lines()?, request.clone());
        let wrong = self.wrong;
        let mut compare = Vec::new();
        for filter in request.filters() {
            compare.push((filter.comparison(), filter.value::<i64>()?));
        }
        Ok(Batches::from_fn(move || {
            let mut rows = Rows::new();
            while rows.len() < 2 {
                let Some(line) = lines.next_line()? else {
                    break;
                };
                let (key, value) = std::str::from_utf8(line)?
                    .split_once('=')
                    .ok_or_else(|| Error::new("there is no `=` in a line"))?;
                let (key, value) = (key.to_owned(), value.parse()?);
                if compare
                    .iter()
                    .all(|(with, other)| with.passes(i64::cmp(&value, other)))
                {
                    rows.push(Entry { key, value });
                }
            }
            match wrong {
                true => Ok(rows.take()),
                false => request.project(rows.take()),
            }
        }))
    }
}

const FILES: [(&str, &[u8]); 3] = [
    ("a", b"one=1\ntwo=2\nthree=3\n"),
    ("b", b""),
    ("c", b"four=4\nfive=5"),
];

fn values(batches: &[RecordBatch], column: usize) -> Vec<i64> {
    let values = |batch: &RecordBatch| Int64Array::from(batch.column(column).to_data());
    batches
        .iter()
        .flat_map(|batch| values(batch).values().to_vec())
        .collect()
}

fn number(value: i64) -> ArrayRef {
    Arc::new(Int64Array::from(vec![value]))
}

#[test]
fn a_table_is_the_rows_of_all_splits() {
    for split in ["1", "2", "3", "5", "8", "100"] {
        let options = Options::default().with_param("split", split);
        let batches = with_files(&FILES, || {
            read::<Pairs>(&Request::columns([1, 0]), &options)
        });
        assert_eq!(values(&batches.unwrap(), 0), [1, 2, 3, 4, 5]);
    }
}

#[test]
fn no_columns_are_a_number_of_rows() {
    let batches = with_files(&FILES, || {
        read::<Pairs>(&Request::columns([]), &Options::default())
    });
    let rows: usize = batches.unwrap().iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, 5);
}

#[test]
fn filters_and_limits_reach_the_reader_if_it_knows_what_to_do() {
    let request = Request::columns([1]).with_filter(1, Comparison::GreaterOrEqual, number(3));
    let run = |request: &Request| {
        let options = Options::default().with_param("split", "100");
        let read = || read::<Pairs>(request, &options);
        values(&with_files(&FILES, read).unwrap(), 0)
    };
    assert_eq!(run(&request), [3, 4, 5]);
    let text: ArrayRef = Arc::new(StringArray::from(vec!["one"]));
    let unsupported = request
        .with_filter(0, Comparison::Equal, text)
        .with_limit(0);
    assert_eq!(run(&unsupported), [3, 4, 5]);
    let limited = Request::columns([1]).with_limit(1);
    // Two splits, and no second batch of either.
    assert_eq!(run(&limited), [1, 2, 4, 5]);
    assert!(run(&Request::columns([1]).with_limit(0)).is_empty());
}

#[test]
fn a_batch_that_is_not_what_was_wanted_is_an_error_that_names_what_differs() {
    let wrong = Options::default().with_param("wrong", "yes");
    let error = |projection: &[usize]| {
        let request = Request::columns(projection.iter().copied());
        let error = with_files(&FILES, || read::<Pairs>(&request, &wrong)).unwrap_err();
        error.to_string()
    };
    assert_eq!(
        error(&[1]),
        "the function gave 2 columns (key, value) and promised 1 (value)"
    );
    assert_eq!(
        error(&[1, 0]),
        "column 0 (counted from zero) of what the function gave is \"key\" and promised is \"value\""
    );
    assert!(error(&[0, 2]).starts_with("column 2 is wanted"));
}

#[test]
fn a_plan_has_no_part_twice() {
    let options = Options::default().with_param("split", "0");
    let error = with_files(&FILES, || read::<Pairs>(&Request::columns([0]), &options)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("two splits begin at byte 0 of a")
    );
}

#[test]
fn files_are_cut_into_parts_of_nearly_the_same_size() {
    let files: [(&str, &[u8]); 3] = [("a", &[0; 10]), ("b", b""), ("c", &[0; 4])];
    with_files(&files, || {
        let cut = |bytes| -> Vec<(String, u64, u64)> {
            let range = |range: &Range| (range.path().to_owned(), range.offset(), range.length());
            let splits = split_files(bytes).unwrap();
            splits
                .iter()
                .filter_map(|split| split.file().map(range))
                .collect()
        };
        let part = |path: &str, offset, length| (path.to_owned(), offset, length);
        assert_eq!(
            cut(4),
            [
                part("a", 0, 4),
                part("a", 4, 4),
                part("a", 8, 2),
                part("c", 0, 4)
            ]
        );
        assert_eq!(cut(u64::MAX), [part("a", 0, 10), part("c", 0, 4)]);
        assert_eq!(cut(0).len(), 14);
        for bytes in 1..12 {
            let all: u64 = cut(bytes).iter().map(|(.., length)| length).sum();
            assert_eq!(all, 14);
            assert!(
                cut(bytes)
                    .iter()
                    .all(|(.., length)| (1..=bytes).contains(length))
            );
        }
    });
    assert!(Split::default().lines().is_err());
}

#[test]
fn the_value_of_a_filter_has_its_type() {
    let null: ArrayRef = Arc::new(Int64Array::from(vec![None]));
    let request = Request::columns([0])
        .with_filter(1, Comparison::IsNull, null)
        .with_filter(
            0,
            Comparison::Equal,
            Arc::new(StringArray::from(vec!["one"])),
        );
    let [is_null, is_one] = request.filters() else {
        panic!("there are two");
    };
    assert!(is_null.is_null());
    assert_eq!(
        is_null.value::<i64>().unwrap_err().to_string(),
        "the value of the filter is null"
    );
    assert_eq!(is_null.value::<Option<i64>>().unwrap(), None);
    assert!(!is_one.is_null());
    assert_eq!(is_one.text().unwrap(), "one");
    assert_eq!(
        is_one.value::<f64>().unwrap_err().to_string(),
        "the value of the filter is Utf8 where Float64 is wanted"
    );
    assert_eq!(is_one.array().len(), 1);
}
