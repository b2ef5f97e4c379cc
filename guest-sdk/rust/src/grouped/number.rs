use arrow_buffer::ArrowNativeType;
use arrow_schema::DataType;
use half::f16;

/// A type of numbers that columns have side by side in memory: those of integers and floats, and those that
/// dates, times, timestamps, durations and decimals are counted in.
#[diagnostic::on_unimplemented(
    message = "the values of a column can not be had as `&[{Self}]`",
    label = "not a number",
    note = "numbers are `i8` … `u64`, `i128`, `f16`, `f32` and `f64`",
    note = "other columns are arrays: `group.column(…)`"
)]
pub trait Number: ArrowNativeType {
    /// For people.
    #[doc(hidden)]
    const NAME: &'static str;

    /// Whether the values of a column of this type are these numbers.
    #[doc(hidden)]
    fn is(data_type: &DataType) -> bool;
}

macro_rules! numbers {
    ($($number:ident: $data_type:pat,)*) => {$(
        impl Number for $number {
            const NAME: &'static str = stringify!($number);

            #[inline]
            fn is(data_type: &DataType) -> bool {
                matches!(data_type, $data_type)
            }
        }
    )*};
}

numbers! {
    i8: DataType::Int8,
    i16: DataType::Int16,
    i32: DataType::Int32 | DataType::Date32 | DataType::Time32(_) | DataType::Decimal32(..),
    i64: DataType::Int64
        | DataType::Date64
        | DataType::Time64(_)
        | DataType::Timestamp(..)
        | DataType::Duration(_)
        | DataType::Decimal64(..),
    i128: DataType::Decimal128(..),
    u8: DataType::UInt8,
    u16: DataType::UInt16,
    u32: DataType::UInt32,
    u64: DataType::UInt64,
    f16: DataType::Float16,
    f32: DataType::Float32,
    f64: DataType::Float64,
}
