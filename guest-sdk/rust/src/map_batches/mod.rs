//! Functions from batches to batches.

mod mapper;

pub use mapper::{BatchMapper, TableCall};
