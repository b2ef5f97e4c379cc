//! Functions that make a table of what lies somewhere.

mod open;

pub use open::TableReader;
