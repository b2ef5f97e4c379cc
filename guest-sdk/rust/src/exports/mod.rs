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

use crate::Options;
use crate::bindings::arrowbox::udf::types;
use crate::data::Blob;

fn options(options: types::Options) -> Options {
    let data = options.data.into_iter().map(Blob::of_host).collect();
    Options::new(options.parameters, data)
}
