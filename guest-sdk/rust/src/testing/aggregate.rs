use std::sync::Arc;

use arrow_array::{Array, ArrayRef, UInt32Array, make_array};
use arrow_schema::{Field, FieldRef};

use crate::aggregate::{Accumulator, Aggregate, Emit};
use crate::arguments::Arguments;
use crate::function::Open;
use crate::{Column, Error, Options};

/// The value of `F` for all rows of columns of equal length, as an array of one.
///
/// ```
/// use std::sync::Arc;
/// use arrowbox_sdk::array::{ArrayRef, Int64Array};
/// use arrowbox_sdk::{Row, aggregate, testing};
///
/// #[derive(Row, Clone, Default)]
/// struct Total {
///     sum: i64,
/// }
///
/// #[aggregate]
/// impl Total {
///     fn update(&mut self, value: i64) {
///         self.sum += value;
///     }
///
///     fn merge(&mut self, other: Self) {
///         self.sum += other.sum;
///     }
///
///     fn evaluate(&self) -> i64 {
///         self.sum
///     }
/// }
///
/// let values: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
/// let expected: ArrayRef = Arc::new(Int64Array::from(vec![4]));
/// assert_eq!(&testing::aggregate::<Total>(&[values]).unwrap(), &expected);
/// ```
///
/// # Errors
///
/// What the function says, or that it can not be called with these types.
pub fn aggregate<F: Aggregate>(columns: &[ArrayRef]) -> Result<ArrayRef, Error> {
    let groups = vec![0; columns.first().map_or(0, |column| column.len())];
    let columns = columns.iter().map(|column| Column::new(Arc::clone(column)));
    aggregate_with::<F>(&Options::default(), columns.collect(), &groups, 1)
}

/// The value of `F`, opened with `options`, for each of so many groups. `groups` says of which one each row of
/// the columns is, some of which can be constant.
///
/// # Errors
///
/// What the function says, or that it can not be called with these types.
pub fn aggregate_with<F: Aggregate>(
    options: &Options,
    columns: Vec<Column>,
    groups: &[u32],
    count: usize,
) -> Result<ArrayRef, Error> {
    let mut accumulator = open::<F>(options, &columns)?;
    let values = columns.iter().map(|column| Arc::clone(column.values()));
    let groups: ArrayRef = Arc::new(UInt32Array::from(groups.to_vec()));
    let rows = groups.len();
    accumulator.update(batch(groups, values, rows), count)?;
    let results = accumulator.evaluate(Emit::All)?;
    Ok(make_array(results.columns[0].clone()))
}

pub(super) fn open<F: Aggregate>(
    options: &Options,
    columns: &[Column],
) -> Result<Box<dyn Accumulator>, Error> {
    let field = |column: &Column| -> FieldRef {
        let data_type = column.values().data_type().clone();
        Arc::new(Field::new("", data_type, true))
    };
    let fields: Vec<_> = columns.iter().map(field).collect();
    let entries = [F::ENTRY];
    let entry = crate::function::find(&entries, F::ENTRY.open.kind(), F::ENTRY.name, &fields)?;
    match entry.open {
        Open::Aggregate(open) => open(&fields, options),
        _ => Err(crate::function::unknown(
            F::ENTRY.open.kind(),
            F::ENTRY.name,
        )),
    }
}

/// `columns` behind the group of each row.
pub(super) fn batch(
    groups: ArrayRef,
    columns: impl IntoIterator<Item = ArrayRef>,
    rows: usize,
) -> Arguments {
    let columns = columns.into_iter().map(|column| column.to_data());
    Arguments::new(std::iter::once(groups.to_data()).chain(columns), rows)
}
