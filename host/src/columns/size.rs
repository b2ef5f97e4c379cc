//! What rows take when nothing is shared between them: what an operation that unpacks them would make.
//!
//! A view, a dictionary or runs can stand for far more than the memory that they are in, and a guest makes them by
//! taking one row many times.

use std::ops::Range;

use arrow::{
    array::{
        Array, ArrayRef, AsArray, GenericByteViewArray, GenericListViewArray, OffsetSizeTrait,
        downcast_run_array,
    },
    buffer::OffsetBuffer,
    datatypes::{ByteViewType, DataType},
};

use crate::boundary::Outgoing;

/// Bytes of a view, besides the text.
const VIEW: usize = 16;

/// Bytes of each row of a column, none of which is for nothing.
#[derive(Debug)]
pub(super) enum RowSizes {
    /// As many for every row.
    Same {
        /// Bytes of a row.
        bytes: usize,
        /// Rows.
        rows: usize,
    },
    /// Where each row would begin, and where the last would end.
    Bounds(Vec<usize>),
}

impl RowSizes {
    pub(super) fn new(column: &ArrayRef) -> Self {
        let rows = column.len();
        if let Some(bytes) = width(column.data_type()) {
            return Self::Same { bytes, rows };
        }
        match column.data_type() {
            DataType::Utf8 => Self::texts(column.as_string::<i32>().offsets()),
            DataType::LargeUtf8 => Self::texts(column.as_string::<i64>().offsets()),
            DataType::Binary => Self::texts(column.as_binary::<i32>().offsets()),
            DataType::LargeBinary => Self::texts(column.as_binary::<i64>().offsets()),
            DataType::Utf8View => Self::views(column.as_string_view()),
            DataType::BinaryView => Self::views(column.as_binary_view()),
            DataType::List(_) => Self::lists(
                column.as_list::<i32>().offsets(),
                column.as_list::<i32>().values(),
            ),
            DataType::LargeList(_) => Self::lists(
                column.as_list::<i64>().offsets(),
                column.as_list::<i64>().values(),
            ),
            DataType::ListView(_) => Self::list_views(column.as_list_view::<i32>()),
            DataType::LargeListView(_) => Self::list_views(column.as_list_view::<i64>()),
            DataType::FixedSizeList(_, size) => {
                let size = *size as usize;
                let values = Self::new(column.as_fixed_size_list().values());
                Self::each((0..rows).map(|row| values.of(row * size..(row + 1) * size).max(1)))
            }
            DataType::Map(..) => {
                let map = column.as_map();
                let entries: ArrayRef = std::sync::Arc::new(map.entries().clone());
                Self::lists(map.offsets(), &entries)
            }
            DataType::Struct(_) => {
                let fields = column.as_struct().columns();
                let fields: Vec<_> = fields.iter().map(Self::new).collect();
                Self::each((0..rows).map(|row| {
                    let fields = fields.iter().map(|field| field.of(row..row + 1));
                    fields.fold(1, usize::saturating_add)
                }))
            }
            DataType::Union(..) => {
                let union = column.as_union();
                let children = union.fields().iter();
                let children = children.map(|(kind, _)| (kind, Self::new(union.child(kind))));
                let children: Vec<_> = children.collect();
                Self::each((0..rows).map(|row| {
                    let (kind, at) = (union.type_id(row), union.value_offset(row));
                    let child = children.iter().find(|(known, _)| *known == kind);
                    child
                        .map_or(0, |(_, child)| child.of(at..at + 1))
                        .saturating_add(5)
                }))
            }
            DataType::Dictionary(..) => {
                let dictionary = column.as_any_dictionary();
                if dictionary.values().is_empty() {
                    return Self::Same { bytes: 1, rows };
                }
                let values = Self::new(dictionary.values());
                let keys = dictionary.normalized_keys().into_iter();
                Self::each(keys.map(|key| values.of(key..key + 1)))
            }
            DataType::RunEndEncoded(..) => downcast_run_array!(
                column => {
                    let values = Self::new(column.values());
                    Self::each((0..rows).map(|row| {
                        let at = column.get_physical_index(row);
                        values.of(at..at + 1)
                    }))
                },
                _ => Self::Same { bytes: 1, rows }
            ),
            _ => Self::Same { bytes: 1, rows },
        }
    }

