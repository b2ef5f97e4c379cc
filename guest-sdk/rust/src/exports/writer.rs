use std::cell::RefCell;
use std::marker::PhantomData;

use arrow_schema::FieldRef;

use super::batch;
use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types;
use crate::bindings::exports::arrowbox::udf::writer::{
    Guest, GuestPartitionWriter, GuestTableWriter, PartitionWriter, TableWriter,
};
use crate::function::{self, Kind, Library, Open, has};
use crate::{Error, entry, wire, writer};

const KIND: Kind = Kind::Writer;

impl<L: Library> Guest for L {
    type TableWriter = OpenWriter<L>;
    type PartitionWriter = OpenPartition;
}

/// A writer of `L` at one place in a query.
pub struct OpenWriter<L> {
    input: Vec<FieldRef>,
    writer: Box<dyn writer::TableWriter>,
    library: PhantomData<L>,
}

impl<L: Library> OpenWriter<L> {
    fn new(name: &str, input: Schema, options: types::Options) -> Result<Self, Error> {
        if !has::<L>(KIND) {
            return Err(function::unknown(KIND, name));
        }
        let input = wire::read_fields(input)?;
        let Open::Writer(open) = function::find(L::ENTRIES, KIND, name, &[])?.open else {
            return Err(function::unknown(KIND, name));
        };
        Ok(Self {
            writer: open(&input, &super::options(options))?,
            input,
            library: PhantomData,
        })
    }
}

impl<L: Library> GuestTableWriter for OpenWriter<L> {
    fn open(
        name: String,
        input: Schema,
        options: types::Options,
    ) -> Result<TableWriter, types::Error> {
        entry::enter();
        Ok(TableWriter::new(Self::new(&name, input, options)?))
    }

    fn partition(&self, partition: u32) -> Result<PartitionWriter, types::Error> {
        entry::enter();
        let writer = self.writer.partition(partition)?;
        Ok(PartitionWriter::new(OpenPartition {
            input: self.input.clone(),
            writer: RefCell::new(Some(writer)),
        }))
    }

    fn commit(&self, manifests: Vec<Vec<u8>>) -> Result<(), types::Error> {
        entry::enter();
        Ok(self.writer.commit(manifests)?)
    }
}

/// A partition of a writer.
pub struct OpenPartition {
    input: Vec<FieldRef>,
    /// None when it has finished.
    writer: RefCell<Option<Box<dyn writer::OpenPartition>>>,
}

fn finished() -> Error {
    Error::new("the partition has finished already")
}

impl GuestPartitionWriter for OpenPartition {
    fn write(&self, rows: Batch) -> Result<(), types::Error> {
        entry::enter();
        let rows = batch::receive(rows, &self.input)?;
        let mut writer = self.writer.borrow_mut();
        Ok(writer.as_mut().ok_or_else(finished)?.write(rows)?)
    }

    fn finish(&self) -> Result<Vec<u8>, types::Error> {
        entry::enter();
        let writer = self.writer.take().ok_or_else(finished)?;
        Ok(writer.finish()?)
    }
}
