use std::sync::Arc;

use arrowbox_sdk::array::cast::AsArray;
use arrowbox_sdk::array::types::{Int16Type, Int64Type};
use arrowbox_sdk::array::{
    ArrayRef, Int16Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrowbox_sdk::{Comparison, Error, Options, Request, testing};

use crate::{AccessLog, Column};

const LOG: &[u8] = include_bytes!("../../access.log");

fn read(log: &[u8], request: &Request, malformed: &str) -> Result<Vec<RecordBatch>, Error> {
    let options = Options::default().with_param("malformed", malformed);
    testing::with_files(&[("access.log", log)], || {
        testing::read::<AccessLog>(request, &options)
    })
}

fn statuses(request: &Request) -> Vec<Option<i16>> {
    let batches = read(LOG, request, "skip").unwrap();
    let column = |batch: &RecordBatch| batch.column(0).as_primitive::<Int16Type>().clone();
    let columns: Vec<_> = batches.iter().map(column).collect();
    columns.iter().flatten().collect()
}

fn status() -> Request {
    Request::columns([Column::Status as usize])
}

#[test]
fn a_log_is_read() {
    let request = Request::columns(0..Column::ALL.len());
    let batches = read(LOG, &request, "skip").unwrap();
    let [batch] = batches.as_slice() else {
        panic!("there is one batch");
    };
    // As `grep -c` counts them.
    assert_eq!(batch.num_rows(), 59);
    assert_eq!(
        batch
            .column(Column::Bytes as usize)
            .as_primitive::<Int64Type>()
            .value(0),
        48_211
    );
}

#[test]
fn filters_and_limits_are_the_readers() {
    let all = statuses(&status());
    let value: ArrayRef = Arc::new(Int16Array::from(vec![400]));
    let errors = status().with_filter(Column::Status as usize, Comparison::GreaterOrEqual, value);
    let expected: Vec<_> = all
        .iter()
        .copied()
        .filter(|status| *status >= Some(400))
        .collect();
    assert!(!expected.is_empty() && expected.len() < all.len());
    assert_eq!(statuses(&errors), expected);
    assert_eq!(statuses(&errors.with_limit(2)), expected[..2]);

    let filters: [(Column, ArrayRef); 4] = [
        (Column::Method, Arc::new(StringArray::from(vec!["POST"]))),
        (
            Column::Path,
            Arc::new(StringArray::from(vec!["/say?text=\"hello\""])),
        ),
        (Column::Bytes, Arc::new(Int64Array::from(vec![2326]))),
        (
            Column::Time,
            Arc::new(
                TimestampMicrosecondArray::from(vec![1_710_048_676_000_000]).with_timezone("UTC"),
            ),
        ),
    ];
    for (column, value) in filters {
        let equal = status().with_filter(column as usize, Comparison::Equal, Arc::clone(&value));
        let other = status().with_filter(column as usize, Comparison::NotEqual, Arc::clone(&value));
        let missing = status().with_filter(column as usize, Comparison::IsNull, value);
        let parts = [equal, other, missing].map(|request| statuses(&request).len());
        assert!(parts[0] > 0, "{column:?}");
        assert_eq!(parts.iter().sum::<usize>(), all.len(), "{column:?}");
    }
    // The order of texts is left to the engine.
    let host: ArrayRef = Arc::new(StringArray::from(vec!["b"]));
    let unsupported = status().with_filter(0, Comparison::Less, host);
    assert_eq!(statuses(&unsupported.with_limit(1)), all);
}

#[test]
fn malformed_lines_are_found() {
    let error = read(LOG, &status(), "error").unwrap_err().to_string();
    let expected = "access.log: the line at byte 1714 is not one of an access log: \
        a time such as [10/Oct/2000:13:55:36 -0700] has to be at byte 15 of the line \
        (the option malformed = 'skip' leaves such lines out)";
    assert_eq!(error, expected);
    assert_eq!(&LOG[1714..][..32], b"192.0.2.19 - - [10/Mar/2024:07:5");
    let nulls = read(LOG, &status(), "null").unwrap();
    assert_eq!(nulls[0].num_rows(), 63);
    let error = read(LOG, &status(), "keep").unwrap_err().to_string();
    assert_eq!(
        error,
        "malformed is 'error', 'skip' or 'null', and not \"keep\""
    );
    let endless = vec![b'x'; crate::LONGEST + 2];
    let error = read(&endless, &status(), "skip").unwrap_err().to_string();
    assert!(error.contains("is longer than"), "{error}");
}

#[test]
fn batches_of_a_large_log_have_each_line_once() {
    let mut log = Vec::new();
    while log.len() < (33 << 20) {
        log.extend_from_slice(LOG);
    }
    let batches = read(&log, &Request::columns([]), "skip").unwrap();
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, log.len() / LOG.len() * 59);
    assert!(batches.iter().all(|batch| batch.num_rows() <= 8192));
}
