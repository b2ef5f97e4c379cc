//! The ways into a guest, one file for each kind of function.
//!
//! Spans in what a guest returns are what it says: nothing was checked yet. Every call here ends with a
//! [`CallError`](super::CallError) if the guest does not return; a guest that returns an error says no,
//! which is no accident.

mod aggregate;
mod grouped;
mod map_batches;
mod reader;
mod scalar;
mod table;
mod window;
mod writer;

use super::{instance::CallError, wire};

/// What a call returned: the guest's answer, or its no.
pub type Answer<T> = Result<Result<T, wire::Error>, CallError>;
