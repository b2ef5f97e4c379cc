use std::fmt;
use std::sync::Arc;

use arrowbox_host::{Function, Runtime};

use crate::catalog::{self, Entry, NewVersion};

/// A function that can be called.
#[derive(Clone)]
pub struct Known {
    /// What it is.
    pub definition: NewVersion,
    /// Its version in the catalogue; none if only this session knows it.
    pub version: Option<u32>,
    /// Whether its name is pinned to this version.
    pub pinned: bool,
    pub(super) runtime: Arc<Runtime>,
    /// Made when it is called for the first time.
    pub(super) function: Option<Function>,
}

impl Known {
    pub(super) fn of_session(definition: NewVersion, runtime: &Arc<Runtime>) -> Self {
        Self {
            definition,
            version: None,
            pinned: false,
            runtime: Arc::clone(runtime),
            function: None,
        }
    }

    pub(super) fn of_catalog(entry: Entry, runtime: &Arc<Runtime>) -> Self {
        Self {
            definition: entry.version.definition,
            version: Some(entry.version.number),
            pinned: entry.pinned,
            runtime: Arc::clone(runtime),
            function: None,
        }
    }

    /// As it is called in SQL.
    pub fn name(&self) -> &str {
        &self.definition.binding.name
    }

    /// Whether the other is the same version of the same function.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.version == other.version && self.definition == other.definition
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known")
            .field("definition", &self.definition)
            .field("version", &self.version)
            .field("pinned", &self.pinned)
            .finish_non_exhaustive()
    }
}

/// What became of a function that was made known. Its text says so to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedFunction {
    /// As it is called in SQL.
    pub name: String,
    /// Its version in the catalogue; none if only this session knows it.
    pub version: Option<u32>,
    /// What happened.
    pub outcome: Outcome,
}

/// What happened to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It stood for nothing before.
    Created,
    /// It stands for something else.
    Replaced,
    /// It stands for what it stood for.
    Kept,
}

impl AddedFunction {
    pub(super) fn of_session(name: String, outcome: Outcome) -> Self {
        Self {
            name,
            version: None,
            outcome,
        }
    }

    pub(super) fn of_catalog(name: String, added: &catalog::Added) -> Self {
        Self {
            name,
            version: Some(added.version().number),
            outcome: match added {
                catalog::Added::Created(_) => Outcome::Created,
                catalog::Added::Replaced(_) => Outcome::Replaced,
                catalog::Added::Kept(_) => Outcome::Kept,
            },
        }
    }
}

impl fmt::Display for AddedFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome {
            Outcome::Created => "created",
            Outcome::Replaced => "replaced",
            Outcome::Kept => "kept",
        };
        write!(f, "{outcome} function `{}`", self.name)?;
        match self.version {
            Some(version) => write!(f, " (version {version})"),
            None => f.write_str(" for this session"),
        }
    }
}
