use arrow_schema::FieldRef;

use crate::Error;
use crate::arguments::Arguments;
use crate::columns::Columns;

/// A table function at one place in a query, whatever it is. See `wit/table.wit`.
pub trait TableFunction {
    /// The fields of its rows, without that of the row of the arguments.
    fn result(&self) -> &[FieldRef];

    /// Takes rows of arguments. What is left of those before is dropped.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn push(&mut self, arguments: Arguments) -> Result<(), Error>;

    /// The next rows, behind a column that says which row of the arguments they belong to.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn next(&mut self) -> Result<Option<Columns>, Error>;
}
