//! Whether two results are the same rows, in whatever order.

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array},
    compute::{SortColumn, concat_batches, lexsort_to_indices, take},
    datatypes::{DataType, Float64Type},
    error::ArrowError,
};

/// How far two numbers can be apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tolerance {
    /// Not at all.
    Exact,
    /// By this part of them: sums that were made in another order.
    Relative(f64),
}

/// Says what differs.
pub(super) fn check(
    expected: &[RecordBatch],
    found: &[RecordBatch],
    tolerance: Tolerance,
) -> Result<(), String> {
    let (expected, found) = match (sorted(expected, tolerance), sorted(found, tolerance)) {
        (Ok(expected), Ok(found)) => (expected, found),
        (Err(error), _) | (_, Err(error)) => {
            return Err(format!("rows can not be sorted: {error}"));
        }
    };
    let rows = |columns: &[ArrayRef]| columns.first().map_or(0, |column| column.len());
    if expected.len() != found.len() || rows(&expected) != rows(&found) {
        return Err(format!(
            "{} columns of {} rows become {} of {}",
            expected.len(),
            rows(&expected),
            found.len(),
            rows(&found)
        ));
    }
    for (index, (expected, found)) in expected.iter().zip(&found).enumerate() {
        if !is_same(expected, found, tolerance) {
            return Err(format!("column {index} has other values"));
        }
    }
    Ok(())
}

/// The columns with their rows in an order that follows from them: by what is exact first.
fn sorted(batches: &[RecordBatch], tolerance: Tolerance) -> Result<Vec<ArrayRef>, ArrowError> {
    let Some(first) = batches.first() else {
        return Ok(Vec::new());
    };
    let all = concat_batches(first.schema_ref(), batches)?;
    let is_float = |column: &&ArrayRef| column.data_type() == &DataType::Float64;
    let (floats, exact): (Vec<_>, Vec<_>) = all.columns().iter().partition(is_float);
    let keys = match (tolerance, exact.is_empty()) {
        (Tolerance::Exact, _) | (_, true) => exact.into_iter().chain(floats).collect(),
        _ => exact,
    };
    let keys: Vec<_> = keys
        .into_iter()
        .map(|column| SortColumn {
            values: ArrayRef::clone(column),
            options: None,
        })
        .collect();
    let order: UInt32Array = lexsort_to_indices(&keys, None)?;
    let columns = all.columns().iter();
    columns.map(|column| take(column, &order, None)).collect()
}

fn is_same(expected: &ArrayRef, found: &ArrayRef, tolerance: Tolerance) -> bool {
    let Tolerance::Relative(part) = tolerance else {
        return expected == found;
    };
    let (Some(expected), Some(found)) = (
        expected.as_primitive_opt::<Float64Type>(),
        found.as_primitive_opt::<Float64Type>(),
    ) else {
        return expected == found;
    };
    expected.iter().zip(found).all(|pair| match pair {
        (Some(a), Some(b)) => a == b || (a - b).abs() <= part * a.abs().max(b.abs()),
        (a, b) => a == b,
    })
}
