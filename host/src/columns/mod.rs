//! What guests compute with columns that stay with the host: arrow's kernels, and functions of the engine.
//!
//! A guest chooses operations and operands, so nothing here trusts them: an error is a value, what an operation may
//! take is reserved before it begins, and functions that are not always the same, or not the engine's own, are not
//! there.

mod binary;
mod call;
mod operand;
mod pattern;
mod reduce;
mod rows;
mod size;
mod sum;
mod value;

pub(crate) use binary::binary;
pub(crate) use call::Calls;
pub(crate) use operand::Operand;
pub(crate) use reduce::reduce;
pub(crate) use rows::{cast, concat, filter, sort, take};
pub(crate) use size::{largest, unpacked};
pub(crate) use value::value_at;

use datafusion::error::DataFusionError;

/// Asks for the bytes that an operation may take until it is done, and whether anybody still waits for it. What is
/// refused is not begun.
pub(crate) type Reserve<'a> = &'a mut dyn FnMut(usize) -> Result<()>;

pub(crate) type Result<T> = std::result::Result<T, DataFusionError>;

pub(crate) fn refuse<T>(message: impl Into<String>) -> Result<T> {
    Err(DataFusionError::Execution(message.into()))
}

#[cfg(test)]
mod tests;
