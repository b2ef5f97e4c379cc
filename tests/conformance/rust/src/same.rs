//! What came, value by value, of each type.

use arrowbox_sdk::array::{ArrayRef, ListArray, MapArray, StructArray};
use arrowbox_sdk::{
    Date, DateMillis, Decimal128, Duration, IntervalMonthDayNano, Time, Timestamp, Utc, f16,
    same_as_first, scalar,
};

macro_rules! same {
    ($($name:ident: $type:ty),* $(,)?) => {$(
        /// What came.
        #[scalar]
        pub fn $name(value: Option<$type>) -> Option<$type> {
            value
        }
    )*};
}

same! {
    same_boolean: bool,
    same_int8: i8,
    same_int16: i16,
    same_int32: i32,
    same_int64: i64,
    same_uint8: u8,
    same_uint16: u16,
    same_uint32: u32,
    same_uint64: u64,
    same_float16: f16,
    same_float32: f32,
    same_float64: f64,
    same_date: Date,
    same_date_millis: DateMillis,
    same_time: Time,
    same_timestamp: Timestamp,
    same_duration: Duration,
    same_interval: IntervalMonthDayNano,
}

/// What came.
#[scalar]
pub fn same_utc(
    value: Option<Timestamp<arrowbox_sdk::Microsecond, Utc>>,
) -> Option<Timestamp<arrowbox_sdk::Microsecond, Utc>> {
    value
}

/// What came.
#[scalar]
pub fn same_decimal(value: Option<Decimal128<20, 4>>) -> Option<Decimal128<20, 4>> {
    value
}

/// What came.
#[scalar]
pub fn same_text(value: Option<&str>) -> Option<String> {
    value.map(str::to_owned)
}

/// What came.
#[scalar]
pub fn same_binary(value: Option<&[u8]>) -> Option<Vec<u8>> {
    value.map(<[u8]>::to_vec)
}

/// What came.
#[scalar(arguments("List(Int64)"), returns = "List(Int64)")]
pub fn same_list(values: &ListArray) -> ListArray {
    values.clone()
}

/// What came.
#[scalar(
    arguments(r#"Struct("number": Int64, "text": Utf8)"#),
    returns = r#"Struct("number": Int64, "text": Utf8)"#
)]
pub fn same_struct(values: &StructArray) -> StructArray {
    values.clone()
}

/// What came.
#[scalar(arguments("any"), returns = same_as_first)]
pub fn same_map(values: &MapArray) -> MapArray {
    values.clone()
}

/// What came.
#[scalar(arguments("any"), returns = same_as_first)]
pub fn same_nested(values: &ArrayRef) -> ArrayRef {
    ArrayRef::clone(values)
}
