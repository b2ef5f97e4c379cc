//! Guest memory -> host arrays, in place.
//!
//! Everything that a guest returns is a claim: how many arrays, how long, where. [`receive`] believes
//! none of it. Counts must be what the type needs; spans must be inside the memory; the work that
//! validation takes is bounded before it begins; and only then are offsets, views, keys and text looked
//! at. The array that comes out is valid, and its buffers are the guest's memory, or the bytes that came along.

#![expect(
    unsafe_code,
    reason = "builds arrays of which every part is then checked"
)]

use arrow::{
    array::{ArrayData, ArrayRef, BufferSpec, layout, make_array},
    buffer::{BooleanBuffer, Buffer, NullBuffer},
    datatypes::{DataType, FieldRef},
    error::ArrowError,
};

use super::{
    layout::{Physical, physical},
    text,
};
use crate::{
    columns::{largest, unpacked},
    sandbox::{Interrupt, Source, SpanError, Stopped, wire},
};

/// Values of an array that takes no memory for each value, and rows of a batch.
pub const ROWS: usize = 1 << 20;

/// Bytes of a dictionary or of runs when they are unpacked.
const EXPANDED: usize = 1 << 30;

/// A guest returned something that is no array of its type.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// Another number of rows than was asked for.
    #[error("it returned {found} rows, {expected} were expected")]
    Rows {
        /// Rows that were asked for.
        expected: usize,
        /// Rows that came.
        found: u64,
    },
    /// More rows than a batch can have.
    #[error("it returned {found} rows in one batch, at most {ROWS} are possible")]
    TooMany {
        /// Rows that came.
        found: u64,
    },
    /// The type needs another number of arrays or buffers.
    #[error("it returned {found} {what}, a result of type {data_type} has {expected}")]
    Count {
        /// Arrays, buffers, or counts of view buffers.
        what: &'static str,
        /// How many the type needs.
        expected: usize,
        /// How many came.
        found: usize,
        /// The type of the result.
        data_type: DataType,
    },
    /// A buffer that is not in the guest's memory.
    #[error("it returned a buffer that can not be read: {0}")]
    Span(#[from] SpanError),
    /// A buffer that is too short for its array, or came the other lane's way.
    #[error(
        "it returned {found} bytes as the {part} of {len} values of type {data_type}, which take {needed}"
    )]
    Short {
        /// Which buffer.
        part: &'static str,
        /// Values.
        len: usize,
        /// Bytes that are needed.
        needed: usize,
        /// Bytes that came.
        found: usize,
        /// The type of the array.
        data_type: DataType,
    },
    /// A buffer that crosses as none of its lane does.
    #[error("it returned a buffer as {0}, which its lane does not have")]
    Lane(&'static str),
    /// Another number of columns than the result has.
    #[error("it gave {found} columns, the result has {expected}")]
    Columns {
        /// How many the result has.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// A column of another type than the result has.
    #[error("it gave a column of the type {found} as `{name}`, which has the type {expected}")]
    Type {
        /// The column of the result.
        name: String,
        /// Its type.
        expected: DataType,
        /// The type that came.
        found: DataType,
    },
    /// An array of impossible length.
    #[error(
        "it returned an array of {found} values of type {data_type}, at most {limit} are possible"
    )]
    Length {
        /// Values claimed.
        found: u64,
        /// Values possible.
        limit: usize,
        /// The type of the array.
        data_type: DataType,
    },
    /// The null count is not that of the bitmap.
    #[error(
        "it returned {actual} nulls and says that they are {claimed}, in an array of type {data_type}"
    )]
    NullCount {
        /// What the guest says.
        claimed: u64,
        /// What the bitmap says.
        actual: usize,
        /// The type of the array.
        data_type: DataType,
    },
    /// Nulls in a column that has none.
    #[error("it returned nulls for `{0}`, which is declared as never null")]
    Nulls(String),
    /// More to look at than memory that the guest has.
    #[error("it returned buffers of {claimed} bytes in all, out of a memory of {memory} bytes")]
    Budget {
        /// Bytes of all spans or views.
        claimed: usize,
        /// Bytes of the guest's memory.
        memory: usize,
    },
    /// Few values that stand in too many places.
    #[error(
        "it returned values that take {claimed} bytes when they are unpacked, at most {EXPANDED} are allowed"
    )]
    Expanded {
        /// Bytes, at most.
        claimed: usize,
    },
    /// Offsets, views, keys or text that are not valid.
    #[error("it returned data that is not valid: {0}")]
    Invalid(String),
    /// The query ended while data was checked.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl From<ArrowError> for ReceiveError {
    fn from(error: ArrowError) -> Self {
        Self::Invalid(match error {
            ArrowError::InvalidArgumentError(message) => message,
            error => error.to_string(),
        })
    }
}

