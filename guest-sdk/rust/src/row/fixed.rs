//! Row values of fixed width, `bool` included.

use std::ops::Range;

use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal128Type, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalDayTimeType,
    IntervalMonthDayNanoType, IntervalYearMonthType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, BooleanArray, PrimitiveArray};
use arrow_buffer::{
    BooleanBuffer, IntervalDayTime, IntervalMonthDayNano, NullBuffer, ScalarBuffer,
};
use arrow_data::ArrayData;
use arrow_schema::DataType;
use half::f16;

use super::argument::{Block, Value};
use super::output::Output;
use crate::Error;
use crate::arguments::RawColumn;
use crate::record::{Cell, InList};
use crate::scalar::Hint;
use crate::signature::ArgumentType;
use crate::values::{
    Date, DateMillis, Decimal128, Duration, IntervalYearMonth, Time, Timestamp, Unit, Zone,
};

/// A column that was to be of another type.
pub(super) fn mismatch(column: &RawColumn, wanted: &str) -> Error {
    Error::new(format_args!(
        "the argument is {} where {wanted} was agreed",
        column.data().data_type()
    ))
}

/// The values of a column where they lie, or a constant as often as a block has rows.
pub enum FixedReader<'a, N> {
    /// One for each row.
    Values(&'a [N]),
    /// The same for every row.
    Constant(Vec<N>),
}

impl<'a, N: arrow_buffer::ArrowNativeType> FixedReader<'a, N> {
    fn new(column: &'a RawColumn, data_type: &DataType, block: usize) -> Result<Self, Error> {
        let data = column.data();
        if data.data_type() != data_type {
            return Err(mismatch(column, &data_type.to_string()));
        }
        let values = &data.buffer::<N>(0)[..data.len()];
        Ok(match column.is_constant() {
            true => Self::Constant(vec![values[0]; block.min(column.len())]),
            false => Self::Values(values),
        })
    }

    #[inline]
    fn slice(&self, range: Range<usize>) -> &[N] {
        match self {
            Self::Values(values) => &values[range],
            Self::Constant(values) => &values[..range.len()],
        }
    }
}

/// Implements both ends of a type that is one primitive value: how it is read from Arrow's and how it is
/// written to it.
macro_rules! fixed {
    ($({$($generics:tt)*})? $type:ty, $arrow:ty, $data_type:expr, $native:ident => $from:expr, $this:ident => $into:expr) => {
        const _: () = {
            type Native<A> = <A as ArrowPrimitiveType>::Native;

            /// Values as Arrow has them.
            pub struct Values<'r, N>(&'r [N]);

            impl<'r, $($($generics)*)?> Block for (Values<'r, Native<$arrow>>, std::marker::PhantomData<$type>) {
                type Item = $type;

                #[inline]
                fn at(&self, index: usize) -> $type {
                    let $native = self.0.0[index];
                    $from
                }
            }

            impl<'a, $($($generics)*)?> Value<'a> for $type {
                type Reader = FixedReader<'a, Native<$arrow>>;
                type Block<'r> = (Values<'r, Native<$arrow>>, std::marker::PhantomData<$type>) where 'a: 'r;

                fn argument_type() -> ArgumentType {
                    ArgumentType::Exactly($data_type)
                }

                fn reader(column: &'a RawColumn, block: usize) -> Result<Self::Reader, Error> {
                    FixedReader::new(column, &$data_type, block)
                }

                #[inline]
                fn block<'r>(reader: &'r mut Self::Reader, range: Range<usize>) -> Self::Block<'r>
                where
                    'a: 'r,
                {
                    (Values(reader.slice(range)), std::marker::PhantomData)
                }
            }

            impl<$($($generics)*)?> Output for $type {
                type Sink = Vec<Native<$arrow>>;

                fn data_type() -> DataType {
                    $data_type
                }

                fn sink(rows: usize, _: &Hint) -> Self::Sink {
                    Vec::with_capacity(rows)
                }

                #[inline]
                fn push(self, sink: &mut Self::Sink) {
                    let $this = self;
                    sink.push($into);
                }

                fn push_null(sink: &mut Self::Sink) {
                    sink.push(Default::default());
                }

                // One extension by an iterator of known length: neither the place nor the capacity is
                // looked at in the loop, and it becomes vector instructions where the function allows.
                #[inline]
                fn extend(sink: &mut Self::Sink, rows: Range<usize>, mut function: impl FnMut(usize) -> Self) {
                    sink.extend(rows.map(|row| {
                        let $this = function(row);
                        $into
                    }));
                }

                fn finish(sink: Self::Sink, nulls: Option<NullBuffer>, _: &Hint) -> ArrayData {
                    let values = ScalarBuffer::from(sink);
                    PrimitiveArray::<$arrow>::new(values, nulls)
                        .with_data_type($data_type)
                        .into_data()
                }
            }

            impl<$($($generics)*)?> Cell for $type {
                const NULLABLE: bool = false;
                type Sink = Vec<Native<$arrow>>;
                type Reader<'a> = &'a [Native<$arrow>];

                fn data_type() -> DataType {
                    $data_type
                }

                fn sink(values: usize) -> Self::Sink {
                    Vec::with_capacity(values)
                }

                #[inline]
                fn write(&self, sink: &mut Self::Sink) {
                    let $this = *self;
                    sink.push($into);
                }

                fn push_null(sink: &mut Self::Sink) {
                    sink.push(Default::default());
                }

                #[inline]
                fn extend<'c>(sink: &mut Self::Sink, values: impl ExactSizeIterator<Item = &'c Self>)
                where
                    Self: 'c,
                {
                    sink.extend(values.map(|value| {
                        let $this = *value;
                        $into
                    }));
                }

                fn finish(sink: Self::Sink, nulls: Option<NullBuffer>) -> ArrayData {
                    <Self as Output>::finish(sink, nulls, &Hint::default())
                }

                fn reader(data: &ArrayData) -> Self::Reader<'_> {
                    &data.buffer(0)[..data.len()]
                }

                #[inline]
                fn read(reader: &Self::Reader<'_>, index: usize) -> Self {
                    let $native = reader[index];
                    $from
                }
            }
        };
    };
}

