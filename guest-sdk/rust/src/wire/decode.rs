#![expect(
    unsafe_code,
    reason = "arrays are made of the host's buffers without looking at every value again"
)]

use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow_data::ArrayData;
use arrow_schema::{DataType, FieldRef, UnionMode};

use crate::Error;

/// The lengths and buffers of a batch, one after the other.
struct Parts<N, B, V> {
    nodes: N,
    buffers: B,
    variadic: V,
}

/// The columns of a batch: for each field an array over `buffers`, which are taken in the order that the
/// contract gives (`wit/arrow.wit`).
///
/// What the host says is not checked: it wrote the buffers from arrays that it has.
///
/// # Errors
///
/// There are fewer nodes or buffers than the fields need, or a buffer can not be had.
pub(crate) fn decode(
    fields: &[FieldRef],
    nodes: impl Iterator<Item = (usize, usize)>,
    buffers: impl Iterator<Item = Result<Buffer, Error>>,
    variadic: impl Iterator<Item = usize>,
) -> Result<Vec<ArrayData>, Error> {
    let mut parts = Parts {
        nodes,
        buffers,
        variadic,
    };
    fields
        .iter()
        .map(|field| parts.array(field.data_type()))
        .collect()
}

impl<N, B, V> Parts<N, B, V>
where
    N: Iterator<Item = (usize, usize)>,
    B: Iterator<Item = Result<Buffer, Error>>,
    V: Iterator<Item = usize>,
{
    fn array(&mut self, data_type: &DataType) -> Result<ArrayData, Error> {
        let (length, null_count) = self.nodes.next().ok_or_else(|| short("nodes"))?;
        let nulls = if has_validity(data_type) {
            self.validity(length, null_count)?
        } else {
            None
        };
        let (mut buffers, mut children) = (Vec::new(), Vec::new());
        match data_type {
            DataType::Null => {}
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary => {
                buffers = vec![self.buffer()?, self.buffer()?];
            }
            DataType::Utf8View | DataType::BinaryView => {
                let count = self
                    .variadic
                    .next()
                    .ok_or_else(|| short("variadic counts"))?;
                buffers.push(self.buffer()?);
                for _ in 0..count {
                    buffers.push(self.buffer()?);
                }
            }
            DataType::List(child) | DataType::LargeList(child) | DataType::Map(child, _) => {
                buffers.push(self.buffer()?);
                children.push(self.array(child.data_type())?);
            }
            DataType::ListView(child) | DataType::LargeListView(child) => {
                buffers = vec![self.buffer()?, self.buffer()?];
                children.push(self.array(child.data_type())?);
            }
            DataType::FixedSizeList(child, _) => children.push(self.array(child.data_type())?),
            DataType::Struct(fields) => {
                for field in fields {
                    children.push(self.array(field.data_type())?);
                }
            }
            DataType::Union(fields, mode) => {
                buffers.push(self.buffer()?);
                if *mode == UnionMode::Dense {
                    buffers.push(self.buffer()?);
                }
                for (_, field) in fields.iter() {
                    children.push(self.array(field.data_type())?);
                }
            }
            DataType::Dictionary(_, values) => {
                buffers.push(self.buffer()?);
                children.push(self.array(values)?);
            }
            DataType::RunEndEncoded(run_ends, values) => {
                children.push(self.array(run_ends.data_type())?);
                children.push(self.array(values.data_type())?);
            }
            _ => buffers.push(self.buffer()?),
        }
        let builder = ArrayData::builder(data_type.clone())
            .len(length)
            .nulls(nulls)
            .buffers(buffers)
            .child_data(children);
        // SAFETY: lengths and buffers are those of an array of this type on the side of the host, in the
        // layout that the contract gives. The host is who runs this memory: it is trusted to send what it
        // says, as a guest has to trust it with every byte it computes.
        Ok(unsafe { builder.build_unchecked() })
    }

    fn validity(&mut self, length: usize, null_count: usize) -> Result<Option<NullBuffer>, Error> {
        let bits = self.buffer()?;
        if bits.is_empty() || null_count == 0 {
            return Ok(None);
        }
        let bits = BooleanBuffer::new(bits, 0, length);
        // SAFETY: the host counted the nulls.
        Ok(Some(unsafe { NullBuffer::new_unchecked(bits, null_count) }))
    }

    fn buffer(&mut self) -> Result<Buffer, Error> {
        self.buffers.next().unwrap_or_else(|| Err(short("buffers")))
    }
}

fn short(what: &str) -> Error {
    Error::new(format_args!(
        "the batch has fewer {what} than its schema needs"
    ))
}

/// Whether arrays of this type begin with a validity bitmap.
pub(super) fn has_validity(data_type: &DataType) -> bool {
    !matches!(
        data_type,
        DataType::Null | DataType::Union(..) | DataType::RunEndEncoded(..)
    )
}
