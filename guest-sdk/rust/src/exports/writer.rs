use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types::{Error, Options};
use crate::bindings::exports::arrowbox::udf::writer;

none! { writer: TableWriter, PartitionWriter;
    GuestTableWriter { open(Schema, Options) -> TableWriter, Writer }
        partition(u32) -> Result<writer::PartitionWriter, Error>
        commit(Vec<Vec<u8>>) -> Result<(), Error>;
    GuestPartitionWriter
        write(Batch) -> Result<(), Error>
        finish() -> Result<Vec<u8>, Error>;
}
