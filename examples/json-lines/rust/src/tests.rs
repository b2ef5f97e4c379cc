use std::sync::Arc;

use arrowbox_sdk::array::builder::{ListBuilder, StringBuilder};
use arrowbox_sdk::array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int16Array, Int64Array, RecordBatch,
    StringArray, TimestampNanosecondArray,
};
use arrowbox_sdk::datatypes::{DataType, Field, Schema};
use arrowbox_sdk::{Error, Options, testing};
use serde_json::{Value, json};

use crate::JsonLines;

fn requests() -> RecordBatch {
    let columns: [(&str, ArrayRef); 3] = [
        (
            "status",
            Arc::new(Int16Array::from(vec![
                Some(200),
                Some(404),
                None,
                Some(200),
            ])),
        ),
        (
            "path",
            Arc::new(StringArray::from(vec!["/", "/\"a\"", "/é", "/b"])),
        ),
        (
            "bytes",
            Arc::new(Int64Array::from(vec![Some(5), None, None, Some(7)])),
        ),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn written(
    partitions: &[Vec<RecordBatch>],
    options: &[(&str, &str)],
) -> Result<Vec<(String, String)>, Error> {
    let options = options
        .iter()
        .fold(Options::default(), |all, (key, value)| {
            all.with_param(*key, *value)
        });
    let files = testing::write::<JsonLines>(partitions, &options)?;
    let text = |(path, bytes)| (path, String::from_utf8(bytes).unwrap());
    Ok(files.into_iter().map(text).collect())
}

fn file<'a>(files: &'a [(String, String)], path: &str) -> &'a str {
    let found = files.iter().find(|(name, _)| name == path);
    &found
        .unwrap_or_else(|| panic!("{path} is not among {files:?}"))
        .1
}

#[test]
fn rows_are_lines() {
    let files = written(&[vec![requests()]], &[]).unwrap();
    assert_eq!(files.len(), 2);
    let expected = concat!(
        r#"{"status":200,"path":"/","bytes":5}"#,
        "\n",
        r#"{"status":404,"path":"/\"a\"","bytes":null}"#,
        "\n",
        r#"{"status":null,"path":"/é","bytes":null}"#,
        "\n",
        r#"{"status":200,"path":"/b","bytes":7}"#,
        "\n",
    );
    assert_eq!(file(&files, "part-0.jsonl"), expected);
}

#[test]
fn partitions_are_folders_and_the_manifest_has_them_all() {
    let batches = [
        vec![requests().slice(0, 3)],
        vec![],
        vec![requests().slice(3, 1), requests()],
    ];
    let options = [("partition_by", "status"), ("nulls", "omit")];
    let files = written(&batches, &options).unwrap();
    let null = "status=__HIVE_DEFAULT_PARTITION__";
    assert_eq!(
        file(&files, "status=200/part-0.jsonl"),
        "{\"path\":\"/\",\"bytes\":5}\n"
    );
    assert_eq!(
        file(&files, "status=404/part-0.jsonl"),
        "{\"path\":\"/\\\"a\\\"\"}\n"
    );
    assert_eq!(
        file(&files, &format!("{null}/part-0.jsonl")),
        "{\"path\":\"/é\"}\n"
    );
    assert_eq!(file(&files, "status=200/part-2.jsonl").lines().count(), 3);

    let manifest: Value = serde_json::from_str(file(&files, "manifest.json")).unwrap();
    let listed = manifest["files"].as_array().unwrap();
    assert_eq!(listed.len(), files.len() - 1);
    for entry in listed {
        let text = file(&files, entry["path"].as_str().unwrap());
        assert_eq!(entry["bytes"], text.len());
        assert_eq!(entry["rows"], text.lines().count());
    }
    assert_eq!(manifest["rows"], 8);
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    assert_eq!(
        manifest["bytes"],
        bytes - file(&files, "manifest.json").len()
    );
    let partition_by = json!([{"name": "status", "type": "Int16", "nullable": true}]);
    assert_eq!(manifest["partition_by"], partition_by);
    assert_eq!(manifest["columns"][1]["name"], "bytes");
}

