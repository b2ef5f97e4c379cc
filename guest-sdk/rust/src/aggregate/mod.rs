//! Functions that give one value for each group of rows.

mod accumulator;

pub use accumulator::{Accumulator, Emit};
