//! The integration tests of Arrowbox.
//!
//! One binary, a module for each thing that must hold. `cargo xtask test` builds what it needs.

mod boundary;
mod hostile;
mod refused;
