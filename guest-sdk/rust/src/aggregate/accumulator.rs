use arrow_schema::FieldRef;

use crate::Error;
use crate::arguments::Arguments;
use crate::columns::Columns;

/// The groups that a call hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emit {
    /// Every group.
    All,
    /// The first so many; the others move down by as many.
    First(usize),
}

/// The states of many groups at one place in a query, whatever the function is. See `wit/aggregate.wit`.
pub trait Accumulator {
    /// The field of the result.
    fn result(&self) -> &FieldRef;

    /// The fields of the state.
    fn state_fields(&self) -> &[FieldRef];

    /// Whether [`retract`](Self::retract) can be called.
    fn is_retractable(&self) -> bool;

    /// Adds rows to groups: the first column has the group of each.
    ///
    /// # Errors
    ///
    /// What the function says, or a group is none of `groups`.
    fn update(&mut self, rows: Arguments, groups: usize) -> Result<(), Error>;

    /// Takes rows out of groups again.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update), or the function can not.
    fn retract(&mut self, rows: Arguments, groups: usize) -> Result<(), Error>;

    /// Merges states into groups: the first column has the group of each.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update), or a state is none that [`state`](Self::state) gives.
    fn merge(&mut self, states: Arguments, groups: usize) -> Result<(), Error>;

    /// The state of each row as if it were a group of its own.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn convert(&mut self, arguments: Arguments) -> Result<Columns, Error>;

    /// The states of groups, which are forgotten.
    ///
    /// # Errors
    ///
    /// There are fewer groups.
    fn state(&mut self, emit: Emit) -> Result<Columns, Error>;

    /// The results of groups, which are forgotten.
    ///
    /// # Errors
    ///
    /// There are fewer groups, or what the function says.
    fn evaluate(&mut self, emit: Emit) -> Result<Columns, Error>;

    /// The results of all groups, which go on.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn peek(&mut self) -> Result<Columns, Error>;
}
