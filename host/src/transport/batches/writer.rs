//! Batches as bytes.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayData, ArrayRef, AsArray, RecordBatch, RecordBatchOptions},
    buffer::Buffer,
    datatypes::{DataType, Schema},
};
use arrow_ipc::{root_as_message, writer::StreamEncoder};
use arrow_select::dictionary::garbage_collect_any_dictionary;
use bytes::{Bytes, BytesMut};

use super::{BatchError, Compression, compact::compact};

/// Bytes in front of the metadata of a message: a mark, and how long it is.
const PREFIX: usize = 8;
/// Chunks of fewer bytes are put together: each has a price of its own in QUIC.
const SMALL: usize = 1 << 10;
/// Buffers begin at multiples of so many bytes.
const ALIGNMENT: usize = 64;
/// Bytes of a batch that is sent in one piece, if it has more than one row.
const PIECE: usize = 256 << 20;

/// Writes the batches of one stream.
pub struct BatchWriter {
    encoder: StreamEncoder,
    schema: Schema,
    /// Values of the dictionaries of columns that came last.
    seen: Vec<Option<ArrayData>>,
}

/// A batch as it goes into a stream.
#[derive(Debug)]
pub struct Encoded {
    /// Bytes of each message of Arrow IPC: its metadata, padded, and its body.
    pub messages: Vec<(u32, u64)>,
    /// All messages, one behind the other.
    pub chunks: Vec<Bytes>,
    /// Bytes of all chunks.
    pub bytes: u64,
    /// Bytes of the bodies that are not those of the batch's own buffers.
    pub copied: u64,
}

impl BatchWriter {
    /// For batches with the columns of `schema`.
    ///
    /// # Errors
    ///
    /// If they have types that Arrow IPC can not say: dictionaries of dictionaries.
    pub fn new(schema: &Schema, compression: Compression) -> Result<Self, BatchError> {
        Ok(Self {
            encoder: StreamEncoder::try_new_with_options(schema, compression.options()?)?,
            schema: schema.clone(),
            seen: vec![None; schema.fields().len()],
        })
    }

    /// The next batch. The first has the schema in front, and each those dictionaries that are new.
    ///
    /// Chunks share the memory of the batch's arrays. What arrays do not refer to is left out: the rest of a
    /// sliced array, and buffers of strings and values of dictionaries that are mostly unused.
    ///
    /// # Errors
    ///
    /// If its columns are not those of the schema.
    pub fn encode(&mut self, batch: &RecordBatch) -> Result<Encoded, BatchError> {
        self.check(batch)?;
        let compacted = self.compact(batch)?;
        let buffers = self.encoder.encode(&compacted)?;
        let mut messages = Vec::new();
        let mut chunks = Chunks::new(batch);
        let mut buffers = buffers.into_iter().filter(|buffer| !buffer.is_empty());
        while let Some(prefix) = buffers.next() {
            let metadata = metadata_length(&prefix)?;
            chunks.push(prefix, Part::Metadata);
            let mut body = None;
            let mut left = metadata;
            while left > 0 {
                let buffer = buffers.next().ok_or(CUT)?;
                if body.is_none() {
                    let message = root_as_message(&buffer);
                    let message = message.map_err(|_| BatchError::Broken("its own metadata"))?;
                    body = Some(message.bodyLength() as u64);
                }
                left = left.checked_sub(buffer.len()).ok_or(CUT)?;
                chunks.push(buffer, Part::Metadata);
            }
            let body = body.unwrap_or_default();
            let mut left = body;
            while left > 0 {
                let buffer = buffers.next().ok_or(CUT)?;
                left = left.checked_sub(buffer.len() as u64).ok_or(CUT)?;
                chunks.push(buffer, Part::Body);
            }
            messages.push(((PREFIX + metadata) as u32, body));
        }
        Ok(chunks.finish(messages))
    }

    fn check(&self, batch: &RecordBatch) -> Result<(), BatchError> {
        let fields = self.schema.fields();
        if batch.num_columns() != fields.len() {
            return Err(BatchError::Columns {
                given: batch.num_columns(),
                known: fields.len(),
            });
        }
        for (index, (column, field)) in batch.columns().iter().zip(fields).enumerate() {
            if column.data_type() != field.data_type() {
                return Err(BatchError::Column {
                    index,
                    given: column.data_type().clone(),
                    known: field.data_type().clone(),
                });
            }
        }
        Ok(())
    }

