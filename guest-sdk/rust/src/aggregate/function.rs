use std::fmt::Display;

use arrow_data::ArrayData;

use super::groups::GroupColumn;
use crate::arguments::Arguments;
use crate::function::Function;
use crate::record::Row;
use crate::scalar::Hint;
use crate::{Error, Options};

/// A function that gives one value for each group of rows, as the state of one group. `#[aggregate]` implements
/// it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate function that Arrowbox knows",
    label = "not an aggregate function",
    note = "put `#[aggregate]` above the `impl` block with its `update`, `merge` and `evaluate`"
)]
pub trait Aggregate: Function + Row + Clone + 'static {
    /// Whether it has [`retract_rows`](Self::retract_rows).
    const RETRACTABLE: bool;

    /// The identity, which every group begins with.
    ///
    /// # Errors
    ///
    /// The options are not what the function understands.
    fn open(options: &Options) -> Result<Self, Error>;

    /// Adds each row to the state of its group.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn update_rows(
        states: &mut [Self],
        groups: &GroupColumn<'_>,
        arguments: &Arguments,
    ) -> Result<(), Error>;

    /// Takes each row out of the state of its group.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn retract_rows(
        states: &mut [Self],
        groups: &GroupColumn<'_>,
        arguments: &Arguments,
    ) -> Result<(), Error>;

    /// Merges the state of other rows into this one.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn merge_state(&mut self, other: Self) -> Result<(), Error>;

    /// The result of each state.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn evaluate_states(states: &[Self], hint: &Hint) -> Result<ArrayData, Error>;
}

/// What a method that only changes its state can return: nothing, or a [`Result`] of nothing.
#[diagnostic::on_unimplemented(
    message = "a method that changes the state of a group can not return `{Self}`",
    label = "neither nothing nor a `Result`",
    note = "`update`, `retract` and `merge` return nothing, or a `Result<(), E>` whose error can be displayed"
)]
pub trait Outcome {
    /// Whether it went well.
    ///
    /// # Errors
    ///
    /// What the method said.
    fn outcome(self) -> Result<(), Error>;
}

impl Outcome for () {
    #[inline]
    fn outcome(self) -> Result<(), Error> {
        Ok(())
    }
}

impl<E: Display> Outcome for Result<(), E> {
    #[inline]
    fn outcome(self) -> Result<(), Error> {
        self.map_err(Error::new)
    }
}
