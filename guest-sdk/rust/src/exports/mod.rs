//! The contract's side of the SDK: what the host calls, for any [`Library`](crate::Library).

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
use crate::entry;

fn options(options: types::Options) -> Options {
    let data = options.data.into_iter().map(Blob::of_host).collect();
    Options::new(options.parameters, data)
}

/// Begins a method of what only functions of a kind are behind. A library without them has no such thing: nobody
/// calls the method, and nothing is compiled of it.
#[inline(always)]
fn enter_one_of(library_has_them: bool) {
    if !library_has_them {
        std::process::abort();
    }
    entry::enter();
}

/// `fields` behind that of a column that says of which group or row each row is.
fn behind_index(name: &str, fields: &[FieldRef]) -> Vec<FieldRef> {
    let index = Arc::new(Field::new(name, DataType::UInt32, false));
    let fields = fields.iter().map(Arc::clone);
    std::iter::once(index).chain(fields).collect()
}
