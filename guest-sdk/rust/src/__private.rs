//! What the macros write. Not for people.

pub use std::boxed::Box;
pub use std::result::Result;
pub use std::vec::Vec;

pub use arrow_array::ArrayRef;
pub use arrow_data::ArrayData;
pub use arrow_schema::FieldRef;

pub use crate::aggregate::{Accumulator, Aggregate, Emit, GroupColumn, Outcome};
pub use crate::arguments::{Arguments, RawColumn};
pub use crate::columns::Columns;
pub use crate::description::{Description, describe};
pub use crate::error::Error;
pub use crate::function::{Entry, Function, Kind, Library, Open, Volatility};
pub use crate::grouped::{GroupMapper, GroupedCall, Groups};
pub use crate::map_batches::{BatchMapper, TableCall};
pub use crate::open;
pub use crate::options::Options;
pub use crate::reader::TableReader;
pub use crate::record::{Cell, CellReader, InList, Item, Row, RowBuilder, cells};
pub use crate::row::{Argument, Block, Plan, Return, Variadic, Write, Written};
pub use crate::scalar::{Hint, Scalar};
pub use crate::signature::{
    ArgumentType, ResultType, Signature, declared_argument, declared_result,
};
pub use crate::table::{Eager, Lazy, Output, Shape, Table, TableFunction, never};
pub use crate::vectorised::{ArrayArgument, ArrayReturn, OneType, argument_of, rest};
pub use crate::window::{Window, WindowFunction};
pub use crate::writer::{OpenPartition, TableWriter};

/// The field of a column of cells.
pub fn field<T: Cell>(name: &str) -> FieldRef {
    std::sync::Arc::new(arrow_schema::Field::new(name, T::data_type(), T::NULLABLE))
}
