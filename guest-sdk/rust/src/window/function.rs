use arrow_data::ArrayData;
use arrow_schema::FieldRef;

use crate::Error;
use crate::arguments::Arguments;

/// A window function at one place in a query, whatever it is. See `wit/window.wit`.
pub trait WindowFunction {
    /// The field of the result.
    fn result(&self) -> &FieldRef;

    /// Whether [`push`](Self::push) can be called.
    fn is_incremental(&self) -> bool;

    /// One value for each row of a whole partition.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn evaluate(&mut self, partition: Arguments) -> Result<ArrayData, Error>;

    /// One value for each of the next rows of a partition; `first` begins a new one.
    ///
    /// # Errors
    ///
    /// What the function says, or it needs the whole partition.
    fn push(&mut self, rows: Arguments, first: bool) -> Result<ArrayData, Error>;
}
