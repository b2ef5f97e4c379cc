//! Sessions.
mod ddl;
pub use ddl::*;
