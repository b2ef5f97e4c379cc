use std::cell::RefCell;
use std::marker::PhantomData;

use arrow_schema::FieldRef;

use super::batch;
use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types;
use crate::bindings::exports::arrowbox::udf::map_batches::{BatchMapper, Guest, GuestBatchMapper};
use crate::constants::Constants;
use crate::function::{self, Kind, Library, Open, has};
use crate::{Error, entry, map_batches, wire};

const KIND: Kind = Kind::MapBatches;

impl<L: Library> Guest for L {
    type BatchMapper = OpenMapper<L>;
}

/// A function of `L` at one place in a query.
pub struct OpenMapper<L> {
    input: Vec<FieldRef>,
    function: RefCell<Box<dyn map_batches::BatchMapper>>,
    library: PhantomData<L>,
}

impl<L: Library> OpenMapper<L> {
    const IS_THERE: bool = has::<L>(KIND);

    fn new(
        name: &str,
        input: Schema,
        schema: Schema,
        arguments: Batch,
        options: types::Options,
    ) -> Result<Self, Error> {
        if !Self::IS_THERE {
            return Err(function::unknown(KIND, name));
        }
        let input = wire::read_fields(input)?;
        let fields = wire::read_fields(schema)?;
        let Open::MapBatches(open) = function::find(L::ENTRIES, KIND, name, &fields)?.open else {
            return Err(function::unknown(KIND, name));
        };
        let arguments = batch::receive(arguments, &fields)?;
        let call = map_batches::TableCall::new(input.clone(), Constants::new(fields, arguments)?);
        let function = RefCell::new(open(call, &super::options(options))?);
        Ok(Self {
            input,
            function,
            library: PhantomData,
        })
    }
}

impl<L: Library> GuestBatchMapper for OpenMapper<L> {
    fn open(
        name: String,
        input: Schema,
        schema: Schema,
        arguments: Batch,
        options: types::Options,
    ) -> Result<BatchMapper, types::Error> {
        entry::enter();
        let opened = Self::new(&name, input, schema, arguments, options)?;
        Ok(BatchMapper::new(opened))
    }

    fn result(&self) -> Schema {
        super::enter_one_of(Self::IS_THERE);
        batch::schema(self.function.borrow().result())
    }

    fn push(&self, rows: Batch) -> Result<(), types::Error> {
        super::enter_one_of(Self::IS_THERE);
        let rows = batch::receive(rows, &self.input)?;
        Ok(self.function.borrow_mut().push(rows)?)
    }

    fn finish(&self) -> Result<(), types::Error> {
        super::enter_one_of(Self::IS_THERE);
        Ok(self.function.borrow_mut().finish()?)
    }

    fn next(&self) -> Result<Option<Batch>, types::Error> {
        super::enter_one_of(Self::IS_THERE);
        Ok(self.function.borrow_mut().next()?.map(batch::send_columns))
    }
}
