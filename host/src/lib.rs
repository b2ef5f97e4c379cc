//! Runs user functions as WebAssembly components inside an Arrow query engine.

mod boundary;
mod sandbox;
