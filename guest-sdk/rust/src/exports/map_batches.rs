use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types::{Error, Options};
use crate::bindings::exports::arrowbox::udf::map_batches;

none! { map_batches: BatchMapper;
    GuestBatchMapper { open(Schema, Schema, Batch, Options) -> BatchMapper, MapBatches }
        result() -> Schema
        push(Batch) -> Result<(), Error>
        finish() -> Result<(), Error>
        next() -> Result<Option<Batch>, Error>;
}
