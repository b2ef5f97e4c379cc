//! `positive`: the rows whose first column is above zero.

use std::cell::{Cell, RefCell};

use crate::bindings::arrowbox::udf::columns::{
    Column, Operand, Operator, Value, arguments, binary, filter, give,
};
use crate::bindings::exports::arrowbox::udf::map_batches::{
    Batch, BatchMapper, Error, Guest, GuestBatchMapper, Options, Schema,
};
use crate::{Portable, error, given};

impl Guest for Portable {
    type BatchMapper = Open;
}

/// The map, open.
pub(crate) struct Open {
    input: Schema,
    next: RefCell<Option<Vec<Column>>>,
    pushed: Cell<u64>,
}

impl GuestBatchMapper for Open {
    fn open(
        name: String,
        input: Schema,
        _: Schema,
        _: Batch,
        _: Options,
    ) -> Result<BatchMapper, Error> {
        if name != "positive" {
            return Err(error(format!("no function {name:?}")));
        }
        Ok(BatchMapper::new(Self {
            input,
            next: RefCell::default(),
            pushed: Cell::new(0),
        }))
    }

    fn result(&self) -> Schema {
        self.input.clone()
    }

    fn push(&self, _: Batch) -> Result<(), Error> {
        self.pushed.set(self.pushed.get() + 1);
        let columns = arguments(0);
        let zero = Operand::Value(Value::Int64(0));
        let mask =
            binary(Operator::Greater, &Operand::Column(&columns[0]), &zero).map_err(error)?;
        let rows = columns.iter().map(|column| filter(column, &mask));
        let rows = rows.collect::<Result<_, _>>().map_err(error)?;
        self.next.replace(Some(rows));
        Ok(())
    }

    fn finish(&self) -> Result<(), Error> {
        Ok(())
    }

    fn next(&self) -> Result<Option<Batch>, Error> {
        Ok(self.next.take().map(|columns| {
            let rows = columns[0].length();
            give(columns);
            given(rows)
        }))
    }
}
