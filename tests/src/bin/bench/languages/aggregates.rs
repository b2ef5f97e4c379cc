//! An aggregate: the geometric mean of the examples.

use std::{path::Path, sync::Arc};

use arrow::{
    array::{ArrayRef, Float64Array, RecordBatch},
    datatypes::{DataType, Field, Schema},
};
use arrowbox_host::BindScope;
use datafusion::{
    common::ScalarValue,
    execution::SessionStateBuilder,
    logical_expr::Accumulator,
    physical_plan::{ExecutionPlan, aggregates::AggregateExec},
    prelude::{SessionConfig, SessionContext},
};

use super::{Outcome, ROWS, components::Components, native::Driver, rows::write_buffers};
use crate::{
    record::Record,
    sandboxed::scope,
    timing::{in_turn, nanoseconds},
};

const NAME: &str = "geometric_mean";

fn argument() -> Float64Array {
    (0..ROWS)
        .map(|row| 0.5 + (row * 37 % 1000) as f64 / 1000.0)
        .collect()
}

/// As for functions of rows.
pub(super) fn write(folder: &Path) -> Outcome<()> {
    let values = argument();
    write_buffers(&folder.join(NAME), [values.values().inner().to_vec()])
}

pub(super) fn measure(components: &Components, driver: &mut Driver) -> Outcome<Record> {
    let argument: ArrayRef = Arc::new(argument());
    let columns = [argument];
    let scope = scope(2);
    let mut config = SessionConfig::new();
    scope.install(config.options_mut());
    let mut accumulator = accumulator(components, config)?;
    accumulator.update_batch(&columns)?;
    let found = accumulator.evaluate()?;
    driver.run(NAME, 1)?;
    if !is_close(&found, &driver.result(NAME)?) {
        let native = driver.name();
        return Err(format!("{NAME} is {found} and not what it is in {native}").into());
    }
    let times = in_turn(
        |calls| driver.run(NAME, calls),
        |calls| {
            Ok(nanoseconds(calls, || {
                accumulator.update_batch(&columns).expect("it did before");
            }))
        },
    )?;
    let mut record = times.record(&format!("against {}", driver.name()), ROWS);
    record.function = Some(format!("{NAME}(f64)"));
    Ok(match driver.bar() {
        Some(bar) => record.at_most(bar),
        None => record,
    })
}

/// But for the last digits of logarithms.
fn is_close(found: &ScalarValue, expected: &[u8]) -> bool {
    match (found, expected.try_into()) {
        (ScalarValue::Float64(Some(found)), Ok(expected)) => {
            (found / f64::from_le_bytes(expected) - 1.0).abs() < 1e-12
        }
        _ => false,
    }
}

/// That of a query without groups.
fn accumulator(components: &Components, config: SessionConfig) -> Outcome<Box<dyn Accumulator>> {
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_default_features()
        .with_analyzer_rule(Arc::new(BindScope))
        .build();
    let session = SessionContext::new_with_state(state);
    let field = Field::new("x", DataType::Float64, false);
    let rows = RecordBatch::try_new(
        Arc::new(Schema::new(vec![field])),
        vec![Arc::new(argument())],
    )?;
    session.register_batch("t", rows)?;
    session.register_udaf(components.aggregate(NAME)?);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let plan = runtime.block_on(async {
        let query = session.sql(&format!("SELECT {NAME}(x) FROM t")).await?;
        query.create_physical_plan().await
    })?;
    let aggregate = aggregate(plan.as_ref()).ok_or("the plan has no aggregate")?;
    Ok(aggregate.aggr_expr()[0].create_accumulator()?)
}

fn aggregate(plan: &dyn ExecutionPlan) -> Option<&AggregateExec> {
    plan.downcast_ref().or_else(|| {
        plan.children()
            .into_iter()
            .find_map(|child| aggregate(child.as_ref()))
    })
}
