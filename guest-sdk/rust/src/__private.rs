//! What the macros write. Not for people.

pub use std::result::Result;
pub use std::vec::Vec;

pub use arrow_array::ArrayRef;
pub use arrow_data::ArrayData;

pub use crate::arguments::Arguments;
pub use crate::description::{Description, describe};
pub use crate::error::Error;
pub use crate::function::{Entry, Hint, Library, Scalar, Volatility};
pub use crate::options::Options;
pub use crate::row::{Argument, Block, Plan, Return, Variadic, Write, Written};
pub use crate::signature::{
    ArgumentType, ResultType, Signature, declared_argument, declared_result,
};
pub use crate::vectorised::{ArrayArgument, ArrayReturn, OneType, argument_of, rest};
