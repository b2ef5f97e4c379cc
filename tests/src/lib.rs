//! The harness of the integration tests and benchmarks: built components, components that must be
//! refused, real data, the command `arrowbox`, and waiting.
//!
//! Nothing here is a test. The tests are one binary, in `tests/it`.

pub mod arrays;
pub mod cluster;
pub mod command;
pub mod component;
pub mod engine;
pub mod fixtures;
pub mod poll;
pub mod tpch;
pub mod watched;
pub mod workspace;
