//! How the process ends, as a number. These are promises to scripts.

use std::error::Error;
use std::process::ExitCode;

use arrowbox_build::{BuildError, UnpackError};
use arrowbox_host::protocol::FailureKind;

use super::cluster::TooFew;
use super::sql::Interrupted;
use crate::causes::causes;
use crate::failure;

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
    7  the coordinator or the hosts can not be reached, or were lost
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
    /// The coordinator or the hosts can not be reached, or were lost.
    Cluster = 7,
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
        failure::kind_told(error)
            .map(Self::from)
            .or_else(|| causes(error).find_map(Self::of_one))
            .unwrap_or(Self::Failed)
    }

    fn of_one(error: &(dyn Error + 'static)) -> Option<Self> {
        if error.is::<BuildError>() {
            return Some(Self::Component);
        }
        if error.is::<TooFew>() {
            return Some(Self::Cluster);
        }
        if error.is::<UnpackError>() {
            return Some(Self::DataDir);
        }
        if error.is::<Interrupted>() {
            return Some(Self::Interrupted);
        }
        failure::kind_of_one(error).map(Self::from)
    }
}

impl From<FailureKind> for Exit {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Statement => Self::Failed,
            FailureKind::Function => Self::Function,
            FailureKind::Limit => Self::Limit,
            FailureKind::Component => Self::Component,
            FailureKind::DataDir => Self::DataDir,
            FailureKind::Cluster => Self::Cluster,
        }
    }
}
