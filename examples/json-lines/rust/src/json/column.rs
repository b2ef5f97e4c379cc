//! Each Arrow type as JSON.

use arrowbox_sdk::array::cast::AsArray;
use arrowbox_sdk::array::types::*;
use arrowbox_sdk::array::{Array, ArrayRef};
use arrowbox_sdk::datatypes::{DataType, FieldRef, IntervalUnit, TimeUnit};

use super::time::{self, Ticks};
use super::{Column, Nulls, Objects, Unsupported, Write, base64};

/// Values that `serde_json` knows.
macro_rules! known {
    ($array:expr, $type:ty) => {{
        let array = $array.as_primitive::<$type>().clone();
        Box::new(move |row, out| put(serde_json::to_writer(out, &array.value(row))))
    }};
}

/// Values that are written as text between quotes, by a function of them.
macro_rules! quoted {
    ($array:expr, $type:ty, $write:expr) => {{
        let array = $array.as_primitive::<$type>().clone();
        let write = $write;
        Box::new(move |row, out| {
            out.push(b'"');
            put(write(array.value(row), out));
            out.push(b'"');
        })
    }};
}

/// Values that are texts.
macro_rules! text {
    ($array:expr, $form:expr) => {{
        let array = $array.clone();
        match $form {
            Form::Json => Box::new(move |row, out| string(array.value(row), out)),
            Form::Plain => {
                Box::new(move |row, out| out.extend_from_slice(array.value(row).as_bytes()))
            }
        }
    }};
}

macro_rules! binary {
    ($array:expr) => {{
        let array = $array.clone();
        Box::new(move |row, out| {
            out.push(b'"');
            base64::write(array.value(row), out);
            out.push(b'"');
        })
    }};
}

macro_rules! decimal {
    ($array:expr, $type:ty) => {{
        let array = $array.as_primitive::<$type>().clone();
        Box::new(move |row, out| out.extend_from_slice(array.value_as_string(row).as_bytes()))
    }};
}

/// How texts are written.
#[derive(Clone, Copy)]
enum Form {
    Json,
    Plain,
}

impl Column {
    /// The values of `array` as JSON.
    pub(super) fn new(name: &str, array: &ArrayRef, nulls: Nulls) -> Result<Self, Unsupported> {
        Self::of(name, array, nulls, Form::Json)
    }

    fn of(name: &str, array: &ArrayRef, nulls: Nulls, form: Form) -> Result<Self, Unsupported> {
        Ok(Self {
            nulls: array.logical_nulls(),
            write: write(name, array, nulls, form)?,
        })
    }
}

/// The values of `array` as JSON, but for texts, which are as they are.
pub(crate) fn plain(name: &str, array: &ArrayRef) -> Result<Column, Unsupported> {
    Column::of(name, array, Nulls::Write, Form::Plain)
}

/// Appends a string of JSON.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    put(serde_json::to_writer(out, text));
}

/// Looks for a type that has no form in JSON.
pub(crate) fn supports(field: &FieldRef) -> Result<(), Unsupported> {
    supports_type(field.name(), field.data_type())
}

fn supports_type(column: &str, data_type: &DataType) -> Result<(), Unsupported> {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => supports_type(column, item.data_type()),
        DataType::Struct(fields) => fields.iter().try_for_each(|field| {
            supports_type(&format!("{column}.{}", field.name()), field.data_type())
        }),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if is_text(fields[0].data_type()) => {
                supports_type(column, fields[1].data_type())
            }
            _ => Err(unsupported(column, data_type)),
        },
        DataType::Dictionary(_, values) => supports_type(column, values),
        DataType::Union(..) | DataType::RunEndEncoded(..) => Err(unsupported(column, data_type)),
        _ => Ok(()),
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

fn unsupported(column: &str, data_type: &DataType) -> Unsupported {
    Unsupported {
        column: column.to_owned(),
        data_type: data_type.clone(),
    }
}

/// A vector takes everything, and numbers and texts always are JSON.
fn put<E>(written: Result<(), E>) {
    drop(written);
}