/// The rows of `example.sql`.
fn furniture() -> RecordBatch {
    let regions = vec![
        Some("north"),
        Some("south/east"),
        Some("north"),
        None,
        Some("south/east"),
        Some("north"),
    ];
    let names = vec![
        "Desk \"Oslo\"",
        "Lampe für draußen",
        r"C:\lamps\new",
        "Stool",
        "",
        "椅子",
    ];
    let prices = vec![
        Some(14_990),
        Some(3_500),
        Some(5),
        None,
        Some(-1_250),
        Some(8_000),
    ];
    let prices = Decimal128Array::from(prices)
        .with_precision_and_scale(8, 2)
        .unwrap();
    let ratings = vec![
        Some(4.5),
        Some(f64::NAN),
        Some(0.1),
        None,
        Some(1e300),
        Some(5.0),
    ];
    let days = vec![
        Some(19_663),
        Some(19_782),
        Some(-1),
        None,
        Some(19_783),
        Some(18_262),
    ];
    const SECOND: i64 = 1_000_000_000;
    let times = vec![
        Some(1_710_051_924 * SECOND),
        Some(1_710_051_924 * SECOND + SECOND / 2),
        Some(-SECOND),
        None,
        Some(1_710_115_200 * SECOND + 1_000),
        Some(1_577_880_000 * SECOND),
    ];
    let mut tags = ListBuilder::new(StringBuilder::new());
    for list in [
        Some("wood oak"),
        Some("metal"),
        None,
        Some("wood ash"),
        Some("oak"),
        Some("wood"),
    ] {
        tags.append_option(list.map(|list| list.split(' ').map(Some)));
    }
    let columns: [(&str, ArrayRef); 8] = [
        ("id", Arc::new(Int64Array::from_iter_values(1..=6))),
        ("region", Arc::new(StringArray::from(regions))),
        ("name", Arc::new(StringArray::from(names))),
        ("price", Arc::new(prices)),
        ("rating", Arc::new(Float64Array::from(ratings))),
        ("since", Arc::new(Date32Array::from(days))),
        ("seen", Arc::new(TimestampNanosecondArray::from(times))),
        ("tags", Arc::new(tags.finish())),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn the_example_gives_what_is_expected() {
    let files = written(&[vec![furniture()]], &[("partition_by", "region")]).unwrap();
    assert_eq!(files.len(), 4);
    for (path, expected) in [
        (
            "region=north/part-0.jsonl",
            include_str!("../../expected/region=north/part-0.jsonl"),
        ),
        (
            "region=south%2Feast/part-0.jsonl",
            include_str!("../../expected/region=south%2Feast/part-0.jsonl"),
        ),
        (
            "region=__HIVE_DEFAULT_PARTITION__/part-0.jsonl",
            include_str!("../../expected/region=__HIVE_DEFAULT_PARTITION__/part-0.jsonl"),
        ),
    ] {
        assert_eq!(file(&files, path), expected, "{path}");
    }
}

#[test]
fn few_open_files_make_more_files() {
    let options = [("partition_by", "status"), ("open_files", "1")];
    let files = written(&[vec![requests()]], &options).unwrap();
    assert_eq!(file(&files, "status=200/part-0.jsonl").lines().count(), 1);
    assert_eq!(file(&files, "status=200/part-0-2.jsonl").lines().count(), 1);
    assert_eq!(files.len(), 5);
}

#[test]
fn nothing_is_written_but_the_manifest_of_no_rows() {
    let files = written(&[vec![requests().slice(0, 0)]], &[]).unwrap();
    let [(path, text)] = files.as_slice() else {
        panic!("there is one file");
    };
    assert_eq!(path, "manifest.json");
    let manifest: Value = serde_json::from_str(text).unwrap();
    assert_eq!(
        (&manifest["rows"], &manifest["files"]),
        (&json!(0), &json!([]))
    );
}

#[test]
fn what_can_not_be_written_is_refused() {
    let error = written(&[vec![requests()]], &[("partition_by", "state")]).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("there is no such column: there are status, path, bytes")
    );
    let long: ArrayRef = Arc::new(StringArray::from(vec!["a".to_owned(), "x".repeat(300)]));
    let schema = Schema::new(vec![
        Field::new("long", DataType::Utf8, true),
        Field::new("row", DataType::Int64, true),
    ]);
    let rows: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let batch = RecordBatch::try_new(Arc::new(schema), vec![long, rows]).unwrap();
    let error = written(&[vec![batch]], &[("partition_by", "long")]).unwrap_err();
    assert_eq!(error.row(), Some(1));
}
