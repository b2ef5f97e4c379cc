use std::ops::Range;

use arrow_buffer::NullBuffer;

use super::argument::{Argument, Block};
use crate::Error;
use crate::arguments::RawColumn;
use crate::signature::ArgumentType;

/// The arguments behind the last parameter, `&[T]`.
pub struct Variadic<'a, T: Argument<'a>> {
    readers: Vec<T::Reader>,
    /// Row after row.
    table: Vec<T>,
}

impl<'a, T: Argument<'a>> Variadic<'a, T> {
    /// As [`Argument::NULLABLE`].
    pub const NULLABLE: bool = T::NULLABLE;

    /// Of each of them.
    pub fn argument_type() -> ArgumentType {
        T::argument_type()
    }

    /// As [`Argument::reader`].
    ///
    /// # Errors
    ///
    /// A column has another type.
    pub fn reader(columns: &'a [RawColumn], block: usize) -> Result<Self, Error> {
        let readers = columns.iter().map(|column| T::reader(column, block));
        Ok(Self {
            readers: readers.collect::<Result<_, _>>()?,
            table: Vec::new(),
        })
    }

    /// Where the function is not to be run because of one of them.
    pub fn nulls(columns: &[RawColumn]) -> Option<NullBuffer> {
        columns.iter().fold(None, |nulls, column| {
            NullBuffer::union(nulls.as_ref(), T::nulls(column).as_ref())
        })
    }

    /// The rows of `range`.
    pub fn block(&mut self, range: Range<usize>) -> VariadicBlock<'_, T> {
        let rows = range.len();
        let width = self.readers.len();
        let blocks: Vec<_> = self
            .readers
            .iter_mut()
            .map(|reader| T::block(reader, range.clone()))
            .collect();
        self.table.clear();
        self.table.reserve(rows * width);
        for row in 0..rows {
            self.table.extend(blocks.iter().map(|block| block.at(row)));
        }
        VariadicBlock {
            table: &self.table,
            width,
        }
    }
}

/// Rows that are slices.
pub struct VariadicBlock<'r, T> {
    table: &'r [T],
    width: usize,
}

impl<'r, T> Block for VariadicBlock<'r, T> {
    type Item = &'r [T];

    #[inline]
    fn at(&self, index: usize) -> &'r [T] {
        &self.table[index * self.width..][..self.width]
    }
}
