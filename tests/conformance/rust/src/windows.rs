//! Windows.

use arrowbox_sdk::array::{Array, Int64Array};
use arrowbox_sdk::window;

use crate::aggregates::refuse;

/// The sum so far.
#[derive(Clone, Default)]
pub struct RunningTotal {
    sum: i64,
}

/// The sum of a partition up to each row; null where the value is. Refuses 666.
#[window]
impl RunningTotal {
    fn next(&mut self, value: i64) -> Result<i64, String> {
        refuse(value)?;
        self.sum += value;
        Ok(self.sum)
    }
}

/// How much each value of a partition is above the least.
#[window]
pub fn above_least(values: &Int64Array) -> Int64Array {
    let least = values.iter().flatten().min().unwrap_or(0);
    debug_assert!(values.len() >= values.null_count());
    values.unary(|value| value - least)
}