/// How many rows a result can have.
#[derive(Debug, Clone, Copy)]
pub enum Rows {
    /// So many.
    Exactly(usize),
    /// At most [`ROWS`].
    Some,
}

/// How many rows there are, if that is how many there can be.
fn rows_of(claimed: u64, rows: Rows) -> Result<usize, ReceiveError> {
    match rows {
        Rows::Exactly(rows) if claimed == rows as u64 => Ok(rows),
        Rows::Exactly(expected) => Err(ReceiveError::Rows {
            expected,
            found: claimed,
        }),
        Rows::Some if claimed <= ROWS as u64 => Ok(claimed as usize),
        Rows::Some => Err(ReceiveError::TooMany { found: claimed }),
    }
}

/// Takes columns that stayed with the host as those of a result, and how many rows they have.
///
/// # Errors
///
/// See [`ReceiveError`]: if they are not of the types and lengths of the result.
pub fn accept(
    claimed: u64,
    columns: Vec<ArrayRef>,
    fields: &[FieldRef],
    rows: Rows,
) -> Result<(Vec<ArrayRef>, usize), ReceiveError> {
    let rows = rows_of(claimed, rows)?;
    if columns.len() != fields.len() {
        return Err(ReceiveError::Columns {
            expected: fields.len(),
            found: columns.len(),
        });
    }
    for (column, field) in columns.iter().zip(fields) {
        if column.len() != rows {
            return Err(ReceiveError::Rows {
                expected: rows,
                found: column.len() as u64,
            });
        }
        if column.data_type() != field.data_type() {
            return Err(ReceiveError::Type {
                name: field.name().clone(),
                expected: field.data_type().clone(),
                found: column.data_type().clone(),
            });
        }
        if !field.is_nullable() && column.logical_null_count() > 0 {
            return Err(ReceiveError::Nulls(field.name().clone()));
        }
    }
    Ok((columns, rows))
}

/// Reads the columns of a result.
///
/// Returns the arrays, whose buffers are the guest's memory or the bytes that came along, how many rows they have,
/// and how many bytes they refer to there.
///
/// # Errors
///
/// See [`ReceiveError`].
pub fn receive(
    batch: wire::Batch,
    fields: &[FieldRef],
    rows: Rows,
    source: &Source,
    interrupt: &Interrupt,
) -> Result<(Vec<ArrayRef>, usize, usize), ReceiveError> {
    let rows = rows_of(batch.rows, rows)?;
    let memory_size = source.memory_size();
    let found = batch.buffers.len();
    let mut parts = Parts {
        nodes: &batch.nodes,
        buffers: batch.buffers.into_iter(),
        variadic: &batch.variadic,
        taken: 0,
        source,
        memory_size,
        interrupt,
    };
    // Cheap, and says more than a missing buffer in the middle would.
    let expected = fields
        .iter()
        .map(|field| count(field.data_type()))
        .fold(Count::default(), Count::plus);
    for (what, expected, found) in [
        ("arrays", expected.nodes, batch.nodes.len()),
        (
            "counts of view buffers",
            expected.variadic,
            batch.variadic.len(),
        ),
    ] {
        if expected != found {
            return Err(wrong_count(what, expected, found, &row_type(fields)));
        }
    }
    let view_buffers = batch
        .variadic
        .iter()
        .try_fold(0_usize, |sum, n| sum.checked_add(usize::try_from(*n).ok()?));
    let buffers = view_buffers.and_then(|n| n.checked_add(expected.buffers));
    if buffers != Some(found) {
        let expected = buffers.unwrap_or(usize::MAX);
        return Err(wrong_count("buffers", expected, found, &row_type(fields)));
    }
    let mut arrays = Vec::with_capacity(fields.len());
    for field in fields {
        if parts.nodes[0].length != rows as u64 {
            return Err(ReceiveError::Rows {
                expected: rows,
                found: parts.nodes[0].length,
            });
        }
        let data = parts.array(field.data_type())?;
        data.validate()?;
        validate_values(&data, memory_size, interrupt)?;
        let array = make_array(data);
        // Also where the values of a dictionary, or the type itself, are null.
        if !field.is_nullable() && array.logical_null_count() > 0 {
            return Err(ReceiveError::Nulls(field.name().clone()));
        }
        arrays.push(array);
    }
    Ok((arrays, rows, parts.taken))
}

