use std::marker::PhantomData;
use std::slice;

use arrow_schema::FieldRef;

use super::batch;
use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types;
use crate::bindings::exports::arrowbox::udf::scalar::{Guest, GuestScalarFunction, ScalarFunction};
use crate::function::{self, Library};
use crate::scalar::Call;
use crate::{Error, entry, wire};

impl<L: Library> Guest for L {
    type ScalarFunction = OpenScalar<L>;
}

/// A function of `L` at one place in a query.
pub struct OpenScalar<L> {
    arguments: Vec<FieldRef>,
    function: Box<dyn Call>,
    library: PhantomData<L>,
}

impl<L: Library> OpenScalar<L> {
    fn new(name: &str, arguments: Schema, options: types::Options) -> Result<Self, Error> {
        let arguments = wire::read_fields(arguments)?;
        let options = super::options(options);
        Ok(Self {
            function: function::open(L::ENTRIES, name, &arguments, &options)?,
            arguments,
            library: PhantomData,
        })
    }

    fn call(&self, arguments: Batch) -> Result<Batch, Error> {
        let arguments = batch::receive(arguments, &self.arguments)?;
        let rows = arguments.rows();
        let result = self.function.call(arguments)?;
        Ok(batch::send(rows, slice::from_ref(&result)))
    }
}

impl<L: Library> GuestScalarFunction for OpenScalar<L> {
    fn open(
        name: String,
        arguments: Schema,
        options: types::Options,
    ) -> Result<ScalarFunction, types::Error> {
        entry::enter();
        Ok(ScalarFunction::new(Self::new(&name, arguments, options)?))
    }

    fn result(&self) -> Schema {
        entry::enter();
        let mut schema = Schema::new();
        wire::push_field(self.function.result(), &mut schema)
            .expect("`open` made a field that can be written down");
        schema
    }

    fn invoke(&self, arguments: Batch) -> Result<Batch, types::Error> {
        entry::enter();
        Ok(self.call(arguments)?)
    }
}
