use std::sync::Arc;

use arrowbox_sdk::array::{ArrayRef, Float64Array};
use arrowbox_sdk::testing::{Tolerance, laws};

use crate::{ApproxQuantile, CAPACITY, CENTROIDS};

fn state(numbers: impl IntoIterator<Item = f64>, q: f64) -> ApproxQuantile {
    let mut state = ApproxQuantile::default();
    numbers
        .into_iter()
        .for_each(|number| state.update(number, q).unwrap());
    state
}

/// The numbers below `count`, in another order.
fn scattered(count: u32) -> impl Iterator<Item = f64> {
    (0..count).map(move |n| f64::from((u64::from(n) * 7919 % u64::from(count)) as u32))
}

#[test]
fn quantiles() {
    assert_eq!(ApproxQuantile::default().evaluate(), None);
    for (count, q) in [
        (1, 0.5),
        (2, 0.5),
        (20, 0.99),
        (511, 0.25),
        (511, 1.0),
        (511, 0.0),
    ] {
        let (found, exact) = (
            state(scattered(count), q).evaluate(),
            q * f64::from(count - 1),
        );
        assert!(
            (found.unwrap() - exact).abs() < 1e-12,
            "{count}, {q}: {found:?}"
        );
    }
    for q in [0.001, 0.01, 0.3, 0.5, 0.9, 0.999] {
        let found = state(scattered(100_000), q).evaluate().unwrap();
        let exact = q * 99_999.0;
        let tolerance = 1_000.0 * (q * (1.0 - q)).sqrt();
        assert!((found - exact).abs() < tolerance, "{q}: {found}");
    }
}

#[test]
fn a_state_is_small() {
    let state = state(scattered(1_000_000), 0.5);
    assert!(state.means.len() < CAPACITY && state.means.capacity() <= CAPACITY);
    assert!(state.weights.len() <= CENTROIDS);
}

#[test]
fn states_merge() {
    for (left, right) in [
        (0, 3),
        (3, 0),
        (0, 0),
        (5, 20),
        (5, 10_000),
        (10_000, 5),
        (4_000, 8_000),
    ] {
        let all: Vec<f64> = scattered(left + right).collect();
        let (first, second) = all.split_at(left as usize);
        let mut merged = state(first.iter().copied(), 0.25);
        merged.merge(state(second.iter().copied(), 0.25)).unwrap();
        match merged.evaluate() {
            None => assert_eq!(left + right, 0),
            Some(found) => {
                let exact = 0.25 * f64::from(left + right - 1);
                let is_exact = left + right < CAPACITY as u32;
                let tolerance = if is_exact { 1e-9 } else { 0.005 * exact };
                assert!(
                    (found - exact).abs() <= tolerance,
                    "{left} {right}: {found}"
                );
            }
        }
    }
}

#[test]
fn other_rows_are_refused() {
    let mut one = state([1.0], 0.5);
    for (value, q, expected) in [
        (
            1.0,
            0.25,
            "the quantile is 0.5 in one row and 0.25 in another",
        ),
        (1.0, 1.5, "1.5 is no quantile"),
        (1.0, f64::NAN, "NaN is no quantile"),
        (f64::NAN, 0.5, "NaN has no place among the numbers"),
        (f64::INFINITY, 0.5, "inf has no place among the numbers"),
    ] {
        let error = one.clone().update(value, q).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    assert!(one.merge(state([1.0], 0.75)).is_err());
}

#[test]
fn states_that_it_does_not_make_are_refused() {
    let damages: [fn(&mut ApproxQuantile); 10] = [
        |state| state.q = None,
        |state| state.min = 1e9,
        |state| state.max = f64::NAN,
        |state| state.max = f64::INFINITY,
        |state| state.means[0] = f64::NAN,
        |state| state.means.swap(0, 10),
        |state| state.means.truncate(3),
        |state| state.means.resize(CAPACITY, 1.0),
        |state| state.weights[5] = 0.0,
        |state| state.weights[5] = f64::INFINITY,
    ];
    for (number, damage) in damages.iter().enumerate() {
        let mut damaged = state(scattered(1000), 0.5);
        assert!(ApproxQuantile::default().merge(damaged.clone()).is_ok());
        damage(&mut damaged);
        assert!(
            ApproxQuantile::default().merge(damaged).is_err(),
            "{number}"
        );
    }
}

#[test]
fn the_laws_hold() {
    let few = [
        Some(3.0),
        None,
        Some(-1e300),
        Some(0.0),
        Some(f64::MAX),
        Some(7.5),
        Some(3.0),
    ];
    let many = scattered(2_000).map(|number| Some(1_000.0 + number));
    for (numbers, tolerance) in [
        (few.to_vec(), Tolerance::Exact),
        (many.collect(), Tolerance::Relative(0.02)),
    ] {
        let q: ArrayRef = Arc::new(Float64Array::from(vec![0.75; numbers.len()]));
        let numbers: ArrayRef = Arc::new(Float64Array::from(numbers));
        laws::<ApproxQuantile>(&[numbers, q], tolerance);
    }
}
