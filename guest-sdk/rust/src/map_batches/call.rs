use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{FieldRef, Schema, SchemaRef};

use crate::Error;
use crate::constants::Constants;
use crate::row::Argument;

/// How a [function of batches](crate::MapBatches) is called.
#[derive(Debug)]
pub struct TableCall {
    input: SchemaRef,
    arguments: Constants,
}

impl TableCall {
    pub(crate) fn new(input: Vec<FieldRef>, arguments: Constants) -> Self {
        let input = Arc::new(Schema::new(input));
        Self { input, arguments }
    }

    /// The columns of the table.
    pub fn input(&self) -> &SchemaRef {
        &self.input
    }

    /// What stands behind the table in the call, as a batch of one row.
    pub fn arguments(&self) -> RecordBatch {
        self.arguments.to_batch()
    }

    /// What stands behind the table in the call at `index`, counted from zero: a type that a row function takes,
    /// such as `f64`, `&str` or `Option<i64>`.
    ///
    /// # Errors
    ///
    /// There is none, it is of another type, or it is null and `T` is no `Option`.
    pub fn argument<'a, T: Argument<'a>>(&'a self, index: usize) -> Result<T, Error> {
        self.arguments.argument(index)
    }
}