/// The type of one field, or of a row of several.
fn row_type(fields: &[FieldRef]) -> DataType {
    match fields {
        [field] => field.data_type().clone(),
        fields => DataType::Struct(fields.to_vec().into()),
    }
}

fn wrong_count(
    what: &'static str,
    expected: usize,
    found: usize,
    data_type: &DataType,
) -> ReceiveError {
    ReceiveError::Count {
        what,
        expected,
        found,
        data_type: data_type.clone(),
    }
}

/// How many parts an array of a type has, without the data buffers of views.
#[derive(Default)]
struct Count {
    nodes: usize,
    buffers: usize,
    variadic: usize,
}

impl Count {
    fn plus(self, more: Self) -> Self {
        Self {
            nodes: self.nodes + more.nodes,
            buffers: self.buffers + more.buffers,
            variadic: self.variadic + more.variadic,
        }
    }
}

fn count(data_type: &DataType) -> Count {
    let kind = physical(data_type);
    let own = match kind {
        Physical::Null | Physical::FixedList(_) | Physical::Struct | Physical::RunEnds => 0,
        Physical::Bits | Physical::Fixed(_) | Physical::Views | Physical::List { .. } => 1,
        Physical::Dictionary { .. } | Physical::Union(arrow::datatypes::UnionMode::Sparse) => 1,
        Physical::Bytes { .. } | Physical::ListView { .. } | Physical::Union(_) => 2,
    };
    let mut sum = Count {
        nodes: 1,
        buffers: own + usize::from(kind.has_validity()),
        variadic: usize::from(kind == Physical::Views),
    };
    for child in children(data_type) {
        sum = sum.plus(count(child));
    }
    sum
}

fn children(data_type: &DataType) -> Vec<&DataType> {
    use DataType::*;
    match data_type {
        List(child)
        | LargeList(child)
        | ListView(child)
        | LargeListView(child)
        | FixedSizeList(child, _)
        | Map(child, _) => vec![child.data_type()],
        Struct(fields) => fields.iter().map(|field| field.data_type()).collect(),
        Union(fields, _) => fields.iter().map(|(_, field)| field.data_type()).collect(),
        Dictionary(_, values) => vec![values],
        RunEndEncoded(ends, values) => vec![ends.data_type(), values.data_type()],
        _ => vec![],
    }
}

/// What is left of a batch, front to back.
struct Parts<'a> {
    nodes: &'a [wire::Node],
    buffers: std::vec::IntoIter<wire::Buffer>,
    variadic: &'a [u64],
    /// Bytes of all buffers so far.
    taken: usize,
    source: &'a Source,
    memory_size: usize,
    interrupt: &'a Interrupt,
}

