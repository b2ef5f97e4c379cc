use arrow_buffer::{ArrowNativeType, BooleanBuffer, Buffer};
use arrow_data::ArrayData;
use arrow_schema::{DataType, UnionMode};

use super::decode::has_validity;

/// The lengths and buffers of arrays, in the order that the contract gives (`wit/arrow.wit`).
///
/// The buffers are those of the arrays. Two things are copied, because the contract has no place for them:
/// bitmaps that begin within a byte, and the run ends of a slice.
#[derive(Default)]
pub(crate) struct Encoder {
    /// Length and null count.
    pub(crate) nodes: Vec<(usize, usize)>,
    pub(crate) buffers: Vec<Buffer>,
    pub(crate) variadic: Vec<usize>,
}

impl Encoder {
    /// Appends an array and all below it.
    pub(crate) fn push(&mut self, data: &ArrayData) {
        let (offset, length) = (data.offset(), data.len());
        let null_count = match data.data_type() {
            DataType::Null => length,
            _ => data.null_count(),
        };
        self.nodes.push((length, null_count));
        if has_validity(data.data_type()) {
            self.buffers.push(match data.nulls() {
                Some(nulls) if null_count > 0 => bitmap(nulls.inner().clone()),
                _ => Buffer::default(),
            });
        }
        match data.data_type() {
            DataType::Null => {}
            DataType::Boolean => {
                let bits = BooleanBuffer::new(data.buffers()[0].clone(), offset, length);
                self.buffers.push(bitmap(bits));
            }
            DataType::Utf8 | DataType::Binary => self.offsets_and_values::<i32>(data),
            DataType::LargeUtf8 | DataType::LargeBinary => self.offsets_and_values::<i64>(data),
            DataType::Utf8View | DataType::BinaryView => {
                let (views, values) = data.buffers().split_first().expect("views have a buffer");
                self.buffers
                    .push(elements(views, offset, length, size_of::<u128>()));
                self.buffers.extend_from_slice(values);
                self.variadic.push(values.len());
            }
            DataType::List(_) | DataType::Map(..) => self.offsets_and_child::<i32>(data),
            DataType::LargeList(_) => self.offsets_and_child::<i64>(data),
            DataType::ListView(_) => self.views_and_child::<i32>(data),
            DataType::LargeListView(_) => self.views_and_child::<i64>(data),
            DataType::FixedSizeList(_, width) => {
                let width = width.as_usize();
                self.push(&data.child_data()[0].slice(offset * width, length * width));
            }
            DataType::Struct(_) => self.members(data),
            DataType::Union(_, UnionMode::Sparse) => {
                self.buffers
                    .push(elements(&data.buffers()[0], offset, length, 1));
                self.sliced_children(data);
            }
            DataType::Union(_, UnionMode::Dense) => {
                self.buffers
                    .push(elements(&data.buffers()[0], offset, length, 1));
                self.buffers.push(elements(
                    &data.buffers()[1],
                    offset,
                    length,
                    size_of::<i32>(),
                ));
                data.child_data().iter().for_each(|child| self.push(child));
            }
            DataType::Dictionary(keys, _) => {
                let width = keys.primitive_width().expect("keys are integers");
                self.buffers
                    .push(elements(&data.buffers()[0], offset, length, width));
                self.push(&data.child_data()[0]);
            }
            DataType::RunEndEncoded(run_ends, _) => match run_ends.data_type() {
                DataType::Int16 => self.runs::<i16>(data),
                DataType::Int32 => self.runs::<i32>(data),
                _ => self.runs::<i64>(data),
            },
            DataType::FixedSizeBinary(width) => {
                let width = width.as_usize();
                self.buffers
                    .push(elements(&data.buffers()[0], offset, length, width));
            }
            other => {
                let width = other.primitive_width().expect("all others are primitive");
                self.buffers
                    .push(elements(&data.buffers()[0], offset, length, width));
            }
        }
    }

    fn offsets<O: ArrowNativeType>(&mut self, data: &ArrayData) {
        let offsets = &data.buffers()[0];
        self.buffers.push(if offsets.is_empty() {
            Buffer::from_vec(vec![O::default()])
        } else {
            elements(offsets, data.offset(), data.len() + 1, size_of::<O>())
        });
    }

    fn offsets_and_values<O: ArrowNativeType>(&mut self, data: &ArrayData) {
        self.offsets::<O>(data);
        self.buffers.push(data.buffers()[1].clone());
    }

    fn offsets_and_child<O: ArrowNativeType>(&mut self, data: &ArrayData) {
        self.offsets::<O>(data);
        self.push(&data.child_data()[0]);
    }

    fn views_and_child<O: ArrowNativeType>(&mut self, data: &ArrayData) {
        for buffer in data.buffers() {
            self.buffers
                .push(elements(buffer, data.offset(), data.len(), size_of::<O>()));
        }
        self.push(&data.child_data()[0]);
    }

    /// Some slices of a struct have sliced its children already, and some have not.
    fn members(&mut self, data: &ArrayData) {
        for child in data.child_data() {
            if child.len() == data.len() {
                self.push(child);
            } else {
                self.push(&child.slice(data.offset(), data.len()));
            }
        }
    }

    fn sliced_children(&mut self, data: &ArrayData) {
        for child in data.child_data() {
            self.push(&child.slice(data.offset(), data.len()));
        }
    }

    fn runs<R: ArrowNativeType>(&mut self, data: &ArrayData) {
        let (run_ends, values) = (&data.child_data()[0], &data.child_data()[1]);
        let ends = &run_ends.buffer::<R>(0)[..run_ends.len()];
        let (start, end) = (data.offset(), data.offset() + data.len());
        let first = ends.partition_point(|end| end.as_usize() <= start);
        let last = match data.is_empty() {
            true => first,
            false => ends.partition_point(|run_end| run_end.as_usize() < end) + 1,
        };
        if start == 0
            && ends[..last]
                .last()
                .is_none_or(|last| last.as_usize() == end)
        {
            self.push(&run_ends.slice(first, last - first));
        } else {
            let within = |run_end: &R| R::usize_as(run_end.as_usize().min(end) - start);
            let ends: Vec<R> = ends[first..last].iter().map(within).collect();
            self.nodes.push((ends.len(), 0));
            self.buffers.push(Buffer::default());
            self.buffers.push(Buffer::from_vec(ends));
        }
        self.push(&values.slice(first, last - first));
    }
}

/// The bits from the first bit of a byte on.
fn bitmap(bits: BooleanBuffer) -> Buffer {
    bits.sliced()
}

/// `length` elements of `width` bytes from the element `offset` on.
fn elements(buffer: &Buffer, offset: usize, length: usize, width: usize) -> Buffer {
    buffer.slice_with_length(offset * width, length * width)
}
