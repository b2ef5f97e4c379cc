//! From a folder of source to WebAssembly components that an Arrowbox host can run.
//!
//! This is the part of `arrowbox build` that is not a command line. It tells the language of a project, finds
//! what compiles it or makes that (a Rust toolchain for `wasm32-unknown-unknown`; a compiler of C; what makes
//! components of Python and JavaScript), runs it undisturbed by whatever environment it is called from, and wraps
//! every core module that comes out into a component. The SDKs are carried in the crate. It
//! prints nothing: what is going on is told to a [`Progress`], what went wrong is a typed error.
//!
//! The same source, built with the same toolchain, gives the same bytes in any folder, since a
//! component is known by its hash.
//!
//! ```no_run
//! use arrowbox_build::{BuildError, BuildOptions, build};
//!
//! # fn main() -> Result<(), BuildError> {
//! let options = BuildOptions::default();
//! for artifact in build("examples/gcd/rust".as_ref(), &options, &|step: &str| eprintln!("{step}"))? {
//!     println!("{}: {} bytes", artifact.path.display(), artifact.size);
//! }
//! # Ok(())
//! # }
//! ```

mod build;
mod builder;
mod c;
mod cargo;
mod command;
mod component;
mod file;
mod home;
mod javascript;
mod language;
mod progress;
mod project;
mod python;
mod sdk;
mod toolchain;

pub use crate::{
    build::{Artifact, BuildError, BuildOptions, build},
    builder::BuilderError,
    c::{CError, NoCompiler, c_compiler},
    cargo::{CargoError, Diagnostics},
    command::RunError,
    component::{ComponentError, componentize},
    language::{Language, LanguageError},
    progress::Progress,
    sdk::{Sdk, UnpackError},
    toolchain::{Attempt, DebianError, NoToolchain, Obstacle, SysrootError, Toolchain, Way},
};
