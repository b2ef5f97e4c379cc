//! Row functions through the loop.
use arrowbox_sdk::array::*;
use arrowbox_sdk::*;
use std::sync::Arc;

#[scalar]
fn add_one(x: i64) -> i64 {
    x + 1
}
#[scalar]
fn gcd(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
/// Upper.
#[scalar]
fn upper(x: &str, out: &mut Text) {
    out.append(x).make_ascii_uppercase();
}
#[scalar]
fn longest<'a>(x: &'a str, y: &'a str) -> &'a str {
    if x.len() >= y.len() { x } else { y }
}
#[scalar]
fn parse(x: &str) -> Result<i64, std::num::ParseIntError> {
    x.parse()
}
#[scalar]
fn coalesce(values: &[Option<i64>]) -> Option<i64> {
    values.iter().flatten().copied().next()
}
#[scalar]
fn sum(a: &Int64Array, b: &Int64Array) -> Int64Array {
    a.iter().zip(b).map(|(a, b)| Some(a? + b?)).collect()
}
#[scalar(arguments("any"), returns = same_as_first)]
fn identity(a: &ArrayRef) -> ArrayRef {
    a.clone()
}
struct Scale(f64);
#[scalar]
impl Scale {
    fn new(options: &Options) -> Result<Self, Error> {
        Ok(Self(options.param("factor").unwrap_or("1").parse()?))
    }
    fn call(&self, x: f64) -> f64 {
        x * self.0
    }
}

arrowbox_sdk::export!(
    add_one, gcd, upper, longest, parse, coalesce, sum, identity, Scale
);

#[test]
fn t() {
    let a: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
    println!("{:?}", testing::call::<add_one>(&[a.clone()]));
    println!("{:?}", testing::call::<gcd>(&[a.clone(), a.clone()]));
    println!("{:?}", testing::call::<coalesce>(&[a.clone(), a.clone()]));
    println!("{:?}", testing::call::<sum>(&[a.clone(), a.clone()]));
    println!("{:?}", testing::call::<identity>(&[a.clone()]));
    let s: ArrayRef = Arc::new(StringArray::from(vec![Some("1"), None, Some("x")]));
    println!("{:?}", testing::call::<upper>(&[s.clone()]));
    println!("{:?}", testing::call::<parse>(&[s.clone()]));
    println!("{:?}", testing::call::<longest>(&[s.clone(), s.clone()]));
}
