//! What is shuffled: the same rows for every transport.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::physical_expr::Partitioning;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;

/// Rows of a batch.
pub const ROWS: usize = 8192;
/// Partitions of the input.
const INPUTS: usize = 2;

/// Two integers, a float and a text of 24 bytes.
pub fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("key", DataType::Int64, false),
        Field::new("order", DataType::Int64, false),
        Field::new("price", DataType::Float64, false),
        Field::new("comment", DataType::Utf8View, false),
    ]))
}

/// A plan that gives `batches` batches of [`ROWS`] rows, all of which are in memory.
pub fn plan(batches: usize) -> Result<Arc<dyn ExecutionPlan>> {
    let numbers = || 0..ROWS as i64;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(
            numbers()
                .map(|n| n.wrapping_mul(0x9e37_79b9))
                .collect::<Int64Array>(),
        ),
        Arc::new(numbers().collect::<Int64Array>()),
        Arc::new(numbers().map(|n| n as f64 / 7.0).collect::<Float64Array>()),
        Arc::new(StringViewArray::from_iter_values(
            numbers().map(|n| format!("{n:024}")),
        )),
    ];
    let batch = RecordBatch::try_new(schema(), columns)?;
    let input = vec![batch; batches / INPUTS];
    Ok(MemorySourceConfig::try_new_exec(
        &vec![input; INPUTS],
        schema(),
        None,
    )?)
}

/// By the hash of the key.
pub fn partitioning(partitions: usize) -> Partitioning {
    Partitioning::Hash(vec![Arc::new(Column::new("key", 0))], partitions)
}

/// Bytes of a row, without what a transport adds.
pub const ROW_BYTES: usize = 8 + 8 + 8 + 16 + 24;
