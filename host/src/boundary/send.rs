//! Host arrays -> guest memory.
//!
//! [`Outgoing`] walks the arrays of a batch once and notes what has to be copied: the referenced range of
//! every buffer, once. Then the guest is asked for one region, and [`Outgoing::write`] copies everything
//! there; in the portable lane, each buffer into bytes of its own. Bitmaps that begin within a byte are
//! shifted, offsets are made to begin at zero, views are pointed at what was sent, all while they are copied.

use arrow::{
    array::{Array, ArrayData, ArrayRef, AsArray, OffsetSizeTrait, UInt64Array},
    buffer::{BooleanBuffer, Buffer, NullBuffer},
    datatypes::{ArrowNativeType, DataType, ToByteSlice, UnionMode},
    error::ArrowError,
};
use arrow_select::dictionary::garbage_collect_any_dictionary;

use super::layout::{Physical, physical};
use crate::sandbox::{Memory, SpanError, wire};

/// Every buffer begins at a multiple of this many bytes.
const ALIGN: usize = 64;
/// What one batch can take in a guest's memory, in bytes.
const BATCH_BYTES: usize = 1 << 31;

/// What has to be copied into a guest's memory for one batch.
#[derive(Default)]
pub struct Outgoing {
    nodes: Vec<wire::Node>,
    pieces: Vec<Piece>,
    variadic: Vec<u64>,
    /// Bytes of the region, gaps included.
    region: usize,
    /// Bytes that are copied, gaps not included.
    bytes: usize,
}

/// The contents of one buffer.
enum Piece {
    Empty,
    Bytes(Buffer),
    /// Bits that do not begin with a byte.
    Bits(BooleanBuffer),
    /// Offsets from which the first is subtracted.
    Offsets32(Buffer),
    Offsets64(Buffer),
    /// Views that are pointed elsewhere.
    Views {
        views: Buffer,
        nulls: Option<NullBuffer>,
        targets: Vec<Target>,
    },
    /// The long values of some views, one behind the other.
    Gathered {
        views: Buffer,
        nulls: Option<NullBuffer>,
        data: Vec<Option<Buffer>>,
        bytes: usize,
    },
}

/// Where the data buffer of a view has gone.
#[derive(Clone, Copy)]
enum Target {
    /// To data buffer `index`, which begins at what was `start`.
    Range { index: u32, start: u32 },
    /// Behind what was gathered before, in data buffer `index`.
    Gathered { index: u32 },
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) | Self::Offsets32(bytes) | Self::Offsets64(bytes) => bytes.len(),
            Self::Bits(bits) => bits.len().div_ceil(8),
            Self::Views { views, .. } => views.len(),
            Self::Gathered { bytes, .. } => *bytes,
        }
    }
}

/// A batch that can not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// More than 32 bits can address.
    #[error(
        "a batch of {0} bytes does not fit a guest's memory: use a smaller `datafusion.execution.batch_size`"
    )]
    TooLarge(usize),
    /// Arrow could not slice or compact it.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// The guest's region is not where it said.
    #[error("the guest offered a region that it does not have: {0}")]
    Region(#[from] SpanError),
}

