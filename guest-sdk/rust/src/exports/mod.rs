//! The contract's side of the SDK: what the host calls, for any [`Library`](crate::Library).

#[macro_use]
mod stubs;

mod aggregate;
mod batch;
mod grouped;
mod library;
mod map_batches;
mod memory;
mod reader;
mod scalar;
mod table;
mod window;
mod writer;

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef};

use crate::Options;
use crate::bindings::arrowbox::udf::types;
use crate::data::Blob;

fn options(options: types::Options) -> Options {
    let data = options.data.into_iter().map(Blob::of_host).collect();
    Options::new(options.parameters, data)
}

/// `fields` behind that of a column that says of which group or row each row is.
fn behind_index(name: &str, fields: &[FieldRef]) -> Vec<FieldRef> {
    let index = Arc::new(Field::new(name, DataType::UInt32, false));
    let fields = fields.iter().map(Arc::clone);
    std::iter::once(index).chain(fields).collect()
}
