//! The tables that queries read, made before anything is measured.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array, RecordBatch},
    datatypes::{Field, Schema},
};
use datafusion::{datasource::MemTable, error::Result, logical_expr::SortExpr};

use super::engine::PARTITIONS;

/// Rows of a batch.
const BATCH: usize = 8192;

/// A table of so many rows, in batches and in partitions of equal size. `columns` makes the columns of some of
/// the rows.
pub(super) fn table(
    rows: usize,
    partitions: usize,
    columns: impl Fn(std::ops::Range<usize>) -> Vec<(&'static str, ArrayRef)>,
) -> Result<MemTable> {
    let batch = |rows: std::ops::Range<usize>| -> Result<RecordBatch> {
        let (fields, arrays): (Vec<_>, Vec<_>) = columns(rows)
            .into_iter()
            .map(|(name, array)| (Field::new(name, array.data_type().clone(), false), array))
            .unzip();
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
    };
    let part = rows.div_ceil(partitions).max(1);
    let mut parts = Vec::with_capacity(partitions);
    for start in (0..partitions).map(|number| number * part) {
        let end = rows.min(start + part);
        let batches = (start..end).step_by(BATCH);
        let batches = batches.map(|from| batch(from..end.min(from + BATCH)));
        parts.push(batches.collect::<Result<Vec<_>>>()?);
    }
    MemTable::try_new(batch(0..0)?.schema(), parts)
}

/// A table in [`PARTITIONS`] partitions.
pub(super) fn spread(
    rows: usize,
    columns: impl Fn(std::ops::Range<usize>) -> Vec<(&'static str, ArrayRef)>,
) -> Result<Arc<MemTable>> {
    table(rows, PARTITIONS, columns).map(Arc::new)
}

/// A table in one partition, in the order that is said, which its rows have to be in.
pub(super) fn ordered(
    rows: usize,
    order: Vec<SortExpr>,
    columns: impl Fn(std::ops::Range<usize>) -> Vec<(&'static str, ArrayRef)>,
) -> Result<Arc<MemTable>> {
    Ok(Arc::new(
        table(rows, 1, columns)?.with_sort_order(vec![order]),
    ))
}

/// A column of a number for each row.
pub(super) fn integers(rows: std::ops::Range<usize>, value: impl Fn(u64) -> u64) -> ArrayRef {
    let values = rows.map(|row| value(row as u64) as i64);
    Arc::new(Int64Array::from_iter_values(values))
}

/// A column of a number for each row.
pub(super) fn floats(rows: std::ops::Range<usize>, value: impl Fn(u64) -> f64) -> ArrayRef {
    let values = rows.map(|row| value(row as u64));
    Arc::new(Float64Array::from_iter_values(values))
}

/// A number without a pattern that follows from `seed`, by the finaliser of SplitMix64 (Steele, Lea and Flood,
/// Fast Splittable Pseudorandom Number Generators, 2014).
pub(super) fn mixed(seed: u64) -> u64 {
    let seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    seed ^ (seed >> 31)
}

/// A number from zero to one, without a pattern, that follows from `seed`.
pub(super) fn uniform(seed: u64) -> f64 {
    (mixed(seed) >> 11) as f64 / (1_u64 << 53) as f64
}
