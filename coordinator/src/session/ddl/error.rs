use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::Location;

use super::OptionError;

/// Why a statement about functions is refused before anything is looked up.
#[derive(Debug, thiserror::Error)]
pub enum DdlError {
    /// It does not read as SQL.
    #[error("the statement can not be read")]
    Syntax(#[from] ParserError),
    /// A clause that would change nothing.
    #[error(
        "CREATE FUNCTION does not honour the clause `{clause}`{location}; it knows LANGUAGE WASM, RETURNS, AS, \
         IMMUTABLE, STABLE, VOLATILE, STRICT, RETURNS NULL ON NULL INPUT, CALLED ON NULL INPUT and OPTIONS"
    )]
    Clause {
        /// As it begins.
        clause: String,
        /// Where it begins.
        location: Location,
    },
    /// A clause that can be said in one way only.
    #[error("{clause} can not be honoured{location}: {reason}")]
    Form {
        /// The clause.
        clause: &'static str,
        /// Why not.
        reason: &'static str,
        /// Where.
        location: Location,
    },
    /// One clause twice, or two that say the opposite.
    #[error("CREATE FUNCTION says {clause} more than once{location}")]
    Repeated {
        /// What is said.
        clause: &'static str,
        /// Where it is said again.
        location: Location,
    },
    /// A clause that can not be left out.
    #[error("CREATE FUNCTION {name} needs the clause {clause}")]
    Missing {
        /// The function.
        name: String,
        /// The clause, with an example.
        clause: &'static str,
    },
    /// Functions are written in WebAssembly.
    #[error("the language `{language}` is not known here; functions are LANGUAGE WASM")]
    Language {
        /// The language.
        language: String,
    },
    /// A name of several parts.
    #[error("`{name}` is not a name for a function: functions have names of one part")]
    QualifiedName {
        /// The name.
        name: String,
    },
    /// Something in `OPTIONS (…)`.
    #[error("the option `{key}` can not be honoured{location}")]
    Option {
        /// The option.
        key: String,
        /// Where.
        location: Location,
        /// Why not.
        #[source]
        source: OptionError,
    },
}
