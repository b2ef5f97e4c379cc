use std::sync::Arc;

use arrowbox_sdk::array::cast::AsArray;
use arrowbox_sdk::array::types::{Float64Type, Int64Type};
use arrowbox_sdk::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrowbox_sdk::{Comparison, Error, Options, Request, testing};

use crate::{Column, Fastq};

const READS: &[u8] = include_bytes!("../../reads.fastq");

fn read(reads: &[u8], request: &Request, phred: &str) -> Result<Vec<RecordBatch>, Error> {
    let options = Options::default().with_param("phred_offset", phred);
    testing::with_files(&[("reads.fastq", reads)], || {
        testing::read::<Fastq>(request, &options)
    })
}

fn means(request: &Request) -> Vec<f64> {
    let batches = read(READS, request, "33").unwrap();
    let values = |batch: &RecordBatch| {
        batch
            .column(0)
            .as_primitive::<Float64Type>()
            .values()
            .to_vec()
    };
    batches.iter().flat_map(values).collect()
}

#[test]
fn reads_are_read() {
    let request = Request::columns(0..Column::ALL.len());
    let batches = read(READS, &request, "33").unwrap();
    let [batch] = batches.as_slice() else {
        panic!("there is one batch");
    };
    assert_eq!(batch.num_rows(), 24);
    assert_eq!(
        batch.column(0).as_string::<i32>().value(0),
        "EX01:7:FC1:1:1101:1001:2014"
    );
    assert_eq!(batch.column(1).as_string::<i32>().value(0), "1:N:0:ACGTAC");
    let lengths = batch.column(4).as_primitive::<Int64Type>();
    for row in 0..24 {
        for column in [2, 3] {
            let text = batch.column(column).as_string::<i32>().value(row);
            assert_eq!(text.len() as i64, lengths.value(row));
        }
    }
}

#[test]
fn filters_of_the_mean_are_the_readers() {
    let mean = Column::MeanQuality as usize;
    let all = means(&Request::columns([mean]));
    let value: ArrayRef = Arc::new(Float64Array::from(vec![30.0]));
    let good = Request::columns([mean]).with_filter(mean, Comparison::GreaterOrEqual, value);
    let expected: Vec<_> = all.iter().copied().filter(|mean| *mean >= 30.0).collect();
    assert!(!expected.is_empty() && expected.len() < all.len());
    assert_eq!(means(&good), expected);
    assert_eq!(means(&good.with_limit(2)), expected[..2]);
    // All others are left to the engine, and with them the limit.
    let value: ArrayRef = Arc::new(Int64Array::from(vec![40]));
    let short = Request::columns([mean])
        .with_filter(4, Comparison::Less, value)
        .with_limit(1);
    assert_eq!(means(&short), all);
}

#[test]
fn the_offset_changes_qualities() {
    let old = b"@r\nACG\n+\nhhh\n";
    let mean = Request::columns([Column::MeanQuality as usize]);
    for (phred, expected) in [("33", 71.0), ("64", 40.0)] {
        let batches = read(old, &mean, phred).unwrap();
        assert_eq!(
            batches[0].column(0).as_primitive::<Float64Type>().value(0),
            expected
        );
    }
    let error = read(READS, &mean, "64").unwrap_err().to_string();
    assert!(
        error.starts_with("reads.fastq: the record EX01:7:FC1:1:1101:"),
        "{error}"
    );
    assert!(error.ends_with("see the option phred_offset"), "{error}");
    let error = read(READS, &mean, "59").unwrap_err().to_string();
    assert_eq!(error, "phred_offset is 33 or 64, and not \"59\"");
}

#[test]
fn splits_of_a_large_file_have_each_record_once() {
    let mut reads = Vec::new();
    while reads.len() < (33 << 20) {
        reads.extend_from_slice(READS);
    }
    let batches = read(&reads, &Request::columns([]), "33").unwrap();
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, reads.len() / READS.len() * 24);
}
