//! `--grant now=clock`

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use arrowbox_host::{Grant, GrantError};

use crate::session::FunctionOptions;

/// A grant for one function of a component, or for all.
#[derive(Debug, Clone)]
pub(super) struct GrantFlag {
    function: Option<String>,
    grant: Grant,
}

impl FromStr for GrantFlag {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        // A grant can have an equals sign in it (`dir /a=b`), a function's name can have no space.
        match text.split_once('=') {
            Some((function, grant)) if !function.contains(char::is_whitespace) => Ok(Self {
                function: Some(function.to_owned()),
                grant: grant.parse()?,
            }),
            _ => Ok(Self {
                function: None,
                grant: text.parse()?,
            }),
        }
    }
}

/// What is granted to every function.
pub(super) fn for_all(flags: &[GrantFlag]) -> FunctionOptions {
    let mut options = FunctionOptions::default();
    for flag in flags.iter().filter(|flag| flag.function.is_none()) {
        options.grants.insert(flag.grant.clone());
    }
    options
}

/// What is granted to single functions.
pub(super) fn by_function(flags: &[GrantFlag]) -> BTreeMap<String, FunctionOptions> {
    let mut functions: BTreeMap<String, FunctionOptions> = BTreeMap::new();
    for flag in flags {
        if let Some(function) = &flag.function {
            functions
                .entry(function.clone())
                .or_default()
                .grants
                .insert(flag.grant.clone());
        }
    }
    functions
}

/// A grant for nobody.
#[derive(Debug, thiserror::Error)]
#[error("`--grant {function}={grant}`: no component given here has a function `{function}`")]
pub(super) struct NoGrantee {
    function: String,
    grant: Grant,
}

/// Whether every function that something is granted to is among `functions`.
pub(super) fn check(flags: &[GrantFlag], functions: &BTreeSet<String>) -> Result<(), NoGrantee> {
    for flag in flags {
        if let Some(function) = flag
            .function
            .as_ref()
            .filter(|function| !functions.contains(*function))
        {
            return Err(NoGrantee {
                function: function.clone(),
                grant: flag.grant.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_sorted_by_function() {
        let flags: Vec<GrantFlag> = ["now=clock", "random", "now=random", "dir /a=b"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        assert_eq!(for_all(&flags).grants.to_string(), "random, dir /a=b");
        assert_eq!(
            by_function(&flags)["now"].grants.to_string(),
            "clock, random"
        );
        assert!("now=everything".parse::<GrantFlag>().is_err());
    }
}
