//! Products that neither overflow nor vanish.

/// Where a product's significand is brought back to the middle of what an `f64` can hold.
const LARGE: f64 = f64::from_bits((1023 + 512) << 52);
const SMALL: f64 = 1.0 / LARGE;

const SIGNIFICAND: u64 = (1 << 52) - 1;
const ONE: u64 = 1.0_f64.to_bits();

/// A product of positive numbers, of any size: `significand · 2^exponent`.
///
/// Each factor costs a multiplication and takes one rounding. The root of a product of n factors is so as
/// exact as one factor is, which sums of logarithms are not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Product {
    /// Positive and finite, and usually far from the ends of its range.
    pub significand: f64,
    /// Of two.
    pub exponent: i64,
}

impl Product {
    /// The product of nothing.
    pub const ONE: Self = Self {
        significand: 1.0,
        exponent: 0,
    };

    /// Multiplies by a positive finite number.
    #[inline]
    pub fn multiply(&mut self, factor: f64) {
        let (significand, exponent) = split(factor);
        self.significand *= significand;
        self.exponent += exponent;
        if self.significand > LARGE {
            self.normalise();
        }
    }

    /// Divides by a positive finite number.
    #[inline]
    pub fn divide(&mut self, factor: f64) {
        let (significand, exponent) = split(factor);
        self.significand /= significand;
        self.exponent -= exponent;
        if self.significand < SMALL {
            self.normalise();
        }
    }

    /// Multiplies by another product.
    pub fn multiply_by(&mut self, mut other: Self) {
        self.normalise();
        other.normalise();
        self.significand *= other.significand;
        self.exponent = self.exponent.saturating_add(other.exponent);
    }

    /// The number that, taken `n` times, gives this product. `n` is not zero.
    pub fn root(mut self, n: u64) -> f64 {
        self.normalise();
        // Whole powers of two are split off, which is exact; what is left for the logarithm is less than two.
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        let (whole, rest) = (self.exponent.div_euclid(n), self.exponent.rem_euclid(n));
        let power = (libm::log2(self.significand) + rest as f64) / n as f64;
        let whole = whole.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
        libm::scalbn(libm::exp2(power), whole)
    }

    /// Brings the significand between one and two.
    fn normalise(&mut self) {
        let (significand, exponent) = split(self.significand);
        self.significand = significand;
        self.exponent = self.exponent.saturating_add(exponent);
    }
}

/// A positive finite number as a significand from one to two and an exponent of two.
#[inline]
fn split(number: f64) -> (f64, i64) {
    let bits = number.to_bits();
    let exponent = (bits >> 52) as i64 - 1023;
    if exponent == -1023 {
        // Subnormal: 54 places up it is not.
        let bits = (number * f64::from_bits((1023 + 54) << 52)).to_bits();
        let exponent = (bits >> 52) as i64 - 1023 - 54;
        return (f64::from_bits(bits & SIGNIFICAND | ONE), exponent);
    }
    (f64::from_bits(bits & SIGNIFICAND | ONE), exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(factors: &[f64]) -> Product {
        let mut product = Product::ONE;
        for &factor in factors {
            product.multiply(factor);
        }
        product
    }

    #[test]
    fn numbers_are_split() {
        for (number, significand, exponent) in [
            (1.0, 1.0, 0),
            (0.75, 1.5, -1),
            (10.0, 1.25, 3),
            (f64::MAX, 2.0 - f64::EPSILON, 1023),
            (f64::MIN_POSITIVE, 1.0, -1022),
            (f64::MIN_POSITIVE * 0.75, 1.5, -1023),
            (f64::from_bits(1), 1.0, -1074),
            (f64::from_bits(3), 1.5, -1073),
        ] {
            assert_eq!(split(number), (significand, exponent), "{number}");
        }
    }

    #[test]
    fn roots_of_small_products_are_exact() {
        for (factors, root) in [
            (&[7.0][..], 7.0),
            (&[2.0, 8.0], 4.0),
            (&[1.0, 3.0, 9.0], 3.0),
            (&[4.0, 25.0], 10.0),
            (&[0.1, 10.0], 1.0),
            (&[f64::MAX, f64::MAX], f64::MAX),
            (&[f64::from_bits(1), f64::from_bits(1)], f64::from_bits(1)),
            (
                &[f64::from_bits(1), f64::MAX],
                libm::sqrt(f64::from_bits(1)) * libm::sqrt(f64::MAX),
            ),
        ] {
            let found = product(factors).root(factors.len() as u64);
            assert!((found / root - 1.0).abs() < 4e-16, "{factors:?}: {found}");
        }
    }

    #[test]
    fn many_factors_neither_overflow_nor_vanish() {
        for factor in [1e300, 1e-300, 1.999_999_999, 0.500_000_1, 5e-324] {
            let factors = vec![factor; 100_000];
            let whole = product(&factors);
            let found = whole.root(100_000);
            assert!((found / factor - 1.0).abs() < 1e-14, "{factor}: {found}");

            let mut rest = whole;
            for &factor in &factors[..99_999] {
                rest.divide(factor);
            }
            let found = rest.root(1);
            assert!((found / factor - 1.0).abs() < 1e-10, "{factor}: {found}");
        }
    }

    #[test]
    fn products_multiply() {
        let factors: Vec<f64> = (1..=1000).map(|n| f64::from(n) * 1e290).collect();
        let mut left = product(&factors[..333]);
        left.multiply_by(product(&factors[333..]));
        let (parts, whole) = (left.root(1000), product(&factors).root(1000));
        assert!((parts / whole - 1.0).abs() < 1e-14, "{parts} {whole}");
    }
}