impl Parts<'_> {
    /// Builds one array with its children. Lengths and bounds are checked, contents are not.
    fn array(&mut self, data_type: &DataType) -> Result<ArrayData, ReceiveError> {
        self.interrupt.check()?;
        let kind = physical(data_type);
        let (node, rest) = self
            .nodes
            .split_first()
            .ok_or_else(|| wrong_count("arrays", 1, 0, data_type))?;
        self.nodes = rest;
        let len = self.length(node, kind, data_type)?;
        let nulls = if kind.has_validity() {
            self.validity(node, len, data_type)?
        } else {
            None
        };
        let short = |part, needed: usize, buffer: &Buffer| {
            if buffer.len() < needed {
                return Err(ReceiveError::Short {
                    part,
                    len,
                    needed,
                    found: buffer.len(),
                    data_type: data_type.clone(),
                });
            }
            Ok(())
        };
        let mut buffers = Vec::new();
        for (i, spec) in layout(data_type).buffers.iter().enumerate() {
            let (needed, align) = match spec {
                BufferSpec::BitMap => (len.div_ceil(8), 1),
                BufferSpec::FixedWidth {
                    byte_width,
                    alignment,
                } => {
                    // Offsets have one more entry than values, but none need be there for no values.
                    let offsets = matches!(kind, Physical::Bytes { .. } | Physical::List { .. });
                    let entries = if offsets && i == 0 && len > 0 {
                        len + 1
                    } else {
                        len
                    };
                    let needed =
                        entries
                            .checked_mul(*byte_width)
                            .ok_or_else(|| ReceiveError::Length {
                                found: node.length,
                                limit: self.memory_size,
                                data_type: data_type.clone(),
                            })?;
                    (needed, *alignment)
                }
                BufferSpec::VariableWidth | BufferSpec::AlwaysNull => (0, 1),
            };
            let buffer = self.buffer(align, data_type)?;
            short(part_name(kind, i), needed, &buffer)?;
            buffers.push(match spec {
                BufferSpec::VariableWidth => buffer,
                // Arrow expects whole values, and nothing behind them.
                _ => buffer.slice_with_length(0, needed),
            });
        }
        if kind == Physical::Views {
            let (count, rest) = self
                .variadic
                .split_first()
                .ok_or_else(|| wrong_count("counts of view buffers", 1, 0, data_type))?;
            self.variadic = rest;
            for _ in 0..*count {
                buffers.push(self.buffer(1, data_type)?);
            }
        }
        let mut child_data = Vec::new();
        for child in children(data_type) {
            child_data.push(self.array(child)?);
        }
        if let Physical::FixedList(size) = kind {
            // Arrow multiplies without looking.
            let needed = len.checked_mul(size);
            if needed.is_none_or(|needed| needed > child_data[0].len()) {
                return Err(ReceiveError::Length {
                    found: node.length,
                    limit: child_data[0].len() / size.max(1),
                    data_type: data_type.clone(),
                });
            }
        }
        let builder = ArrayData::builder(data_type.clone())
            .len(len)
            .nulls(nulls)
            .buffers(buffers)
            .child_data(child_data);
        // SAFETY: nothing looks at the values before `receive` has validated the whole tree: structure
        // with `ArrayData::validate`, contents with `validate_values`. If either fails the data is
        // dropped, which reads nothing.
        Ok(unsafe { builder.build_unchecked() })
    }

    /// A length that the memory, or the bound for what takes none, allows.
    fn length(
        &self,
        node: &wire::Node,
        kind: Physical,
        data_type: &DataType,
    ) -> Result<usize, ReceiveError> {
        let limit = match kind {
            Physical::Bits => self.memory_size.saturating_mul(8),
            Physical::Fixed(0)
            | Physical::Null
            | Physical::Struct
            | Physical::FixedList(_)
            | Physical::RunEnds => ROWS.max(self.memory_size),
            _ => self.memory_size,
        };
        let limit = match kind {
            // What takes no memory for each value takes time for each all the same.
            Physical::Null | Physical::Fixed(0) | Physical::RunEnds => ROWS,
            Physical::FixedList(0) => ROWS,
            Physical::Struct if children(data_type).is_empty() => ROWS,
            _ => limit,
        };
        match usize::try_from(node.length) {
            Ok(len) if len <= limit => Ok(len),
            _ => Err(ReceiveError::Length {
                found: node.length,
                limit,
                data_type: data_type.clone(),
            }),
        }
    }

    fn validity(
        &mut self,
        node: &wire::Node,
        len: usize,
        data_type: &DataType,
    ) -> Result<Option<NullBuffer>, ReceiveError> {
        let bits = self.buffer(1, data_type)?;
        if bits.is_empty() {
            if node.null_count > 0 {
                return Err(ReceiveError::NullCount {
                    claimed: node.null_count,
                    actual: 0,
                    data_type: data_type.clone(),
                });
            }
            return Ok(None);
        }
        let needed = len.div_ceil(8);
        if bits.len() < needed {
            return Err(ReceiveError::Short {
                part: "validity",
                len,
                needed,
                found: bits.len(),
                data_type: data_type.clone(),
            });
        }
        let nulls = NullBuffer::new(BooleanBuffer::new(bits, 0, len));
        if nulls.null_count() as u64 != node.null_count {
            return Err(ReceiveError::NullCount {
                claimed: node.null_count,
                actual: nulls.null_count(),
                data_type: data_type.clone(),
            });
        }
        Ok((nulls.null_count() > 0).then_some(nulls))
    }

    fn buffer(&mut self, align: usize, data_type: &DataType) -> Result<Buffer, ReceiveError> {
        let buffer = self
            .buffers
            .next()
            .ok_or_else(|| wrong_count("buffers", 1, 0, data_type))?;
        let length = match &buffer {
            wire::Buffer::Span(span) => span.length as usize,
            wire::Buffer::Bytes(bytes) => bytes.len(),
        };
        self.taken = self.taken.saturating_add(length);
        if self.taken > self.memory_size {
            return Err(ReceiveError::Budget {
                claimed: self.taken,
                memory: self.memory_size,
            });
        }
        match (buffer, self.source) {
            (wire::Buffer::Span(span), Source::Memory(memory)) => Ok(memory.buffer(span, align)?),
            (wire::Buffer::Bytes(bytes), Source::Bytes(_)) => Ok(aligned(bytes, align)),
            (wire::Buffer::Span(_), Source::Bytes(_)) => Err(ReceiveError::Lane("a span")),
            (wire::Buffer::Bytes(_), Source::Memory(_)) => Err(ReceiveError::Lane("bytes")),
        }
    }
}

