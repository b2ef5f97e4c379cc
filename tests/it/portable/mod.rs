//! The portable lane: buffers that cross as bytes, and columns that stay with the host.

mod bytes;
mod columns;
mod wasi;
