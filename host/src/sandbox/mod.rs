//! Runs components that nobody trusts.
//!
//! An [`Engine`] compiles a component once; a [`Linked`] component makes an [`Instance`] in tens of
//! microseconds. There are two [lanes](Lane). An instance of the native lane has one linear memory, which the host maps
//! itself: arguments are copied in ([`Memory`]), results are read where they are ([`Leased`]). While anything reads
//! them, the instance is not entered. Buffers of the portable lane come and go as bytes, and its instances share the
//! initial contents of their memories.
//!
//! This is the only place that names wasmtime.

mod bindings;
mod calls;
mod check;
mod columns;
mod component;
mod engine;
mod environment;
mod exports;
mod files;
mod grants;
mod imports;
mod instance;
mod interrupt;
mod lane;
mod limits;
mod memory;
mod plain;
mod wait;
mod wasi;
pub(crate) mod wire;

pub use calls::Answer;
pub use check::{CheckError, Outline, check};
pub use component::{LinkError, Linked, preparation};
pub use engine::{CompileError, Engine, EngineError, TrustedCode};
pub use environment::{Blobs, Environment, LogBudget};
pub use files::{FileSink, FileSource, SinkFile};
pub use grants::{Grant, GrantError, Grants};
pub use instance::{CallError, Frames, Handle, Instance, Source};
pub use interrupt::{Interrupt, Stopped};
pub use lane::Lane;
pub use limits::Limits;
#[cfg(test)]
pub(crate) use memory::Loose;
pub use memory::{Memory, SpanError};
pub use plain::plain;
