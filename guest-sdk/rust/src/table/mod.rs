//! Functions that give rows for values.

mod eager;
mod function;
mod lazy;
mod output;

pub use eager::Eager;
pub use function::{Table, TableFunction};
pub use lazy::Lazy;
pub use output::{Output, Shape, never};
