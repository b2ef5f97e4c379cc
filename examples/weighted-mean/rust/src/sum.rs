//! Sums with twice the digits of a number.

/// A sum of finite numbers, with what rounding took from it.
///
/// What is added and then subtracted leaves next to nothing behind, so that a frame can slide over numbers of
/// very different sizes. After D. E. Knuth, The Art of Computer Programming 2, section 4.2.2.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    /// The sum as it is rounded at each step.
    pub rounded: f64,
    /// What is missing.
    pub rest: f64,
}

impl Sum {
    /// Adds a number; a negative one is subtracted.
    #[inline]
    pub fn add(&mut self, number: f64) {
        let sum = self.rounded + number;
        // What of the sum came from the number, and what was lost of each.
        let taken = sum - self.rounded;
        self.rest += (self.rounded - (sum - taken)) + (number - taken);
        self.rounded = sum;
    }

    /// Adds another sum.
    #[inline]
    pub fn add_all(&mut self, other: Self) {
        self.add(other.rounded);
        self.rest += other.rest;
    }

    /// All of it, rounded once.
    #[inline]
    pub fn value(self) -> f64 {
        self.rounded + self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(numbers: &[f64]) -> Sum {
        let mut sum = Sum::default();
        numbers.iter().for_each(|&number| sum.add(number));
        sum
    }

    #[test]
    fn small_numbers_survive_large_ones() {
        for (numbers, expected) in [
            (&[][..], 0.0),
            (&[1.5], 1.5),
            (&[1e16, 1.0, -1e16], 1.0),
            (&[1.0, 1e100, 1.0, -1e100], 2.0),
            (&[0.1; 10], 1.0),
        ] {
            assert_eq!(sum(numbers).value(), expected, "{numbers:?}");
        }
    }

    #[test]
    fn what_is_subtracted_is_gone() {
        let numbers = [1e-9, 3e17, 0.1, -2.5e8, 7.0, 1e17 / 3.0];
        let mut all = sum(&numbers);
        numbers.iter().for_each(|&number| all.add(-number));
        assert!(all.value().abs() < 1e-14, "{all:?}");
    }

    #[test]
    fn sums_add_up() {
        let mut left = sum(&[1e16, 1.0]);
        left.add_all(sum(&[1.0, -1e16]));
        assert_eq!(left.value(), 2.0);
    }
}
