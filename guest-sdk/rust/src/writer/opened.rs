use std::sync::Arc;

use arrow_schema::{FieldRef, Schema, SchemaRef};

use super::{PartitionWriter, Writer};
use crate::arguments::Arguments;
use crate::batches::batch_of;
use crate::{Error, Options};

/// A writer at one place in a query, whatever it is. See `wit/writer.wit`.
pub trait TableWriter {
    /// Begins a partition, of a number that no other has.
    ///
    /// # Errors
    ///
    /// What the writer says.
    fn partition(&self, number: u32) -> Result<Box<dyn OpenPartition>, Error>;

    /// Ends it all, with what each partition said at its end.
    ///
    /// # Errors
    ///
    /// What the writer says.
    fn commit(&self, manifests: Vec<Vec<u8>>) -> Result<(), Error>;
}

/// One partition of a writer, whatever it is.
pub trait OpenPartition {
    /// Takes rows.
    ///
    /// # Errors
    ///
    /// What the writer says.
    fn write(&mut self, rows: Arguments) -> Result<(), Error>;

    /// Ends the partition and says what `commit` needs to know.
    ///
    /// # Errors
    ///
    /// What the writer says.
    fn finish(self: Box<Self>) -> Result<Vec<u8>, Error>;
}

/// Opens a writer of rows with these fields.
pub(crate) fn open<F: Writer>(
    input: &[FieldRef],
    options: &Options,
) -> Result<Box<dyn TableWriter>, Error> {
    let input = Arc::new(Schema::new(input.to_vec()));
    let writer = F::open(&input, options)?;
    Ok(Box::new(Opened { writer, input }))
}

struct Opened<F> {
    writer: F,
    input: SchemaRef,
}

impl<F: Writer> TableWriter for Opened<F> {
    fn partition(&self, number: u32) -> Result<Box<dyn OpenPartition>, Error> {
        Ok(Box::new(Partition {
            writer: self.writer.partition(number)?,
            input: Arc::clone(&self.input),
        }))
    }

    fn commit(&self, manifests: Vec<Vec<u8>>) -> Result<(), Error> {
        self.writer.commit(manifests)
    }
}

struct Partition<P> {
    writer: P,
    input: SchemaRef,
}

impl<P: PartitionWriter> OpenPartition for Partition<P> {
    fn write(&mut self, rows: Arguments) -> Result<(), Error> {
        self.writer.write(batch_of(Arc::clone(&self.input), &rows)?)
    }

    fn finish(self: Box<Self>) -> Result<Vec<u8>, Error> {
        self.writer.finish()
    }
}
