//! `&str` and `&[u8]`, whatever the layout of their columns.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    BinaryType, BinaryViewType, ByteArrayType, ByteViewType, LargeBinaryType, LargeUtf8Type,
    StringViewType, Utf8Type,
};
use arrow_array::{Array, GenericByteArray, GenericByteViewArray};

use super::argument::Value;
use super::fixed::mismatch;
use crate::function::ArgumentType;
use crate::{Column, Error};

/// What [`str`] and `[u8]` have in common.
pub trait Sequence: 'static {
    type Small: ByteArrayType<Native = Self>;
    type Large: ByteArrayType<Native = Self>;
    type View: ByteViewType<Native = Self>;
    const EMPTY: &'static Self;
    const TYPE: ArgumentType;
    const NAME: &'static str;
}

impl Sequence for str {
    type Small = Utf8Type;
    type Large = LargeUtf8Type;
    type View = StringViewType;
    const EMPTY: &'static Self = "";
    const TYPE: ArgumentType = ArgumentType::Text;
    const NAME: &'static str = "text";
}

impl Sequence for [u8] {
    type Small = BinaryType;
    type Large = LargeBinaryType;
    type View = BinaryViewType;
    const EMPTY: &'static Self = &[];
    const TYPE: ArgumentType = ArgumentType::Binary;
    const NAME: &'static str = "binary";
}

/// A column of any layout, and a table of where the values of a block lie.
///
/// Filling the table costs a store and a load a row, and buys one loop around the function for all
/// layouts.
pub struct BytesReader<'a, T: Sequence + ?Sized> {
    layout: Layout<'a, T>,
    /// For a dictionary, the value of each row.
    keys: Option<Vec<usize>>,
    constant: bool,
    table: Vec<&'a T>,
}

enum Layout<'a, T: Sequence + ?Sized> {
    Small(&'a GenericByteArray<T::Small>),
    Large(&'a GenericByteArray<T::Large>),
    View(&'a GenericByteViewArray<T::View>),
}

impl<'a, T: Sequence + ?Sized> Layout<'a, T> {
    fn new(array: &'a dyn Array) -> Option<Self> {
        let any = array.as_any();
        None.or_else(|| any.downcast_ref().map(Self::Small))
            .or_else(|| any.downcast_ref().map(Self::View))
            .or_else(|| any.downcast_ref().map(Self::Large))
    }

    /// Appends the values at `indices`. What lies behind a null is not looked at where a layout lets it be
    /// anything.
    fn gather(&self, indices: impl Iterator<Item = usize>, table: &mut Vec<&'a T>) {
        match self {
            Self::Small(array) => table.extend(indices.map(|index| array.value(index))),
            Self::Large(array) => table.extend(indices.map(|index| array.value(index))),
            Self::View(array) if array.null_count() == 0 => {
                table.extend(indices.map(|index| array.value(index)));
            }
            Self::View(array) => table.extend(indices.map(|index| match array.is_valid(index) {
                true => array.value(index),
                false => T::EMPTY,
            })),
        }
    }
}

impl<'a, T: Sequence + ?Sized> BytesReader<'a, T> {
    fn new(column: &'a Column, block: usize) -> Result<Self, Error> {
        let array = column.values();
        let dictionary = array.as_any_dictionary_opt();
        let values = dictionary.map_or(array, |dictionary| dictionary.values());
        let layout = Layout::new(values).ok_or_else(|| mismatch(column, T::NAME))?;
        let keys = match dictionary {
            // Every key is null, and no value is looked at.
            Some(_) if values.is_empty() => Some(Vec::new()),
            Some(dictionary) => Some(dictionary.normalized_keys()),
            None => None,
        };
        let mut reader = Self {
            layout,
            keys,
            constant: column.is_constant(),
            table: Vec::with_capacity(block.min(column.len())),
        };
        if reader.constant {
            reader.fill(0..1);
            let value = reader.table[0];
            reader.table.resize(block.min(column.len()), value);
        }
        Ok(reader)
    }

    fn fill(&mut self, range: Range<usize>) {
        self.table.clear();
        match &self.keys {
            None => self.layout.gather(range, &mut self.table),
            Some(keys) if keys.is_empty() => self.table.resize(range.len(), T::EMPTY),
            Some(keys) => {
                let keys = keys[range].iter().copied();
                self.layout.gather(keys, &mut self.table);
            }
        }
    }

    fn block(&mut self, range: Range<usize>) -> &[&'a T] {
        if !self.constant {
            self.fill(range.clone());
        }
        &self.table[..range.len()]
    }
}

macro_rules! value {
    ($type:ty) => {
        impl<'a> Value<'a> for &'a $type {
            type Reader = BytesReader<'a, $type>;
            type Block<'r>
                = &'r [&'a $type]
            where
                'a: 'r;

            fn argument_type() -> ArgumentType {
                <$type as Sequence>::TYPE
            }

            fn reader(column: &'a Column, block: usize) -> Result<Self::Reader, Error> {
                BytesReader::new(column, block)
            }

            fn block<'r>(reader: &'r mut Self::Reader, range: Range<usize>) -> Self::Block<'r>
            where
                'a: 'r,
            {
                reader.block(range)
            }
        }
    };
}

value!(str);
value!([u8]);
