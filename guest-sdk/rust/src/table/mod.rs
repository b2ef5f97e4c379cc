//! Functions that give rows for values.

mod function;

pub use function::TableFunction;
