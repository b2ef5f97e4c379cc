//! What guests compute with columns that stay with the host: arrow's kernels, and functions of the engine.
//!
//! A guest chooses operations and operands, so nothing here trusts them: an error is a value, an operation whose
//! result could be much larger than its operands is refused before it begins, and functions that are not always the
//! same, or not the engine's own, are not there.

mod binary;
mod call;
mod operand;
mod reduce;
mod rows;
mod value;

pub(crate) use binary::binary;
pub(crate) use call::Calls;
pub(crate) use operand::Operand;
pub(crate) use reduce::reduce;
pub(crate) use rows::{cast, concat, filter, sort, take};
pub(crate) use value::value_at;

use datafusion::error::DataFusionError;

/// Bytes that one operation can make of operands that are smaller.
const EXPANDED: usize = 1 << 30;

type Result<T> = std::result::Result<T, DataFusionError>;

fn refuse<T>(message: impl Into<String>) -> Result<T> {
    Err(DataFusionError::Execution(message.into()))
}

/// Refuses what takes so many bytes.
fn bounded(bytes: usize) -> Result<()> {
    if bytes > EXPANDED {
        return refuse(format!(
            "the result would take {bytes} bytes, at most {EXPANDED} are possible"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
