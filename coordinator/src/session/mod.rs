//! One user's view of the engine: tables, functions, settings, and the statements that are run.
//!
//! A [`Session`] is DataFusion's session context with functions in it. SQL goes in as text and comes out
//! as one [`Query`] for each statement; every query has a scope of its own (memory, cancellation,
//! deadline, figures), which ends with it.

mod builder;
mod ddl;
mod define;
mod functions;
mod names;
mod query;
mod session;
mod show;
mod source;
mod tables;

pub use builder::{OpenError, SessionBuilder};
pub use ddl::{
    CreateFunction, DdlError, Declared, DropFunction, FunctionOptions, Lifetime, OptionError, ParseError,
    ShowFunctions, Statement,
};
pub use define::DefineError;
pub(crate) use define::volatility_name;
pub use functions::{Added as AddedFunction, ComponentOptions, FunctionsError, Known};
pub use query::{Query, QueryError};
pub use session::Session;
pub use source::{ComponentSource, SourceError};
pub use tables::{Compression, Format, TableError, TableSource};
