//! Lines by ordinary least squares.

/// How many sums are kept side by side: as many as the vectors of WebAssembly have room for.
const LANES: usize = 2;

/// The line with the smallest sum of squared vertical distances to some points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// How much `y` grows with one of `x`.
    pub slope: f64,
    /// `y` where `x` is zero.
    pub intercept: f64,
    /// Which part of the variance of `y` the line explains, from zero to one; none where `y` has none.
    pub r2: Option<f64>,
}

impl Line {
    /// The line of the points `(x[i], y[i])`. None where there is no single best one: for fewer than two points,
    /// and for points above one another.
    ///
    /// # Panics
    ///
    /// When there are not as many `y` as `x`.
    pub fn fit(x: &[f64], y: &[f64]) -> Option<Self> {
        assert_eq!(x.len(), y.len(), "points have an x and a y");
        // Squares of the distances from the mean, taken in a second pass, do not cancel as sums of squares do.
        let (mean_x, mean_y) = (mean(x), mean(y));
        let [xx, xy, yy] = moments(x, y, mean_x, mean_y);
        if x.len() < 2 || xx == 0.0 {
            return None;
        }
        let slope = xy / xx;
        Some(Self {
            slope,
            intercept: mean_y - slope * mean_x,
            r2: (yy > 0.0).then(|| at_most_one(slope * (xy / yy))),
        })
    }
}

/// Rounding can take a part of a whole above it. What is not a number stays so.
fn at_most_one(part: f64) -> f64 {
    if part > 1.0 { 1.0 } else { part }
}

/// The mean, which is exact where all numbers are equal.
fn mean(numbers: &[f64]) -> f64 {
    let first = numbers.first().copied().unwrap_or(f64::NAN);
    let mut sums = [0.0; LANES];
    let (lanes, rest) = numbers.as_chunks::<LANES>();
    for numbers in lanes {
        for lane in 0..LANES {
            sums[lane] += numbers[lane] - first;
        }
    }
    for (lane, number) in rest.iter().enumerate() {
        sums[lane] += number - first;
    }
    first + sums.iter().sum::<f64>() / numbers.len() as f64
}

/// The sums of dx², dx · dy and dy² over all points, where dx and dy are the distances from the means.
fn moments(x: &[f64], y: &[f64], mean_x: f64, mean_y: f64) -> [f64; 3] {
    let (mut xx, mut xy, mut yy) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    let mut add = |lane: usize, x: f64, y: f64| {
        let (dx, dy) = (x - mean_x, y - mean_y);
        xx[lane] += dx * dx;
        xy[lane] += dx * dy;
        yy[lane] += dy * dy;
    };
    let ((x_lanes, x_rest), (y_lanes, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    for (x, y) in x_lanes.iter().zip(y_lanes) {
        for lane in 0..LANES {
            add(lane, x[lane], y[lane]);
        }
    }
    for (lane, (&x, &y)) in x_rest.iter().zip(y_rest).enumerate() {
        add(lane, x, y);
    }
    [xx, xy, yy].map(|sums| sums.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_of_a_line_give_it() {
        for count in [2, 3, 4, 5, 9, 100] {
            let x: Vec<f64> = (0..count).map(f64::from).collect();
            let y: Vec<f64> = x.iter().map(|x| 0.5 * x - 3.0).collect();
            let line = Line::fit(&x, &y).unwrap();
            assert!((line.slope - 0.5).abs() < 1e-14, "{count}: {line:?}");
            assert!((line.intercept + 3.0).abs() < 1e-14, "{count}: {line:?}");
            assert!((line.r2.unwrap() - 1.0).abs() < 1e-14, "{count}: {line:?}");
        }
    }

    #[test]
    fn distances_from_the_line_take_from_r2() {
        let line = Line::fit(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 1.0, 4.0, 3.0, 5.0]).unwrap();
        assert!((line.slope - 0.8).abs() < 1e-15, "{line:?}");
        assert!((line.intercept - 0.6).abs() < 1e-15, "{line:?}");
        assert!((line.r2.unwrap() - 0.64).abs() < 1e-15, "{line:?}");
    }

    #[test]
    fn points_far_from_zero_lose_no_digits() {
        let x: Vec<f64> = (0..100).map(|n| 1.7e9 + f64::from(n)).collect();
        let y: Vec<f64> = (0..100).map(|n| 1e9 + 2.0 * f64::from(n)).collect();
        let line = Line::fit(&x, &y).unwrap();
        assert_eq!(line.slope, 2.0);
        assert!((line.r2.unwrap() - 1.0).abs() < 1e-14, "{line:?}");
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        for (x, y) in [
            ([1.0, f64::NAN, 3.0], [1.0, 2.0, 4.0]),
            ([1.0, 2.0, 3.0], [f64::INFINITY, 2.0, 4.0]),
        ] {
            let line = Line::fit(&x, &y).unwrap();
            assert!(line.slope.is_nan() && line.intercept.is_nan(), "{line:?}");
            assert!(line.r2.is_none_or(f64::is_nan), "{line:?}");
        }
    }

    #[test]
    fn some_points_have_no_line() {
        assert_eq!(Line::fit(&[], &[]), None);
        assert_eq!(Line::fit(&[1.0], &[1.0]), None);
        assert_eq!(Line::fit(&[0.1, 0.1, 0.1], &[1.0, 2.0, 3.0]), None);
        let flat = Line::fit(&[1.0, 2.0, 3.0], &[0.7, 0.7, 0.7]).unwrap();
        assert_eq!((flat.slope, flat.intercept, flat.r2), (0.0, 0.7, None));
    }
}
