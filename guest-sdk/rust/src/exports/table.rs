use std::cell::RefCell;
use std::marker::PhantomData;

use arrow_schema::FieldRef;

use super::batch;
use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types;
use crate::bindings::exports::arrowbox::udf::table::{Guest, GuestTableFunction, TableFunction};
use crate::function::{self, Kind, Library, Open};
use crate::{Error, entry, table, wire};

const KIND: Kind = Kind::Table;

impl<L: Library> Guest for L {
    type TableFunction = OpenTable<L>;
}

/// A function of `L` at one place in a query.
pub struct OpenTable<L> {
    arguments: Vec<FieldRef>,
    function: RefCell<Box<dyn table::TableFunction>>,
    library: PhantomData<L>,
}

impl<L: Library> OpenTable<L> {
    fn new(name: &str, arguments: Schema, options: types::Options) -> Result<Self, Error> {
        if !function::has::<L>(KIND) {
            return Err(function::unknown(KIND, name));
        }
        let arguments = wire::read_fields(arguments)?;
        let Open::Table(open) = function::find(L::ENTRIES, KIND, name, &arguments)?.open else {
            return Err(function::unknown(KIND, name));
        };
        Ok(Self {
            function: RefCell::new(open(&arguments, &super::options(options))?),
            arguments,
            library: PhantomData,
        })
    }

    /// Nothing of a library without table functions is behind this.
    fn run<T>(
        &self,
        call: impl FnOnce(&mut dyn table::TableFunction) -> Result<T, Error>,
    ) -> Result<T, Error> {
        entry::enter();
        match function::has::<L>(KIND) {
            true => call(&mut **self.function.borrow_mut()),
            false => Err(function::unknown(KIND, "")),
        }
    }
}

impl<L: Library> GuestTableFunction for OpenTable<L> {
    fn open(
        name: String,
        arguments: Schema,
        options: types::Options,
    ) -> Result<TableFunction, types::Error> {
        entry::enter();
        Ok(TableFunction::new(Self::new(&name, arguments, options)?))
    }

    fn result(&self) -> Schema {
        let schema = self.run(|function| Ok(batch::schema(function.result())));
        schema.unwrap_or_default()
    }

    fn push(&self, arguments: Batch) -> Result<(), types::Error> {
        let pushed =
            self.run(|function| function.push(batch::receive(arguments, &self.arguments)?));
        pushed.map_err(types::Error::from)
    }

    fn next(&self) -> Result<Option<Batch>, types::Error> {
        let next = self.run(|function| Ok(function.next()?.map(batch::send_columns)));
        next.map_err(types::Error::from)
    }
}
