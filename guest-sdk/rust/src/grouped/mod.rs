//! Functions from all rows of a key to rows, of one table or of two.

mod call;
mod group;
mod held;
mod key;
mod mapper;
mod number;
mod opened;
mod rows;

use crate::{Error, Options, Row};

pub(crate) use call::Input;
pub use call::{CogroupedCall, GroupedCall};
pub use group::Group;
pub use mapper::{GroupMapper, Groups};
pub use number::Number;
pub(crate) use opened::{open_cogrouped, open_grouped};
pub use rows::Rows;

/// A function from all rows of a key to rows. `#[grouped_map]` above the `impl` block makes it known.
///
/// Its result has the columns of the key, and behind them the fields of [`Row`](Self::Row).
///
/// ```
/// use std::sync::Arc;
/// use arrowbox_sdk::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
/// use arrowbox_sdk::{Error, Group, GroupedCall, GroupedMap, Options, Row, Rows, grouped_map, testing};
///
/// #[derive(Row)]
/// struct Range {
///     low: f64,
///     high: f64,
/// }
///
/// struct RangeOf {
///     column: usize,
/// }
///
/// /// The least and the greatest value of a column.
/// #[grouped_map]
/// impl GroupedMap for RangeOf {
///     type Row = Range;
///
///     fn open(call: &GroupedCall, options: &Options) -> Result<Self, Error> {
///         options.only(&[])?;
///         let column = call.input().index_of("value")?;
///         Ok(Self { column })
///     }
///
///     fn map(&mut self, group: &Group<'_>, out: &mut Rows<Range>) -> Result<(), Error> {
///         let values = group.values::<f64>(self.column)?;
///         out.push(Range {
///             low: values.iter().copied().fold(f64::INFINITY, f64::min),
///             high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
///         });
///         Ok(())
///     }
/// }
/// # arrowbox_sdk::export!(RangeOf);
///
/// # fn main() -> Result<(), Error> {
/// let sensor: ArrayRef = Arc::new(Int64Array::from(vec![7, 8, 7]));
/// let value: ArrayRef = Arc::new(Float64Array::from(vec![1.5, 2.5, 0.5]));
/// let table = RecordBatch::try_from_iter([("sensor", sensor), ("value", value)])?;
/// let ranges = testing::grouped_map::<RangeOf>(&[table], &[0], &[], &Options::default())?;
/// assert_eq!(ranges[0].column(0).as_ref(), &Int64Array::from(vec![7, 8]));
/// assert_eq!(ranges[0].column(1).as_ref(), &Float64Array::from(vec![0.5, 2.5]));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a function of groups",
    label = "not a function of groups",
    note = "put `#[grouped_map]` above `impl GroupedMap for {Self}`"
)]
pub trait GroupedMap: Sized + 'static {
    /// What it gives besides the key.
    type Row: Row;

    /// The function at one place in a query, for some of the groups.
    ///
    /// # Errors
    ///
    /// Table, arguments or options are not what the function understands.
    fn open(call: &GroupedCall, options: &Options) -> Result<Self, Error>;

    /// Takes all rows of one key, and gives any number of rows.
    ///
    /// # Errors
    ///
    /// What the function says. The query ends with it.
    fn map(&mut self, group: &Group<'_>, out: &mut Rows<Self::Row>) -> Result<(), Error>;
}

/// A function from all rows of a key in two tables to rows. `#[cogrouped_map]` above the `impl` block makes it
/// known.
///
/// Its result has the columns of the key, as the left table has them, and behind them the fields of
/// [`Row`](Self::Row). A key that only one of the tables has comes with a group of no rows of the other.
///
/// ```
/// use std::sync::Arc;
/// use arrowbox_sdk::array::{ArrayRef, Int64Array, RecordBatch};
/// use arrowbox_sdk::{CogroupedCall, CogroupedMap, Error, Group, Options, Rows, cogrouped_map, testing};
///
/// struct Surplus;
///
/// /// How many more rows a key has in the left table than in the right one.
/// #[cogrouped_map]
/// impl CogroupedMap for Surplus {
///     type Row = i64;
///
///     fn open(_: &CogroupedCall, options: &Options) -> Result<Self, Error> {
///         options.only(&[])?;
///         Ok(Self)
///     }
///
///     fn map(&mut self, left: &Group<'_>, right: &Group<'_>, out: &mut Rows<i64>) -> Result<(), Error> {
///         out.push(left.len() as i64 - right.len() as i64);
///         Ok(())
///     }
/// }
/// # arrowbox_sdk::export!(Surplus);
///
/// # fn main() -> Result<(), Error> {
/// let table = |keys: Vec<i64>| {
///     let keys: ArrayRef = Arc::new(Int64Array::from(keys));
///     RecordBatch::try_from_iter([("key", keys)])
/// };
/// let surplus = testing::cogrouped_map::<Surplus>(
///     (&[table(vec![1, 2, 1])?], &[0]),
///     (&[table(vec![3])?], &[0]),
///     &[],
///     &Options::default(),
/// )?;
/// assert_eq!(surplus[0].column(0).as_ref(), &Int64Array::from(vec![1, 2, 3]));
/// assert_eq!(surplus[0].column(1).as_ref(), &Int64Array::from(vec![2, 1, -1]));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a function of the groups of two tables",
    label = "not a function of the groups of two tables",
    note = "put `#[cogrouped_map]` above `impl CogroupedMap for {Self}`"
)]
pub trait CogroupedMap: Sized + 'static {
    /// What it gives besides the key.
    type Row: Row;

    /// The function at one place in a query, for some of the groups.
    ///
    /// # Errors
    ///
    /// Tables, arguments or options are not what the function understands.
    fn open(call: &CogroupedCall, options: &Options) -> Result<Self, Error>;

    /// Takes all rows of one key, and gives any number of rows.
    ///
    /// # Errors
    ///
    /// What the function says. The query ends with it.
    fn map(
        &mut self,
        left: &Group<'_>,
        right: &Group<'_>,
        out: &mut Rows<Self::Row>,
    ) -> Result<(), Error>;
}

#[cfg(test)]
mod tests;
