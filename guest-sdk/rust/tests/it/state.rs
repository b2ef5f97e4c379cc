//! Functions that are types: options, data, what `new` and `call` can be.

use std::sync::Arc;

use arrowbox_sdk::array::{ArrayRef, Float64Array, Int64Array};
use arrowbox_sdk::testing::{call, call_with};
use arrowbox_sdk::{Column, Error, Function, Options, scalar};

/// Multiplies with `param.factor`.
struct ScaledBy {
    factor: f64,
}

#[scalar(name = "scale", stable, grants("clock"))]
impl ScaledBy {
    fn new(options: &Options) -> Result<Self, Error> {
        options.only(&["factor", "table"])?;
        let factor = match options.data("table") {
            Some(blob) => blob.read_to_string()?,
            None => options.param("factor").unwrap_or("1").to_owned(),
        };
        Ok(Self {
            factor: factor.parse()?,
        })
    }

    /// The product.
    fn call(&self, x: f64) -> f64 {
        x * self.factor
    }
}

#[test]
fn options_reach_the_constructor() {
    let ones = || vec![Column::new(Arc::new(Float64Array::from(vec![1.0, 2.0])))];
    let scaled = |options: Options| call_with::<ScaledBy>(&options, ones(), 2);
    let expected: ArrayRef = Arc::new(Float64Array::from(vec![2.5, 5.0]));
    let options = Options::default().with_param("factor", "2.5");
    assert_eq!(&scaled(options).unwrap(), &expected);
    let options = Options::default().with_data("table", "2.5");
    assert_eq!(&scaled(options).unwrap(), &expected);
    let error = scaled(Options::default().with_param("factor", "x")).unwrap_err();
    assert_eq!(error.to_string(), "invalid float literal");
    let error = scaled(Options::default().with_data("tabel", "1")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "data.tabel is not known: the function takes factor, table"
    );
}

#[test]
fn the_attribute_and_the_comments_reach_the_description() {
    assert_eq!(ScaledBy::ENTRY.name, "scale");
    assert_eq!(ScaledBy::ENTRY.grants, ["clock"]);
    assert_eq!(ScaledBy::ENTRY.documentation, "The product.");
    assert_eq!(ScaledBy { factor: 2.0 }.call(4.0), 8.0);
}

struct Doubled;

/// The comment above the block comes first.
#[scalar]
impl Doubled {
    fn new() -> Self {
        Self
    }

    /// Not this one.
    fn call(&self, values: &Int64Array) -> Int64Array {
        values
            .iter()
            .map(|value| value.map(|value| 2 * value))
            .collect()
    }
}

#[test]
fn a_type_can_take_columns() {
    assert_eq!(Doubled::ENTRY.name, "doubled");
    assert_eq!(
        Doubled::ENTRY.documentation,
        "The comment above the block comes first."
    );
    let column: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    let expected: ArrayRef = Arc::new(Int64Array::from(vec![Some(2), None]));
    assert_eq!(&call::<Doubled>(&[Arc::clone(&column)]).unwrap(), &expected);
    let options = Options::default().with_param("factor", "3");
    assert!(call_with::<Doubled>(&options, vec![Column::new(column)], 2).is_err());
}
