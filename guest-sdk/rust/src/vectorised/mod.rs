//! Functions of whole columns: arrays in, an array out.

mod array;
mod column;

pub use array::{ArrayArgument, ArrayReturn, OneType, argument_of, rest};
pub use column::Column;
