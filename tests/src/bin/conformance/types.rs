//! Columns of each type: values at the edges first, then any, the same ones every time.

use std::sync::Arc;

use arrow::array::builder::{
    BinaryBuilder, Int64Builder, ListBuilder, MapBuilder, StringBuilder, StructBuilder,
};
use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Date64Array, Decimal128Array,
    DurationMicrosecondArray, Float16Array, Float32Array, Float64Array, Int8Array, Int16Array,
    Int32Array, Int64Array, IntervalMonthDayNanoArray, StringArray, Time64MicrosecondArray,
    TimestampMicrosecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array, make_array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, IntervalMonthDayNano, Schema};
use half::f16;

/// How many values are null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    None,
    /// One in five.
    Some,
    All,
}

/// A column of so many values, of the type that the table of cases calls by this name.
///
/// # Panics
///
/// When there is no such type.
pub(crate) fn column(name: &str, len: usize, nulls: Nulls) -> ArrayRef {
    let values = values(name, len);
    let valid = (0..len).map(|row| match nulls {
        Nulls::None => true,
        Nulls::Some => !any(row as u64, 91).is_multiple_of(5),
        Nulls::All => false,
    });
    let data = values.to_data().into_builder();
    let data =
        data.nulls(Some(NullBuffer::from_iter(valid)).filter(|nulls| nulls.null_count() > 0));
    make_array(data.build().expect("as many bits as values"))
}