impl Outgoing {
    /// Notes the columns of a batch. Constants are arrays of length one.
    ///
    /// # Errors
    ///
    /// If the batch is too large, or an array can not be sliced.
    pub fn new<'a>(columns: impl IntoIterator<Item = &'a ArrayRef>) -> Result<Self, SendError> {
        let mut outgoing = Self::default();
        for column in columns {
            outgoing.array(&column.to_data())?;
        }
        if outgoing.region > BATCH_BYTES {
            return Err(SendError::TooLarge(outgoing.region));
        }
        Ok(outgoing)
    }

    /// Bytes that the guest must provide.
    pub fn region(&self) -> u32 {
        self.region as u32
    }

    /// Bytes that [`write`](Self::write) copies.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Copies everything to `address`, and says what is where.
    ///
    /// # Errors
    ///
    /// If the region is not inside the memory.
    pub fn write(
        self,
        rows: usize,
        address: u32,
        memory: &mut Memory<'_>,
    ) -> Result<wire::Batch, SendError> {
        let mut at = address as usize;
        let region = self.region;
        self.batch(rows, |piece| {
            let length = piece.len();
            let start = u32::try_from(at).map_err(|_| SpanError::OutOfBounds {
                address,
                length: region,
                size: u32::MAX as usize,
            })?;
            piece.write(start, memory)?;
            at += length.next_multiple_of(ALIGN);
            Ok(wire::Buffer::Span(wire::Span {
                address: start,
                length: length as u32,
            }))
        })
    }

    /// Copies everything into buffers of bytes.
    ///
    /// # Errors
    ///
    /// If a buffer can not be written, which bytes always can.
    pub fn into_bytes(self, rows: usize) -> Result<wire::Batch, SendError> {
        self.batch(rows, |piece| {
            let mut bytes = Vec::with_capacity(piece.len());
            piece.write(0, &mut bytes)?;
            Ok(wire::Buffer::Bytes(bytes))
        })
    }

    fn batch(
        self,
        rows: usize,
        copy: impl FnMut(&Piece) -> Result<wire::Buffer, SendError>,
    ) -> Result<wire::Batch, SendError> {
        Ok(wire::Batch {
            rows: rows as u64,
            nodes: self.nodes,
            buffers: self.pieces.iter().map(copy).collect::<Result<_, _>>()?,
            variadic: self.variadic,
        })
    }

    fn push(&mut self, piece: Piece) {
        let length = piece.len();
        self.bytes += length;
        self.region = self.region.saturating_add(length.next_multiple_of(ALIGN));
        self.pieces.push(piece);
    }

    fn array(&mut self, data: &ArrayData) -> Result<(), SendError> {
        let (offset, len) = (data.offset(), data.len());
        let kind = physical(data.data_type());
        let nulls = data.nulls().filter(|nulls| nulls.null_count() > 0);
        self.nodes.push(wire::Node {
            length: len as u64,
            null_count: nulls.map_or(0, |nulls| nulls.null_count() as u64),
        });
        if kind.has_validity() {
            self.push(nulls.map_or(Piece::Empty, |nulls| bits(nulls.inner())));
        }
        let buffers = data.buffers();
        match kind {
            Physical::Null => Ok(()),
            Physical::Bits => {
                self.push(bits(&BooleanBuffer::new(buffers[0].clone(), offset, len)));
                Ok(())
            }
            Physical::Fixed(width) => {
                self.push(values(&buffers[0], offset, len, width));
                Ok(())
            }
            Physical::Bytes { offset_width } => {
                let (first, last) = self.offsets(&buffers[0], offset, len, offset_width);
                self.push(values(&buffers[1], first, last - first, 1));
                Ok(())
            }
            Physical::Views => {
                self.views(
                    values_of(&buffers[0], offset, len, 16),
                    nulls,
                    &buffers[1..],
                );
                Ok(())
            }
            Physical::List { offset_width } => {
                let (first, last) = self.offsets(&buffers[0], offset, len, offset_width);
                self.array(&data.child_data()[0].slice(first, last - first))
            }
            Physical::ListView { offset_width: 4 } => self.list_view::<i32>(data),
            Physical::ListView { .. } => self.list_view::<i64>(data),
            Physical::FixedList(size) => {
                self.array(&data.child_data()[0].slice(offset * size, len * size))
            }
            // The children of a struct are sliced with it.
            Physical::Struct => data
                .child_data()
                .iter()
                .try_for_each(|child| self.array(child)),
            Physical::Union(UnionMode::Sparse) => {
                self.push(values(&buffers[0], offset, len, 1));
                data.child_data()
                    .iter()
                    .try_for_each(|child| self.array(&child.slice(offset, len)))
            }
            Physical::Union(UnionMode::Dense) => self.dense_union(data),
            Physical::Dictionary { key_width } => {
                let dictionary = &data.child_data()[0];
                if dictionary.len() > len {
                    return self.compacted(data);
                }
                self.push(values(&buffers[0], offset, len, key_width));
                self.array(dictionary)
            }
            Physical::RunEnds => {
                let (ends, runs) = logical_runs(data)?;
                self.array(&ends)?;
                self.array(&runs)
            }
        }
    }

    /// Notes the offsets and sizes of a list view, and the range of the child that they refer to.
    fn list_view<O: OffsetSizeTrait>(&mut self, data: &ArrayData) -> Result<(), SendError> {
        let buffer = |i: usize| {
            values_of(
                &data.buffers()[i],
                data.offset(),
                data.len(),
                size_of::<O>(),
            )
        };
        let (offsets, sizes) = (buffer(0), buffer(1));
        let entries = offsets
            .typed_data::<O>()
            .iter()
            .zip(sizes.typed_data::<O>());
        let used = entries.clone().filter(|(_, size)| !size.is_zero());
        let range = |(offset, size): (&O, &O)| {
            (
                offset.as_usize(),
                offset.as_usize().saturating_add(size.as_usize()),
            )
        };
        let start = used.clone().map(|view| range(view).0).min().unwrap_or(0);
        let end = used.map(|view| range(view).1).max().unwrap_or(0);
        // An empty view can point anywhere, also past what is sent.
        let astray = |(offset, size): (&O, &O)| size.is_zero() && offset.as_usize() > end;
        let moved = if start == 0 && !entries.clone().any(astray) {
            offsets
        } else {
            let first = O::usize_as(start);
            let moved = entries.map(|(offset, size)| {
                if size.is_zero() {
                    O::zero()
                } else {
                    *offset - first
                }
            });
            Buffer::from_iter(moved)
        };
        self.push(Piece::Bytes(moved));
        self.push(Piece::Bytes(sizes));
        self.array(&data.child_data()[0].slice(start, end - start))
    }

    /// Notes the type ids and offsets of a dense union, and of each child the range that they refer to.
    fn dense_union(&mut self, data: &ArrayData) -> Result<(), SendError> {
        let DataType::Union(fields, _) = data.data_type() else {
            return Err(ArrowError::InvalidArgumentError("not a union".into()).into());
        };
        let ids = values_of(&data.buffers()[0], data.offset(), data.len(), 1);
        let offsets = values_of(&data.buffers()[1], data.offset(), data.len(), 4);
        let rows = ids
            .typed_data::<i8>()
            .iter()
            .zip(offsets.typed_data::<i32>());
        let mut ranges = [None::<(i32, i32)>; 128];
        for (id, offset) in rows.clone() {
            let range = ranges[*id as usize].get_or_insert((*offset, *offset));
            *range = (range.0.min(*offset), range.1.max(*offset));
        }
        let start = |id: i8| ranges[id as usize].map_or(0, |(start, _)| start);
        let moved: Buffer = rows.map(|(id, offset)| offset - start(*id)).collect();
        self.push(Piece::Bytes(ids));
        self.push(Piece::Bytes(moved));
        for ((id, _), child) in fields.iter().zip(data.child_data()) {
            let child = match ranges[id as usize] {
                Some((start, end)) => child.slice(start as usize, (end - start + 1) as usize),
                None => child.slice(0, 0),
            };
            self.array(&child)?;
        }
        Ok(())
    }

    /// Sends a dictionary array with only those values that its keys use.
    fn compacted(&mut self, data: &ArrayData) -> Result<(), SendError> {
        let array = arrow::array::make_array(data.clone());
        let data = garbage_collect_any_dictionary(array.as_any_dictionary())?.to_data();
        // The caller has pushed node and validity; keys and values follow.
        let DataType::Dictionary(key, _) = data.data_type() else {
            return Err(ArrowError::InvalidArgumentError("not a dictionary".into()).into());
        };
        let width = key.primitive_width().unwrap_or_default();
        self.push(values(&data.buffers()[0], data.offset(), data.len(), width));
        self.array(&data.child_data()[0])
    }

    /// Notes `len + 1` offsets; returns the first and the last of them.
    fn offsets(
        &mut self,
        buffer: &Buffer,
        offset: usize,
        len: usize,
        width: usize,
    ) -> (usize, usize) {
        if buffer.is_empty() {
            // An array of no values can come without its one offset.
            self.push(Piece::Bytes(Buffer::from_slice_ref(&[0_u8; 8][..width])));
            return (0, 0);
        }
        let referenced = values_of(buffer, offset, len + 1, width);
        let (first, last) = if width == 4 {
            let offsets = referenced.typed_data::<i32>();
            (offsets[0] as usize, offsets[len] as usize)
        } else {
            let offsets = referenced.typed_data::<i64>();
            (offsets[0] as usize, offsets[len] as usize)
        };
        self.push(match (first, width) {
            (0, _) => Piece::Bytes(referenced),
            (_, 4) => Piece::Offsets32(referenced),
            _ => Piece::Offsets64(referenced),
        });
        (first, last)
    }

    /// Notes views and what they refer to: of each data buffer the range that is used, or only the used
    /// values where they are less than half of that range.
    fn views(&mut self, views: Buffer, nulls: Option<&NullBuffer>, data: &[Buffer]) {
        let mut used = vec![Used::default(); data.len()];
        for (_, view) in long_views(&views, nulls) {
            used[view.buffer as usize].add(view);
        }
        let mut targets = Vec::with_capacity(data.len());
        let mut kept = 0_u32;
        let mut gathered = 0;
        // What stands under a null may point at what is not sent.
        let mut moved = nulls.is_some_and(|nulls| {
            let views = views.typed_data::<u128>().iter().enumerate();
            views
                .filter(|(row, _)| nulls.is_null(*row))
                .any(|(_, view)| View::parse(*view).is_some())
        });
        for (index, used) in used.iter().enumerate() {
            if used.is_sparse() {
                gathered += used.bytes;
                moved = true;
                // The index is known when all others are.
                targets.push(Target::Gathered { index: 0 });
            } else {
                // A buffer that no view uses takes no place; its target is never looked at.
                let is_used = used.bytes > 0;
                moved |= is_used && (used.start > 0 || kept as usize != index);
                targets.push(Target::Range {
                    index: kept,
                    start: used.start,
                });
                kept += u32::from(is_used);
            }
        }
        for target in &mut targets {
            if let Target::Gathered { index } = target {
                *index = kept;
            }
        }
        let nulls = nulls.cloned();
        self.push(if moved {
            Piece::Views {
                views: views.clone(),
                nulls: nulls.clone(),
                targets,
            }
        } else {
            Piece::Bytes(views.clone())
        });
        for (buffer, used) in data.iter().zip(&used) {
            if used.bytes > 0 && !used.is_sparse() {
                let length = used.end - used.start as usize;
                self.push(Piece::Bytes(
                    buffer.slice_with_length(used.start as usize, length),
                ));
            }
        }
        if gathered > 0 {
            let sparse = data.iter().zip(&used);
            let data = sparse.map(|(buffer, used)| used.is_sparse().then(|| buffer.clone()));
            self.push(Piece::Gathered {
                views,
                nulls,
                data: data.collect(),
                bytes: gathered,
            });
        }
        self.variadic
            .push(u64::from(kept) + u64::from(gathered > 0));
    }
}

