//! Sandboxed user-defined functions for Arrow: the command line and the library behind it.

mod catalog;
mod data_dir;
mod quantity;
mod session;

pub use catalog::{Added, Catalog, CatalogError, Entry, History, NewVersion, OnExisting, Version};
pub use data_dir::{DATA_DIR_VARIABLE, DataDir, DataDirError};
pub use quantity::{Bytes, QuantityError, Span};
pub use session::*;
