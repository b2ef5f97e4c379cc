use arrow_data::ArrayData;
use arrow_schema::FieldRef;

use crate::arguments::Arguments;
use crate::bindings::arrowbox::udf::arrow::{Batch, Buffer, Node, Schema, Span};
use crate::bindings::arrowbox::udf::types;
use crate::columns::Columns;
use crate::memory::Claim;
use crate::wire::{self, Encoder};
use crate::{Error, entry};

/// The columns of a batch that the host wrote into a region of this guest.
pub(super) fn receive(batch: Batch, fields: &[FieldRef]) -> Result<Arguments, Error> {
    let rows = batch.rows as usize;
    let mut claim = Claim::default();
    let arrays = wire::decode(
        fields,
        batch
            .nodes
            .iter()
            .map(|node| (node.length as usize, node.null_count as usize)),
        batch.buffers.into_iter().map(|buffer| match buffer {
            Buffer::Span(span) => claim.buffer(span.address as usize, span.length as usize),
            Buffer::Bytes(bytes) => Ok(arrow_buffer::Buffer::from_slice_ref(bytes)),
        }),
        batch.variadic.into_iter().map(|count| count as usize),
    )?;
    Ok(Arguments::new(arrays, rows))
}

/// Tells the host where `arrays` lie, and keeps them there until it enters again.
pub(super) fn send(rows: usize, arrays: &[ArrayData]) -> Batch {
    let mut encoder = Encoder::default();
    arrays.iter().for_each(|array| encoder.push(array));
    let node = |(length, null_count)| Node {
        length: length as u64,
        null_count: null_count as u64,
    };
    let span = |buffer: &arrow_buffer::Buffer| {
        Buffer::Span(Span {
            address: buffer.as_ptr() as usize as u32,
            length: buffer.len() as u32,
        })
    };
    let batch = Batch {
        rows: rows as u64,
        nodes: encoder.nodes.into_iter().map(node).collect(),
        buffers: encoder.buffers.iter().map(span).collect(),
        variadic: encoder
            .variadic
            .into_iter()
            .map(|count| count as u64)
            .collect(),
    };
    entry::keep(encoder.buffers);
    batch
}

/// As [`send`], of rows that a function made.
pub(super) fn send_columns(rows: Columns) -> Batch {
    send(rows.rows, &rows.columns)
}

/// How the fields of what a function gives are written down.
pub(super) fn schema(fields: &[FieldRef]) -> Schema {
    let mut schema = Schema::new();
    for field in fields {
        wire::push_field(field, &mut schema).expect("`open` made fields that can be written down");
    }
    schema
}

impl From<Error> for types::Error {
    fn from(error: Error) -> Self {
        Self {
            row: error.row(),
            message: error.to_string(),
        }
    }
}
