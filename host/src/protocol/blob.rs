//! Components and data on their way.

use serde::{Deserialize, Serialize};

use crate::store::Digest;

/// A blob that a peer lacks, and how much of it arrived before a connection broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Its name.
    pub digest: Digest,
    /// Bytes of its beginning that are there.
    pub present: u64,
}

impl Missing {
    /// What announces the rest of it, of `size` bytes in all. Whoever has more than that says what is wrong when
    /// there is nothing to add.
    pub fn rest(self, size: u64) -> PutBlob {
        PutBlob {
            digest: self.digest,
            size,
            offset: self.present.min(size),
        }
    }
}

/// Announces a blob. So many bytes as are left of it follow on the stream, and then [`Stored`] is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutBlob {
    /// Its name.
    pub digest: Digest,
    /// Bytes in all.
    pub size: u64,
    /// Where the bytes that follow begin: what was [`Missing::present`].
    pub offset: u64,
}

/// Whether a blob was kept: its bytes have its name.
pub type Stored = Result<(), super::WireFailure>;
