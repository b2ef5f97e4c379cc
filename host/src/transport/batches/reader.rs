//! Bytes as batches.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, RecordBatch},
    buffer::{Buffer, MutableBuffer},
    datatypes::SchemaRef,
};
use arrow_ipc::{
    Message, MessageHeader, RecordBatch as Header,
    convert::fb_to_schema,
    reader::{RecordBatchDecoder, read_dictionary},
    root_as_message,
};

use super::{BatchError, MOST};
use crate::transport::Receiver;

/// Bytes of the metadata of a message.
const METADATA: u32 = 64 << 20;
/// Messages of a batch: its schema, its dictionaries, itself.
const MESSAGES: usize = 1 << 16;
/// What stands in front of the metadata.
const MARK: [u8; 4] = [0xff; 4];
/// Bytes for which there is room before any have come. The system gives memory only for what is used of it.
const FIRST: usize = 4 << 20;
/// Bytes that are waited for at once.
const STEP: usize = 256 << 10;

/// Reads the batches of one stream.
#[derive(Debug, Default)]
pub struct BatchReader {
    schema: Option<SchemaRef>,
    dictionaries: HashMap<i64, ArrayRef>,
    bytes: u64,
    copied: u64,
}

impl BatchReader {
    /// At the beginning of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// The schema, once a batch has come.
    pub fn schema(&self) -> Option<&SchemaRef> {
        self.schema.as_ref()
    }

    /// Bytes of all batches so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes that were copied to put bodies together: each byte once, and those of bodies that had to grow
    /// more often.
    pub fn copied(&self) -> u64 {
        self.copied
    }

    /// The next batch, which is announced to be `messages` of so many bytes of metadata and of body.
    ///
    /// Its arrays point into one allocation for each body. They are validated as all that comes from
    /// elsewhere is.
    ///
    /// # Errors
    ///
    /// If it is too large, or what comes is no batch of this stream; the stream can not be read on then.
    ///
    /// # Cancellation
    ///
    /// Loses what came. The stream is of no use then.
    pub async fn read(
        &mut self,
        receiver: &mut Receiver,
        messages: &[(u32, u64)],
    ) -> Result<RecordBatch, BatchError> {
        check_announced(messages)?;
        let mut batch = None;
        for &(metadata, body) in messages {
            if batch.is_some() {
                return Err(BatchError::Broken("there is more behind its rows"));
            }
            let metadata = self.bytes_of(receiver, metadata as usize).await?;
            let body = self.bytes_of(receiver, body as usize).await?;
            batch = self.message(&metadata, &body)?;
        }
        batch.ok_or(BatchError::Broken("it has no rows"))
    }

    /// So many bytes, in memory that arrays can point into.
    async fn bytes_of(
        &mut self,
        receiver: &mut Receiver,
        length: usize,
    ) -> Result<Buffer, BatchError> {
        let mut buffer = MutableBuffer::with_capacity(length.min(FIRST));
        while buffer.len() < length {
            let begin = buffer.len();
            let end = length.min(begin + STEP);
            if end > buffer.capacity() {
                let mut larger = MutableBuffer::with_capacity(length.min(buffer.capacity() * 2));
                larger.extend_from_slice(&buffer);
                self.copied += begin as u64;
                buffer = larger;
            }
            buffer.resize(end, 0);
            receiver.read_exact(&mut buffer[begin..]).await?;
        }
        self.copied += length as u64;
        self.bytes += length as u64;
        Ok(buffer.into())
    }

    /// Takes a message. Gives the batch, if it is one.
    pub(super) fn message(
        &mut self,
        metadata: &[u8],
        body: &Buffer,
    ) -> Result<Option<RecordBatch>, BatchError> {
        let metadata = unframed(metadata)?;
        let message = root_as_message(metadata);
        let message = message.map_err(|_| BatchError::Broken("its metadata"))?;
        if u64::try_from(message.bodyLength()) != Ok(body.len() as u64) {
            return Err(BatchError::Broken("the length of its body"));
        }
        // Arrow checks what data says, but not all that metadata says about it.
        let taken = catch_unwind(AssertUnwindSafe(|| self.take(message, body)));
        taken.unwrap_or(Err(BatchError::Broken("its metadata and its body")))
    }

