//! The mean of weighted numbers: an aggregate of two arguments, which says no to some of them.

mod sum;

use arrowbox_sdk::{Error, Row, aggregate};

pub use sum::Sum;

/// What is known of the numbers of a group.
#[derive(Clone, Debug, Default, Row)]
pub struct WeightedMean {
    /// The sum of the products of numbers and weights, and what rounding took from it.
    products: f64,
    products_rest: f64,
    /// The sum of the weights, and what rounding took from it.
    weights: f64,
    weights_rest: f64,
    /// How many rows have a weight.
    rows: u64,
    /// How many rows can not be summed up. They are counted, so that they can leave again.
    other: u64,
}

/// The mean of numbers, each of which counts as much as its weight.
///
/// Not a number if a number or a weight is infinite or not a number. Null where all weights together are zero. A
/// negative weight is an error.
#[aggregate]
impl WeightedMean {
    /// Adds a number.
    ///
    /// # Errors
    ///
    /// The weight is negative.
    pub fn update(&mut self, value: f64, weight: f64) -> Result<(), Error> {
        if weight < 0.0 {
            return Err(Error::new(format_args!(
                "the weight {weight} is negative: weights are numbers from zero on"
            )));
        }
        let product = value * weight;
        if !product.is_finite() {
            self.other += 1;
        } else if weight > 0.0 {
            self.change(|products, weights| {
                products.add(product);
                weights.add(weight);
            });
            self.rows += 1;
        }
        Ok(())
    }

    /// Takes a number out again.
    pub fn retract(&mut self, value: f64, weight: f64) {
        let product = value * weight;
        if !product.is_finite() {
            self.other -= 1;
        } else if weight > 0.0 {
            self.change(|products, weights| {
                products.add(-product);
                weights.add(-weight);
            });
            self.rows -= 1;
        }
    }

    /// Adds the numbers of another state.
    pub fn merge(&mut self, other: Self) {
        let (other_products, other_weights) = other.sums();
        self.change(|products, weights| {
            products.add_all(other_products);
            weights.add_all(other_weights);
        });
        self.rows += other.rows;
        self.other += other.other;
    }

    /// The mean of all.
    pub fn evaluate(&self) -> Option<f64> {
        if self.other > 0 {
            return Some(f64::NAN);
        }
        let (products, weights) = self.sums();
        (self.rows > 0).then(|| products.value() / weights.value())
    }
}

impl WeightedMean {
    fn sums(&self) -> (Sum, Sum) {
        let products = Sum {
            rounded: self.products,
            rest: self.products_rest,
        };
        let weights = Sum {
            rounded: self.weights,
            rest: self.weights_rest,
        };
        (products, weights)
    }

    #[inline]
    fn change(&mut self, change: impl FnOnce(&mut Sum, &mut Sum)) {
        let (mut products, mut weights) = self.sums();
        change(&mut products, &mut weights);
        (self.products, self.products_rest) = (products.rounded, products.rest);
        (self.weights, self.weights_rest) = (weights.rounded, weights.rest);
    }
}

arrowbox_sdk::export!(WeightedMean);

#[cfg(test)]
mod tests;
