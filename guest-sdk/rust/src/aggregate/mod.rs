//! Functions that give one value for each group of rows: the states of many groups, and the loop over rows.

mod accumulator;
mod function;
mod groups;
mod opened;

pub use accumulator::{Accumulator, Emit};
pub use function::{Aggregate, Outcome};
pub use groups::GroupColumn;
pub(crate) use opened::Opened;
