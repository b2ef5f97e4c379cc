//! Rows as text or bytes.

mod format;
mod rows;
mod target;

pub(super) use format::OutputFormat;
pub(super) use rows::Rows;
pub(super) use target::Target;
