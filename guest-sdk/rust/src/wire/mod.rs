//! Between the contract and Arrow: schemas, and the nodes and buffers of a batch.

mod decode;
mod encode;
mod schema;

pub(crate) use decode::decode;
pub(crate) use encode::Encoder;
pub(crate) use schema::{push_argument, push_field, read_fields};

#[cfg(test)]
mod tests;
