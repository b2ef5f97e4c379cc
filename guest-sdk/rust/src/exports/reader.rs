use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types::{Error, Options};
use crate::bindings::exports::arrowbox::udf::reader;

none! { reader: TableReader, SplitReader;
    GuestTableReader { open(Options) -> TableReader, Reader }
        result() -> Schema
        exactness(reader::Filters) -> Result<Vec<reader::Exactness>, Error>
        plan(reader::Request) -> Result<Vec<reader::Split>, Error>
        read(reader::Split, reader::Request) -> Result<reader::SplitReader, Error>;
    GuestSplitReader
        next() -> Result<Option<Batch>, Error>;
}
