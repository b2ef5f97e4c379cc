//! How the process ends, as a number. These are promises to scripts.

use std::error::Error;
use std::process::ExitCode;

use arrowbox_build::BuildError;
use arrowbox_host::{ComponentError, FunctionError, Refusal, StoreError};
use datafusion::error::DataFusionError;

use super::causes::causes;
use super::new::UnpackError;
use super::sql::Interrupted;
use crate::catalog::CatalogError;
use crate::data_dir::DataDirError;
use crate::session::QueryError;

/// For `arrowbox --help`.
pub(super) const HELP: &str = "\
Examples:
  arrowbox new my-functions && arrowbox build my-functions
  arrowbox functions add my-functions/target/components/my-functions.wasm
  arrowbox sql --table t=data.parquet \"SELECT * FROM t LIMIT 10\"

Exit codes:
    0  done
    1  the statement, its data or a file is wrong; `test --expect` found a difference
    2  the command line is wrong
    3  a function failed: it returned an error, trapped, or broke its contract
    4  a limit was reached: of time or memory, of a function or of the query
    5  a component was refused, or did not build
    6  the data directory can not be used
  130  interrupted (Ctrl-C)
";

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what it was told.
    Done = 0,
    /// The statement, its data or a file is wrong.
    Failed = 1,
    /// A function failed.
    Function = 3,
    /// A limit was reached.
    Limit = 4,
    /// A component was refused, or did not build.
    Component = 5,
    /// The data directory can not be used.
    DataDir = 6,
    /// The user interrupted it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// What an error means, by the first of its causes that tells.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        causes(error).find_map(Self::of_one).unwrap_or(Self::Failed)
    }

    fn of_one(error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(function) = error.downcast_ref::<FunctionError>() {
            let limit = function.cause.is_limit() || function.cause.is_stop();
            return Some(if limit { Self::Limit } else { Self::Function });
        }
        if let Some(QueryError::TimedOut { .. }) = error.downcast_ref() {
            return Some(Self::Limit);
        }
        if let Some(DataFusionError::ResourcesExhausted(_)) = error.downcast_ref() {
            return Some(Self::Limit);
        }
        if let Some(catalog) = error.downcast_ref::<CatalogError>() {
            return Some(match catalog {
                CatalogError::NotFound { .. }
                | CatalogError::NoVersion { .. }
                | CatalogError::NoEarlierVersion { .. }
                | CatalogError::Exists { .. }
                | CatalogError::Pinned { .. } => Self::Failed,
                _ => Self::DataDir,
            });
        }
        let component =
            error.is::<ComponentError>() || error.is::<Refusal>() || error.is::<BuildError>();
        if component {
            return Some(Self::Component);
        }
        if error.is::<DataDirError>() || error.is::<StoreError>() || error.is::<UnpackError>() {
            return Some(Self::DataDir);
        }
        error.is::<Interrupted>().then_some(Self::Interrupted)
    }
}
