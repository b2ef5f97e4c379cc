//! Window functions.

use arrowbox_sdk::array::Float64Array;
use arrowbox_sdk::window;

/// Each value of a partition less their mean: a function of the whole partition.
#[window]
pub fn centered(values: &Float64Array) -> Float64Array {
    let valid: Vec<f64> = values.iter().flatten().collect();
    let mean = valid.iter().sum::<f64>() / valid.len().max(1) as f64;
    values.iter().map(|value| Some(value? - mean)).collect()
}

/// The value before.
#[derive(Clone, Default)]
pub struct Previous {
    text: Option<String>,
}

/// The text of the row before; null in the first row: a function that goes from row to row.
#[window]
impl Previous {
    fn next(&mut self, text: Option<&str>) -> Option<String> {
        std::mem::replace(&mut self.text, text.map(str::to_owned))
    }
}

/// The sum so far.
#[derive(Clone, Default)]
pub struct SoFar {
    sum: i64,
}

/// The sum of a partition so far. Fails for a negative number.
#[window]
impl SoFar {
    fn next(&mut self, value: Option<i64>) -> Result<i64, String> {
        let value = value.unwrap_or(0);
        if value < 0 {
            return Err(format!("{value} is negative"));
        }
        self.sum += value;
        Ok(self.sum)
    }
}
