//! Functions that put a table somewhere.

mod open;

pub use open::{PartitionWriter, TableWriter};
