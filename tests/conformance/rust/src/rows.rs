//! Functions of rows.

use arrowbox_sdk::scalar;

/// The greatest common divisor of two numbers.
#[scalar]
pub fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Half of it.
#[scalar]
pub fn halved(x: f64) -> f64 {
    x / 2.0
}

/// The text in capitals, with a mark behind it.
#[scalar]
pub fn shout(text: &str) -> String {
    format!("{}!", text.to_ascii_uppercase())
}

/// The characters of a text from the last to the first.
#[scalar]
pub fn turned(text: &str) -> String {
    text.chars().rev().collect()
}

/// Zero in place of null.
#[scalar]
pub fn or_zero(x: Option<i64>) -> i64 {
    x.unwrap_or(0)
}

/// Null in place of what is not positive.
#[scalar]
pub fn if_positive(x: i64) -> Option<i64> {
    (x > 0).then_some(x)
}

/// The sum of any number of numbers; null counts as nothing.
#[scalar]
pub fn sum_all(values: &[Option<i64>]) -> i64 {
    values.iter().flatten().sum()
}

/// Twice as much of a number, of any kind, and of text.
#[scalar(name = "twice")]
pub fn twice_number(x: i64) -> i64 {
    2 * x
}

/// Twice as much.
#[scalar(name = "twice")]
pub fn twice_float(x: f64) -> f64 {
    2.0 * x
}

/// Twice as much.
#[scalar(name = "twice")]
pub fn twice_text(x: &str) -> String {
    x.repeat(2)
}
