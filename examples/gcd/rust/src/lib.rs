//! The greatest common divisor: the smallest function that is worth a sandbox.

use arrowbox_sdk::scalar;

/// The greatest common divisor of two numbers, by Euclid.
///
/// It is not negative, but where it would be 2⁶³: that wraps around.
#[scalar]
pub fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a as i64
}

arrowbox_sdk::export!(gcd);

#[cfg(test)]
mod tests {
    use super::gcd;

    #[test]
    fn divisors() {
        for (a, b, expected) in [
            (12, 18, 6),
            (18, 12, 6),
            (7, 13, 1),
            (0, 5, 5),
            (0, 0, 0),
            (-12, 18, 6),
            (-12, -18, 6),
            (i64::MAX, i64::MAX, i64::MAX),
            (i64::MIN, 2, 2),
            (i64::MIN, i64::MIN, i64::MIN),
        ] {
            assert_eq!(gcd(a, b), expected, "gcd({a}, {b})");
        }
    }
}