/// How views use one data buffer.
#[derive(Clone, Default)]
struct Used {
    bytes: usize,
    start: u32,
    end: usize,
}

impl Used {
    fn add(&mut self, view: View) {
        let end = view.offset as usize + view.length as usize;
        if self.bytes == 0 {
            (self.start, self.end) = (view.offset, end);
        } else {
            (self.start, self.end) = (self.start.min(view.offset), self.end.max(end));
        }
        self.bytes += view.length as usize;
    }

    fn is_sparse(&self) -> bool {
        self.bytes > 0 && self.bytes * 2 < self.end - self.start as usize
    }
}

/// A view of a value that does not fit into the view itself.
#[derive(Clone, Copy)]
struct View {
    length: u32,
    prefix: u32,
    buffer: u32,
    offset: u32,
}

impl View {
    /// `None` for a value of up to twelve bytes.
    fn parse(view: u128) -> Option<Self> {
        let length = view as u32;
        (length > 12).then_some(Self {
            length,
            prefix: (view >> 32) as u32,
            buffer: (view >> 64) as u32,
            offset: (view >> 96) as u32,
        })
    }

    fn at(self, buffer: u32, offset: u32) -> u128 {
        u128::from(self.length)
            | u128::from(self.prefix) << 32
            | u128::from(buffer) << 64
            | u128::from(offset) << 96
    }
}