macro_rules! natives {
    ($($type:ty: $arrow:ty),* $(,)?) => {$(
        fixed!($type, $arrow, <$arrow>::DATA_TYPE, native => native, this => this);
    )*};
}

natives! {
    i8: Int8Type,
    i16: Int16Type,
    i32: Int32Type,
    i64: Int64Type,
    u8: UInt8Type,
    u16: UInt16Type,
    u32: UInt32Type,
    u64: UInt64Type,
    f16: Float16Type,
    f32: Float32Type,
    f64: Float64Type,
    IntervalDayTime: IntervalDayTimeType,
    IntervalMonthDayNano: IntervalMonthDayNanoType,
}

macro_rules! in_lists {
    ($({$($generics:tt)*} $type:ty),* $(,)?) => {$(
        impl<$($generics)*> InList for $type {}
    )*};
}

// All but `u8`.
in_lists! {
    {} i8, {} i16, {} i32, {} i64, {} u16, {} u32, {} u64, {} f16, {} f32, {} f64,
    {} IntervalDayTime, {} IntervalMonthDayNano, {} IntervalYearMonth, {} Date, {} DateMillis,
    {const PRECISION: u8, const SCALE: i8} Decimal128<PRECISION, SCALE>,
    {U: Unit, Z: Zone} Timestamp<U, Z>,
    {U: Unit} Duration<U>,
    {U: Unit} Time<U>,
}

fixed!(Date, Date32Type, DataType::Date32, native => Date(native), this => this.0);
fixed!(DateMillis, Date64Type, DataType::Date64, native => DateMillis(native), this => this.0);
fixed!(
    IntervalYearMonth, IntervalYearMonthType, IntervalYearMonthType::DATA_TYPE,
    native => IntervalYearMonth(native), this => this.0
);
fixed!(
    {const PRECISION: u8, const SCALE: i8} Decimal128<PRECISION, SCALE>, Decimal128Type,
    DataType::Decimal128(PRECISION, SCALE), native => Decimal128(native), this => this.0
);
fixed!(
    {U: Unit, Z: Zone} Timestamp<U, Z>, U::Timestamp,
    timestamp::<U, Z>(), native => Timestamp::new(native), this => this.ticks()
);
fixed!(
    {U: Unit} Duration<U>, U::Duration,
    <U::Duration as ArrowPrimitiveType>::DATA_TYPE, native => Duration::new(native), this => this.ticks()
);
// A day has fewer ticks than its type has numbers; what is outside becomes zero.
fixed!(
    {U: Unit} Time<U>, U::Time, <U::Time as ArrowPrimitiveType>::DATA_TYPE,
    native => Time::new(native.into()),
    this => <U::Time as ArrowPrimitiveType>::Native::try_from(this.ticks()).unwrap_or_default()
);

fn timestamp<U: Unit, Z: Zone>() -> DataType {
    match <U::Timestamp as ArrowPrimitiveType>::DATA_TYPE {
        DataType::Timestamp(unit, _) => DataType::Timestamp(unit, Z::NAME.map(Into::into)),
        other => other,
    }
}

/// The bits of a column and a table for those of a block.
pub struct BoolReader {
    bits: BooleanBuffer,
    constant: bool,
    table: Vec<bool>,
}

impl<'a> Value<'a> for bool {
    type Reader = BoolReader;
    type Block<'r>
        = &'r [bool]
    where
        'a: 'r;

    fn argument_type() -> ArgumentType {
        ArgumentType::Exactly(DataType::Boolean)
    }

    fn reader(column: &'a RawColumn, block: usize) -> Result<Self::Reader, Error> {
        let data = column.data();
        if data.data_type() != &DataType::Boolean {
            return Err(mismatch(column, "Boolean"));
        }
        let bits = BooleanBuffer::new(data.buffers()[0].clone(), data.offset(), data.len());
        let constant = column.is_constant();
        let table = match constant {
            true => vec![bits.value(0); block.min(column.len())],
            false => Vec::new(),
        };
        Ok(BoolReader {
            bits,
            constant,
            table,
        })
    }

    fn block<'r>(reader: &'r mut Self::Reader, range: Range<usize>) -> Self::Block<'r>
    where
        'a: 'r,
    {
        if reader.constant {
            return &reader.table[..range.len()];
        }
        reader.table.clear();
        reader.table.extend(range.map(|row| reader.bits.value(row)));
        &reader.table
    }
}

impl Output for bool {
    type Sink = Vec<bool>;

    fn data_type() -> DataType {
        DataType::Boolean
    }

    fn sink(rows: usize, _: &Hint) -> Self::Sink {
        Vec::with_capacity(rows)
    }

    fn push(self, sink: &mut Self::Sink) {
        sink.push(self);
    }

    fn push_null(sink: &mut Self::Sink) {
        sink.push(false);
    }

    #[inline]
    fn extend(sink: &mut Self::Sink, rows: Range<usize>, function: impl FnMut(usize) -> Self) {
        sink.extend(rows.map(function));
    }

    fn finish(sink: Self::Sink, nulls: Option<NullBuffer>, _: &Hint) -> ArrayData {
        let bits = BooleanBuffer::collect_bool(sink.len(), |row| sink[row]);
        BooleanArray::new(bits, nulls).into_data()
    }
}
