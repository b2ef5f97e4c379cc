//! An error on its way to another machine.

use serde::{Deserialize, Serialize};

/// An error, with all that whoever handles it there looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireFailure {
    text: String,
}
