//! Centroids of numbers, from which quantiles are told nearly, in bounded memory.
//!
//! This is the merging t-digest of T. Dunning and O. Ertl, Computing Extremely Accurate Quantiles Using
//! t-Digests (arXiv:1902.04023, 2019), with its scale function k₁: centroids near the ends stand for few numbers
//! and those in the middle for many, so that extreme quantiles are the most exact ones.

/// How many centroids there can be: two neighbours are together larger than one step of k₁(q) =
/// δ/2π · asin(2q − 1), and there are δ/2 steps. δ, the compression, is 100.
pub const CENTROIDS: usize = 101;

/// The sine and the cosine of 2π/δ, the angle of one step.
const SINE: f64 = 0.062_790_519_529_313_37;
const COSINE: f64 = 0.998_026_728_428_271_6;

/// Centroids in the order of their means: the mean of some numbers, and how many they are.
#[derive(Clone, Copy, Debug)]
pub struct Centroids<'a> {
    means: &'a [f64],
    weights: &'a [f64],
}

impl<'a> Centroids<'a> {
    /// Of as many means as weights, the means in order.
    pub fn new(means: &'a [f64], weights: &'a [f64]) -> Self {
        debug_assert_eq!(means.len(), weights.len());
        debug_assert!(means.is_sorted());
        Self { means, weights }
    }

    /// How many numbers they stand for.
    pub fn weight(self) -> f64 {
        self.weights.iter().sum()
    }

    /// The number below which the part `q` of all numbers lies. `q` is from zero to one, and `range` has the
    /// smallest and the largest number.
    ///
    /// The mean of a centroid is taken for what has the middle one of its ranks, and ranks between are
    /// interpolated. Where every centroid is one number this is the continuous percentile of SQL.
    pub fn quantile(self, q: f64, range: (f64, f64)) -> f64 {
        let (min, max) = range;
        let last_rank = self.weight() - 1.0;
        let rank = q * last_rank;
        let mut left = (0.0, min);
        let mut before = 0.0;
        for (&mean, &weight) in self.means.iter().zip(self.weights) {
            let middle = before + (weight - 1.0) / 2.0;
            if rank < middle {
                return between(rank, left, (middle, mean)).max(min).min(max);
            }
            left = (middle, mean);
            before += weight;
        }
        match rank < last_rank {
            true => between(rank, left, (last_rank, max)).max(min).min(max),
            false => max,
        }
    }
}

/// What has a rank from that of `left` to that of `right`, which are a rank and a number each.
fn between(rank: f64, left: (f64, f64), right: (f64, f64)) -> f64 {
    let part = (rank - left.0) / (right.0 - left.0);
    let moved = left.1 + (right.1 - left.1) * part;
    match moved.is_finite() {
        true => moved,
        // They are so far apart that their difference is too large.
        false => left.1 * (1.0 - part) + right.1 * part,
    }
}

/// At most [`CENTROIDS`] centroids that stand for more.
#[derive(Clone, Debug)]
pub struct Digest {
    means: [f64; CENTROIDS],
    weights: [f64; CENTROIDS],
    length: usize,
}

impl Digest {
    /// Merges two lists of centroids.
    pub fn merge(left: Centroids<'_>, right: Centroids<'_>) -> Self {
        let mut digest = Self {
            means: [0.0; CENTROIDS],
            weights: [0.0; CENTROIDS],
            length: 0,
        };
        let total = left.weight() + right.weight();
        let mut open = Open::default();
        // The weight of the centroids that are closed, and up to where the open one can grow.
        let (mut closed, mut limit) = (0.0, total * step(0.0));
        let (mut i, mut j) = (0, 0);
        while i < left.means.len() || j < right.means.len() {
            let is_left = match (left.means.get(i), right.means.get(j)) {
                (Some(left), Some(right)) => left <= right,
                (left, _) => left.is_some(),
            };
            let (mean, weight) = if is_left {
                i += 1;
                (left.means[i - 1], left.weights[i - 1])
            } else {
                j += 1;
                (right.means[j - 1], right.weights[j - 1])
            };
            if open.weight > 0.0 && closed + open.weight + weight > limit && digest.has_room() {
                closed += open.weight;
                limit = total * step(closed / total);
                digest.push(&open);
                open = Open::default();
            }
            open.add(mean, weight);
        }
        if open.weight > 0.0 {
            digest.push(&open);
        }
        digest
    }

    /// The means, in order.
    pub fn means(&self) -> &[f64] {
        &self.means[..self.length]
    }

    /// How many numbers each centroid stands for.
    pub fn weights(&self) -> &[f64] {
        &self.weights[..self.length]
    }

    /// All of it.
    pub fn centroids(&self) -> Centroids<'_> {
        Centroids::new(self.means(), self.weights())
    }

    /// Whether there is room for another centroid behind the next.
    fn has_room(&self) -> bool {
        self.length + 1 < CENTROIDS
    }

    fn push(&mut self, open: &Open) {
        self.means[self.length] = open.mean();
        self.weights[self.length] = open.weight;
        self.length += 1;
    }
}

/// How far a centroid that begins at the quantile `q` can reach: one step of k₁ on. The theorem of addition
/// takes the place of the sine of an arc sine.
fn step(q: f64) -> f64 {
    let sine = 2.0 * q - 1.0;
    match sine < COSINE {
        true => (sine * COSINE + (1.0 - sine * sine).sqrt() * SINE + 1.0) / 2.0,
        false => 1.0,
    }
}

/// A centroid that grows.
#[derive(Default)]
struct Open {
    first: f64,
    last: f64,
    /// The sum of all differences to the first number, so that equal numbers have themselves as mean.
    rest: f64,
    weight: f64,
}

impl Open {
    #[inline]
    fn add(&mut self, mean: f64, weight: f64) {
        if self.weight == 0.0 {
            self.first = mean;
        }
        self.rest += (mean - self.first) * weight;
        self.weight += weight;
        self.last = mean;
    }

    fn mean(&self) -> f64 {
        let mean = self.first + self.rest / self.weight;
        match mean.is_finite() {
            true => mean.max(self.first).min(self.last),
            // The differences are too large.
            false => self.first / 2.0 + self.last / 2.0,
        }
    }
}

#[cfg(test)]
mod tests;