/// The views of long values that are not null, with their rows.
fn long_views<'a>(
    views: &'a Buffer,
    nulls: Option<&'a NullBuffer>,
) -> impl Iterator<Item = (usize, View)> + 'a {
    let views = views.typed_data::<u128>().iter().enumerate();
    views.filter_map(move |(row, view)| {
        let view = View::parse(*view)?;
        // What stands under a null can be anything.
        nulls
            .is_none_or(|nulls| nulls.is_valid(row))
            .then_some((row, view))
    })
}

/// Where a buffer is written, from its beginning to its end.
trait Place {
    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), SpanError>;
}

impl Place for Memory<'_> {
    #[inline]
    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), SpanError> {
        Memory::write(self, address, bytes)
    }
}

/// A buffer by itself.
impl Place for Vec<u8> {
    #[inline]
    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), SpanError> {
        debug_assert_eq!(address as usize, self.len(), "a gap within a buffer");
        self.extend_from_slice(bytes);
        Ok(())
    }
}

/// Values that are changed on their way are written in chunks of this many.
const CHUNK: usize = 256;

impl Piece {
    fn write(&self, address: u32, memory: &mut impl Place) -> Result<(), SpanError> {
        match self {
            Self::Empty => Ok(()),
            Self::Bytes(bytes) => memory.write(address, bytes),
            Self::Bits(bits) => memory.write(address, &bits.sliced()),
            Self::Offsets32(offsets) => {
                let offsets = offsets.typed_data::<i32>();
                let first = offsets[0];
                write_mapped(address, offsets, memory, |offset| offset - first)
            }
            Self::Offsets64(offsets) => {
                let offsets = offsets.typed_data::<i64>();
                let first = offsets[0];
                write_mapped(address, offsets, memory, |offset| offset - first)
            }
            Self::Views {
                views,
                nulls,
                targets,
            } => {
                let mut row = 0;
                let mut gathered = 0_u32;
                write_mapped(address, views.typed_data::<u128>(), memory, |view| {
                    let valid = nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
                    row += 1;
                    match View::parse(view) {
                        None => view,
                        Some(_) if !valid => 0,
                        Some(view) => match targets[view.buffer as usize] {
                            Target::Range { index, start } => view.at(index, view.offset - start),
                            Target::Gathered { index } => {
                                let offset = gathered;
                                gathered += view.length;
                                view.at(index, offset)
                            }
                        },
                    }
                })
            }
            Self::Gathered {
                views, nulls, data, ..
            } => {
                let mut at = address;
                for (_, view) in long_views(views, nulls.as_ref()) {
                    if let Some(buffer) = &data[view.buffer as usize] {
                        let start = view.offset as usize;
                        memory.write(at, &buffer[start..start + view.length as usize])?;
                        // Past the end of all memory the next write fails.
                        at = at.wrapping_add(view.length);
                    }
                }
                Ok(())
            }
        }
    }
}

