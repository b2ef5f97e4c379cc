//! `linear_regression`: many groups of a hundred rows, each mapped to one row.

use std::sync::Arc;

use arrow::{
    array::{AsArray, Float64Array, Int64Array, RecordBatch, UInt64Array},
    compute::partition,
    datatypes::{DataType, Field, Float64Type, Int64Type, Schema, SchemaRef},
};
use arrowbox_host::{Function, GroupedInput};
use datafusion::{
    datasource::{MemTable, ViewTable, provider_as_source},
    error::Result,
    execution::SendableRecordBatchStream,
    logical_expr::LogicalPlanBuilder,
    physical_plan::stream::RecordBatchStreamAdapter,
    prelude::col,
};
use futures::StreamExt;
use linear_regression::Fit;

use super::{
    data::{floats, integers, mixed, ordered, spread, uniform},
    engine::{Engine, Outcome, Query},
    operator::{Operator, OperatorTable},
    same::Tolerance,
};
use crate::record::Record;

/// Rows of a group.
const GROUP: u64 = 100;
const BAR: f64 = 1.5;

pub(super) fn measure(engine: &Engine, rows: usize) -> Outcome<Vec<Record>> {
    let groups = (rows as u64 / GROUP).max(1);
    let columns = |key: fn(u64, u64) -> u64| {
        move |rows: std::ops::Range<usize>| {
            let y = |row| 3.0 * uniform(row) + uniform(row ^ (1 << 40));
            vec![
                ("k", integers(rows.clone(), |row| key(row, groups))),
                ("x", floats(rows.clone(), uniform)),
                ("y", floats(rows, y)),
            ]
        }
    };
    eprintln!("linear_regression of {groups} groups");
    // Every group is as large as the others, and its rows are everywhere.
    let table = spread(rows, columns(|row, groups| mixed(row % groups) >> 1))?;
    let figure = format!("grouped regression, {groups} groups of {GROUP} rows");
    let unsorted = compare(engine, &table, rows)?.record(figure).at_most(BAR);
    drop(table);

    eprintln!("linear_regression of {groups} groups of rows that are sorted");
    let order = vec![col("k").sort(true, true)];
    let table = ordered(rows, order, columns(|row, _| row / GROUP))?;
    let figure = format!("grouped regression, {groups} groups of {GROUP} rows, input sorted");
    let sorted = compare(engine, &table, rows)?.record(figure).at_most(BAR);
    Ok(vec![unsorted, sorted])
}

fn compare(
    engine: &Engine,
    table: &Arc<MemTable>,
    rows: usize,
) -> Outcome<super::engine::Comparison> {
    let operator: Arc<dyn Operator> = Arc::new(Regression::new());
    let function = match engine.function("linear-regression", "linear_regression")? {
        Function::GroupedMap(function) => function,
        other => return Err(format!("linear_regression is {other:?}").into()),
    };
    engine.compare(&Query {
        sql: "SELECT * FROM lines",
        rows,
        native: &|context| {
            let lines = OperatorTable {
                operator: Arc::clone(&operator),
                input: Arc::clone(table) as _,
            };
            context.register_table("lines", Arc::new(lines))?;
            Ok(())
        },
        sandboxed: &|context| {
            let source = provider_as_source(Arc::clone(table) as _);
            let input = GroupedInput {
                plan: LogicalPlanBuilder::scan("t", source, None)?.build()?,
                keys: vec![col("t.k")],
                order: Vec::new(),
            };
            let lines = ViewTable::new(function.plan(vec![input], &[])?, None);
            context.register_table("lines", Arc::new(lines))?;
            Ok(())
        },
        // The rows of a group come in another order.
        tolerance: Tolerance::Relative(1e-9),
    })
}

/// What the example does with the rows of a key, for input that is sorted by it.
#[derive(Debug)]
struct Regression {
    schema: SchemaRef,
}

impl Regression {
    fn new() -> Self {
        let number = |name| Field::new(name, DataType::Float64, true);
        Self {
            schema: Arc::new(Schema::new(vec![
                Field::new("k", DataType::Int64, false),
                number("slope"),
                number("intercept"),
                number("r2"),
                Field::new("n", DataType::UInt64, false),
            ])),
        }
    }
}

impl Operator for Regression {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn key(&self) -> Option<usize> {
        Some(0)
    }

    fn rows(&self, input: SendableRecordBatchStream) -> SendableRecordBatchStream {
        let state = Some((input, Open::default()));
        let schema = self.schema();
        let rows = futures::stream::try_unfold(state, move |state| {
            let schema = Arc::clone(&schema);
            async move {
                let Some((mut input, mut open)) = state else {
                    return Ok(None);
                };
                while let Some(batch) = input.next().await.transpose()? {
                    let mut lines = Lines::default();
                    open.add(&batch, &mut lines)?;
                    if !lines.keys.is_empty() {
                        return Ok(Some((lines.finish(schema)?, Some((input, open)))));
                    }
                }
                let mut lines = Lines::default();
                open.close(&mut lines);
                Ok(Some((lines.finish(schema)?, None)))
            }
        });
        Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows))
    }
}

/// The last group, whose rows may go on in the next batch.
#[derive(Default)]
struct Open {
    key: Option<i64>,
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Open {
    /// Fits the groups that end in a batch. Those that lie in it whole are not copied.
    fn add(&mut self, batch: &RecordBatch, lines: &mut Lines) -> Result<()> {
        let groups = partition(&batch.columns()[..1])?.ranges();
        let keys = batch.column(0).as_primitive::<Int64Type>().values();
        let values = |column: usize| batch.column(column).as_primitive::<Float64Type>().values();
        let (x, y) = (values(1), values(2));
        let last = groups.len().saturating_sub(1);
        for (number, group) in groups.into_iter().enumerate() {
            let key = keys[group.start];
            let goes_on = number == last;
            if self.key.is_some_and(|open| open != key) {
                self.close(lines);
            }
            if self.key.is_none() && !goes_on {
                lines.push(key, &x[group.clone()], &y[group]);
                continue;
            }
            self.key = Some(key);
            self.x.extend_from_slice(&x[group.clone()]);
            self.y.extend_from_slice(&y[group]);
            if !goes_on {
                self.close(lines);
            }
        }
        Ok(())
    }

    fn close(&mut self, lines: &mut Lines) {
        if let Some(key) = self.key.take() {
            lines.push(key, &self.x, &self.y);
            self.x.clear();
            self.y.clear();
        }
    }
}

/// The rows of the result.
#[derive(Default)]
struct Lines {
    keys: Vec<i64>,
    slopes: Vec<Option<f64>>,
    intercepts: Vec<Option<f64>>,
    r2: Vec<Option<f64>>,
    n: Vec<u64>,
}

impl Lines {
    fn push(&mut self, key: i64, x: &[f64], y: &[f64]) {
        let fit = Fit::new(x, y);
        self.keys.push(key);
        self.slopes.push(fit.slope);
        self.intercepts.push(fit.intercept);
        self.r2.push(fit.r2);
        self.n.push(fit.n);
    }

    fn finish(self, schema: SchemaRef) -> Result<RecordBatch> {
        Ok(RecordBatch::try_new(
            schema,
            vec![
                Arc::new(Int64Array::from(self.keys)),
                Arc::new(Float64Array::from(self.slopes)),
                Arc::new(Float64Array::from(self.intercepts)),
                Arc::new(Float64Array::from(self.r2)),
                Arc::new(UInt64Array::from(self.n)),
            ],
        )?)
    }
}
