use arrow_buffer::{ArrowNativeType, ScalarBuffer};
use arrow_data::ArrayData;
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

    /// The numbers of a column, if they are of this type.
    #[doc(hidden)]
    fn of(numbers: &Numbers) -> Option<&[Self]>;
}

macro_rules! numbers {
    ($($variant:ident($number:ident): $data_type:pat,)*) => {
        /// The numbers of a column. They are found once for all groups, so that it takes no time for each.
        #[derive(Debug)]
        pub enum Numbers {
            $(#[doc(hidden)] $variant(ScalarBuffer<$number>),)*
            /// It has other values.
            None,
        }

        impl Numbers {
            pub(super) fn new(data: &ArrayData) -> Self {
                match data.data_type() {
                    $($data_type => Self::$variant(numbers(data)),)*
                    _ => Self::None,
                }
            }
        }

        $(impl Number for $number {
            const NAME: &'static str = stringify!($number);

            #[inline]
            fn of(numbers: &Numbers) -> Option<&[Self]> {
                match numbers {
                    Numbers::$variant(numbers) => Some(numbers),
                    _ => None,
                }
            }
        })*
    };
}

fn numbers<T: ArrowNativeType>(data: &ArrayData) -> ScalarBuffer<T> {
    ScalarBuffer::new(data.buffers()[0].clone(), data.offset(), data.len())
}

numbers! {
    Int8(i8): DataType::Int8,
    Int16(i16): DataType::Int16,
    Int32(i32): DataType::Int32 | DataType::Date32 | DataType::Time32(_) | DataType::Decimal32(..),
    Int64(i64): DataType::Int64
        | DataType::Date64
        | DataType::Time64(_)
        | DataType::Timestamp(..)
        | DataType::Duration(_)
        | DataType::Decimal64(..),
    Int128(i128): DataType::Decimal128(..),
    UInt8(u8): DataType::UInt8,
    UInt16(u16): DataType::UInt16,
    UInt32(u32): DataType::UInt32,
    UInt64(u64): DataType::UInt64,
    Float16(f16): DataType::Float16,
    Float32(f32): DataType::Float32,
    Float64(f64): DataType::Float64,
}