fn write_mapped<T: ArrowNativeType>(
    address: u32,
    values: &[T],
    memory: &mut impl Place,
    mut change: impl FnMut(T) -> T,
) -> Result<(), SpanError> {
    let mut changed = [T::default(); CHUNK];
    let mut at = address;
    for chunk in values.chunks(CHUNK) {
        for (to, from) in changed.iter_mut().zip(chunk) {
            *to = change(*from);
        }
        let bytes = changed[..chunk.len()].to_byte_slice();
        memory.write(at, bytes)?;
        at = at.wrapping_add(bytes.len() as u32);
    }
    Ok(())
}

fn bits(bits: &BooleanBuffer) -> Piece {
    if bits.is_empty() {
        return Piece::Empty;
    }
    if bits.offset().is_multiple_of(8) {
        let bytes = bits.len().div_ceil(8);
        return Piece::Bytes(bits.inner().slice_with_length(bits.offset() / 8, bytes));
    }
    Piece::Bits(bits.clone())
}

fn values(buffer: &Buffer, offset: usize, len: usize, width: usize) -> Piece {
    match values_of(buffer, offset, len, width) {
        bytes if bytes.is_empty() => Piece::Empty,
        bytes => Piece::Bytes(bytes),
    }
}

fn values_of(buffer: &Buffer, offset: usize, len: usize, width: usize) -> Buffer {
    if len == 0 {
        return Buffer::default();
    }
    buffer.slice_with_length(offset * width, len * width)
}

/// Run ends that count from the first row of `data`, and the values of those runs.
fn logical_runs(data: &ArrayData) -> Result<(ArrayData, ArrayData), SendError> {
    let (ends, runs) = (&data.child_data()[0], &data.child_data()[1]);
    let (from, to) = (data.offset() as u64, (data.offset() + data.len()) as u64);
    let all = arrow::compute::cast(&arrow::array::make_array(ends.clone()), &DataType::UInt64)?;
    let all = all.as_primitive::<arrow::datatypes::UInt64Type>().values();
    if data.is_empty() {
        return Ok((ends.slice(0, 0), runs.slice(0, 0)));
    }
    let first = all.partition_point(|end| *end <= from);
    let last = all.partition_point(|end| *end < to);
    if from == 0 && first == 0 && all.get(last) == Some(&to) {
        return Ok((ends.slice(0, last + 1), runs.slice(0, last + 1)));
    }
    let shifted = all[first..=last].iter().map(|end| (*end).min(to) - from);
    let shifted: ArrayRef = std::sync::Arc::new(UInt64Array::from_iter_values(shifted));
    let shifted = arrow::compute::cast(&shifted, ends.data_type())?;
    Ok((shifted.to_data(), runs.slice(first, last + 1 - first)))
}
