//! Functions from batches to batches.

mod call;
mod mapper;
mod opened;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use crate::{Batches, Error, Options};

pub use call::TableCall;
pub use mapper::BatchMapper;
pub(crate) use opened::Opened;

/// A function from batches to batches, which keeps what it learns. `#[map_batches]` above the `impl` block
/// makes it known.
///
/// It has the rows of one partition of a table, in batches as they come. What it gives for a batch is asked for
/// before the next batch comes.
///
/// ```
/// use std::sync::Arc;
/// use arrowbox_sdk::array::{ArrayRef, Int64Array, RecordBatch};
/// use arrowbox_sdk::datatypes::{DataType, Field, Schema, SchemaRef};
/// use arrowbox_sdk::{Batches, Error, MapBatches, Options, TableCall, map_batches, testing};
///
/// struct CountRows {
///     every: i64,
///     seen: i64,
/// }
///
/// /// How many rows there were so far, once for each so many of them.
/// #[map_batches]
/// impl MapBatches for CountRows {
///     fn open(call: &TableCall, options: &Options) -> Result<Self, Error> {
///         options.only(&[])?;
///         let every = call.argument(0)?;
///         Ok(Self { every, seen: 0 })
///     }
///
///     fn schema(&self) -> SchemaRef {
///         Arc::new(Schema::new(vec![Field::new("rows", DataType::Int64, false)]))
///     }
///
///     fn push(&mut self, rows: RecordBatch) -> Result<Batches, Error> {
///         let (from, to) = (self.seen, self.seen + rows.num_rows() as i64);
///         self.seen = to;
///         let counts = (from + 1..=to).filter(|row| row % self.every == 0);
///         let counts: Int64Array = counts.map(Some).collect();
///         Ok(RecordBatch::try_new(self.schema(), vec![Arc::new(counts)])?.into())
///     }
/// }
/// # arrowbox_sdk::export!(CountRows);
///
/// # fn main() -> Result<(), Error> {
/// let column: ArrayRef = Arc::new(Int64Array::from(vec![0; 5]));
/// let rows = RecordBatch::try_from_iter([("a", column)])?;
/// let three: ArrayRef = Arc::new(Int64Array::from(vec![3]));
/// let counts =
///     testing::map_batches::<CountRows>(&[rows.clone(), rows], &[three], &Options::default())?;
/// assert_eq!(counts[0].column(0).as_ref(), &Int64Array::from(vec![3]));
/// assert_eq!(counts[1].column(0).as_ref(), &Int64Array::from(vec![6, 9]));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a function of batches",
    label = "not a function of batches",
    note = "put `#[map_batches]` above `impl MapBatches for {Self}`"
)]
pub trait MapBatches: Sized + 'static {
    /// The function at one place in a query, for one partition of the table.
    ///
    /// # Errors
    ///
    /// Table, arguments or options are not what the function understands.
    fn open(call: &TableCall, options: &Options) -> Result<Self, Error>;

    /// The columns of all batches that it gives. It is asked once.
    fn schema(&self) -> SchemaRef;

    /// Takes a batch of the table.
    ///
    /// # Errors
    ///
    /// What the function says. The query ends with it.
    fn push(&mut self, rows: RecordBatch) -> Result<Batches, Error>;

    /// There are no more batches.
    ///
    /// # Errors
    ///
    /// What the function says. The query ends with it.
    fn finish(&mut self) -> Result<Batches, Error> {
        Ok(Batches::default())
    }
}

#[cfg(test)]
mod tests;
