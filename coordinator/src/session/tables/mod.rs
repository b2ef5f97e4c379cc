//! Files and folders of files as tables.

mod format;
mod source;

pub use format::{Compression, Format};
pub use source::{TableError, TableSource};