/// Bytes as a buffer that begins at a multiple of `align`; where they do not, a copy.
fn aligned(bytes: Vec<u8>, align: usize) -> Buffer {
    if bytes.is_empty() {
        return Buffer::default();
    }
    let buffer = Buffer::from_vec(bytes);
    match buffer.as_ptr().addr().is_multiple_of(align) {
        true => buffer,
        false => Buffer::from_slice_ref(buffer.as_slice()),
    }
}

fn part_name(kind: Physical, index: usize) -> &'static str {
    match (kind, index) {
        (Physical::Bytes { .. } | Physical::List { .. }, 0) => "offsets",
        (Physical::ListView { .. }, 0) => "offsets",
        (Physical::ListView { .. }, _) => "sizes",
        (Physical::Views, _) => "views",
        (Physical::Dictionary { .. }, _) => "keys",
        (Physical::Union(_), 0) => "type ids",
        (Physical::Union(_), _) => "offsets",
        _ => "values",
    }
}

/// Values can share bytes; what they cover in all must not be more than there is. Says how much that is.
fn within(memory: usize, lengths: impl Iterator<Item = usize>) -> Result<usize, ReceiveError> {
    let claimed = lengths.fold(0_usize, usize::saturating_add);
    if claimed > memory {
        return Err(ReceiveError::Budget { claimed, memory });
    }
    Ok(claimed)
}

/// Whoever unpacks an array copies a value as often as it stands there. Of an array that is valid, whose values stand in
/// so many places.
fn expanded(data: &ArrayData, places: usize) -> Result<(), ReceiveError> {
    // Nearly always the largest value could stand everywhere, and nothing has to be counted.
    let values = data.child_data().last();
    let largest = values.map_or(0, |values| largest(&make_array(values.clone())));
    if largest.saturating_mul(places) <= EXPANDED {
        return Ok(());
    }
    let claimed = unpacked(&make_array(data.clone()));
    if claimed > EXPANDED {
        return Err(ReceiveError::Expanded { claimed });
    }
    Ok(())
}

/// Looks at everything that structure alone does not say, children included.
fn validate_values(
    data: &ArrayData,
    memory: usize,
    interrupt: &Interrupt,
) -> Result<(), ReceiveError> {
    interrupt.check()?;
    // First what is inside: what follows counts on it.
    for child in data.child_data() {
        validate_values(child, memory, interrupt)?;
    }
    data.validate_nulls()?;
    match data.data_type() {
        DataType::Utf8 => text::validate::<i32>(data, interrupt)?,
        DataType::LargeUtf8 => text::validate::<i64>(data, interrupt)?,
        DataType::Utf8View | DataType::BinaryView => {
            let views = data.buffers()[0].typed_data::<u128>();
            within(memory, views.iter().map(|view| *view as u32 as usize))?;
            data.validate_values()?;
        }
        DataType::ListView(_) => {
            let sizes = data.buffers()[1].typed_data::<i32>();
            let sizes = sizes.iter().map(|size| usize::try_from(*size).unwrap_or(0));
            expanded(data, within(memory, sizes)?)?;
        }
        DataType::LargeListView(_) => {
            let sizes = data.buffers()[1].typed_data::<i64>();
            let sizes = sizes.iter().map(|size| usize::try_from(*size).unwrap_or(0));
            expanded(data, within(memory, sizes)?)?;
        }
        DataType::Dictionary(..) | DataType::RunEndEncoded(..) => {
            data.validate_values()?;
            expanded(data, data.len())?;
        }
        _ => data.validate_values()?,
    }
    Ok(())
}

#[cfg(test)]
mod tests;
