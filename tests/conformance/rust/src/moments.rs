//! Dates, times, lengths of time and decimals, to numbers and back.

use arrowbox_sdk::{Date, Decimal128, Duration, Microsecond, Time, Timestamp, Utc, scalar};

macro_rules! numbers {
    ($($type:ty: $number:ident, |$value:ident| $to:expr; $back:ident, |$from:ident| $make:expr;)*) => {$(
        /// Days or microseconds, of a decimal what is before the point.
        #[scalar]
        pub fn $number($value: $type) -> i64 {
            $to
        }

        /// Of days or microseconds, of a decimal's digits.
        #[scalar]
        pub fn $back($from: i64) -> $type {
            $make
        }
    )*};
}

numbers! {
    Date: date_number, |value| value.0.into(); number_date, |days| Date(days as i32);
    Time: time_number, |value| value.ticks(); number_time, |ticks| Time::new(ticks);
    Timestamp: timestamp_number, |value| value.ticks(); number_timestamp, |ticks| Timestamp::new(ticks);
    Timestamp<Microsecond, Utc>: utc_number, |value| value.ticks(); number_utc, |ticks| Timestamp::new(ticks);
    Duration: duration_number, |value| value.ticks(); number_duration, |ticks| Duration::new(ticks);
    Decimal128<20, 4>: decimal_number, |value| (value.0 / 10_000) as i64; number_decimal, |digits| Decimal128(digits.into());
}
