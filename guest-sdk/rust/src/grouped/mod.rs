//! Functions from all rows of a key to rows.

mod mapper;

pub use mapper::{GroupMapper, GroupedCall, Groups};