    fn take(
        &mut self,
        message: Message<'_>,
        body: &Buffer,
    ) -> Result<Option<RecordBatch>, BatchError> {
        match message.header_type() {
            MessageHeader::Schema => {
                let schema = message.header_as_schema().ok_or(HEADER)?;
                if self.schema.is_some() {
                    return Err(BatchError::Broken("a second schema"));
                }
                self.schema = Some(Arc::new(fb_to_schema(schema)));
                Ok(None)
            }
            MessageHeader::DictionaryBatch => {
                let dictionary = message.header_as_dictionary_batch().ok_or(HEADER)?;
                let schema = self.schema.as_ref().ok_or(NO_SCHEMA)?;
                check(dictionary.data().ok_or(HEADER)?, body)?;
                let (known, version) = (&mut self.dictionaries, message.version());
                read_dictionary(body, dictionary, schema, known, &version)?;
                Ok(None)
            }
            MessageHeader::RecordBatch => {
                let header = message.header_as_record_batch().ok_or(HEADER)?;
                let schema = self.schema.as_ref().ok_or(NO_SCHEMA)?;
                check(header, body)?;
                let (known, version) = (&self.dictionaries, message.version());
                let schema = Arc::clone(schema);
                let batch = RecordBatchDecoder::try_new(body, header, schema, known, &version)?;
                Ok(Some(batch.read_record_batch()?))
            }
            _ => Err(BatchError::Broken("a message of another kind")),
        }
    }
}

const HEADER: BatchError = BatchError::Broken("a message without its header");
const NO_SCHEMA: BatchError = BatchError::Broken("rows before the schema");

fn check_announced(messages: &[(u32, u64)]) -> Result<(), BatchError> {
    if messages.len() > MESSAGES || messages.iter().any(|&(metadata, _)| metadata > METADATA) {
        return Err(BatchError::Broken("its metadata is too long"));
    }
    let bytes = messages
        .iter()
        .try_fold(0_u64, |sum, &(metadata, body)| {
            sum.checked_add(metadata.into())?.checked_add(body)
        })
        .unwrap_or(u64::MAX);
    match bytes <= MOST {
        true => Ok(()),
        false => Err(BatchError::TooLong { bytes }),
    }
}

/// The metadata without what stands in front of it.
fn unframed(metadata: &[u8]) -> Result<&[u8], BatchError> {
    let framed = metadata.strip_prefix(&MARK);
    let (length, metadata) = framed
        .and_then(|rest| rest.split_first_chunk())
        .ok_or(BatchError::Broken("its metadata has no length"))?;
    match u32::from_le_bytes(*length) as usize == metadata.len() {
        true => Ok(metadata),
        false => Err(BatchError::Broken("the length of its metadata")),
    }
}

/// Checks that all that the header says of the body is in it, and what it becomes is not too large.
fn check(header: Header<'_>, body: &Buffer) -> Result<(), BatchError> {
    if header.length() < 0 {
        return Err(BatchError::Broken("a number of rows"));
    }
    for node in header.nodes().into_iter().flatten() {
        let (length, nulls) = (node.length(), node.null_count());
        if length < 0 || nulls < 0 || nulls > length {
            return Err(BatchError::Broken("a number of rows or nulls"));
        }
    }
    let compressed = header.compression().is_some();
    let mut expanded = 0_u64;
    for buffer in header.buffers().into_iter().flatten() {
        let bytes = within(body, buffer.offset(), buffer.length())?;
        // A compressed buffer begins with its length; one that says -1 is not compressed.
        if compressed && let Some(length) = bytes.first_chunk() {
            let length = u64::try_from(i64::from_le_bytes(*length)).unwrap_or(0);
            expanded = expanded.saturating_add(length);
        }
    }
    match expanded <= MOST {
        true => Ok(()),
        false => Err(BatchError::TooLong { bytes: expanded }),
    }
}

fn within(body: &Buffer, offset: i64, length: i64) -> Result<&[u8], BatchError> {
    let range = || {
        let offset = usize::try_from(offset).ok()?;
        let end = offset.checked_add(usize::try_from(length).ok()?)?;
        body.get(offset..end)
    };
    range().ok_or(BatchError::Broken("a buffer beyond its body"))
}
