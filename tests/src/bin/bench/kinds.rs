//! What the kinds of functions cost in whole queries, against the same Rust code as plain parts of DataFusion.

mod access_log;
mod approx_quantile;
mod data;
mod engine;
mod ewma;
mod geometric_mean;
mod iris_model;
mod linear_regression;
mod lines;
mod operator;
mod same;
mod states;

use engine::{Engine, Outcome};

use crate::record::Record;

/// The components that are called.
const COMPONENTS: [&str; 6] = [
    "access-log",
    "approx-quantile",
    "ewma",
    "geometric-mean",
    "iris-model",
    "linear-regression",
];

/// With a `scale` of one there are as many rows as the figures are defined for.
pub(crate) fn measure(scale: f64) -> Outcome<Vec<Record>> {
    let engine = Engine::new(&COMPONENTS)?;
    let rows = |full: f64| ((full * scale) as usize).max(1_000);
    let mut records = geometric_mean::groups(&engine, rows(10e6), scale)?;
    records.extend(approx_quantile::measure(&engine, rows(10e6))?);
    records.extend(iris_model::measure(&engine, rows(4e6))?);
    records.extend(linear_regression::measure(&engine, rows(10e6))?);
    records.extend(access_log::measure(&engine, rows(256e6) as u64)?);
    records.extend(ewma::measure(&engine, rows(1e6))?);
    records.extend(geometric_mean::sliding(&engine, rows(200e3))?);
    Ok(records)
}
