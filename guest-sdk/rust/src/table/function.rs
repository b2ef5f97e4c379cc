use std::sync::Arc;

use arrow_schema::FieldRef;

use crate::arguments::Arguments;
use crate::columns::Columns;
use crate::function::Function;
use crate::{Error, Options};

/// A function that gives rows for values. `#[table]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table function that Arrowbox knows",
    label = "not a table function",
    note = "put `#[table]` above the function, or above the `impl` block with its `new` and `call`"
)]
pub trait Table: Function + Sized + 'static {
    /// The function at one place in a query.
    ///
    /// # Errors
    ///
    /// The options are not what the function understands.
    fn open(options: &Options) -> Result<Self, Error>;

    /// The fields of its rows.
    fn fields() -> Vec<FieldRef>;

    /// The function as it takes arguments.
    fn start(self) -> Box<dyn TableFunction>;
}

/// `fields`, of which one without a name has that of the function.
pub(super) fn named(fields: Vec<FieldRef>, function: &str) -> Vec<FieldRef> {
    let name = |field: FieldRef| match field.name().is_empty() {
        true => Arc::new(field.as_ref().clone().with_name(function)),
        false => field,
    };
    fields.into_iter().map(name).collect()
}

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
