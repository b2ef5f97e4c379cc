//! Structs whose fields are columns: rows that functions return, and the states of aggregates.

mod builder;
mod cell;
mod list;
mod row;
mod text;

pub use builder::RowBuilder;
pub use cell::{Cell, CellReader};
pub use list::InList;
pub use row::{Item, Row, cells};
