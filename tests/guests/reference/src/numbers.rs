use arrowbox_sdk::scalar;

/// One more, and the least number after the greatest.
#[scalar]
pub fn add_one(x: i64) -> i64 {
    x.wrapping_add(1)
}

/// The greatest common divisor, by Euclid. It is not negative, but where it would be 2⁶³: that wraps around.
#[scalar]
pub fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a as i64
}

/// The distance between two places on a sphere of the mean radius of the Earth, in kilometres.
///
/// Latitudes and longitudes are in degrees. After R. W. Sinnott, Virtues of the Haversine, Sky and
/// Telescope 68 (1984).
#[scalar]
pub fn haversine(lat1: f64, lon1: f64, lat2: f64, lon2: f64) -> f64 {
    const RADIUS: f64 = 6371.0088;
    let (phi1, phi2) = (lat1.to_radians(), lat2.to_radians());
    let half_phi = libm::sin((phi2 - phi1) / 2.0);
    let half_lambda = libm::sin((lon2 - lon1).to_radians() / 2.0);
    let h = half_phi * half_phi + libm::cos(phi1) * libm::cos(phi2) * half_lambda * half_lambda;
    let h = h.clamp(0.0, 1.0);
    // The arc sine would do, but `libm` takes its square root in software where the target is Wasm.
    2.0 * RADIUS * libm::atan2(h.sqrt(), (1.0 - h).sqrt())
}

/// How many steps it takes to reach one by halving even numbers and taking `3n + 1` of odd ones. Zero for
/// numbers below one.
#[scalar]
pub fn collatz(n: i64) -> i64 {
    let mut n = n.max(1) as u64;
    let mut steps = 0;
    while n != 1 {
        n = if n.is_multiple_of(2) {
            n / 2
        } else {
            n.wrapping_mul(3).wrapping_add(1)
        };
        steps += 1;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisors() {
        for (a, b, expected) in [
            (12, 18, 6),
            (0, 5, 5),
            (5, 0, 5),
            (7, 13, 1),
            (i64::MIN, -1, 1),
            (-12, -18, 6),
        ] {
            assert_eq!(gcd(a, b), expected, "gcd({a}, {b})");
        }
        assert_eq!(add_one(i64::MAX), i64::MIN);
    }

    #[test]
    fn distances() {
        let quarter = 6371.0088 * std::f64::consts::FRAC_PI_2;
        assert!((haversine(0.0, 0.0, 90.0, 0.0) - quarter).abs() < 1e-9);
        assert!((haversine(0.0, 0.0, 0.0, 180.0) - 2.0 * quarter).abs() < 1e-9);
        assert_eq!(haversine(47.4, 8.5, 47.4, 8.5), 0.0);
    }

    #[test]
    fn steps() {
        for (n, expected) in [(1, 0), (2, 1), (6, 8), (27, 111), (0, 0), (-5, 0)] {
            assert_eq!(collatz(n), expected, "collatz({n})");
        }
    }
}
