//! Which buffers an array has, by type: the one table that both directions follow.

use arrow::datatypes::{DataType, IntervalUnit, UnionMode};

/// The physical layout of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Physical {
    /// No buffers.
    Null,
    /// One bit a value.
    Bits,
    /// So many bytes a value.
    Fixed(usize),
    /// Offsets of so many bytes each, and bytes.
    Bytes { offset_width: usize },
    /// Views, and any number of buffers that they point into.
    Views,
    /// Offsets, and a child.
    List { offset_width: usize },
    /// Offsets and sizes, and a child.
    ListView { offset_width: usize },
    /// A child of so many values a value.
    FixedList(usize),
    /// A child for each field.
    Struct,
    /// Type ids, offsets if dense, and a child for each field.
    Union(UnionMode),
    /// Keys of so many bytes each, and the values as a child.
    Dictionary { key_width: usize },
    /// Two children.
    RunEnds,
}

impl Physical {
    /// Whether the first buffer is a validity bitmap.
    pub(super) fn has_validity(self) -> bool {
        !matches!(self, Self::Null | Self::Union(_) | Self::RunEnds)
    }
}

pub(super) fn physical(data_type: &DataType) -> Physical {
    use DataType::*;
    match data_type {
        Null => Physical::Null,
        Boolean => Physical::Bits,
        Int8 | UInt8 => Physical::Fixed(1),
        Int16 | UInt16 | Float16 => Physical::Fixed(2),
        Int32 | UInt32 | Float32 | Date32 | Time32(_) | Decimal32(..) => Physical::Fixed(4),
        Int64 | UInt64 | Float64 | Date64 | Time64(_) | Timestamp(..) | Duration(_)
        | Decimal64(..) => Physical::Fixed(8),
        Interval(IntervalUnit::YearMonth) => Physical::Fixed(4),
        Interval(IntervalUnit::DayTime) => Physical::Fixed(8),
        Interval(IntervalUnit::MonthDayNano) | Decimal128(..) => Physical::Fixed(16),
        Decimal256(..) => Physical::Fixed(32),
        FixedSizeBinary(size) => Physical::Fixed(*size as usize),
        Utf8 | Binary => Physical::Bytes { offset_width: 4 },
        LargeUtf8 | LargeBinary => Physical::Bytes { offset_width: 8 },
        Utf8View | BinaryView => Physical::Views,
        List(_) | Map(..) => Physical::List { offset_width: 4 },
        LargeList(_) => Physical::List { offset_width: 8 },
        ListView(_) => Physical::ListView { offset_width: 4 },
        LargeListView(_) => Physical::ListView { offset_width: 8 },
        FixedSizeList(_, size) => Physical::FixedList(*size as usize),
        Struct(_) => Physical::Struct,
        Union(_, mode) => Physical::Union(*mode),
        Dictionary(key, _) => Physical::Dictionary {
            key_width: key.primitive_width().unwrap_or_default(),
        },
        RunEndEncoded(..) => Physical::RunEnds,
    }
}
