//! A component of the world `portable`: what crosses as bytes, what stays with the host as columns, and what is
//! wrong with either.
//!
//! A scalar function does what its name says, see [`scalar`]. There is one batch map and one aggregate, of columns.

mod bindings {
    #![allow(missing_docs, reason = "generated")]
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "portable",
    });

    use crate::Portable;
    export!(Portable with_types_in self);
}
mod aggregate;
mod describe;
mod map_batches;
mod nothing;
mod scalar;

use bindings::arrowbox::udf::arrow::{Batch, Field, FieldFlags};
use bindings::arrowbox::udf::types::Error;

/// The component.
struct Portable;

/// One field of a type, as the C Data Interface writes it.
fn schema(format: &str) -> Vec<Field> {
    vec![Field {
        name: "value".to_owned(),
        format: format.to_owned(),
        flags: FieldFlags::NULLABLE,
        children: 0,
        dictionary: false,
        metadata: Vec::new(),
    }]
}

fn error(message: impl Into<String>) -> Error {
    Error {
        message: message.into(),
        row: None,
    }
}

/// What is returned where the columns were given.
fn given(rows: u64) -> Batch {
    Batch {
        rows,
        nodes: Vec::new(),
        buffers: Vec::new(),
        variadic: Vec::new(),
    }
}
