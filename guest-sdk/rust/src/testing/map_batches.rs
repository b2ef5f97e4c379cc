use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, make_array};
use arrow_schema::{FieldRef, Schema, SchemaRef};

use crate::arguments::Arguments;
use crate::columns::Columns;
use crate::constants::Constants;
use crate::map_batches::{BatchMapper, Opened};
use crate::{Error, MapBatches, Options, TableCall};

/// Calls `F` with the batches of a table, and with `arguments` behind it: arrays of one value.
///
/// # Errors
///
/// What the function says, or that what it gives is not what its schema says.
///
/// # Panics
///
/// There is no batch to know the columns of the table from.
pub fn map_batches<F: MapBatches>(
    input: &[RecordBatch],
    arguments: &[ArrayRef],
    options: &Options,
) -> Result<Vec<RecordBatch>, Error> {
    let first = input
        .first()
        .expect("there is a batch, if only an empty one");
    let fields = first.schema_ref().fields().to_vec();
    let call = TableCall::new(fields, Constants::of(arguments)?);
    let mut function = Opened::<F>::new(&call, options)?;
    let mut output = Vec::new();
    for batch in input {
        function.push(columns_of(batch))?;
        drain(&mut function, &mut output)?;
    }
    function.finish()?;
    drain(&mut function, &mut output)?;
    Ok(output)
}

fn drain(function: &mut dyn BatchMapper, output: &mut Vec<RecordBatch>) -> Result<(), Error> {
    while let Some(rows) = function.next()? {
        output.push(batch(function.result(), rows));
    }
    Ok(())
}

/// As rows reach a function.
pub(super) fn columns_of(batch: &RecordBatch) -> Arguments {
    let columns = batch.columns().iter().map(|column| column.to_data());
    Arguments::new(columns, batch.num_rows())
}

/// As rows leave a function.
pub(super) fn batch(fields: &[FieldRef], rows: Columns) -> RecordBatch {
    let schema: SchemaRef = Arc::new(Schema::new(fields.to_vec()));
    let options = RecordBatchOptions::new().with_row_count(Some(rows.rows));
    let columns = rows.columns.into_iter().map(make_array).collect();
    RecordBatch::try_new_with_options(schema, columns, &options)
        .expect("the columns are those that were agreed")
}
