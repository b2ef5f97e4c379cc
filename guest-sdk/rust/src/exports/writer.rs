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
    type PartitionWriter = OpenPartition<L>;
}

/// A writer of `L` at one place in a query.
pub struct OpenWriter<L> {
    input: Vec<FieldRef>,
    writer: Box<dyn writer::TableWriter>,
    library: PhantomData<L>,
}

impl<L: Library> OpenWriter<L> {
    const IS_THERE: bool = has::<L>(KIND);

    fn new(name: &str, input: Schema, options: types::Options) -> Result<Self, Error> {
        if !Self::IS_THERE {
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
        super::enter_one_of(Self::IS_THERE);
        let writer = self.writer.partition(partition)?;
        Ok(PartitionWriter::new(OpenPartition::<L> {
            input: self.input.clone(),
            writer: RefCell::new(Some(writer)),
            library: PhantomData,
        }))
    }

    fn commit(&self, manifests: Vec<Vec<u8>>) -> Result<(), types::Error> {
        super::enter_one_of(Self::IS_THERE);
        Ok(self.writer.commit(manifests)?)
    }
}

/// A partition of a writer.
pub struct OpenPartition<L> {
    input: Vec<FieldRef>,
    /// None when it has finished.
    writer: RefCell<Option<Box<dyn writer::OpenPartition>>>,
    library: PhantomData<L>,
}

fn finished() -> Error {
    Error::new("the partition has finished already")
}

impl<L: Library> GuestPartitionWriter for OpenPartition<L> {
    fn write(&self, rows: Batch) -> Result<(), types::Error> {
        super::enter_one_of(OpenWriter::<L>::IS_THERE);
        let rows = batch::receive(rows, &self.input)?;
        let mut writer = self.writer.borrow_mut();
        Ok(writer.as_mut().ok_or_else(finished)?.write(rows)?)
    }

    fn finish(&self) -> Result<Vec<u8>, types::Error> {
        super::enter_one_of(OpenWriter::<L>::IS_THERE);
        let writer = self.writer.take().ok_or_else(finished)?;
        Ok(writer.finish()?)
    }
}
