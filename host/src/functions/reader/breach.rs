//! What no reader can mean.

use super::splits::{EMPTY_BATCHES, SPLITS};

/// A reader said what makes no sense.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum ReaderBreach {
    /// Too many parts.
    #[error("it plans {0} splits, at most {SPLITS} are possible: make larger ones")]
    TooManySplits(usize),
    /// A part twice.
    #[error("it plans {0} twice, so that rows would be read twice")]
    SameSplit(String),
    /// A part of no file.
    #[error("it plans a split of `{0}`, which is not among its files")]
    NoSuchFile(String),
    /// A part that ends behind its file.
    #[error("it plans a split of {split}, and the file has {size} bytes")]
    Beyond {
        /// The bytes of the split.
        split: String,
        /// Bytes of the file.
        size: u64,
    },
    /// Parts that have bytes in common.
    #[error("it plans {first} and {second}, which overlap, so that rows would be read twice")]
    Overlap {
        /// The split that begins first.
        first: String,
        /// The other.
        second: String,
    },
    /// No rows without end.
    #[error(
        "it returned {EMPTY_BATCHES} batches without rows in a row: it must say that a split has ended"
    )]
    EmptyBatches,
    /// Another number of answers than of questions.
    #[error("it says of {found} filters how exact it is with them, and was asked about {expected}")]
    Exactness {
        /// Filters that it was asked about.
        expected: usize,
        /// Answers.
        found: usize,
    },
}
