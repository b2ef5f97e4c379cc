//! The files that a [reader](crate::Reader) was given, and no others.
//!
//! [`entries`] names them, [`File`] reads one, and [`Lines`] reads the lines of a part of one.
//!
//! ```
//! use std::io::Read;
//! use arrowbox_sdk::files::{self, File, Lines};
//! use arrowbox_sdk::testing::with_files;
//!
//! # fn main() -> Result<(), arrowbox_sdk::Error> {
//! // Outside of a query a test says what there is.
//! with_files(&[("a.log", b"one\ntwo\n")], || {
//!     for entry in files::entries()? {
//!         let mut text = String::new();
//!         File::open(entry.path()).read_to_string(&mut text)?;
//!         assert_eq!(text, "one\ntwo\n");
//!     }
//!     let mut lines = Lines::whole("a.log");
//!     assert_eq!(lines.next_line()?, Some(&b"one"[..]));
//!     Ok(())
//! })
//! # }
//! ```

mod file;
mod lines;
pub(crate) mod source;

pub use file::File;
pub use lines::Lines;

use crate::Error;

/// One of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    path: String,
    size: u64,
}

impl Entry {
    pub(crate) fn new(path: String, size: u64) -> Self {
        Self { path, size }
    }

    /// Names the file here; for people, too.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// In bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
}

/// All of them, in the order of their paths.
///
/// # Errors
///
/// The host can not list them.
pub fn entries() -> Result<Vec<Entry>, Error> {
    source::entries()
}

/// Some bytes of a file, for [`Lines`] and for the splits of a [reader](crate::Reader).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    path: String,
    offset: u64,
    length: u64,
}

impl Range {
    /// From `offset`, `length` bytes or what is left of the file.
    pub fn new(path: impl Into<String>, offset: u64, length: u64) -> Self {
        Self {
            path: path.into(),
            offset,
            length,
        }
    }

    /// That of an [`Entry`].
    pub fn path(&self) -> &str {
        &self.path
    }

    /// In bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// In bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Where it ends, in bytes.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.length)
    }
}
