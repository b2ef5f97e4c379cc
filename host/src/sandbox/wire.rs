//! What crosses the boundary besides buffers: the records of `wit/`, as plain structs.

pub use super::bindings::arrowbox::udf::arrow::{Batch, Buffer, Field, FieldFlags, Node, Span};
pub use super::bindings::arrowbox::udf::columns::{Operator, Value};
pub use super::bindings::arrowbox::udf::types::{
    Description, Error, Function, Kind, NullHandling, Options, Signature, Volatility,
};
pub use super::bindings::exports::arrowbox::udf::{
    aggregate::Emit,
    grouped::Groups,
    reader::{Comparison, Exactness, Filter, Filters, Range, Request, Split},
};
