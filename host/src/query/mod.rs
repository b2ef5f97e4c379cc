//! What belongs to one query: memory pool, stop button, deadline, instances and figures.

mod figures;
mod pool;
mod scope;
mod shared;
mod stream;

pub use figures::{Figures, FunctionFigures};
pub use pool::{Opened, Pool};
pub use scope::{CancelOnDrop, FunctionScope, QueryScope};
pub use shared::Lodger;
