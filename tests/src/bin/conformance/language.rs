//! The languages, and how each names a place in its sources.

use std::path::PathBuf;
use std::str::FromStr;

/// The language that others are compared with.
pub(crate) const REFERENCE: &str = "rust";

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Language {
    /// As its folder in `tests/conformance` is called.
    pub(crate) name: &'static str,
    /// The source of the functions that fail.
    pub(crate) failures: &'static str,
}

/// In the order of the grid.
pub(crate) const LANGUAGES: [Language; 5] = [
    Language {
        name: REFERENCE,
        failures: "failures.rs",
    },
    Language {
        name: "python",
        failures: "failures.py",
    },
    Language {
        name: "js",
        failures: "failures.ts",
    },
    Language {
        name: "c",
        failures: "failures.c",
    },
    Language {
        name: "go",
        failures: "failures.go",
    },
];

impl Language {
    pub(crate) fn of(name: &str) -> Option<Self> {
        LANGUAGES.into_iter().find(|language| language.name == name)
    }

    /// Whether a message names a line of the source of the functions that fail.
    pub(crate) fn located(self, message: &str) -> bool {
        message.match_indices(self.failures).any(|(at, file)| {
            let mut behind = message[at + file.len()..].chars();
            behind.next() == Some(':') && behind.next().is_some_and(|c| c.is_ascii_digit())
        })
    }
}

/// A component of the reference functions in a language.
#[derive(Debug, Clone)]
pub(crate) struct Component {
    pub(crate) language: Language,
    pub(crate) path: PathBuf,
}

impl FromStr for Component {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').ok_or("LANGUAGE=FILE is wanted")?;
        let language = Language::of(name).ok_or_else(|| {
            format!(
                "there are {}",
                LANGUAGES.map(|language| language.name).join(", ")
            )
        })?;
        Ok(Self {
            language,
            path: path.into(),
        })
    }
}
