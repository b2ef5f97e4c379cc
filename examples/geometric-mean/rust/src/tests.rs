use std::sync::Arc;

use arrowbox_sdk::array::{ArrayRef, Float64Array};
use arrowbox_sdk::testing::{Tolerance, laws};

use crate::GeometricMean;

fn state(numbers: &[f64]) -> GeometricMean {
    let mut state = GeometricMean::default();
    numbers.iter().for_each(|&number| state.update(number));
    state
}

fn mean(numbers: &[f64]) -> Option<f64> {
    state(numbers).evaluate()
}

#[test]
fn means() {
    assert_eq!(mean(&[]), None);
    for (numbers, expected) in [
        (&[5.0][..], 5.0),
        (&[2.0, 8.0], 4.0),
        (&[1.0, 3.0, 9.0], 3.0),
        (&[0.5, 2.0], 1.0),
        (&[f64::MAX; 1000], f64::MAX),
        (&[7.0, 0.0], 0.0),
    ] {
        let found = mean(numbers).unwrap();
        assert!(
            (found - expected).abs() <= expected * 4e-16,
            "{numbers:?}: {found}"
        );
    }
}

#[test]
fn some_numbers_have_none() {
    for number in [-1.0, f64::NEG_INFINITY, f64::INFINITY, f64::NAN] {
        assert!(mean(&[1.0, 0.0, number]).unwrap().is_nan(), "{number}");
    }
}

#[test]
fn numbers_leave_as_they_came() {
    let numbers = [4.0, 0.0, -1.0, f64::NAN, f64::INFINITY, 1e-310, 25.0];
    let mut state = state(&numbers);
    numbers[1..6]
        .iter()
        .for_each(|&number| state.retract(number));
    assert!((state.evaluate().unwrap() - 10.0).abs() < 1e-14);
    state.retract(4.0);
    state.retract(25.0);
    assert_eq!(state.evaluate(), None);
}

#[test]
fn the_laws_hold() {
    for numbers in [
        vec![
            Some(1.5),
            None,
            Some(1e-300),
            Some(2e300),
            Some(7.0),
            Some(5e-324),
            Some(0.1),
            Some(f64::MAX),
        ],
        vec![
            Some(0.0),
            Some(3.0),
            Some(f64::NAN),
            Some(-0.0),
            None,
            Some(-7.0),
            Some(f64::INFINITY),
            Some(2.0),
        ],
        vec![None, None],
    ] {
        let numbers: ArrayRef = Arc::new(Float64Array::from(numbers));
        laws::<GeometricMean>(&[numbers], Tolerance::Relative(1e-14));
    }
}
