use arrow_schema::FieldRef;

use crate::Error;
use crate::arguments::Arguments;
use crate::columns::Columns;

/// Rows of one table: group `i` has those from `offsets[i]` to `offsets[i + 1]`.
#[derive(Debug)]
pub struct Groups {
    /// Of all groups.
    pub(crate) rows: Arguments,
    /// One more than there are groups.
    pub(crate) offsets: Vec<u32>,
}

/// A function of groups at one place in a query, whatever it is. See `wit/grouped.wit`.
pub trait GroupMapper {
    /// The columns.
    fn result(&self) -> &[FieldRef];

    /// Takes groups of each table; with `continued`, the last one goes on in the next call.
    ///
    /// # Errors
    ///
    /// The groups are none.
    fn push(&mut self, inputs: Vec<Groups>, continued: bool) -> Result<(), Error>;

    /// The next rows that it gives for what came so far.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn next(&mut self) -> Result<Option<Columns>, Error>;
}
