//! `&str` and `&[u8]`, whatever the layout of their columns.
#![expect(
    unsafe_code,
    reason = "text in a column of text is not looked at again"
)]

use std::marker::PhantomData;
use std::ops::Range;

use arrow_buffer::{ArrowNativeType, Buffer, NullBuffer, NullBufferBuilder, ToByteSlice};
use arrow_data::{ArrayData, ByteView};
use arrow_schema::DataType;

use super::argument::Value;
use super::fixed::mismatch;
use crate::Error;
use crate::arguments::RawColumn;
use crate::signature::ArgumentType;

/// What [`str`] and `[u8]` have in common.
pub trait Sequence: 'static {
    const EMPTY: &'static Self;
    const TYPE: ArgumentType;
    const NAME: &'static str;

    /// # Safety
    ///
    /// `bytes` are a value of a column of [`TYPE`](Self::TYPE).
    unsafe fn from_bytes(bytes: &[u8]) -> &Self;
}

impl Sequence for str {
    const EMPTY: &'static Self = "";
    const TYPE: ArgumentType = ArgumentType::Text;
    const NAME: &'static str = "text";

    #[inline]
    unsafe fn from_bytes(bytes: &[u8]) -> &Self {
        // SAFETY: values of columns of text are UTF-8.
        unsafe { str::from_utf8_unchecked(bytes) }
    }
}

impl Sequence for [u8] {
    const EMPTY: &'static Self = &[];
    const TYPE: ArgumentType = ArgumentType::Binary;
    const NAME: &'static str = "binary";

    #[inline]
    unsafe fn from_bytes(bytes: &[u8]) -> &Self {
        bytes
    }
}

/// A column of any layout, and a table of where the values of a block lie.
///
/// Filling the table costs a store and a load a row, and buys one loop around the function for all
/// layouts.
pub struct BytesReader<'a, T: Sequence + ?Sized> {
    layout: Layout<'a>,
    nulls: Option<&'a NullBuffer>,
    /// For a dictionary, the value of each row.
    keys: Option<Vec<usize>>,
    constant: bool,
    table: Vec<&'a T>,
}

/// A column of utf8 or binary whose values can be read in any order.
pub struct Small<'a, T: Sequence + ?Sized> {
    offsets: &'a [i32],
    bytes: &'a [u8],
    sequence: PhantomData<&'a T>,
}

impl<'a, T: Sequence + ?Sized> Small<'a, T> {
    /// # Panics
    ///
    /// If the column is of another type.
    pub fn new(data: &'a ArrayData) -> Self {
        assert!(
            T::TYPE.accepts(data.data_type()),
            "the column is {} and not {}",
            data.data_type(),
            T::NAME
        );
        match Layout::new(data) {
            Some(Layout::Small(offsets, bytes)) => Self {
                offsets,
                bytes,
                sequence: PhantomData,
            },
            _ => panic!("the column is {} and of another layout", data.data_type()),
        }
    }

    /// The value `index`.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    #[inline]
    pub fn at(&self, index: usize) -> &'a T {
        // SAFETY: `new` looked at the type, and the bytes are those of the value at an index.
        unsafe { T::from_bytes(between(self.offsets, self.bytes, index)) }
    }
}

enum Layout<'a> {
    Small(&'a [i32], &'a [u8]),
    Large(&'a [i64], &'a [u8]),
    View(&'a [u128], &'a [Buffer]),
}

impl<'a> Layout<'a> {
    fn new(data: &'a ArrayData) -> Option<Self> {
        let end = data.len() + 1;
        Some(match data.data_type() {
            DataType::Utf8 | DataType::Binary => {
                Self::Small(offsets(data, end), &data.buffers()[1])
            }
            DataType::LargeUtf8 | DataType::LargeBinary => {
                Self::Large(offsets(data, end), &data.buffers()[1])
            }
            DataType::Utf8View | DataType::BinaryView => {
                Self::View(&data.buffer(0)[..data.len()], &data.buffers()[1..])
            }
            _ => return None,
        })
    }
}

/// Empty where there are no rows: Arrow allows the buffer to be so then.
fn offsets<O: ArrowNativeType>(data: &ArrayData, end: usize) -> &[O] {
    match data.is_empty() {
        true => &[],
        false => &data.buffer(0)[..end],
    }
}

#[inline]
fn between<'a, O: ArrowNativeType>(offsets: &[O], bytes: &'a [u8], index: usize) -> &'a [u8] {
    &bytes[offsets[index].as_usize()..offsets[index + 1].as_usize()]
}

