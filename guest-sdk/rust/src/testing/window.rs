use std::sync::Arc;

use arrow_array::{Array, ArrayRef, make_array};
use arrow_schema::{Field, FieldRef};

use crate::arguments::Arguments;
use crate::function::Open;
use crate::{Column, Error, Options, Window};

/// Calls `F` with a partition: columns of equal length.
///
/// ```
/// use std::sync::Arc;
/// use arrowbox_sdk::array::{ArrayRef, Int64Array};
/// use arrowbox_sdk::{testing, window};
///
/// #[derive(Default)]
/// struct RunningTotal {
///     total: i64,
/// }
///
/// #[window]
/// impl RunningTotal {
///     fn next(&mut self, value: i64) -> i64 {
///         self.total += value;
///         self.total
///     }
/// }
///
/// let values: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
/// let expected: ArrayRef = Arc::new(Int64Array::from(vec![1, 3, 6]));
/// assert_eq!(&testing::window::<RunningTotal>(&[values]).unwrap(), &expected);
/// ```
///
/// # Errors
///
/// What the function says, or that it can not be called with these types; or what it gives is another thing
/// when the rows come one by one.
pub fn window<F: Window>(columns: &[ArrayRef]) -> Result<ArrayRef, Error> {
    let rows = columns.first().map_or(1, |column| column.len());
    let columns = columns.iter().map(|column| Column::new(Arc::clone(column)));
    window_with::<F>(&Options::default(), columns.collect(), rows)
}

/// Calls `F`, opened with `options`, with a partition of columns of `rows` rows, some of them constant.
///
/// # Errors
///
/// As [`window`].
pub fn window_with<F: Window>(
    options: &Options,
    columns: Vec<Column>,
    rows: usize,
) -> Result<ArrayRef, Error> {
    let field = |column: &Column| -> FieldRef {
        let data_type = column.values().data_type().clone();
        Arc::new(Field::new("", data_type, true))
    };
    let fields: Vec<_> = columns.iter().map(field).collect();
    let (name, kind) = (F::ENTRY.name, F::ENTRY.open.kind());
    let Open::Window(open) = crate::function::find(&[F::ENTRY], kind, name, &fields)?.open else {
        return Err(crate::function::unknown(kind, name));
    };
    let mut function = open(&fields, options)?;
    let whole = columns.iter().map(|column| column.values().to_data());
    let whole = make_array(function.evaluate(Arguments::new(whole, rows))?);
    if function.is_incremental() {
        for row in 0..rows {
            let values = columns.iter().map(|column| {
                let at = if column.is_constant() { 0 } else { row };
                column.values().slice(at, 1).to_data()
            });
            let next = function.push(Arguments::new(values, 1), row == 0)?;
            if make_array(next) != whole.slice(row, 1) {
                return Err(Error::new(format_args!(
                    "{name} gives another value when the rows come one by one"
                ))
                .at_row(row as u64));
            }
        }
    }
    Ok(whole)
}
