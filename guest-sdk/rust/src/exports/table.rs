use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types::{Error, Options};
use crate::bindings::exports::arrowbox::udf::table;

none! { table: TableFunction;
    GuestTableFunction { open(Schema, Options) -> TableFunction, Table }
        result() -> Schema
        push(Batch) -> Result<(), Error>
        next() -> Result<Option<Batch>, Error>;
}