    fn each(sizes: impl Iterator<Item = usize>) -> Self {
        let mut end: usize = 0;
        let ends = sizes.map(|size| {
            end = end.saturating_add(size);
            end
        });
        Self::Bounds(std::iter::once(0).chain(ends).collect())
    }

    fn texts<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> Self {
        let offsets = offsets.iter().enumerate();
        let bounds = offsets.map(|(row, offset)| offset.as_usize() + row * size_of::<O>());
        Self::Bounds(bounds.collect())
    }

    fn views<T: ByteViewType>(views: &GenericByteViewArray<T>) -> Self {
        Self::each(views.lengths().map(|length| length as usize + VIEW))
    }

    fn lists<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>, values: &ArrayRef) -> Self {
        let values = Self::new(values);
        let rows = offsets.windows(2);
        Self::each(rows.map(|row| {
            let values = values.of(row[0].as_usize()..row[1].as_usize());
            values.saturating_add(size_of::<O>())
        }))
    }

    fn list_views<O: OffsetSizeTrait>(lists: &GenericListViewArray<O>) -> Self {
        let values = Self::new(lists.values());
        let rows = lists.offsets().iter().zip(lists.sizes());
        Self::each(rows.map(|(offset, size)| {
            let values = values.of(offset.as_usize()..offset.as_usize() + size.as_usize());
            values.saturating_add(2 * size_of::<O>())
        }))
    }

    /// Bytes of some rows.
    pub(super) fn of(&self, rows: Range<usize>) -> usize {
        match self {
            Self::Same { bytes, .. } => bytes.saturating_mul(rows.len()),
            Self::Bounds(bounds) => bounds[rows.end] - bounds[rows.start],
        }
    }

    /// Bytes of the rows at some places. Places that are not there have none.
    pub(super) fn at(&self, places: impl Iterator<Item = u64>) -> usize {
        let rows = self.rows();
        let places = places.filter_map(|place| usize::try_from(place).ok());
        let sizes = places.filter(|place| *place < rows);
        let sizes = sizes.map(|place| self.of(place..place + 1));
        sizes.fold(0, usize::saturating_add)
    }

    /// Bytes of the largest row.
    pub(super) fn largest(&self) -> usize {
        match self {
            Self::Same { bytes, rows } => bytes * usize::from(*rows > 0),
            Self::Bounds(bounds) => {
                let sizes = bounds.windows(2).map(|row| row[1] - row[0]);
                sizes.max().unwrap_or_default()
            }
        }
    }

    fn rows(&self) -> usize {
        match self {
            Self::Same { rows, .. } => *rows,
            Self::Bounds(bounds) => bounds.len() - 1,
        }
    }
}

/// Bytes of the largest row of a column.
pub(crate) fn largest(column: &ArrayRef) -> usize {
    RowSizes::new(column).largest()
}

/// Bytes of all rows of a column.
pub(crate) fn unpacked(column: &ArrayRef) -> usize {
    fn texts<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> usize {
        let bytes = offsets[offsets.len() - 1] - offsets[0];
        bytes.as_usize() + (offsets.len() - 1) * size_of::<O>()
    }
    let lengths = match column.data_type() {
        DataType::Utf8 => return texts(column.as_string::<i32>().offsets()),
        DataType::LargeUtf8 => return texts(column.as_string::<i64>().offsets()),
        DataType::Utf8View => column.as_string_view().lengths(),
        _ => {
            let sizes = RowSizes::new(column);
            return sizes.of(0..sizes.rows());
        }
    };
    lengths.map(|length| length as usize + VIEW).sum()
}

