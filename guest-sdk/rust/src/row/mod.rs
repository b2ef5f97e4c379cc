//! Functions of one row: from columns to row values, through the function, to a column.
//!
//! `#[scalar]` writes the loop; its parts are here. Rows go through it in blocks (see [`Plan`]): a block of
//! an argument is something that gives the value of a row without a branch on how the column is laid out,
//! which was decided once a batch or once a block.

mod argument;
mod bytes;
mod copy;
mod fixed;
mod output;
mod plan;
mod variadic;
mod writer;

pub use argument::{Argument, Block};
pub use bytes::Small;
pub use output::Return;
pub use plan::Plan;
pub use variadic::Variadic;
pub use writer::{Bytes, Text, Write, Written, lists};
