use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types::{Error, Options};
use crate::bindings::exports::arrowbox::udf::grouped;

none! { grouped: GroupMapper;
    GuestGroupMapper { open(Vec<Schema>, Vec<Vec<u32>>, Schema, Batch, Options) -> GroupMapper, GroupedMap }
        result() -> Schema
        push(Vec<grouped::Groups>, bool) -> Result<(), Error>
        next() -> Result<Option<Batch>, Error>;
}
