use arrow_schema::FieldRef;

use crate::Error;
use crate::arguments::Arguments;
use crate::columns::Columns;

/// How a function of groups is called: with one table, or with two.
#[derive(Debug)]
pub struct GroupedCall {
    /// The fields of each table.
    pub inputs: Vec<Vec<FieldRef>>,
    /// The columns of each table that make the key.
    pub keys: Vec<Vec<usize>>,
    /// The fields of what stands behind the tables.
    pub fields: Vec<FieldRef>,
    /// One row of that.
    pub arguments: Arguments,
}

/// Rows of one table: group `i` has those from `offsets[i]` to `offsets[i + 1]`.
#[derive(Debug)]
pub struct Groups {
    /// Of all groups.
    pub rows: Arguments,
    /// One more than there are groups.
    pub offsets: Vec<u32>,
}

/// A function of groups at one place in a query, whatever it is. See `wit/grouped.wit`.
pub trait GroupMapper {
    /// The columns.
    fn result(&self) -> &[FieldRef];

    /// Takes groups of each table; with `continued`, the last one goes on in the next call.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn push(&mut self, inputs: Vec<Groups>, continued: bool) -> Result<(), Error>;

    /// The next rows that it gives for what came so far.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn next(&mut self) -> Result<Option<Columns>, Error>;
}