fn write(name: &str, array: &ArrayRef, nulls: Nulls, form: Form) -> Result<Write, Unsupported> {
    Ok(match array.data_type() {
        DataType::Null => Box::new(|_, out| out.extend_from_slice(b"null")),
        DataType::Boolean => {
            let array = array.as_boolean().clone();
            Box::new(move |row, out| put(serde_json::to_writer(out, &array.value(row))))
        }
        DataType::Int8 => known!(array, Int8Type),
        DataType::Int16 => known!(array, Int16Type),
        DataType::Int32 => known!(array, Int32Type),
        DataType::Int64 => known!(array, Int64Type),
        DataType::UInt8 => known!(array, UInt8Type),
        DataType::UInt16 => known!(array, UInt16Type),
        DataType::UInt32 => known!(array, UInt32Type),
        DataType::UInt64 => known!(array, UInt64Type),
        DataType::Float16 => {
            let array = array.as_primitive::<Float16Type>().clone();
            Box::new(move |row, out| put(serde_json::to_writer(out, &array.value(row).to_f32())))
        }
        DataType::Float32 => known!(array, Float32Type),
        DataType::Float64 => known!(array, Float64Type),
        DataType::Decimal32(..) => decimal!(array, Decimal32Type),
        DataType::Decimal64(..) => decimal!(array, Decimal64Type),
        DataType::Decimal128(..) => decimal!(array, Decimal128Type),
        DataType::Decimal256(..) => decimal!(array, Decimal256Type),
        DataType::Utf8 => text!(array.as_string::<i32>(), form),
        DataType::LargeUtf8 => text!(array.as_string::<i64>(), form),
        DataType::Utf8View => text!(array.as_string_view(), form),
        DataType::Binary => binary!(array.as_binary::<i32>()),
        DataType::LargeBinary => binary!(array.as_binary::<i64>()),
        DataType::BinaryView => binary!(array.as_binary_view()),
        DataType::FixedSizeBinary(_) => binary!(array.as_fixed_size_binary()),
        DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(..)
        | DataType::Duration(_)
        | DataType::Interval(_) => return Ok(temporal(array)),
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => return list(name, array, nulls),
        DataType::Struct(_) => {
            let objects = Objects::of_struct(array.as_struct(), nulls)?;
            Box::new(move |row, out| objects.write(row, out))
        }
        DataType::Map(..) => return map(name, array, nulls),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let values = Column::of(name, dictionary.values(), nulls, form)?;
            // Without values all keys are null, and not looked at.
            let keys = match dictionary.values().is_empty() {
                true => Vec::new(),
                false => dictionary.normalized_keys(),
            };
            Box::new(move |row, out| values.write(keys[row], out))
        }
        other => return Err(unsupported(name, other)),
    })
}

fn ticks(unit: &TimeUnit) -> Ticks {
    match unit {
        TimeUnit::Second => Ticks::Seconds,
        TimeUnit::Millisecond => Ticks::Millis,
        TimeUnit::Microsecond => Ticks::Micros,
        TimeUnit::Nanosecond => Ticks::Nanos,
    }
}

fn temporal(array: &ArrayRef) -> Write {
    match array.data_type() {
        DataType::Date32 => quoted!(array, Date32Type, |days: i32, out: &mut _| time::date(
            days.into(),
            out
        )),
        DataType::Date64 => quoted!(array, Date64Type, |millis: i64, out: &mut _| {
            const DAY: i64 = 86_400_000;
            match millis.rem_euclid(DAY) {
                0 => time::date(millis.div_euclid(DAY), out),
                _ => time::timestamp(millis, Ticks::Millis, out),
            }
        }),
        DataType::Interval(unit) => interval(array, *unit),
        DataType::Time32(unit) => {
            let unit = ticks(unit);
            match unit {
                Ticks::Seconds => {
                    quoted!(array, Time32SecondType, move |ticks: i32, out: &mut _| {
                        time::time(ticks.into(), unit, out)
                    })
                }
                _ => quoted!(
                    array,
                    Time32MillisecondType,
                    move |ticks: i32, out: &mut _| { time::time(ticks.into(), unit, out) }
                ),
            }
        }
        DataType::Time64(unit) => {
            let unit = ticks(unit);
            let write = move |ticks, out: &mut _| time::time(ticks, unit, out);
            match unit {
                Ticks::Nanos => quoted!(array, Time64NanosecondType, write),
                _ => quoted!(array, Time64MicrosecondType, write),
            }
        }
        DataType::Timestamp(unit, zone) => {
            let (unit, zoned) = (ticks(unit), zone.is_some());
            let write = move |ticks, out: &mut Vec<u8>| {
                let written = time::timestamp(ticks, unit, out);
                if zoned {
                    out.push(b'Z');
                }
                written
            };
            match unit {
                Ticks::Seconds => quoted!(array, TimestampSecondType, write),
                Ticks::Millis => quoted!(array, TimestampMillisecondType, write),
                Ticks::Micros => quoted!(array, TimestampMicrosecondType, write),
                Ticks::Nanos => quoted!(array, TimestampNanosecondType, write),
            }
        }
        DataType::Duration(unit) => {
            let unit = ticks(unit);
            let write = move |ticks, out: &mut _| time::duration(ticks, unit, out);
            match unit {
                Ticks::Seconds => quoted!(array, DurationSecondType, write),
                Ticks::Millis => quoted!(array, DurationMillisecondType, write),
                Ticks::Micros => quoted!(array, DurationMicrosecondType, write),
                Ticks::Nanos => quoted!(array, DurationNanosecondType, write),
            }
        }
        // `write` has no others.
        _ => Box::new(|_, out| out.extend_from_slice(b"null")),
    }
}

