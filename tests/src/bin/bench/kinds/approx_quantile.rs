//! `approx_quantile`: a state with lists in it, and much to compute.

use std::sync::Arc;

use approx_quantile::ApproxQuantile;
use arrow::{
    array::{Array, ArrayRef, make_array},
    datatypes::FieldRef,
};
use arrowbox_host::Function;
use arrowbox_sdk::{__private::Arguments, Row};
use datafusion::{
    common::{ScalarValue, plan_err},
    error::{DataFusionError, Result},
};

use super::{
    data::{floats, integers, mixed, spread, uniform},
    engine::{Engine, Outcome, Query},
    same::Tolerance,
    states::{State, udaf},
};
use crate::record::Record;

pub(super) fn measure(engine: &Engine, rows: usize) -> Outcome<Vec<Record>> {
    const GROUPS: u64 = 1_000;
    eprintln!("approx_quantile of {rows} rows in {GROUPS} groups");
    let table = spread(rows, |rows| {
        vec![
            ("g", integers(rows.clone(), |row| mixed(row) % GROUPS)),
            ("x", floats(rows, |row| 1.0 + uniform(row + 7))),
        ]
    })?;
    let query = Query {
        sql: "SELECT g, approx_quantile(x, 0.9) FROM t GROUP BY g",
        rows,
        native: &|context| {
            context.register_table("t", Arc::clone(&table) as _)?;
            context.register_udaf(udaf::<Quantile>());
            Ok(())
        },
        sandboxed: &|context| {
            context.register_table("t", Arc::clone(&table) as _)?;
            match engine.function("approx-quantile", "approx_quantile")? {
                Function::Aggregate(udaf) => context.register_udaf(udaf.as_ref().clone()),
                other => return Err(format!("approx_quantile is {other:?}").into()),
            }
            Ok(())
        },
        // Partitions merge in the order in which they end.
        tolerance: Tolerance::Relative(0.02),
    };
    let figure = format!("approx_quantile (t-digest), {GROUPS} groups");
    Ok(vec![engine.compare(&query)?.record(figure).at_most(1.3)])
}

/// The example's own state.
#[derive(Clone, Default)]
struct Quantile(ApproxQuantile);

fn failed(error: arrowbox_sdk::Error) -> DataFusionError {
    DataFusionError::Execution(error.to_string())
}

impl State for Quantile {
    const NAME: &'static str = "approx_quantile";
    const ARGUMENTS: usize = 2;
    const RETRACTS: bool = false;

    /// The quantile.
    type Constants = f64;

    fn constants(values: &[ScalarValue]) -> Result<f64> {
        match values {
            [ScalarValue::Float64(Some(q))] => Ok(*q),
            other => plan_err!("approx_quantile needs a constant quantile, not {other:?}"),
        }
    }

    #[inline]
    fn update(&mut self, value: f64, q: &f64) -> Result<()> {
        self.0.update(value, *q).map_err(failed)
    }

    fn retract(&mut self, _value: f64) {
        unreachable!("it says that it can not");
    }

    fn evaluate(&self) -> Option<f64> {
        self.0.evaluate()
    }

    fn fields() -> Vec<FieldRef> {
        ApproxQuantile::fields()
    }

    fn columns(states: &[Self]) -> Vec<ArrayRef> {
        let states: Vec<_> = states.iter().map(|state| state.0.clone()).collect();
        let columns = ApproxQuantile::columns(&states).into_iter();
        columns.map(make_array).collect()
    }

    fn merge(
        states: &mut [Self],
        groups: impl Iterator<Item = usize>,
        columns: &[ArrayRef],
    ) -> Result<()> {
        let rows = columns[0].len();
        let columns = Arguments::new(columns.iter().map(|column| column.to_data()), rows);
        let reader = ApproxQuantile::reader(columns.columns()).map_err(failed)?;
        let rest = ApproxQuantile::default();
        for (row, group) in groups.enumerate() {
            let other = ApproxQuantile::read(&reader, row, &rest);
            states[group].0.merge(other).map_err(failed)?;
        }
        Ok(())
    }
}
