use arrowbox_host::Kind;
use datafusion::error::DataFusionError;

use crate::session::forms::{form, title};

/// Why a function can not be called as a statement calls it.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// A function of another kind.
    #[error("`{name}` is {}: call it as {}", title(*kind), form(name, *kind))]
    Kind {
        /// The function.
        name: String,
        /// Its kind.
        kind: Kind,
    },
    /// No such function.
    #[error(
        "{call} calls `{name}`, and there is no such function; SHOW FUNCTIONS lists those there are"
    )]
    NoFunction {
        /// What calls it.
        call: &'static str,
        /// The function.
        name: String,
    },
    /// A table is missing.
    #[error(
        "{call} begins with {wanted}, each written as `TABLE name` or as a query in parentheses: {form}"
    )]
    NoTable {
        /// What begins so.
        call: &'static str,
        /// How many.
        wanted: &'static str,
        /// An example.
        form: &'static str,
    },
    /// The name of the function is missing.
    #[error(
        "{call} names a function behind its tables, without quotes or in double quotes: {form}"
    )]
    NoName {
        /// What names it.
        call: &'static str,
        /// An example.
        form: &'static str,
    },
    /// An argument by a name that it does not have.
    #[error("{call} has no argument `{argument}`; by name it has {known}")]
    NoArgument {
        /// What is called.
        call: String,
        /// The argument.
        argument: String,
        /// Those there are.
        known: &'static str,
    },
    /// One argument twice, or two that contradict each other.
    #[error("{call} says `{argument}` twice, or in two ways")]
    Repeated {
        /// What is called.
        call: String,
        /// The argument.
        argument: String,
    },
    /// An argument that can not be left out.
    #[error("{call} needs the argument `{argument}`")]
    Missing {
        /// What is called.
        call: &'static str,
        /// With an example.
        argument: &'static str,
    },
    /// An argument that is no value of the right sort.
    #[error("the argument `{argument}` of {call} must be {wanted}")]
    Value {
        /// What is called.
        call: String,
        /// The argument.
        argument: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// A value that is known only when the query runs.
    #[error("the argument `{argument}` of {call} is not a constant")]
    NotConstant {
        /// What is called.
        call: String,
        /// The argument.
        argument: String,
    },
    /// Columns where there are none.
    #[error(
        "`{call}({argument}, …)` uses columns, and no table that has them stands to its left in the same FROM: \
         write FROM t, {call}(t.x), or use a scalar function that returns a list, under unnest; text stands in \
         single quotes"
    )]
    Columns {
        /// What is called.
        call: String,
        /// The argument.
        argument: String,
    },
    /// A join that a call can not be the right side of.
    #[error("`{call}` uses columns, and can not stand in {join}: {instead}")]
    Join {
        /// What is called.
        call: String,
        /// The join.
        join: &'static str,
        /// What to write.
        instead: &'static str,
    },
    /// A clause behind a call.
    #[error("{clause} behind the call of `{call}` can not be honoured")]
    Clause {
        /// What is called.
        call: String,
        /// The clause.
        clause: &'static str,
    },
    /// What stands behind `STORED AS`.
    #[error("`{name}` is {}: {statement}", title(*kind))]
    Stored {
        /// The function.
        name: String,
        /// Its kind.
        kind: Kind,
        /// What the statement can be used with.
        statement: &'static str,
    },
}

impl From<CallError> for DataFusionError {
    fn from(error: CallError) -> Self {
        Self::External(Box::new(error))
    }
}
