use std::sync::Arc;

use arrowbox_sdk::array::{ArrayRef, Float64Array};
use arrowbox_sdk::testing::{Tolerance, laws};

use crate::WeightedMean;

fn state(rows: &[(f64, f64)]) -> WeightedMean {
    let mut state = WeightedMean::default();
    for &(value, weight) in rows {
        state.update(value, weight).unwrap();
    }
    state
}

#[test]
fn means() {
    for (rows, expected) in [
        (&[][..], None),
        (&[(7.0, 0.0)], None),
        (&[(7.0, 0.1)], Some(7.0)),
        (&[(10.0, 1.0), (20.0, 3.0)], Some(17.5)),
        (&[(10.0, 1.0), (20.0, 0.0)], Some(10.0)),
        (&[(-1.0, 2.0), (1.0, 2.0)], Some(0.0)),
        (&[(1e16, 1.0), (3.0, 1.0), (-1e16, 1.0)], Some(1.0)),
    ] {
        assert_eq!(state(rows).evaluate(), expected, "{rows:?}");
    }
}

#[test]
fn some_numbers_have_none() {
    for row in [
        (f64::NAN, 1.0),
        (f64::INFINITY, 1.0),
        (1.0, f64::NAN),
        (0.0, f64::INFINITY),
    ] {
        let mut state = state(&[(1.0, 1.0), row]);
        assert!(state.evaluate().unwrap().is_nan(), "{row:?}");
        state.retract(row.0, row.1);
        assert_eq!(state.evaluate(), Some(1.0), "{row:?}");
    }
}

#[test]
fn a_negative_weight_is_refused() {
    let error = WeightedMean::default()
        .update(1.0, -0.5)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the weight -0.5 is negative: weights are numbers from zero on"
    );
}

#[test]
fn the_laws_hold() {
    let large = [
        Some(1e16),
        Some(3.0),
        None,
        Some(-1e16),
        Some(0.1),
        Some(7e-9),
        Some(5.0),
        Some(2.0),
    ];
    let other = [
        Some(f64::NAN),
        Some(3.0),
        None,
        Some(f64::INFINITY),
        Some(0.1),
        Some(9.0),
        Some(5.0),
        Some(2.0),
    ];
    let weights = [
        Some(1.0),
        Some(0.25),
        Some(2.0),
        Some(1.0),
        None,
        Some(1e6),
        Some(0.0),
        Some(0.3),
    ];
    for values in [large, other] {
        let column = |numbers: [Option<f64>; 8]| -> ArrayRef {
            Arc::new(Float64Array::from(numbers.to_vec()))
        };
        laws::<WeightedMean>(
            &[column(values), column(weights)],
            Tolerance::Relative(1e-12),
        );
    }
}