    fn compact(&mut self, batch: &RecordBatch) -> Result<RecordBatch, BatchError> {
        let columns = batch.columns().iter().zip(&mut self.seen);
        let columns = columns.map(|(column, seen)| match column.data_type() {
            DataType::Dictionary(..) => dictionary(column, seen),
            _ => compact(column),
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        // Not the schema of the stream: whether a column can be null is not looked at on the way.
        Ok(RecordBatch::try_new_with_options(
            batch.schema(),
            columns,
            &options,
        )?)
    }
}

/// What can not be: the encoder's buffers are not the messages that it says.
const CUT: BatchError = BatchError::Broken("its own messages");

/// A column whose values are sent once, for as long as they stay the same. Those that come for the first
/// time and are used by few rows may be different ones in each batch: only what is used of them is sent.
fn dictionary(
    column: &ArrayRef,
    seen: &mut Option<ArrayData>,
) -> Result<ArrayRef, arrow::error::ArrowError> {
    let dictionary = column.as_any_dictionary();
    let values = dictionary.values();
    let data = values.to_data();
    let known = seen.as_ref().is_some_and(|seen| seen.ptr_eq(&data));
    *seen = Some(data);
    if known || column.len() > values.len() / 2 {
        return Ok(Arc::clone(column));
    }
    garbage_collect_any_dictionary(dictionary)
}

fn metadata_length(prefix: &[u8]) -> Result<usize, BatchError> {
    let prefix: [u8; PREFIX] = prefix.try_into().map_err(|_| CUT)?;
    let [_, _, _, _, length @ ..] = prefix;
    Ok(u32::from_le_bytes(length) as usize)
}

/// What a chunk is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Metadata,
    Body,
}

/// Chunks as they are collected.
struct Chunks {
    chunks: Vec<Bytes>,
    small: BytesMut,
    /// Where the buffers of the batch are: first and last address, in order.
    own: Vec<(usize, usize)>,
    bytes: u64,
    copied: u64,
}

impl Chunks {
    fn new(batch: &RecordBatch) -> Self {
        let mut own = Vec::new();
        for column in batch.columns() {
            places(&column.to_data(), &mut own);
        }
        own.sort_unstable();
        Self {
            chunks: Vec::new(),
            small: BytesMut::new(),
            own,
            bytes: 0,
            copied: 0,
        }
    }

    fn push(&mut self, buffer: Buffer, part: Part) {
        let small = buffer.len() < SMALL;
        self.bytes += buffer.len() as u64;
        // What is shorter and not the batch's own fills up to where the next buffer has to begin.
        let copied = match self.owns(&buffer) {
            true => small,
            false => buffer.len() >= ALIGNMENT,
        };
        if part == Part::Body && copied {
            self.copied += buffer.len() as u64;
        }
        if small {
            return self.small.extend_from_slice(&buffer);
        }
        self.flush();
        self.chunks.push(Bytes::from_owner(Shared(buffer)));
    }

    fn flush(&mut self) {
        if !self.small.is_empty() {
            self.chunks.push(self.small.split().freeze());
        }
    }

    fn owns(&self, buffer: &Buffer) -> bool {
        let first = buffer.as_ptr() as usize;
        let last = first + buffer.len();
        // Buffers that share memory can begin at the same place: the last one there is the longest.
        let behind = self.own.partition_point(|&(begin, _)| begin <= first);
        let mut before = self.own[..behind].iter().rev();
        before.any(|&(_, end)| last <= end)
    }

    fn finish(mut self, messages: Vec<(u32, u64)>) -> Encoded {
        self.flush();
        Encoded {
            messages,
            chunks: self.chunks,
            bytes: self.bytes,
            copied: self.copied,
        }
    }
}

fn places(data: &ArrayData, own: &mut Vec<(usize, usize)>) {
    let nulls = data.nulls().map(|nulls| nulls.buffer());
    for buffer in data.buffers().iter().chain(nulls) {
        let begin = buffer.as_ptr() as usize;
        own.push((begin, begin + buffer.len()));
    }
    for child in data.child_data() {
        places(child, own);
    }
}

/// A buffer that QUIC holds until its bytes have arrived.
struct Shared(Buffer);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A batch in pieces that are not larger than any reader takes. Most batches are one.
pub fn pieces(batch: RecordBatch) -> Vec<RecordBatch> {
    let size = |column: &ArrayRef| column.to_data().get_slice_memory_size().unwrap_or(0);
    let bytes: usize = batch.columns().iter().map(size).sum();
    let rows = batch.num_rows();
    if bytes <= PIECE || rows < 2 {
        return vec![batch];
    }
    let count = bytes.div_ceil(PIECE).min(rows);
    let step = rows.div_ceil(count);
    let starts = (0..rows).step_by(step);
    starts
        .map(|start| batch.slice(start, step.min(rows - start)))
        .collect()
}
