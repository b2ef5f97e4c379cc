//! Functions that give one value for each row of an ordered partition.

mod function;
mod opened;

pub use function::{Window, WindowFunction};
pub(crate) use opened::Opened;
