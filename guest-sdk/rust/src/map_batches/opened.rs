use arrow_schema::{FieldRef, SchemaRef};

use super::{BatchMapper, MapBatches, TableCall};
use crate::arguments::Arguments;
use crate::batches::{Promised, batch_of};
use crate::columns::Columns;
use crate::{Error, Options};

/// [`BatchMapper`] of a function.
pub(crate) struct Opened<F> {
    function: F,
    input: SchemaRef,
    output: Promised,
}

impl<F: MapBatches> Opened<F> {
    pub(crate) fn new(call: &TableCall, options: &Options) -> Result<Self, Error> {
        let function = F::open(call, options)?;
        Ok(Self {
            output: Promised::new(function.schema().fields().to_vec()),
            input: SchemaRef::clone(call.input()),
            function,
        })
    }
}

impl<F: MapBatches> BatchMapper for Opened<F> {
    fn result(&self) -> &[FieldRef] {
        self.output.fields()
    }

    fn push(&mut self, rows: Arguments) -> Result<(), Error> {
        let rows = batch_of(SchemaRef::clone(&self.input), &rows)?;
        self.output.give(self.function.push(rows)?);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.output.give(self.function.finish()?);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Columns>, Error> {
        self.output.next()
    }
}
