//! Runs user functions as WebAssembly components inside an Arrow query engine.
