use std::ops::Range;

use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_data::ArrayData;

use crate::Error;
use crate::arguments::RawColumn;
use crate::signature::ArgumentType;

/// A type that a parameter of a row function can have: a value, or an [`Option`] of one.
#[diagnostic::on_unimplemented(
    message = "a row of an Arrow column can not be passed as `{Self}`",
    label = "not an argument of a row function",
    note = "arguments are integers, floats, `bool`, `&str`, `&[u8]`, the types of dates and times, `Decimal128`, an `Option` of one of them, or as the last one a slice of them",
    note = "for other types take whole arrays: `&Int64Array`, `&ListArray`, `&ArrayRef`"
)]
pub trait Argument<'a>: Sized + 'a {
    /// Whether the function wants to see nulls.
    const NULLABLE: bool;

    /// A column made ready for its rows to be read.
    type Reader;

    /// Some consecutive rows of it.
    type Block<'r>: Block<Item = Self>
    where
        'a: 'r;

    /// In the signature.
    fn argument_type() -> ArgumentType;

    /// Makes `column` ready for blocks of at most `block` rows.
    ///
    /// # Errors
    ///
    /// The column has another type.
    fn reader(column: &'a RawColumn, block: usize) -> Result<Self::Reader, Error>;

    /// Where the function is not to be run because of this argument.
    fn nulls(column: &RawColumn) -> Option<NullBuffer>;

    /// The rows of `range`.
    fn block<'r>(reader: &'r mut Self::Reader, range: Range<usize>) -> Self::Block<'r>
    where
        'a: 'r;
}

/// Rows that are ready to be passed.
pub trait Block {
    /// What is passed.
    type Item;

    /// The row `index` of the block.
    fn at(&self, index: usize) -> Self::Item;
}

/// A type of row values that are not null.
#[diagnostic::on_unimplemented(
    message = "a row of an Arrow column can not be passed as `{Self}`",
    label = "not an argument of a row function",
    note = "arguments are integers, floats, `bool`, `&str`, `&[u8]`, the types of dates and times, `Decimal128`, an `Option` of one of them, or as the last one a slice of them",
    note = "for other types take whole arrays: `&Int64Array`, `&ListArray`, `&ArrayRef`"
)]
pub trait Value<'a>: Sized + 'a {
    /// As [`Argument::Reader`].
    type Reader;

    /// As [`Argument::Block`].
    type Block<'r>: Block<Item = Self>
    where
        'a: 'r;

    /// As [`Argument::argument_type`].
    fn argument_type() -> ArgumentType;

    /// As [`Argument::reader`].
    ///
    /// # Errors
    ///
    /// The column has another type.
    fn reader(column: &'a RawColumn, block: usize) -> Result<Self::Reader, Error>;

    /// The values that are null.
    fn nulls(data: &ArrayData) -> Option<NullBuffer> {
        data.nulls().cloned()
    }

    /// As [`Argument::block`].
    fn block<'r>(reader: &'r mut Self::Reader, range: Range<usize>) -> Self::Block<'r>
    where
        'a: 'r;
}

/// The rows that are null, as many as the column stands for.
fn nulls<'a, T: Value<'a>>(column: &RawColumn) -> Option<NullBuffer> {
    let nulls = T::nulls(column.data())?;
    match column.is_constant() {
        _ if nulls.null_count() == 0 => None,
        true => Some(NullBuffer::new_null(column.len())),
        false => Some(nulls),
    }
}

impl<'a, T: Value<'a>> Argument<'a> for T {
    const NULLABLE: bool = false;
    type Reader = T::Reader;
    type Block<'r>
        = T::Block<'r>
    where
        'a: 'r;

    fn argument_type() -> ArgumentType {
        T::argument_type()
    }

    fn reader(column: &'a RawColumn, block: usize) -> Result<Self::Reader, Error> {
        T::reader(column, block)
    }

    fn nulls(column: &RawColumn) -> Option<NullBuffer> {
        nulls::<T>(column)
    }

    #[inline]
    fn block<'r>(reader: &'r mut Self::Reader, range: Range<usize>) -> Self::Block<'r>
    where
        'a: 'r,
    {
        T::block(reader, range)
    }
}

impl<'a, T: Value<'a>> Argument<'a> for Option<T> {
    const NULLABLE: bool = true;
    type Reader = (T::Reader, Option<BooleanBuffer>);
    type Block<'r>
        = OptionBlock<'r, T::Block<'r>>
    where
        'a: 'r;

    fn argument_type() -> ArgumentType {
        T::argument_type()
    }

    fn reader(column: &'a RawColumn, block: usize) -> Result<Self::Reader, Error> {
        let valid = nulls::<T>(column).map(NullBuffer::into_inner);
        Ok((T::reader(column, block)?, valid))
    }

    fn nulls(_: &RawColumn) -> Option<NullBuffer> {
        None
    }

    #[inline]
    fn block<'r>((values, valid): &'r mut Self::Reader, range: Range<usize>) -> Self::Block<'r>
    where
        'a: 'r,
    {
        let start = range.start;
        OptionBlock {
            values: T::block(values, range),
            valid: valid.as_ref().map(|valid| (valid, start)),
        }
    }
}

/// Values beside the bits that say which of them are there.
pub struct OptionBlock<'r, B> {
    values: B,
    valid: Option<(&'r BooleanBuffer, usize)>,
}

impl<B: Block> Block for OptionBlock<'_, B> {
    type Item = Option<B::Item>;

    #[inline]
    fn at(&self, index: usize) -> Self::Item {
        let valid = match self.valid {
            Some((bits, start)) => bits.value(start + index),
            None => true,
        };
        valid.then(|| self.values.at(index))
    }
}

/// A table of values that are passed as they are.
impl<T: Copy> Block for &[T] {
    type Item = T;

    #[inline]
    fn at(&self, index: usize) -> T {
        self[index]
    }
}
