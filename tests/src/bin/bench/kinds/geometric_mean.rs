//! `geometric_mean`: a small state, of one group, of some and of very many.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, AsArray, Float64Array, Int64Array, UInt64Array},
    datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type, UInt64Type},
};
use arrowbox_host::Function;
use datafusion::{common::ScalarValue, error::Result, prelude::SessionContext};
use geometric_mean::Product;

use super::{
    data::{floats, integers, mixed, ordered, spread, uniform},
    engine::{Engine, Outcome, Query},
    same::Tolerance,
    states::{State, udaf},
};
use crate::record::Record;

/// Products of the same numbers in another order.
const TOLERANCE: Tolerance = Tolerance::Relative(1e-9);

pub(super) fn groups(engine: &Engine, rows: usize, scale: f64) -> Outcome<Vec<Record>> {
    let mut records = Vec::new();
    for (groups, bar) in [(1, 1.3), (1_000, 1.3), (1_000_000, 1.5)] {
        let groups = match groups {
            1 => 1,
            many => ((many as f64 * scale) as u64).max(10),
        };
        eprintln!("geometric_mean of {rows} rows, groups: {groups}");
        let table = spread(rows, |rows| {
            vec![
                ("g", integers(rows.clone(), |row| mixed(row) % groups)),
                ("x", floats(rows, |row| 0.5 + uniform(row + 7))),
            ]
        })?;
        let query = Query {
            sql: match groups {
                1 => "SELECT geometric_mean(x) FROM t",
                _ => "SELECT g, geometric_mean(x) FROM t GROUP BY g",
            },
            rows,
            native: &|context| {
                context.register_table("t", Arc::clone(&table) as _)?;
                context.register_udaf(udaf::<Mean>());
                Ok(())
            },
            sandboxed: &|context| {
                context.register_table("t", Arc::clone(&table) as _)?;
                register(engine, context)
            },
            tolerance: TOLERANCE,
        };
        let figure = match groups {
            1 => "geometric_mean, 1 group".to_owned(),
            _ => format!("geometric_mean, {groups} groups"),
        };
        records.push(engine.compare(&query)?.record(figure).at_most(bar));
    }
    Ok(records)
}

/// A frame that slides over ordered rows: a row comes and a row goes, for each value.
pub(super) fn sliding(engine: &Engine, rows: usize) -> Outcome<Vec<Record>> {
    eprintln!("geometric_mean over a frame of 100 rows, {rows} rows");
    let table = ordered(
        rows,
        vec![datafusion::prelude::col("id").sort(true, true)],
        |rows| {
            vec![
                ("id", integers(rows.clone(), |row| row)),
                ("x", floats(rows, |row| 0.5 + uniform(row))),
            ]
        },
    )?;
    let query = Query {
        sql: "SELECT id, geometric_mean(x) OVER
                  (ORDER BY id ROWS BETWEEN 99 PRECEDING AND CURRENT ROW) FROM t",
        rows,
        native: &|context| {
            context.register_table("t", Arc::clone(&table) as _)?;
            context.register_udaf(udaf::<Mean>());
            Ok(())
        },
        sandboxed: &|context| {
            context.register_table("t", Arc::clone(&table) as _)?;
            register(engine, context)
        },
        tolerance: TOLERANCE,
    };
    let figure = "geometric_mean over a sliding frame of 100 rows";
    Ok(vec![engine.compare(&query)?.record(figure)])
}

fn register(engine: &Engine, context: &SessionContext) -> Outcome<()> {
    match engine.function("geometric-mean", "geometric_mean")? {
        Function::Aggregate(udaf) => context.register_udaf(udaf.as_ref().clone()),
        other => return Err(format!("geometric_mean is {other:?}").into()),
    }
    Ok(())
}

/// As the example has it, around the same product.
#[derive(Debug, Clone)]
struct Mean {
    product: Product,
    positive: u64,
    zero: u64,
    other: u64,
}

impl Default for Mean {
    fn default() -> Self {
        Self {
            product: Product::ONE,
            positive: 0,
            zero: 0,
            other: 0,
        }
    }
}

impl State for Mean {
    const NAME: &'static str = "geometric_mean";
    const ARGUMENTS: usize = 1;
    const RETRACTS: bool = true;

    type Constants = ();

    fn constants(_values: &[ScalarValue]) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn update(&mut self, value: f64, (): &()) -> Result<()> {
        if value > 0.0 && value < f64::INFINITY {
            self.product.multiply(value);
            self.positive += 1;
        } else if value == 0.0 {
            self.zero += 1;
        } else {
            self.other += 1;
        }
        Ok(())
    }

    #[inline]
    fn retract(&mut self, value: f64) {
        if value > 0.0 && value < f64::INFINITY {
            self.product.divide(value);
            self.positive -= 1;
        } else if value == 0.0 {
            self.zero -= 1;
        } else {
            self.other -= 1;
        }
    }

    fn evaluate(&self) -> Option<f64> {
        if self.other > 0 {
            return Some(f64::NAN);
        }
        if self.zero > 0 {
            return Some(0.0);
        }
        (self.positive > 0).then(|| self.product.root(self.positive))
    }

    fn fields() -> Vec<FieldRef> {
        let field = |name, data_type| Arc::new(Field::new(name, data_type, false));
        vec![
            field("significand", DataType::Float64),
            field("exponent", DataType::Int64),
            field("positive", DataType::UInt64),
            field("zero", DataType::UInt64),
            field("other", DataType::UInt64),
        ]
    }

    fn columns(states: &[Self]) -> Vec<ArrayRef> {
        let counts = |count: fn(&Self) -> u64| -> ArrayRef {
            Arc::new(UInt64Array::from_iter_values(states.iter().map(count)))
        };
        let significands = states.iter().map(|state| state.product.significand);
        let exponents = states.iter().map(|state| state.product.exponent);
        vec![
            Arc::new(Float64Array::from_iter_values(significands)),
            Arc::new(Int64Array::from_iter_values(exponents)),
            counts(|state| state.positive),
            counts(|state| state.zero),
            counts(|state| state.other),
        ]
    }

    fn merge(
        states: &mut [Self],
        groups: impl Iterator<Item = usize>,
        columns: &[ArrayRef],
    ) -> Result<()> {
        let significands = columns[0].as_primitive::<Float64Type>().values();
        let exponents = columns[1].as_primitive::<Int64Type>().values();
        let counts = |column: usize| columns[column].as_primitive::<UInt64Type>().values();
        let (positive, zero, other) = (counts(2), counts(3), counts(4));
        for (row, group) in groups.enumerate() {
            let state = &mut states[group];
            state.product.multiply_by(Product {
                significand: significands[row],
                exponent: exponents[row],
            });
            state.positive += positive[row];
            state.zero += zero[row];
            state.other += other[row];
        }
        Ok(())
    }
}
