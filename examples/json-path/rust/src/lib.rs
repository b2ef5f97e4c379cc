//! Values of JSON by JSONPath: a function with a parser in it, written as a type that keeps the last path.

mod path;
mod select;

use std::cell::RefCell;

use arrowbox_sdk::scalar;
use serde_json::Value;

pub use path::{Path, PathError};

/// What a path finds in JSON, as text.
///
/// A path that leads to one place gives the value there: text as it is, anything else as JSON. A path with
/// `*`, a slice or `..` gives an array of everything it finds. Null where there is nothing, or a JSON null.
///
/// ```text
/// $.store.books[0].title      the title of the first book
/// $.store.books[-1]['title']  that of the last
/// $.store.books[*].price      all prices
/// $.store.books[::2]          every second book
/// $..price                    everything named price, however deep
/// ```
#[derive(Default)]
pub struct JsonPath {
    /// Most calls have the path of the call before them.
    last: RefCell<Option<(String, Path)>>,
}

#[scalar]
impl JsonPath {
    /// Without a path yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value in `json` that `path` leads to.
    ///
    /// # Errors
    ///
    /// `json` is not JSON, or `path` is not a path.
    pub fn call(&self, json: &str, path: &str) -> Result<Option<String>, JsonPathError> {
        let mut last = self.last.borrow_mut();
        if last.as_ref().is_none_or(|(text, _)| text != path) {
            *last = Some((path.to_owned(), path.parse()?));
        }
        let json: Value = serde_json::from_str(json)?;
        Ok(last.as_ref().and_then(|(_, path)| text(path, &json)))
    }
}

fn text(path: &Path, json: &Value) -> Option<String> {
    let mut found = path.select(json);
    if !path.is_singular() {
        return match found.is_empty() {
            true => None,
            false => serde_json::to_string(&found).ok(),
        };
    }
    match found.pop()? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// What is wrong with an argument.
#[derive(Debug)]
pub enum JsonPathError {
    /// The path can not be read.
    Path(PathError),
    /// The JSON can not be read.
    Json(serde_json::Error),
}

impl std::fmt::Display for JsonPathError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Path(error) => error.fmt(f),
            Self::Json(error) => write!(f, "not JSON: {error}"),
        }
    }
}

impl std::error::Error for JsonPathError {}

impl From<PathError> for JsonPathError {
    fn from(error: PathError) -> Self {
        Self::Path(error)
    }
}

impl From<serde_json::Error> for JsonPathError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

arrowbox_sdk::export!(JsonPath);

#[cfg(test)]
mod tests;
