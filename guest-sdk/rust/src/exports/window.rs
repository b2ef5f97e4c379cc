use std::cell::RefCell;
use std::marker::PhantomData;
use std::slice;

use arrow_data::ArrayData;
use arrow_schema::FieldRef;

use super::batch;
use crate::arguments::Arguments;
use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types;
use crate::bindings::exports::arrowbox::udf::window::{Guest, GuestWindowFunction, WindowFunction};
use crate::function::{self, Kind, Library, Open};
use crate::{Error, entry, window, wire};

const KIND: Kind = Kind::Window;

impl<L: Library> Guest for L {
    type WindowFunction = OpenWindow<L>;
}

/// A function of `L` at one place in a query.
pub struct OpenWindow<L> {
    arguments: Vec<FieldRef>,
    function: RefCell<Box<dyn window::WindowFunction>>,
    library: PhantomData<L>,
}

impl<L: Library> OpenWindow<L> {
    fn new(name: &str, arguments: Schema, options: types::Options) -> Result<Self, Error> {
        if !function::has::<L>(KIND) {
            return Err(function::unknown(KIND, name));
        }
        let arguments = wire::read_fields(arguments)?;
        let Open::Window(open) = function::find(L::ENTRIES, KIND, name, &arguments)?.open else {
            return Err(function::unknown(KIND, name));
        };
        Ok(Self {
            function: RefCell::new(open(&arguments, &super::options(options))?),
            arguments,
            library: PhantomData,
        })
    }

    /// Nothing of a library without window functions is behind this.
    fn run<T>(
        &self,
        call: impl FnOnce(&mut dyn window::WindowFunction) -> Result<T, Error>,
    ) -> Result<T, Error> {
        entry::enter();
        match function::has::<L>(KIND) {
            true => call(&mut **self.function.borrow_mut()),
            false => Err(function::unknown(KIND, "")),
        }
    }

    fn call(
        &self,
        rows: Batch,
        call: impl FnOnce(&mut dyn window::WindowFunction, Arguments) -> Result<ArrayData, Error>,
    ) -> Result<Batch, types::Error> {
        let called = self.run(|function| {
            let arguments = batch::receive(rows, &self.arguments)?;
            let rows = arguments.rows();
            let result = call(function, arguments)?;
            Ok(batch::send(rows, slice::from_ref(&result)))
        });
        called.map_err(types::Error::from)
    }
}

impl<L: Library> GuestWindowFunction for OpenWindow<L> {
    fn open(
        name: String,
        arguments: Schema,
        options: types::Options,
    ) -> Result<WindowFunction, types::Error> {
        entry::enter();
        Ok(WindowFunction::new(Self::new(&name, arguments, options)?))
    }

    fn result(&self) -> Schema {
        let schema = self.run(|function| Ok(batch::schema(slice::from_ref(function.result()))));
        schema.unwrap_or_default()
    }

    fn incremental(&self) -> bool {
        let incremental = self.run(|function| Ok(function.is_incremental()));
        incremental.unwrap_or_default()
    }

    fn evaluate(&self, partition: Batch) -> Result<Batch, types::Error> {
        self.call(partition, |function, rows| function.evaluate(rows))
    }

    fn push(&self, rows: Batch, first: bool) -> Result<Batch, types::Error> {
        self.call(rows, |function, rows| function.push(rows, first))
    }
}
