use std::sync::Arc;

use arrowbox_sdk::array::{ArrayRef, Float64Array};
use arrowbox_sdk::testing;

use crate::Ewma;

fn averages(values: &[Option<f64>], alpha: f64) -> Vec<Option<f64>> {
    let mut average = Ewma::default();
    values
        .iter()
        .map(|&value| average.next(value, alpha).unwrap())
        .collect()
}

#[test]
fn averages_follow_the_values() {
    for (values, alpha, expected) in [
        (
            &[Some(1.0), Some(2.0), Some(4.0)][..],
            0.5,
            &[Some(1.0), Some(1.5), Some(2.75)][..],
        ),
        (
            &[Some(1.0), Some(2.0), Some(4.0)],
            1.0,
            &[Some(1.0), Some(2.0), Some(4.0)],
        ),
        (
            &[None, Some(8.0), None, Some(0.0)],
            0.25,
            &[None, Some(8.0), Some(8.0), Some(6.0)],
        ),
    ] {
        assert_eq!(averages(values, alpha), expected, "{values:?}, {alpha}");
    }
}

#[test]
fn other_alphas_are_refused() {
    for alpha in [0.0, -0.5, 1.5, f64::NAN] {
        let error = Ewma::default()
            .next(Some(1.0), alpha)
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            format!("alpha is {alpha}: it has to be above 0 and not above 1")
        );
    }
}

#[test]
fn a_partition_has_its_averages() {
    let column = |numbers: Vec<Option<f64>>| -> ArrayRef { Arc::new(Float64Array::from(numbers)) };
    let values = column(vec![None, Some(4.0), Some(2.0), None, Some(7.0)]);
    let alphas = column(vec![Some(0.5); 5]);
    let averages = testing::window::<Ewma>(&[values, alphas]).unwrap();
    let expected = column(vec![None, Some(4.0), Some(3.0), Some(3.0), Some(5.0)]);
    assert_eq!(&averages, &expected);
}
