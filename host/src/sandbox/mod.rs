//! Runs components that nobody trusts.
//!
//! An [`Engine`] compiles a component once; a [`Linked`] component makes an [`Instance`] in tens of
//! microseconds. An instance has one linear memory, which the host maps itself: arguments are copied in
//! ([`Memory`]), results are read where they are ([`Leased`]). While anything reads them, the instance is
//! not entered.
//!
//! This is the only place that names wasmtime.

mod bindings;
mod calls;
mod check;
mod component;
mod engine;
mod environment;
mod files;
mod grants;
mod imports;
mod instance;
mod interrupt;
mod limits;
mod memory;
mod plain;
pub(crate) mod wire;

pub use calls::Answer;
pub use check::CheckError;
pub use component::{LinkError, Linked, imports, preparation};
pub use engine::{CompileError, Engine, EngineError, TrustedCode};
pub use environment::{Blobs, Environment, LogBudget};
pub use files::{FileSink, FileSource, SinkFile};
pub use grants::{Grant, GrantError, Grants};
pub use instance::{CallError, Frames, Handle, Instance};
pub use interrupt::{Interrupt, Stopped};
pub use limits::Limits;
#[cfg(test)]
pub(crate) use memory::Loose;
pub use memory::{Leased, Memory, SpanError};
pub use plain::plain;
