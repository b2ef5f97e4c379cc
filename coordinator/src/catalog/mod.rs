//! The catalogue: names in SQL, and the versions of what they stand for.
//!
//! A name stands for one version at a time; the earlier ones are kept, so that a name can be rolled
//! back. A query that has been planned keeps the version that it began with, whatever happens here.
//!
//! The catalogue is one small file. Any number of processes can read and write it at once, one write
//! transaction at a time; whoever writes has it open only for as long as that takes. A process that is
//! killed in the middle leaves the catalogue as it was before its transaction.

mod access;
mod error;
mod handle;
mod record;

pub use error::CatalogError;
pub use handle::{Added, Catalog, OnExisting};
pub use record::{Entry, History, NewVersion, Version};
