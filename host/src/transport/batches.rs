//! Batches on their way: Arrow IPC, cut so that nothing is copied that need not be.
//!
//! A sender hands QUIC the buffers of the arrays themselves. A receiver puts the body of a message into one
//! aligned allocation, and its arrays point into that. What a peer claims is checked before it is believed,
//! and memory is taken only as bytes come.

use arrow::error::ArrowError;
use arrow_ipc::{CompressionType, writer::IpcWriteOptions};
use datafusion::{
    common::config_err,
    error::{DataFusionError, Result},
};

use super::TransportError;

#[cfg(test)]
mod arbitrary;
mod compact;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use reader::BatchReader;
pub use writer::{BatchWriter, Encoded, pieces};

/// Bytes of one batch on the wire. What is larger is refused by whoever reads.
pub const MOST: u64 = 1 << 30;

/// How buffers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// As they are, without a copy.
    #[default]
    None,
    /// Little work for some effect.
    Lz4,
    /// More work for more effect.
    Zstd,
}

impl Compression {
    /// As the option `distributed.compression` names it.
    ///
    /// # Errors
    ///
    /// If there is none of this name.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "none" => Ok(Self::None),
            "lz4" => Ok(Self::Lz4),
            "zstd" => Ok(Self::Zstd),
            other => config_err!(
                "`distributed.compression` can not be `{other}`: use `none`, `lz4` or `zstd`"
            ),
        }
    }

    fn options(self) -> Result<IpcWriteOptions, ArrowError> {
        IpcWriteOptions::default().try_with_compression(match self {
            Self::None => None,
            Self::Lz4 => Some(CompressionType::LZ4_FRAME),
            Self::Zstd => Some(CompressionType::ZSTD),
        })
    }
}

/// A batch that can not be written, or bytes that are none.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// Arrow does not write or read it.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// The stream ended, one way or another.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// It is larger than any has to be.
    #[error("a batch of {bytes} bytes where at most {MOST} are taken: make batches smaller")]
    TooLong {
        /// What it is, or says that it is.
        bytes: u64,
    },
    /// Its columns are not those of the stream.
    #[error("column {index} of a batch has the type {given}, in its stream it has {known}")]
    Column {
        /// Which, from zero.
        index: usize,
        /// In the batch.
        given: arrow::datatypes::DataType,
        /// In the stream.
        known: arrow::datatypes::DataType,
    },
    /// It has more or fewer columns than the stream.
    #[error("a batch has {given} columns, its stream has {known}")]
    Columns {
        /// In the batch.
        given: usize,
        /// In the stream.
        known: usize,
    },
    /// What came is no Arrow IPC.
    #[error("a batch that does not read: {0}")]
    Broken(&'static str),
}

impl From<BatchError> for DataFusionError {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Arrow(error) => error.into(),
            BatchError::Transport(error) => error.into(),
            other => Self::External(Box::new(other)),
        }
    }
}
