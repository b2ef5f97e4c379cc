//! Smoothed series: a window function that goes from row to row.

use arrowbox_sdk::{Error, window};

/// The average of a partition so far.
#[derive(Clone, Debug, Default)]
pub struct Ewma {
    mean: Option<f64>,
}

/// The exponentially weighted moving average: each value counts `1 - alpha` times as much as the one after it.
///
/// `alpha` is above 0 and not above 1. The average begins with the first value; where a value is null it stays as
/// it is. Null before the first value.
#[window]
impl Ewma {
    /// The average up to this row.
    ///
    /// # Errors
    ///
    /// `alpha` is not above 0 and up to 1.
    pub fn next(&mut self, value: Option<f64>, alpha: f64) -> Result<Option<f64>, Error> {
        if !(alpha > 0.0 && alpha <= 1.0) {
            return Err(Error::new(format_args!(
                "alpha is {alpha}: it has to be above 0 and not above 1"
            )));
        }
        self.mean = match (self.mean, value) {
            (Some(mean), Some(value)) => Some(alpha * value + (1.0 - alpha) * mean),
            (mean, value) => mean.or(value),
        };
        Ok(self.mean)
    }
}

arrowbox_sdk::export!(Ewma);

#[cfg(test)]
mod tests;
