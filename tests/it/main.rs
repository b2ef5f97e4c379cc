//! The integration tests of Arrowbox.
//!
//! One binary, a module for each thing that must hold. `cargo xtask test` builds what it needs.

mod boundary;
mod build;
mod cache;
mod catalog;
mod cli;
mod cluster;
mod concurrency;
mod data_dir;
mod examples;
mod hostile;
mod kinds;
mod portable;
mod projects;
mod refused;
mod soak;
mod sql;
mod tpch;
