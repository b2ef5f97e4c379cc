//! The geometric mean: an aggregate whose state is a product.

mod product;

use arrowbox_sdk::{Row, aggregate};

pub use product::Product;

/// What is known of the numbers of a group.
#[derive(Clone, Debug, Row)]
pub struct GeometricMean {
    /// The product of the positive numbers is this times two to the power of `exponent`.
    significand: f64,
    exponent: i64,
    positive: u64,
    /// Counted, since a product can not be divided by them again.
    zero: u64,
    /// As zeros: those that have no geometric mean.
    other: u64,
}

impl Default for GeometricMean {
    fn default() -> Self {
        let Product {
            significand,
            exponent,
        } = Product::ONE;
        Self {
            significand,
            exponent,
            positive: 0,
            zero: 0,
            other: 0,
        }
    }
}

/// The geometric mean: the n-th root of the product of n numbers.
///
/// Zero if one of them is zero; not a number if one is negative, infinite or not a number itself. Null if there
/// are none.
#[aggregate]
impl GeometricMean {
    /// Adds a number.
    pub fn update(&mut self, value: f64) {
        if value > 0.0 && value < f64::INFINITY {
            self.change(|product| product.multiply(value));
            self.positive += 1;
        } else if value == 0.0 {
            self.zero += 1;
        } else {
            self.other += 1;
        }
    }

    /// Takes a number out again.
    pub fn retract(&mut self, value: f64) {
        if value > 0.0 && value < f64::INFINITY {
            self.change(|product| product.divide(value));
            self.positive -= 1;
        } else if value == 0.0 {
            self.zero -= 1;
        } else {
            self.other -= 1;
        }
    }

    /// Adds the numbers of another state.
    pub fn merge(&mut self, other: Self) {
        self.change(|product| product.multiply_by(other.product()));
        self.positive += other.positive;
        self.zero += other.zero;
        self.other += other.other;
    }

    /// The mean of all.
    pub fn evaluate(&self) -> Option<f64> {
        if self.other > 0 {
            return Some(f64::NAN);
        }
        if self.zero > 0 {
            return Some(0.0);
        }
        (self.positive > 0).then(|| self.product().root(self.positive))
    }
}

impl GeometricMean {
    fn product(&self) -> Product {
        Product {
            significand: self.significand,
            exponent: self.exponent,
        }
    }

    #[inline]
    fn change(&mut self, change: impl FnOnce(&mut Product)) {
        let mut product = self.product();
        change(&mut product);
        (self.significand, self.exponent) = (product.significand, product.exponent);
    }
}

arrowbox_sdk::export!(GeometricMean);

#[cfg(test)]
mod tests;
