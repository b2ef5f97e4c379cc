use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{FieldRef, Schema, SchemaRef};

use crate::Error;
use crate::constants::Constants;
use crate::row::Argument;

/// One table of a call.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) schema: SchemaRef,
    /// The columns that make the key.
    pub(crate) keys: Vec<usize>,
}

impl Input {
    /// # Errors
    ///
    /// A column of the key is none of the table.
    pub(crate) fn new(fields: Vec<FieldRef>, keys: Vec<usize>) -> Result<Self, Error> {
        if let Some(key) = keys.iter().find(|&&key| key >= fields.len()) {
            return Err(Error::new(format_args!(
                "column {key} is to be a key in a table of {} columns",
                fields.len()
            )));
        }
        let schema = Arc::new(Schema::new(fields));
        Ok(Self { schema, keys })
    }
}

macro_rules! with_arguments {
    ($call:ident) => {
        impl $call {
            /// What stands behind the tables in the call, as a batch of one row.
            pub fn arguments(&self) -> RecordBatch {
                self.arguments.to_batch()
            }

            /// What stands behind the tables in the call at `index`, counted from zero: a type that a row
            /// function takes, such as `f64`, `&str` or `Option<i64>`.
            ///
            /// # Errors
            ///
            /// There is none, it is of another type, or it is null and `T` is no `Option`.
            pub fn argument<'a, T: Argument<'a>>(&'a self, index: usize) -> Result<T, Error> {
                self.arguments.argument(index)
            }
        }
    };
}

/// How a [function of groups](crate::GroupedMap) is called.
#[derive(Debug)]
pub struct GroupedCall {
    pub(crate) input: Input,
    arguments: Constants,
}

with_arguments!(GroupedCall);

impl GroupedCall {
    pub(crate) fn new(input: Input, arguments: Constants) -> Self {
        Self { input, arguments }
    }

    /// The columns of the table, the key included.
    pub fn input(&self) -> &SchemaRef {
        &self.input.schema
    }

    /// Which of the columns make the key.
    pub fn keys(&self) -> &[usize] {
        &self.input.keys
    }
}

/// How a [function of the groups of two tables](crate::CogroupedMap) is called.
#[derive(Debug)]
pub struct CogroupedCall {
    pub(crate) left: Input,
    pub(crate) right: Input,
    arguments: Constants,
}

with_arguments!(CogroupedCall);

impl CogroupedCall {
    pub(crate) fn new(left: Input, right: Input, arguments: Constants) -> Self {
        Self {
            left,
            right,
            arguments,
        }
    }

    /// The columns of the left table, the key included.
    pub fn left(&self) -> &SchemaRef {
        &self.left.schema
    }

    /// The columns of the right table, the key included.
    pub fn right(&self) -> &SchemaRef {
        &self.right.schema
    }

    /// Which of the columns of the left table make the key.
    pub fn left_keys(&self) -> &[usize] {
        &self.left.keys
    }

    /// Which of the columns of the right table make the key, in the order of those of the left one.
    pub fn right_keys(&self) -> &[usize] {
        &self.right.keys
    }
}
