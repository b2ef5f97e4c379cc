//! The contract's side of the SDK: what the host calls, for any [`Library`](crate::Library).

mod batch;
mod library;
mod memory;
mod scalar;
mod stubs;
