//! A function failed: which, where, and whose fault it is.

use std::error::Error;

use arrow::datatypes::DataType;
use datafusion::error::DataFusionError;

use super::reader::ReaderBreach;
use crate::{
    boundary::{ReceiveError, SchemaError, SendError},
    sandbox::{CallError, Stopped},
    store::Digest,
};

/// A function failed in a query. Reaches the query's user inside [`DataFusionError::External`].
#[derive(Debug, thiserror::Error)]
#[error("function `{function}` (component {}, host {host}) {cause}", component.short())]
pub struct FunctionError {
    /// Its name in SQL.
    pub function: String,
    /// Its component.
    pub component: Digest,
    /// The machine that it failed on.
    pub host: String,
    /// What happened.
    #[source]
    pub cause: Failure,
}

/// What happened to a function. The variant says whose fault it is.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The guest returned an error: its own message.
    #[error("failed{}: {message}", in_row(row))]
    Guest {
        /// What it said.
        message: String,
        /// The row of the batch, where there is one to name.
        row: Option<u64>,
    },
    /// The guest did not return.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The guest returned something that is no result.
    #[error("broke the contract: {0}")]
    Result(#[from] ReceiveError),
    /// The guest opened as something else than its description says.
    #[error(
        "broke the contract: it describes a result of type {described}, and opens with {opened}"
    )]
    Opened {
        /// Before.
        described: DataType,
        /// After.
        opened: String,
    },
    /// Somebody else's state.
    #[error(
        "can not merge a state of the types ({}): its own has ({})",
        listed(given),
        listed(known)
    )]
    State {
        /// The types of its columns.
        given: Vec<DataType>,
        /// The types of the columns of the aggregate's states.
        known: Vec<DataType>,
    },
    /// The guest returned rows for arguments that it was not given, or not in their order.
    #[error(
        "broke the contract: it returned a row made of row {parent} of {rows} rows of arguments, behind one made of row {last}"
    )]
    Parent {
        /// The row of arguments that it says.
        parent: u32,
        /// That of the row before.
        last: u32,
        /// Rows of arguments that there are.
        rows: usize,
    },
    /// The guest's schema is none.
    #[error("broke the contract: {0}")]
    Schema(#[from] SchemaError),
    /// A reader's plan or rows are none.
    #[error("broke the contract: {0}")]
    Reader(#[from] ReaderBreach),
    /// The arguments could not be handed over.
    #[error("could not be given its arguments: {0}")]
    Send(SendError),
    /// The arguments could not be cast to what the function takes.
    #[error("could not be given its argument {index}: {source}")]
    Cast {
        /// Which, from one.
        index: usize,
        /// What arrow said.
        source: arrow::error::ArrowError,
    },
    /// It failed on another machine, with one of the failures above.
    #[error("{text}")]
    Remote {
        /// What that failure said.
        text: String,
        /// Why the query was stopped there, if that is what happened.
        stop: Option<Stopped>,
        /// Whether a limit was hit there.
        limit: bool,
        /// What was behind it.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
}

fn listed(types: &[DataType]) -> String {
    let types: Vec<_> = types.iter().map(DataType::to_string).collect();
    types.join(", ")
}

fn in_row(row: &Option<u64>) -> String {
    row.map_or_else(String::new, |row| format!(" in row {row} of its batch"))
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

impl Failure {
    /// Whether the query was stopped, which is nobody's fault.
    pub fn is_stop(&self) -> bool {
        self.stop().is_some()
    }

    /// Why the query was stopped, if that is what happened.
    pub fn stop(&self) -> Option<Stopped> {
        match self {
            Self::Call(CallError::Stopped(stopped))
            | Self::Result(ReceiveError::Stopped(stopped)) => Some(*stopped),
            Self::Remote { stop, .. } => *stop,
            _ => None,
        }
    }

    /// Whether a limit was hit, which somebody can raise.
    pub fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::Call(CallError::Memory { .. } | CallError::Pool { .. } | CallError::Timeout(_))
                | Self::Remote { limit: true, .. }
        )
    }
}

impl From<FunctionError> for DataFusionError {
    fn from(error: FunctionError) -> Self {
        Self::External(Box::new(error))
    }
}
