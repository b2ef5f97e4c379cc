use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types::{Error, Options};
use crate::bindings::exports::arrowbox::udf::window;

none! { window: WindowFunction;
    GuestWindowFunction { open(Schema, Options) -> WindowFunction, Window }
        result() -> Schema
        incremental() -> bool
        evaluate(Batch) -> Result<Batch, Error>
        push(Batch, bool) -> Result<Batch, Error>;
}