/// Any bits: splitmix64 of a row and of what they are for.
pub(crate) fn any(row: u64, of: u64) -> u64 {
    let mut z = (row + 1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(of << 32);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Values at the edges, then what `other` makes of any bits.
fn edged<T: Clone>(len: usize, edges: &[T], other: impl Fn(u64) -> T) -> Vec<T> {
    let value = |row: usize| match edges.get(row) {
        Some(edge) => edge.clone(),
        None => other(any(row as u64, 7)),
    };
    (0..len).map(value).collect()
}

/// A number between two, both included.
fn within(bits: u64, least: i64, greatest: i64) -> i64 {
    least + (bits % (greatest - least + 1) as u64) as i64
}

/// From the year 1 to the year 9999: what every language has a date for.
const DAYS: (i64, i64) = (-719_162, 2_932_896);
const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

macro_rules! integers {
    ($array:ty, $native:ty, $len:expr) => {
        Arc::new(<$array>::from(edged(
            $len,
            &[0, 1, <$native>::MAX, <$native>::MIN, <$native>::MAX - 1],
            |bits| bits as $native,
        )))
    };
}

fn values(name: &str, len: usize) -> ArrayRef {
    let day = |bits| within(bits, DAYS.0, DAYS.1);
    let (first, last) = (
        DAYS.0 * MICROSECONDS_A_DAY,
        (DAYS.1 + 1) * MICROSECONDS_A_DAY - 1,
    );
    let moments = || {
        edged(len, &[0, 1, -1, first, last, -999_999], |bits| {
            within(bits, first, last)
        })
    };
    match name {
        "boolean" => Arc::new(BooleanArray::from(edged(len, &[], |bits| bits % 2 == 1))),
        "int8" => integers!(Int8Array, i8, len),
        "int16" => integers!(Int16Array, i16, len),
        "int32" => integers!(Int32Array, i32, len),
        "int64" => integers!(Int64Array, i64, len),
        "uint8" => integers!(UInt8Array, u8, len),
        "uint16" => integers!(UInt16Array, u16, len),
        "uint32" => integers!(UInt32Array, u32, len),
        "uint64" => integers!(UInt64Array, u64, len),
        "float16" => {
            let edges = [
                0.0,
                -0.0,
                f32::INFINITY,
                f32::NEG_INFINITY,
                f32::NAN,
                65504.0,
                6e-8,
            ]
            .map(f16::from_f32);
            Arc::new(Float16Array::from(edged(len, &edges, |bits| {
                f16::from_f32(bits as i16 as f32 / 64.0)
            })))
        }
        "float32" => {
            let edges = [
                0.0,
                -0.0,
                f32::INFINITY,
                f32::NEG_INFINITY,
                f32::NAN,
                f32::MAX,
                f32::MIN_POSITIVE,
                1e-45,
                0.1,
            ];
            Arc::new(Float32Array::from(edged(len, &edges, |bits| {
                bits as i32 as f32 / 1024.0
            })))
        }
        "float64" => {
            let edges = [
                0.0,
                -0.0,
                f64::INFINITY,
                f64::NEG_INFINITY,
                f64::NAN,
                f64::MAX,
                f64::MIN_POSITIVE,
                5e-324,
                0.1,
            ];
            Arc::new(Float64Array::from(edged(len, &edges, |bits| {
                bits as i64 as f64 / 1024.0
            })))
        }
        "text" => Arc::new(StringArray::from(texts(len))),
        "binary" => {
            let mut builder = BinaryBuilder::new();
            let edges = [vec![], vec![0], vec![255; 3], vec![b'a'; 300]];
            for bytes in edged(len, &edges, |bits| {
                bits.to_le_bytes()[..bits as usize % 9].to_vec()
            }) {
                builder.append_value(bytes);
            }
            Arc::new(builder.finish())
        }
        "date" => {
            let days = edged(len, &[0, 1, -1, DAYS.0, DAYS.1, 19_782], day);
            Arc::new(Date32Array::from_iter_values(
                days.into_iter().map(|day| day as i32),
            ))
        }
        "date_millis" => {
            let days = edged(len, &[0, 1, -1, DAYS.0, DAYS.1], day);
            Arc::new(Date64Array::from_iter_values(
                days.into_iter().map(|day| day * 86_400_000),
            ))
        }
        "time" => Arc::new(Time64MicrosecondArray::from(edged(
            len,
            &[0, 1, MICROSECONDS_A_DAY - 1],
            |bits| within(bits, 0, MICROSECONDS_A_DAY - 1),
        ))),
        "timestamp" => Arc::new(TimestampMicrosecondArray::from(moments())),
        "utc" => Arc::new(TimestampMicrosecondArray::from(moments()).with_timezone("UTC")),
        "duration" => Arc::new(DurationMicrosecondArray::from(edged(
            len,
            &[0, 1, -1, i64::MAX, i64::MIN, -999_999],
            |bits| bits as i64,
        ))),
        "interval" => {
            let edges = [
                (0, 0, 0),
                (1, 0, 0),
                (0, -1, 0),
                (0, 0, 1),
                (i32::MIN, i32::MAX, i64::MIN),
            ];
            let edges =
                edges.map(|(months, days, nanos)| IntervalMonthDayNano::new(months, days, nanos));
            let other = |bits: u64| {
                IntervalMonthDayNano::new(bits as i32 % 500, (bits >> 32) as i32 % 500, bits as i64)
            };
            Arc::new(IntervalMonthDayNanoArray::from(edged(len, &edges, other)))
        }
        "decimal" => {
            let most = 10_i128.pow(20) - 1;
            let digits = edged(len, &[0, 1, -1, 12_345, most, -most], |bits| {
                i128::from(bits as i64)
            });
            let decimals = Decimal128Array::from(digits).with_precision_and_scale(20, 4);
            Arc::new(decimals.expect("they have so many digits"))
        }
        "list" => list(len),
        "struct" => pairs(len),
        "map" => maps(len),
        "nested" => nested(len),
        _ => panic!("types.rs does not know the type {name:?} of cases.toml"),
    }
}

/// Short and long, of characters of one to four bytes.
pub(crate) fn texts(len: usize) -> Vec<String> {
    let long = "long é ".repeat(60);
    let edges = [
        "",
        "a",
        "é",
        "語",
        "🦀",
        "a zero \0 within",
        "two\nlines",
        "'\"\\",
        &long,
        "exactly twelv",
        "\u{feff}a byte order mark, kept",
    ]
    .map(str::to_owned);
    edged(len, &edges, |bits| {
        let letters = ['a', 'Z', ' ', 'é', 'ß', '語', '🦀', '9'];
        let letter = |place| letters[(bits >> (3 * place)) as usize % 8];
        (0..bits % 16).map(letter).collect()
    })
}

fn list(len: usize) -> ArrayRef {
    let mut lists = ListBuilder::new(Int64Builder::new());
    for row in 0..len as u64 {
        for item in 0..any(row, 11) % 5 {
            let bits = any(row * 5 + item, 12);
            lists
                .values()
                .append_option((!bits.is_multiple_of(4)).then_some(bits as i64));
        }
        lists.append(true);
    }
    Arc::new(lists.finish())
}

fn pair_fields() -> Vec<Field> {
    vec![
        Field::new("number", DataType::Int64, true),
        Field::new("text", DataType::Utf8, true),
    ]
}

fn pairs(len: usize) -> ArrayRef {
    let builders: Vec<Box<dyn arrow::array::ArrayBuilder>> = vec![
        Box::new(Int64Builder::new()),
        Box::new(StringBuilder::new()),
    ];
    let mut rows = StructBuilder::new(pair_fields(), builders);
    for (row, text) in (0..).zip(texts(len)) {
        let bits = any(row, 13);
        let number = rows.field_builder::<Int64Builder>(0).expect("of numbers");
        number.append_option((!bits.is_multiple_of(4)).then_some(bits as i64));
        let texts = rows.field_builder::<StringBuilder>(1).expect("of texts");
        texts.append_option((!bits.is_multiple_of(7)).then_some(text));
        rows.append(true);
    }
    Arc::new(rows.finish())
}

fn maps(len: usize) -> ArrayRef {
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    for row in 0..len as u64 {
        for item in 0..any(row, 14) % 4 {
            let bits = any(row * 4 + item, 15);
            // Keys differ from each other, and are in no order.
            let key = [3, 0, 2, 1][item as usize];
            maps.keys().append_value(format!("{key}é"));
            maps.values()
                .append_option((!bits.is_multiple_of(4)).then_some(bits as i64));
        }
        maps.append(true).expect("a key for each value");
    }
    Arc::new(maps.finish())
}

fn nested(len: usize) -> ArrayRef {
    let tags = DataType::new_list(DataType::Utf8, true);
    let fields = vec![
        Field::new("number", DataType::Int64, true),
        Field::new("tags", tags, true),
    ];
    let builders: Vec<Box<dyn arrow::array::ArrayBuilder>> = vec![
        Box::new(Int64Builder::new()),
        Box::new(ListBuilder::new(StringBuilder::new())),
    ];
    let mut lists = ListBuilder::new(StructBuilder::new(fields, builders));
    for row in 0..len as u64 {
        for item in 0..any(row, 16) % 3 {
            let bits = any(row * 3 + item, 17);
            let items = lists.values();
            let number = items.field_builder::<Int64Builder>(0).expect("of numbers");
            number.append_option((!bits.is_multiple_of(4)).then_some(bits as i64));
            let tags = items
                .field_builder::<ListBuilder<StringBuilder>>(1)
                .expect("of lists");
            for tag in 0..(bits >> 8) % 3 {
                tags.values()
                    .append_option((tag != 1).then(|| format!("tag {tag} é")));
            }
            tags.append(!(bits >> 16).is_multiple_of(5));
            items.append(!(bits >> 24).is_multiple_of(5));
        }
        lists.append(true);
    }
    Arc::new(lists.finish())
}

/// A field for each column.
pub(crate) fn schema(names: &[&str], columns: &[ArrayRef]) -> Schema {
    let fields = names.iter().zip(columns);
    let fields = fields.map(|(name, column)| Field::new(*name, column.data_type().clone(), true));
    Schema::new(fields.collect::<Vec<_>>())
}