#[inline]
fn viewed<'a>(views: &'a [u128], buffers: &'a [Buffer], index: usize) -> &'a [u8] {
    /// The longest value that lies in its view, behind its length.
    const INLINE: usize = 12;

    let view = &views[index];
    let length = *view as u32 as usize;
    if length <= INLINE {
        &view.to_byte_slice()[4..][..length]
    } else {
        let view = ByteView::from(*view);
        &buffers[view.buffer_index as usize][view.offset as usize..][..length]
    }
}

impl<'a, T: Sequence + ?Sized> BytesReader<'a, T> {
    fn new(column: &'a RawColumn, block: usize) -> Result<Self, Error> {
        let data = column.data();
        if !T::TYPE.accepts(data.data_type()) {
            return Err(mismatch(column, T::NAME));
        }
        let (values, keys) = match data.data_type() {
            DataType::Dictionary(..) => (&data.child_data()[0], Some(keys(data))),
            _ => (data, None),
        };
        let layout = Layout::new(values).ok_or_else(|| mismatch(column, T::NAME))?;
        let mut reader = Self {
            layout,
            nulls: values.nulls(),
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
            None => gather(&self.layout, self.nulls, range, &mut self.table),
            Some(keys) if keys.is_empty() => self.table.resize(range.len(), T::EMPTY),
            Some(keys) => {
                let keys = keys[range].iter().copied();
                gather(&self.layout, self.nulls, keys, &mut self.table);
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

/// Appends the values at `indices`. What lies behind a null is not looked at where the layout lets it be
/// anything.
fn gather<'a, T: Sequence + ?Sized>(
    layout: &Layout<'a>,
    nulls: Option<&NullBuffer>,
    indices: impl Iterator<Item = usize>,
    table: &mut Vec<&'a T>,
) {
    // SAFETY: `BytesReader::new` looked at the type of the column that `layout` is of, and the bytes are
    // those of the value at an index of it.
    let value = |bytes: &'a [u8]| unsafe { T::from_bytes(bytes) };
    match (layout, nulls) {
        (Layout::Small(offsets, bytes), _) => {
            table.extend(indices.map(|index| value(between(offsets, bytes, index))));
        }
        (Layout::Large(offsets, bytes), _) => {
            table.extend(indices.map(|index| value(between(offsets, bytes, index))));
        }
        (Layout::View(views, buffers), None) => {
            table.extend(indices.map(|index| value(viewed(views, buffers, index))));
        }
        (Layout::View(views, buffers), Some(nulls)) => {
            table.extend(indices.map(|index| match nulls.is_valid(index) {
                true => value(viewed(views, buffers, index)),
                false => T::EMPTY,
            }));
        }
    }
}

/// The keys of a dictionary, each that of a value; what a null has for a key can be anything. None where
/// the dictionary has no values, since every key is null then.
fn keys(data: &ArrayData) -> Vec<usize> {
    fn within<K: ArrowNativeType>(data: &ArrayData) -> Vec<usize> {
        let Some(last) = data.child_data()[0].len().checked_sub(1) else {
            return Vec::new();
        };
        let keys = &data.buffer::<K>(0)[..data.len()];
        keys.iter().map(|key| key.as_usize().min(last)).collect()
    }

    let DataType::Dictionary(key, _) = data.data_type() else {
        return Vec::new();
    };
    match **key {
        DataType::Int8 => within::<i8>(data),
        DataType::Int16 => within::<i16>(data),
        DataType::Int32 => within::<i32>(data),
        DataType::Int64 => within::<i64>(data),
        DataType::UInt8 => within::<u8>(data),
        DataType::UInt16 => within::<u16>(data),
        DataType::UInt32 => within::<u32>(data),
        _ => within::<u64>(data),
    }
}

/// A row of a dictionary is null if its key is, or the value behind its key.
fn nulls(data: &ArrayData) -> Option<NullBuffer> {
    let of_keys = data.nulls().cloned();
    let DataType::Dictionary(..) = data.data_type() else {
        return of_keys;
    };
    let Some(of_values) = data.child_data()[0].nulls() else {
        return of_keys;
    };
    let mut through_keys = NullBufferBuilder::new(data.len());
    for key in keys(data) {
        through_keys.append(of_values.is_valid(key));
    }
    NullBuffer::union(of_keys.as_ref(), through_keys.finish().as_ref())
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

            fn nulls(data: &ArrayData) -> Option<NullBuffer> {
                nulls(data)
            }

            fn reader(column: &'a RawColumn, block: usize) -> Result<Self::Reader, Error> {
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
