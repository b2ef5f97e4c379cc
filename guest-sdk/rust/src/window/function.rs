use arrow_data::ArrayData;
use arrow_schema::FieldRef;

use crate::arguments::Arguments;
use crate::function::Function;
use crate::scalar::Hint;
use crate::{Error, Options};

/// A function that gives one value for each row of an ordered partition. `#[window]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a window function that Arrowbox knows",
    label = "not a window function",
    note = "put `#[window]` above the function, or above the `impl` block with its `next` or `evaluate`"
)]
pub trait Window: Function + Sized + 'static {
    /// Whether rows can come in any number of pieces.
    const INCREMENTAL: bool;

    /// What is kept from one piece of a partition to the next.
    type State;

    /// The function at one place in a query.
    ///
    /// # Errors
    ///
    /// The options are not what the function understands.
    fn open(options: &Options) -> Result<Self, Error>;

    /// What a partition begins with.
    fn begin(&self) -> Self::State;

    /// One value for each of the next rows of a partition, which are all of them if the function is not
    /// [incremental](Self::INCREMENTAL).
    ///
    /// # Errors
    ///
    /// What the function says.
    fn run(
        &self,
        state: &mut Self::State,
        arguments: &Arguments,
        hint: &Hint,
    ) -> Result<ArrayData, Error>;
}

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