/// Bytes that a copy of a column takes, which has all values that a dictionary or the views of lists come with.
pub(super) fn copied(column: &ArrayRef) -> usize {
    let data_type = column.data_type();
    let whole = match data_type.is_nested() || matches!(data_type, DataType::Dictionary(..)) {
        true => Outgoing::new([column]).map_or(usize::MAX, |outgoing| outgoing.bytes()),
        false => 0,
    };
    unpacked(column).max(whole)
}

/// Bytes that arrow's `take` makes room for before it knows how many it needs: for each place as many elements as a
/// list has on average.
pub(super) fn room(column: &dyn Array, places: usize) -> usize {
    let list = |values: &dyn Array| {
        let elements = (values.len() / column.len().max(1)).saturating_mul(places);
        elements.saturating_mul(footprint(values.data_type()))
    };
    match column.data_type() {
        DataType::List(_) => list(column.as_list::<i32>().values()),
        DataType::LargeList(_) => list(column.as_list::<i64>().values()),
        DataType::Map(..) => list(column.as_map().entries()),
        DataType::FixedSizeList(_, size) => room(
            column.as_fixed_size_list().values(),
            places.saturating_mul(*size as usize),
        ),
        DataType::Struct(_) => {
            let fields = column.as_struct().columns().iter();
            let rooms = fields.map(|field| room(field, places));
            rooms.fold(0, usize::saturating_add)
        }
        DataType::Union(fields, _) => {
            let rooms = fields
                .iter()
                .map(|(kind, _)| room(column.as_union().child(kind), places));
            rooms.fold(0, usize::saturating_add)
        }
        DataType::RunEndEncoded(..) => downcast_run_array!(
            column => room(column.values(), places),
            _ => 0
        ),
        _ => 0,
    }
}

/// Bytes of a value, where all values of a type have as many. What takes no memory counts as one, so that rows of it
/// are not for nothing.
fn width(data_type: &DataType) -> Option<usize> {
    Some(match data_type {
        DataType::Null | DataType::Boolean => 1,
        DataType::FixedSizeBinary(size) => (*size as usize).max(1),
        DataType::FixedSizeList(field, size) => {
            let bytes = width(field.data_type())?.saturating_mul(*size as usize);
            bytes.max(1)
        }
        DataType::Struct(fields) => {
            let mut bytes: usize = 1;
            for field in fields {
                bytes = bytes.saturating_add(width(field.data_type())?);
            }
            bytes
        }
        other => other.primitive_width()?,
    })
}

/// Bytes that a column of a type can take, about, which is made of so many bytes in so many rows.
pub(super) fn estimate(data_type: &DataType, rows: usize, bytes: usize) -> usize {
    use DataType::*;
    match data_type {
        // The longest number is 78 digits long, the longest digest 64 bytes; the upper case of a letter has up to
        // three times its bytes.
        Utf8 | LargeUtf8 | Utf8View | Binary | LargeBinary | BinaryView => bytes
            .saturating_mul(4)
            .saturating_add(rows.saturating_mul(80)),
        _ => match width(data_type) {
            Some(width) => width.saturating_mul(rows),
            // Every byte could be an element.
            None => bytes
                .saturating_add(rows)
                .saturating_mul(footprint(data_type)),
        },
    }
}

/// Bytes of a value and of what leads to it, besides the bytes of text.
fn footprint(data_type: &DataType) -> usize {
    use DataType::*;
    match data_type {
        List(field) | LargeList(field) | ListView(field) | LargeListView(field) | Map(field, _) => {
            footprint(field.data_type()).saturating_add(16)
        }
        FixedSizeList(field, size) => footprint(field.data_type()).saturating_mul(*size as usize),
        Struct(fields) => {
            let fields = fields.iter().map(|field| footprint(field.data_type()));
            fields.fold(1, usize::saturating_add)
        }
        Union(fields, _) => {
            let fields = fields.iter().map(|(_, field)| footprint(field.data_type()));
            fields.fold(5, usize::saturating_add)
        }
        Dictionary(key, value) => footprint(key).saturating_add(footprint(value)),
        RunEndEncoded(_, value) => footprint(value.data_type()).saturating_add(8),
        other => width(other).unwrap_or(24),
    }
}
