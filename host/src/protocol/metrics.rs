//! What a plan's node measured, on its way to the coordinator.

use serde::{Deserialize, Serialize};

/// The metrics of one node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WireMetrics {}