fn interval(array: &ArrayRef, unit: IntervalUnit) -> Write {
    match unit {
        IntervalUnit::YearMonth => quoted!(array, IntervalYearMonthType, |months, out: &mut _| {
            time::interval(months, 0, 0, Ticks::Seconds, out)
        }),
        IntervalUnit::DayTime => quoted!(
            array,
            IntervalDayTimeType,
            |value: <IntervalDayTimeType as ArrowPrimitiveType>::Native, out: &mut _| {
                time::interval(0, value.days, value.milliseconds.into(), Ticks::Millis, out)
            }
        ),
        IntervalUnit::MonthDayNano => quoted!(
            array,
            IntervalMonthDayNanoType,
            |value: <IntervalMonthDayNanoType as ArrowPrimitiveType>::Native, out: &mut _| {
                time::interval(
                    value.months,
                    value.days,
                    value.nanoseconds,
                    Ticks::Nanos,
                    out,
                )
            }
        ),
    }
}

/// Where in its items each list begins and ends.
fn bounds(array: &ArrayRef) -> (ArrayRef, Vec<(usize, usize)>) {
    fn pairs<O: Copy + TryInto<usize>>(offsets: &[O]) -> Vec<(usize, usize)> {
        let place = |offset: O| offset.try_into().unwrap_or_default();
        let pair = |pair: &[O]| (place(pair[0]), place(pair[1]));
        offsets.windows(2).map(pair).collect()
    }
    fn views<O: Copy + TryInto<usize>>(offsets: &[O], sizes: &[O]) -> Vec<(usize, usize)> {
        let place = |offset: O| offset.try_into().unwrap_or_default();
        let pair = |(offset, size): (&O, &O)| (place(*offset), place(*offset) + place(*size));
        offsets.iter().zip(sizes).map(pair).collect()
    }
    match array.data_type() {
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            (
                ArrayRef::clone(lists.values()),
                pairs(lists.value_offsets()),
            )
        }
        DataType::ListView(_) => {
            let lists = array.as_list_view::<i32>();
            let bounds = views(lists.value_offsets(), lists.value_sizes());
            (ArrayRef::clone(lists.values()), bounds)
        }
        DataType::LargeListView(_) => {
            let lists = array.as_list_view::<i64>();
            let bounds = views(lists.value_offsets(), lists.value_sizes());
            (ArrayRef::clone(lists.values()), bounds)
        }
        DataType::FixedSizeList(_, size) => {
            let size = usize::try_from(*size).unwrap_or_default();
            let bounds = (0..array.len()).map(|row| (row * size, (row + 1) * size));
            let lists = array.as_fixed_size_list();
            (ArrayRef::clone(lists.values()), bounds.collect())
        }
        _ => {
            let lists = array.as_list::<i32>();
            (
                ArrayRef::clone(lists.values()),
                pairs(lists.value_offsets()),
            )
        }
    }
}

fn list(name: &str, array: &ArrayRef, nulls: Nulls) -> Result<Write, Unsupported> {
    let (items, bounds) = bounds(array);
    let items = Column::new(name, &items, nulls)?;
    Ok(Box::new(move |row, out| {
        let (start, end) = bounds[row];
        out.push(b'[');
        for item in start..end {
            if item > start {
                out.push(b',');
            }
            items.write(item, out);
        }
        out.push(b']');
    }))
}

fn map(name: &str, array: &ArrayRef, nulls: Nulls) -> Result<Write, Unsupported> {
    let map = array.as_map();
    if !is_text(map.keys().data_type()) {
        return Err(unsupported(name, array.data_type()));
    }
    let keys = Column::new(name, map.keys(), nulls)?;
    let values = Column::new(name, map.values(), nulls)?;
    let offsets = map.offsets().clone();
    Ok(Box::new(move |row, out| {
        let (start, end) = (offsets[row] as usize, offsets[row + 1] as usize);
        out.push(b'{');
        for entry in start..end {
            if entry > start {
                out.push(b',');
            }
            keys.write(entry, out);
            out.push(b':');
            values.write(entry, out);
        }
        out.push(b'}');
    }))
}
