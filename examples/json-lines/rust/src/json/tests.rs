use std::sync::Arc;

use arrowbox_sdk::array::builder::{
    FixedSizeListBuilder, Int32Builder, ListBuilder, ListViewBuilder, MapBuilder, StringBuilder,
};
use arrowbox_sdk::array::types::{Float16Type, Int8Type};
use arrowbox_sdk::array::*;
use arrowbox_sdk::buffer::{IntervalMonthDayNano, NullBuffer, i256};
use arrowbox_sdk::datatypes::{DataType, Field};
use arrowbox_sdk::f16;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn lines(array: &ArrayRef, nulls: Nulls) -> Vec<String> {
    let field = Arc::new(Field::new("v", array.data_type().clone(), true));
    supports(&field).unwrap();
    let objects = Objects::new([(&field, array)], nulls).unwrap();
    let line = |row| {
        let mut out = Vec::new();
        objects.write(row, &mut out);
        let line = String::from_utf8(out).unwrap();
        serde_json::from_str::<Value>(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        line
    };
    (0..array.len()).map(line).collect()
}

/// The values of a column, without what is around them.
fn values(array: impl Array + 'static) -> Vec<String> {
    let array: ArrayRef = Arc::new(array);
    let value = |line: &String| line["{\"v\":".len()..line.len() - 1].to_owned();
    lines(&array, Nulls::Write).iter().map(value).collect()
}

#[test]
fn numbers_keep_all_digits() {
    assert_eq!(
        values(Int8Array::from(vec![Some(-128), None])),
        ["-128", "null"]
    );
    assert_eq!(
        values(Int64Array::from(vec![i64::MIN])),
        ["-9223372036854775808"]
    );
    assert_eq!(
        values(UInt64Array::from(vec![u64::MAX])),
        ["18446744073709551615"]
    );
    assert_eq!(
        values(BooleanArray::from(vec![true, false])),
        ["true", "false"]
    );
    let decimals = Decimal128Array::from(vec![5, -5, 123_456, 0]);
    let decimals = decimals.with_precision_and_scale(20, 3).unwrap();
    assert_eq!(values(decimals), ["0.005", "-0.005", "123.456", "0.000"]);
    let decimals = Decimal128Array::from(vec![12, -1]);
    let decimals = decimals.with_precision_and_scale(5, -2).unwrap();
    assert_eq!(values(decimals), ["1200", "-100"]);
    let decimals = Decimal256Array::from(vec![i256::from_i128(i128::MAX)]);
    let decimals = decimals.with_precision_and_scale(76, 10).unwrap();
    assert_eq!(
        values(decimals),
        ["17014118346046923173168730371.5884105727"]
    );
    let decimals = Decimal64Array::from(vec![150])
        .with_precision_and_scale(9, 2)
        .unwrap();
    assert_eq!(values(decimals), ["1.50"]);
}

#[test]
fn floats_are_short_and_finite() {
    let floats = vec![
        0.1,
        -0.0,
        1e300,
        5e-324,
        100.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];
    let expected = [
        "0.1", "-0.0", "1e+300", "5e-324", "100.0", "null", "null", "null",
    ];
    assert_eq!(values(Float64Array::from(floats)), expected);
    assert_eq!(
        values(Float32Array::from(vec![0.1, f32::NAN])),
        ["0.1", "null"]
    );
    let halves: PrimitiveArray<Float16Type> = [f16::from_f32(0.5), f16::NAN]
        .map(Some)
        .into_iter()
        .collect();
    assert_eq!(values(halves), ["0.5", "null"]);
}

#[test]
fn texts_are_escaped() {
    let texts = vec![
        "",
        "a\"b\\c/",
        "\n\r\t\u{8}\u{c}\u{0}\u{1f}\u{7f}",
        "é 漢 😀\u{2028}",
    ];
    let expected = [
        r#""""#,
        r#""a\"b\\c/""#,
        "\"\\n\\r\\t\\b\\f\\u0000\\u001f\u{7f}\"",
        "\"é 漢 😀\u{2028}\"",
    ];
    assert_eq!(values(StringArray::from(texts.clone())), expected);
    assert_eq!(values(LargeStringArray::from(texts.clone())), expected);
    assert_eq!(values(StringViewArray::from(texts)), expected);
    let dictionary: DictionaryArray<Int8Type> = [Some("b"), None, Some("a"), Some("b")]
        .into_iter()
        .collect();
    assert_eq!(values(dictionary), [r#""b""#, "null", r#""a""#, r#""b""#]);
    let nothing: DictionaryArray<Int8Type> = [None::<&str>, None].into_iter().collect();
    assert_eq!(values(nothing), ["null", "null"]);
}

#[test]
fn bytes_are_base64() {
    let bytes: Vec<&[u8]> = vec![b"\x00\xff", b""];
    assert_eq!(
        values(BinaryArray::from(bytes.clone())),
        [r#""AP8=""#, r#""""#]
    );
    assert_eq!(
        values(LargeBinaryArray::from(bytes.clone())),
        [r#""AP8=""#, r#""""#]
    );
    assert_eq!(values(BinaryViewArray::from(bytes)), [r#""AP8=""#, r#""""#]);
    let fixed = FixedSizeBinaryArray::try_from_iter([[1, 2, 3]].iter()).unwrap();
    assert_eq!(values(fixed), [r#""AQID""#]);
}

#[test]
fn times_are_iso_8601() {
    assert_eq!(values(Date32Array::from(vec![19_782])), [r#""2024-02-29""#]);
    let dates = Date64Array::from(vec![86_400_000, 1]);
    assert_eq!(
        values(dates),
        [r#""1970-01-02""#, r#""1970-01-01T00:00:00.001""#]
    );
    assert_eq!(
        values(Time32SecondArray::from(vec![3661])),
        [r#""01:01:01""#]
    );
    assert_eq!(
        values(Time32MillisecondArray::from(vec![1])),
        [r#""00:00:00.001""#]
    );
    assert_eq!(
        values(Time64MicrosecondArray::from(vec![1])),
        [r#""00:00:00.000001""#]
    );
    assert_eq!(
        values(Time64NanosecondArray::from(vec![1])),
        [r#""00:00:00.000000001""#]
    );
    assert_eq!(
        values(TimestampSecondArray::from(vec![0])),
        [r#""1970-01-01T00:00:00""#]
    );
    let millis = TimestampMillisecondArray::from(vec![1]).with_timezone("Europe/Zurich");
    assert_eq!(values(millis), [r#""1970-01-01T00:00:00.001Z""#]);
    let micros = TimestampMicrosecondArray::from(vec![-1]).with_timezone("UTC");
    assert_eq!(values(micros), [r#""1969-12-31T23:59:59.999999Z""#]);
    let nanos = TimestampNanosecondArray::from(vec![1]);
    assert_eq!(values(nanos), [r#""1970-01-01T00:00:00.000000001""#]);
    assert_eq!(
        values(DurationMicrosecondArray::from(vec![1])),
        [r#""PT0.000001S""#]
    );
    assert_eq!(
        values(IntervalYearMonthArray::from(vec![13])),
        [r#""P13M""#]
    );
    let interval = IntervalMonthDayNano::new(1, 2, 3_000_000_000);
    assert_eq!(
        values(IntervalMonthDayNanoArray::from(vec![interval])),
        [r#""P1M2DT3S""#]
    );
}

#[test]
fn lists_are_arrays() {
    let rows = [Some(vec![Some(1), None]), None, Some(vec![])];
    let expected = ["[1,null]", "null", "[]"];
    let mut lists = ListBuilder::new(Int32Builder::new());
    let mut large = builder::LargeListBuilder::new(Int32Builder::new());
    let mut views = ListViewBuilder::new(Int32Builder::new());
    for row in rows {
        lists.append_option(row.clone());
        large.append_option(row.clone());
        match row {
            Some(row) => views.append_value(row),
            None => views.append_null(),
        }
    }
    let lists = lists.finish();
    assert_eq!(values(lists.slice(1, 2)), expected[1..]);
    assert_eq!(values(lists), expected);
    assert_eq!(values(large.finish()), expected);
    assert_eq!(values(views.finish()), expected);
    let mut pairs = FixedSizeListBuilder::new(Int32Builder::new(), 2);
    for row in 0..3 {
        pairs.values().append_slice(&[row, row + 10]);
        pairs.append(row != 1);
    }
    let pairs = pairs.finish();
    assert_eq!(values(pairs.slice(1, 2)), ["null", "[2,12]"]);
    assert_eq!(values(pairs), ["[0,10]", "null", "[2,12]"]);
}

fn structs() -> ArrayRef {
    let a: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, Some(3)]));
    let b: ArrayRef = Arc::new(StringArray::from(vec![None, None, Some("x")]));
    let fields = vec![
        Field::new("a", DataType::Int32, true),
        Field::new("b \"q\"", DataType::Utf8, true),
    ];
    let nulls = NullBuffer::from(vec![true, true, false]);
    Arc::new(StructArray::new(fields.into(), vec![a, b], Some(nulls)))
}

#[test]
fn structs_are_objects() {
    let expected = [
        r#"{"v":{"a":1,"b \"q\"":null}}"#,
        r#"{"v":{"a":null,"b \"q\"":null}}"#,
        r#"{"v":null}"#,
    ];
    assert_eq!(lines(&structs(), Nulls::Write), expected);
}

#[test]
fn nulls_can_be_left_out() {
    let expected = [r#"{"v":{"a":1}}"#, r#"{"v":{}}"#, "{}"];
    assert_eq!(lines(&structs(), Nulls::Omit), expected);
    let mut lists = ListBuilder::new(Int32Builder::new());
    lists.append_value([Some(1), None]);
    let lists: ArrayRef = Arc::new(lists.finish());
    assert_eq!(lines(&lists, Nulls::Omit), [r#"{"v":[1,null]}"#]);
}

#[test]
fn maps_are_objects() {
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    maps.keys().append_value("a\n");
    maps.values().append_value(1);
    maps.keys().append_value("b");
    maps.values().append_null();
    maps.append(true).unwrap();
    maps.append(false).unwrap();
    maps.append(true).unwrap();
    assert_eq!(
        values(maps.finish()),
        [r#"{"a\n":1,"b":null}"#, "null", "{}"]
    );
}

#[test]
fn what_has_no_form_is_named() {
    let entries = |key| {
        let fields = vec![
            Field::new("key", key, false),
            Field::new("value", DataType::Utf8, true),
        ];
        Arc::new(Field::new(
            "entries",
            DataType::Struct(fields.into()),
            false,
        ))
    };
    let runs = DataType::RunEndEncoded(
        Arc::new(Field::new("run_ends", DataType::Int32, false)),
        Arc::new(Field::new("values", DataType::Utf8, true)),
    );
    for data_type in [DataType::Map(entries(DataType::Int32), false), runs] {
        let nested = DataType::Struct(vec![Field::new("b", data_type.clone(), true)].into());
        let error = supports(&Arc::new(Field::new("a", nested, true))).unwrap_err();
        assert_eq!(
            error,
            Unsupported {
                column: "a.b".into(),
                data_type
            }
        );
        assert!(error.to_string().contains("the column a.b is of type"));
    }
    let map = DataType::Map(entries(DataType::Utf8View), false);
    assert!(supports(&Arc::new(Field::new("a", map, true))).is_ok());
}

#[test]
fn plain_texts_are_as_they_are() {
    let texts: DictionaryArray<Int8Type> = [Some("a\"b"), None].into_iter().collect();
    let texts: ArrayRef = Arc::new(texts);
    let column = plain("v", &texts).unwrap();
    let mut out = Vec::new();
    column.write(0, &mut out);
    assert_eq!(out, b"a\"b");
    assert!(column.is_null(1));
}

proptest! {
    /// Whoever reads the lines has what was written.
    #[test]
    fn values_come_back(
        rows in proptest::collection::vec(
            (any::<Option<String>>(), any::<Option<i64>>(), any::<Option<f64>>(), any::<Option<bool>>()),
            0..20,
        ),
        nulls in prop_oneof![Just(Nulls::Write), Just(Nulls::Omit)],
    ) {
        let texts: StringArray = rows.iter().map(|row| row.0.as_deref()).collect();
        let columns: [(&str, ArrayRef); 4] = [
            ("text", Arc::new(texts)),
            ("integer", Arc::new(rows.iter().map(|row| row.1).collect::<Int64Array>())),
            ("float", Arc::new(rows.iter().map(|row| row.2).collect::<Float64Array>())),
            ("bool", Arc::new(rows.iter().map(|row| row.3).collect::<BooleanArray>())),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let schema = batch.schema();
        let objects = Objects::new(schema.fields().iter().zip(batch.columns()), nulls).unwrap();
        for (index, (text, integer, float, boolean)) in rows.into_iter().enumerate() {
            let mut out = Vec::new();
            objects.write(index, &mut out);
            prop_assert!(!out.contains(&b'\n'));
            let mut read: serde_json::Map<String, Value> = serde_json::from_slice(&out).unwrap();
            let missing = [text.is_none(), integer.is_none(), float.is_none(), boolean.is_none()];
            let missing = missing.into_iter().filter(|missing| *missing).count();
            prop_assert_eq!(read.len(), if nulls == Nulls::Omit { 4 - missing } else { 4 });
            let mut value = |name: &str| read.remove(name).unwrap_or_default();
            prop_assert_eq!(value("text"), Value::from(text));
            prop_assert_eq!(value("integer"), Value::from(integer));
            prop_assert_eq!(value("bool"), Value::from(boolean));
            // `serde_json` reads floats a bit off, and the standard library does not.
            let line = String::from_utf8(out).unwrap();
            let found = line.rsplit_once("\"float\":").map(|(_, rest)| rest.split([',', '}']).next().unwrap());
            let found = found.filter(|found| *found != "null").map(|found| found.parse::<f64>().unwrap());
            prop_assert_eq!(found, float.filter(|float| float.is_finite()));
        }
    }
}
