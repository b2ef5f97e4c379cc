use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, make_array};
use arrow_schema::{DataType, Field, FieldRef, Schema};

use crate::arguments::Arguments;
use crate::columns::Columns;
use crate::function::Open;
use crate::{Column, Error, Options, Table};

/// The batches that `F` gives for rows of arguments: columns of equal length, or none for a function without
/// arguments. The first column of a batch, `row`, says which row of the arguments each of its rows belongs to.
/// A function that can go on without end gives as many batches as are taken.
///
/// ```
/// use std::sync::Arc;
/// use arrowbox_sdk::array::{ArrayRef, Int64Array};
/// use arrowbox_sdk::{table, testing};
///
/// #[table]
/// fn count_from(first: i64) -> impl Iterator<Item = i64> {
///     first..
/// }
///
/// # fn main() -> Result<(), arrowbox_sdk::Error> {
/// let first: ArrayRef = Arc::new(Int64Array::from(vec![5]));
/// let batch = testing::table::<count_from>(&[first])?.next().unwrap()?;
/// assert_eq!(batch.num_rows(), 8192);
/// assert_eq!(batch.schema().field(1).name(), "count_from");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// It can not be called with these types. The batches are what the function says.
pub fn table<F: Table>(
    columns: &[ArrayRef],
) -> Result<impl Iterator<Item = Result<RecordBatch, Error>> + use<F>, Error> {
    let rows = columns.first().map_or(1, |column| column.len());
    let columns = columns.iter().map(|column| Column::new(Arc::clone(column)));
    table_with::<F>(&Options::default(), columns.collect(), rows)
}

/// As [`table`], of `F` opened with `options`, for `rows` rows of columns, some of them constant.
///
/// # Errors
///
/// As [`table`].
pub fn table_with<F: Table>(
    options: &Options,
    columns: Vec<Column>,
    rows: usize,
) -> Result<impl Iterator<Item = Result<RecordBatch, Error>> + use<F>, Error> {
    let field = |column: &Column| -> FieldRef {
        let data_type = column.values().data_type().clone();
        Arc::new(Field::new("", data_type, true))
    };
    let fields: Vec<_> = columns.iter().map(field).collect();
    let (name, kind) = (F::ENTRY.name, F::ENTRY.open.kind());
    let Open::Table(open) = crate::function::find(&[F::ENTRY], kind, name, &fields)?.open else {
        return Err(crate::function::unknown(kind, name));
    };
    let mut function = open(&fields, options)?;
    let columns = columns.iter().map(|column| column.values().to_data());
    function.push(Arguments::new(columns, rows))?;
    let parent = Arc::new(Field::new("row", DataType::UInt32, false));
    let fields = std::iter::once(parent).chain(function.result().iter().map(Arc::clone));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batch = move |rows: Columns| -> Result<RecordBatch, Error> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows.rows));
        let columns = rows.columns.into_iter().map(make_array).collect();
        let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)?;
        Ok(batch)
    };
    Ok(std::iter::from_fn(move || {
        Some(function.next().transpose()?.and_then(&batch))
    }))
}
