use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types::{Error, Options};
use crate::bindings::exports::arrowbox::udf::aggregate;

none! { aggregate: Accumulator;
    GuestAccumulator { open(Schema, Options) -> Accumulator, Aggregate }
        result() -> Schema
        state_schema() -> Schema
        retractable() -> bool
        update(Batch, u64) -> Result<(), Error>
        retract(Batch, u64) -> Result<(), Error>
        merge(Batch, u64) -> Result<(), Error>
        convert(Batch) -> Result<Batch, Error>
        state(aggregate::Emit) -> Result<Batch, Error>
        evaluate(aggregate::Emit) -> Result<Batch, Error>
        peek() -> Result<Batch, Error>;
}
