//! `ewma`: a window function over very many small partitions.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray},
    datatypes::{DataType, Field, FieldRef, Float64Type},
};
use arrowbox_host::Function;
use datafusion::{
    common::{ScalarValue, plan_err},
    error::{DataFusionError, Result},
    logical_expr::{
        PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl,
        function::{PartitionEvaluatorArgs, WindowUDFFieldArgs},
    },
    physical_expr::expressions::Literal,
    prelude::col,
};
use ewma::Ewma;

use super::{
    data::{floats, integers, ordered, uniform},
    engine::{Engine, Outcome, Query},
    same::Tolerance,
};
use crate::record::Record;

/// Rows of a partition.
const PARTITION: u64 = 10;

pub(super) fn measure(engine: &Engine, rows: usize) -> Outcome<Vec<Record>> {
    let partitions = (rows as u64 / PARTITION).max(1);
    eprintln!("ewma over {partitions} partitions");
    let order = vec![col("p").sort(true, false), col("id").sort(true, false)];
    let table = ordered(rows, order, |rows| {
        vec![
            ("p", integers(rows.clone(), |row| row / PARTITION)),
            ("id", integers(rows.clone(), |row| row)),
            ("x", floats(rows, uniform)),
        ]
    })?;
    let query = Query {
        sql: "SELECT id, ewma(x, 0.3) OVER (PARTITION BY p ORDER BY id) FROM t",
        rows,
        native: &|context| {
            context.register_table("t", Arc::clone(&table) as _)?;
            context.register_udwf(WindowUDF::new_from_impl(Native {
                signature: Signature::exact(vec![DataType::Float64; 2], Volatility::Immutable),
            }));
            Ok(())
        },
        sandboxed: &|context| {
            context.register_table("t", Arc::clone(&table) as _)?;
            match engine.function("ewma", "ewma")? {
                Function::Window(udwf) => context.register_udwf(udwf.as_ref().clone()),
                other => return Err(format!("ewma is {other:?}").into()),
            }
            Ok(())
        },
        tolerance: Tolerance::Exact,
    };
    let figure = format!("window (ewma) over {partitions} partitions of {PARTITION} rows");
    Ok(vec![engine.compare(&query)?.record(figure)])
}

/// The example's averages as a plain function of DataFusion.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Native {
    signature: Signature,
}

impl WindowUDFImpl for Native {
    fn name(&self) -> &str {
        "ewma"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(
        &self,
        args: PartitionEvaluatorArgs<'_>,
    ) -> Result<Box<dyn PartitionEvaluator>> {
        let alpha = args.input_exprs()[1].downcast_ref::<Literal>();
        let Some(ScalarValue::Float64(Some(alpha))) = alpha.map(Literal::value) else {
            return plan_err!("ewma needs a constant alpha");
        };
        Ok(Box::new(Evaluator {
            average: Ewma::default(),
            alpha: *alpha,
        }))
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), DataType::Float64, true)))
    }
}

#[derive(Debug)]
struct Evaluator {
    average: Ewma,
    alpha: f64,
}

impl PartitionEvaluator for Evaluator {
    fn evaluate(
        &mut self,
        values: &[ArrayRef],
        range: &std::ops::Range<usize>,
    ) -> Result<ScalarValue> {
        let column = values[0].as_primitive::<Float64Type>();
        let row = range.start;
        let value = column.is_valid(row).then(|| column.value(row));
        let average = self.average.next(value, self.alpha);
        average
            .map(ScalarValue::Float64)
            .map_err(|error| DataFusionError::Execution(error.to_string()))
    }

    fn supports_bounded_execution(&self) -> bool {
        true
    }

    fn is_causal(&self) -> bool {
        true
    }
}
