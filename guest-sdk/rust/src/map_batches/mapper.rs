use arrow_schema::FieldRef;

use crate::Error;
use crate::arguments::Arguments;
use crate::columns::Columns;

/// A function of batches at one place in a query, whatever it is. See `wit/map-batches.wit`.
pub trait BatchMapper {
    /// The columns.
    fn result(&self) -> &[FieldRef];

    /// Takes a batch.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn push(&mut self, rows: Arguments) -> Result<(), Error>;

    /// There is no more input.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn finish(&mut self) -> Result<(), Error>;

    /// The next rows that it gives for what came so far.
    ///
    /// # Errors
    ///
    /// What the function says, or that what it gives is not what its schema says.
    fn next(&mut self) -> Result<Option<Columns>, Error>;
}
