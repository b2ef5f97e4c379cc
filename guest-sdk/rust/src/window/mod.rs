//! Functions that give one value for each row of an ordered partition.

mod function;

pub use function::WindowFunction;
