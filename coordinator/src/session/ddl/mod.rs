//! The statements that DataFusion does not know, or does not take at their word: `CREATE FUNCTION …
//! LANGUAGE WASM`, `DROP FUNCTION`, `SHOW FUNCTIONS`.
//!
//! DataFusion's own `CREATE FUNCTION` drops clauses that it does not honour without a word. Here every
//! clause is honoured, or refused by name.

mod create_function;
mod error;
mod options;
mod statement;

pub use create_function::{CreateFunction, Declared, Lifetime, Returns};
pub use error::DdlError;
pub use options::{FunctionOptions, OptionError};
pub(in crate::session) use statement::normalise;
pub use statement::{DropFunction, ParseError, ShowFunctions, Statement, parse};
