//! Kinds of which there is none.

use crate::bindings::exports::arrowbox::udf::{grouped, reader, table, window, writer};
use crate::{Portable, error};

/// Nothing that could be opened.
pub(crate) enum Nothing {}

type Error = crate::bindings::arrowbox::udf::types::Error;
type Schema = Vec<crate::bindings::arrowbox::udf::arrow::Field>;
type Batch = crate::bindings::arrowbox::udf::arrow::Batch;
type Options = crate::bindings::arrowbox::udf::types::Options;

fn none<T>(name: &str) -> Result<T, Error> {
    Err(error(format!("no function {name:?}")))
}

impl window::Guest for Portable {
    type WindowFunction = Nothing;
}

impl window::GuestWindowFunction for Nothing {
    fn open(name: String, _: Schema, _: Options) -> Result<window::WindowFunction, Error> {
        none(&name)
    }

    fn result(&self) -> Schema {
        match *self {}
    }

    fn incremental(&self) -> bool {
        match *self {}
    }

    fn evaluate(&self, _: Batch) -> Result<Batch, Error> {
        match *self {}
    }

    fn push(&self, _: Batch, _: bool) -> Result<Batch, Error> {
        match *self {}
    }
}

impl table::Guest for Portable {
    type TableFunction = Nothing;
}

impl table::GuestTableFunction for Nothing {
    fn open(name: String, _: Schema, _: Options) -> Result<table::TableFunction, Error> {
        none(&name)
    }

    fn result(&self) -> Schema {
        match *self {}
    }

    fn push(&self, _: Batch) -> Result<(), Error> {
        match *self {}
    }

    fn next(&self) -> Result<Option<Batch>, Error> {
        match *self {}
    }
}

impl grouped::Guest for Portable {
    type GroupMapper = Nothing;
}

impl grouped::GuestGroupMapper for Nothing {
    fn open(
        name: String,
        _: Vec<Schema>,
        _: Vec<Vec<u32>>,
        _: Schema,
        _: Batch,
        _: Options,
    ) -> Result<grouped::GroupMapper, Error> {
        none(&name)
    }

    fn result(&self) -> Schema {
        match *self {}
    }

    fn push(&self, _: Vec<grouped::Groups>, _: bool) -> Result<(), Error> {
        match *self {}
    }

    fn next(&self) -> Result<Option<Batch>, Error> {
        match *self {}
    }
}

impl reader::Guest for Portable {
    type TableReader = Nothing;
    type SplitReader = Nothing;
}

impl reader::GuestTableReader for Nothing {
    fn open(name: String, _: Options) -> Result<reader::TableReader, Error> {
        none(&name)
    }

    fn result(&self) -> Schema {
        match *self {}
    }

    fn exactness(&self, _: reader::Filters) -> Result<Vec<reader::Exactness>, Error> {
        match *self {}
    }

    fn plan(&self, _: reader::Request) -> Result<Vec<reader::Split>, Error> {
        match *self {}
    }

    fn read(&self, _: reader::Split, _: reader::Request) -> Result<reader::SplitReader, Error> {
        match *self {}
    }
}

impl reader::GuestSplitReader for Nothing {
    fn next(&self) -> Result<Option<Batch>, Error> {
        match *self {}
    }
}

impl writer::Guest for Portable {
    type TableWriter = Nothing;
    type PartitionWriter = Nothing;
}

impl writer::GuestTableWriter for Nothing {
    fn open(name: String, _: Schema, _: Options) -> Result<writer::TableWriter, Error> {
        none(&name)
    }

    fn partition(&self, _: u32) -> Result<writer::PartitionWriter, Error> {
        match *self {}
    }

    fn commit(&self, _: Vec<Vec<u8>>) -> Result<(), Error> {
        match *self {}
    }
}

impl writer::GuestPartitionWriter for Nothing {
    fn write(&self, _: Batch) -> Result<(), Error> {
        match *self {}
    }

    fn finish(&self) -> Result<Vec<u8>, Error> {
        match *self {}
    }
}
