//! Every type of row values, there and back.

use std::fmt::Debug;
use std::sync::Arc;

use arrowbox_sdk::array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal128Type, DurationSecondType, Float16Type,
    IntervalDayTimeType, IntervalMonthDayNanoType, IntervalYearMonthType, Time32MillisecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrowbox_sdk::array::{Array, ArrayRef, PrimitiveArray};
use arrowbox_sdk::datatypes::{DataType, TimeUnit};
use arrowbox_sdk::testing::call;
use arrowbox_sdk::{
    Date, DateMillis, Decimal128, Duration, IntervalDayTime, IntervalMonthDayNano,
    IntervalYearMonth, Microsecond, Millisecond, Nanosecond, Scalar, Second, Time, Timestamp, Utc,
    Zone, f16, scalar,
};

#[derive(Clone, Copy)]
pub(crate) struct Zurich;

impl Zone for Zurich {
    const NAME: Option<&'static str> = Some("Europe/Zurich");
}

/// `F` returns its argument, and its types are `data_type`.
fn check<F: Scalar, P: ArrowPrimitiveType>(data_type: DataType, values: [P::Native; 2])
where
    P::Native: Debug,
{
    let [a, b] = values;
    let column = PrimitiveArray::<P>::from_iter([Some(a), None, Some(b)]);
    let column: ArrayRef = Arc::new(column.with_data_type(data_type.clone()));
    let actual = call::<F>(&[Arc::clone(&column)]).unwrap();
    assert_eq!(actual.data_type(), &data_type);
    assert_eq!(&actual, &column);
}

macro_rules! returned {
    ($($name:ident: $type:ty = $arrow:ty, $data_type:expr, $values:expr;)*) => {$(
        #[scalar]
        fn $name(value: $type) -> $type {
            value
        }
    )*

        #[test]
        fn values_of_every_type_are_returned() {
            $(check::<$name, $arrow>($data_type, $values);)*
        }
    };
}

returned! {
    int8: i8 = arrowbox_sdk::array::types::Int8Type, DataType::Int8, [i8::MIN, 5];
    int16: i16 = arrowbox_sdk::array::types::Int16Type, DataType::Int16, [i16::MIN, 5];
    int32: i32 = arrowbox_sdk::array::types::Int32Type, DataType::Int32, [i32::MIN, 5];
    int64: i64 = arrowbox_sdk::array::types::Int64Type, DataType::Int64, [i64::MIN, 5];
    uint8: u8 = arrowbox_sdk::array::types::UInt8Type, DataType::UInt8, [u8::MAX, 5];
    uint16: u16 = arrowbox_sdk::array::types::UInt16Type, DataType::UInt16, [u16::MAX, 5];
    uint32: u32 = arrowbox_sdk::array::types::UInt32Type, DataType::UInt32, [u32::MAX, 5];
    uint64: u64 = arrowbox_sdk::array::types::UInt64Type, DataType::UInt64, [u64::MAX, 5];
    float16: f16 = Float16Type, DataType::Float16, [f16::from_f32(0.5), f16::MAX];
    float32: f32 = arrowbox_sdk::array::types::Float32Type, DataType::Float32, [0.5, f32::MAX];
    float64: f64 = arrowbox_sdk::array::types::Float64Type, DataType::Float64, [0.5, f64::MAX];
    date: Date = Date32Type, DataType::Date32, [-1, 20000];
    date_millis: DateMillis = Date64Type, DataType::Date64, [-1, 86_400_000];
    year_month: IntervalYearMonth = IntervalYearMonthType, IntervalYearMonthType::DATA_TYPE, [-1, 14];
    day_time: IntervalDayTime = IntervalDayTimeType, IntervalDayTimeType::DATA_TYPE,
        [IntervalDayTime::new(1, 2), IntervalDayTime::new(-3, 4)];
    month_day_nano: IntervalMonthDayNano = IntervalMonthDayNanoType, IntervalMonthDayNanoType::DATA_TYPE,
        [IntervalMonthDayNano::new(1, 2, 3), IntervalMonthDayNano::new(-1, -2, -3)];
    decimal: Decimal128<10, 2> = Decimal128Type, DataType::Decimal128(10, 2), [-1230, 99];
    local: Timestamp = TimestampMicrosecondType, DataType::Timestamp(TimeUnit::Microsecond, None), [-1, 5];
    seconds: Timestamp<Second> = TimestampSecondType, DataType::Timestamp(TimeUnit::Second, None), [-1, 5];
    zoned: Timestamp<Millisecond, Utc> = TimestampMillisecondType,
        DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), [-1, 5];
    own_zone: Timestamp<Nanosecond, Zurich> = TimestampNanosecondType,
        DataType::Timestamp(TimeUnit::Nanosecond, Some("Europe/Zurich".into())), [-1, 5];
    duration: Duration<Second> = DurationSecondType, DataType::Duration(TimeUnit::Second), [-1, 5];
    time: Time<Nanosecond> = Time64NanosecondType, DataType::Time64(TimeUnit::Nanosecond), [0, 5];
    short_time: Time<Millisecond> = Time32MillisecondType, DataType::Time32(TimeUnit::Millisecond), [0, 5];
}

#[scalar]
fn next_day(day: Date) -> Date {
    Date(day.0 + 1)
}

#[scalar]
fn age(born: Timestamp<Microsecond, Utc>, now: Timestamp<Microsecond, Utc>) -> Duration {
    Duration::new(now.ticks() - born.ticks())
}

#[test]
fn values_can_be_computed_with() {
    assert_eq!(next_day(Date(3)), Date(4));
    assert_eq!(age(Timestamp::new(5), Timestamp::new(8)), Duration::new(3));
    let plain: ArrayRef = Arc::new(PrimitiveArray::<TimestampMicrosecondType>::from(vec![1]));
    assert!(
        call::<age>(&[Arc::clone(&plain), plain]).is_err(),
        "there is no zone"
    );
}
