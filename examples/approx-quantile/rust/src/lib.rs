//! Quantiles, nearly: an aggregate whose state has lists in it.

mod digest;

use std::cmp::Ordering;

use arrowbox_sdk::{Error, Row, aggregate};

pub use digest::{CENTROIDS, Centroids, Digest};

/// Means that a state keeps at most. Those that are not yet in centroids are sorted and merged when there is no
/// room for another.
const CAPACITY: usize = 512;

/// What numbers that are in no centroid weigh.
const ONES: [f64; CAPACITY] = [1.0; CAPACITY];

/// What is known of the numbers of a group.
#[derive(Clone, Debug, Row)]
pub struct ApproxQuantile {
    /// The means of centroids in order, and behind them numbers that are in none.
    means: Vec<f64>,
    /// How many numbers each centroid stands for.
    weights: Vec<f64>,
    /// The smallest number; infinite if there are none.
    min: f64,
    /// The largest number; infinite, too, if there are none.
    max: f64,
    /// Which quantile is wanted. The first row says it.
    q: Option<f64>,
}

impl Default for ApproxQuantile {
    fn default() -> Self {
        Self {
            means: Vec::new(),
            weights: Vec::new(),
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            q: None,
        }
    }
}

/// The number below which the part `q` of all numbers lies, nearly.
///
/// `q` is from 0 to 1 and the same for all rows: 0.5 for the median. The rank of the result is wrong by less than
/// one part in a hundred, near the smallest and the largest numbers by much less. Of fewer than 512 numbers it is
/// exact, as `percentile_cont` is. Null if there are no numbers; numbers have to be finite.
#[aggregate]
impl ApproxQuantile {
    /// Adds a number.
    ///
    /// # Errors
    ///
    /// The number is not finite, or `q` is not from 0 to 1 or not that of the rows before.
    pub fn update(&mut self, value: f64, q: f64) -> Result<(), Error> {
        if self.q != Some(q) {
            self.want(q)?;
        }
        if !value.is_finite() {
            return Err(Error::new(format_args!(
                "{value} has no place among the numbers: leave it out with FILTER (WHERE …)"
            )));
        }
        self.add(value);
        Ok(())
    }

    /// Adds the numbers of another state.
    ///
    /// # Errors
    ///
    /// The other is none that this function makes, or of another quantile.
    pub fn merge(&mut self, mut other: Self) -> Result<(), Error> {
        other.check()?;
        let Some(q) = other.q else {
            return Ok(());
        };
        if self.q != Some(q) {
            self.want(q)?;
        }
        if self.means.is_empty() {
            *self = other;
        } else if other.weights.is_empty() {
            other.means.iter().for_each(|&number| self.add(number));
        } else {
            self.compress();
            other.compress();
            self.keep(&Digest::merge(self.centroids(), other.centroids()));
            self.min = self.min.min(other.min);
            self.max = self.max.max(other.max);
        }
        Ok(())
    }

    /// The quantile of all.
    pub fn evaluate(&self) -> Option<f64> {
        let (q, range) = (self.q?, (self.min, self.max));
        if self.means.len() == self.weights.len() {
            return Some(self.centroids().quantile(q, range));
        }
        let mut pending = self.means[self.weights.len()..].to_vec();
        sort(&mut pending);
        let pending = Centroids::new(&pending, &ONES[..pending.len()]);
        Some(match self.weights.is_empty() {
            true => pending.quantile(q, range),
            false => Digest::merge(self.centroids(), pending)
                .centroids()
                .quantile(q, range),
        })
    }
}

impl ApproxQuantile {
    /// Without those numbers that are in none.
    fn centroids(&self) -> Centroids<'_> {
        Centroids::new(&self.means[..self.weights.len()], &self.weights)
    }

    #[cold]
    fn want(&mut self, q: f64) -> Result<(), Error> {
        if !(0.0..=1.0).contains(&q) {
            return Err(Error::new(format_args!(
                "{q} is no quantile: it is a number from 0 to 1"
            )));
        }
        match self.q.replace(q) {
            None => Ok(()),
            Some(before) => Err(Error::new(format_args!(
                "the quantile is {before} in one row and {q} in another: it has to be the same for all rows"
            ))),
        }
    }

    #[inline]
    fn add(&mut self, number: f64) {
        if number < self.min {
            self.min = number;
        }
        if number > self.max {
            self.max = number;
        }
        self.means.push(number);
        if self.means.len() == CAPACITY {
            self.compress();
        }
    }

    /// Merges all numbers into centroids.
    fn compress(&mut self) {
        if self.means.len() == self.weights.len() {
            return;
        }
        let (means, pending) = self.means.split_at_mut(self.weights.len());
        sort(pending);
        let pending = Centroids::new(pending, &ONES[..pending.len()]);
        let digest = Digest::merge(Centroids::new(means, &self.weights), pending);
        self.keep(&digest);
    }

    fn keep(&mut self, digest: &Digest) {
        self.means.clear();
        self.means.extend_from_slice(digest.means());
        self.weights.clear();
        self.weights.extend_from_slice(digest.weights());
    }

    /// A state comes from elsewhere.
    fn check(&self) -> Result<(), Error> {
        let (means, weights) = (&self.means, &self.weights);
        let is_centroids = weights.len() <= CENTROIDS.min(means.len())
            && means[..weights.len()].is_sorted()
            && weights
                .iter()
                .all(|weight| weight.is_finite() && *weight >= 1.0);
        let is_range = means
            .iter()
            .all(|mean| (self.min..=self.max).contains(mean))
            && (means.is_empty() || self.min.is_finite() && self.max.is_finite());
        if is_centroids
            && is_range
            && means.len() < CAPACITY
            && means.is_empty() == self.q.is_none()
        {
            return Ok(());
        }
        Err(Error::new(
            "the state of approx_quantile is none that it makes: sorted means, with weights, within a range",
        ))
    }
}

/// Finite numbers, which have an order.
fn sort(numbers: &mut [f64]) {
    numbers.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
}

arrowbox_sdk::export!(ApproxQuantile);

#[cfg(test)]
mod tests;
