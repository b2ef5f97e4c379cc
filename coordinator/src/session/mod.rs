//! One user's view of the engine: tables, functions, settings, and the statements that are run.
//!
//! A [`Session`] is DataFusion's session context with functions in it. SQL goes in as text and comes out
//! as one [`Query`] for each statement; every query has a scope of its own (memory, cancellation,
//! deadline, figures), which ends with it.
//!
//! A statement sees the catalogue as it is when it begins, whoever has changed it, and keeps the versions
//! of the functions that it began with to its end. A view keeps those that it was made with.
//!
//! Names of functions are those of SQL: in lower case unless they are quoted. A function of the session
//! hides one of the catalogue, which hides a built-in one. To hide a built-in function is refused unless
//! it is asked for with `OR REPLACE`; a component that is added whole does hide what its functions hide.
//!
//! Functions that give values are DataFusion's own in expressions. Those that give rows stand in `FROM`
//! ([`relations`]); readers and writers stand behind `STORED AS`, too ([`external`]). [`frames`] has all of
//! them for Rust.

mod builder;
mod ddl;
mod declared;
mod define;
mod external;
mod forms;
mod frames;
mod functions;
mod handle;
mod known;
mod names;
mod planner;
mod query;
mod relations;
mod show;
mod source;
mod spread;
pub(crate) mod stack;
mod tables;

pub use builder::{OpenError, SessionBuilder};
pub(crate) use ddl::parse;
pub use ddl::{
    CreateFunction, DdlError, Declared, DropFunction, FunctionOptions, Lifetime, OptionError,
    ParseError, Returns, ShowFunctions, Statement,
};
pub use define::DefineError;
pub(crate) use define::volatility_name;
pub use external::ExternalError;
pub(crate) use forms::form;
pub use frames::Grouping;
pub use functions::{ComponentOptions, FunctionsError};
pub use handle::Session;
pub use known::{AddedFunction, Known, Outcome};
pub use query::{Query, QueryError};
pub use relations::CallError;
pub(crate) use relations::Maps;
pub use source::{ComponentSource, SourceError};
pub use tables::{Compression, Format, TableError, TableSource};
