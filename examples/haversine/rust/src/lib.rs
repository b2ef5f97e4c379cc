//! Distances on a sphere. The functions of `libm` are compiled into the component, so that every host gives
//! the same digits.

use arrowbox_sdk::scalar;

/// The mean radius of the Earth (IUGG), in kilometres.
const RADIUS: f64 = 6371.0088;

/// The distance between two places on Earth, in kilometres.
///
/// Latitudes and longitudes are in degrees. The Earth is taken for a sphere, which is wrong by up to 0.5 %.
/// After R. W. Sinnott, Virtues of the Haversine, Sky and Telescope 68 (1984).
#[scalar]
pub fn haversine(lat1: f64, lon1: f64, lat2: f64, lon2: f64) -> f64 {
    let (phi1, phi2) = (lat1.to_radians(), lat2.to_radians());
    let half_phi = libm::sin((phi2 - phi1) / 2.0);
    let half_lambda = libm::sin((lon2 - lon1).to_radians() / 2.0);
    let h = half_phi * half_phi + libm::cos(phi1) * libm::cos(phi2) * half_lambda * half_lambda;
    // Rounding can take the haversine of opposite places above one.
    let h = h.clamp(0.0, 1.0);
    // The arc sine would do, but `libm` takes its square root in software where the target is Wasm.
    2.0 * RADIUS * libm::atan2(h.sqrt(), (1.0 - h).sqrt())
}

arrowbox_sdk::export!(haversine);

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: f64 = RADIUS * std::f64::consts::FRAC_PI_2;

    #[test]
    fn known_distances() {
        for (from, to, expected) in [
            ((0.0, 0.0), (90.0, 0.0), QUARTER),
            ((0.0, 0.0), (0.0, 180.0), 2.0 * QUARTER),
            ((90.0, 0.0), (-90.0, 77.0), 2.0 * QUARTER),
            ((0.0, 0.0), (0.0, -90.0), QUARTER),
            ((47.3769, 8.5417), (47.3769, 8.5417), 0.0),
            // Zürich to New York.
            ((47.3769, 8.5417), (40.7128, -74.006), 6324.4),
        ] {
            let distance = haversine(from.0, from.1, to.0, to.1);
            assert!(
                (distance - expected).abs() < 1.0,
                "{from:?} {to:?}: {distance}"
            );
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        assert!(haversine(f64::NAN, 0.0, 0.0, 0.0).is_nan());
    }
}
