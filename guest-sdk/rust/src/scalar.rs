//! What `#[scalar]` implements.

use arrow_data::ArrayData;
use arrow_schema::FieldRef;

use crate::arguments::Arguments;
use crate::function::Function;
use crate::{Error, Options};

/// A function that gives one value for each row. `#[scalar]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a function of rows that Arrowbox knows",
    label = "not a scalar function",
    note = "put `#[scalar]` above the function, or above the `impl` block with its `new` and `call`"
)]
pub trait Scalar: Function + Sized + 'static {
    /// In SQL.
    const NAME: &'static str = Self::ENTRY.name;

    /// The function at one place in a query.
    ///
    /// # Errors
    ///
    /// The options are not what the function understands.
    fn open(options: &Options) -> Result<Self, Error>;

    /// One value for each row of `arguments`. `hint` is what one call leaves for the next.
    ///
    /// # Errors
    ///
    /// What the function says.
    fn call(&self, arguments: &Arguments, hint: &Hint) -> Result<ArrayData, Error>;
}

/// The size of the last result, so that the next is allocated at once.
#[derive(Debug, Default)]
pub struct Hint(pub(crate) std::cell::Cell<usize>);

/// A scalar function at one place in a query.
pub(crate) struct Opened<F> {
    function: F,
    hint: Hint,
    result: FieldRef,
}

/// [`Opened`] whatever the function is.
pub trait Call {
    /// The field of the result.
    fn result(&self) -> &FieldRef;

    /// One value for each row.
    ///
    /// # Errors
    ///
    /// What the function says, or that it returned something else.
    fn call(&self, arguments: Arguments) -> Result<ArrayData, Error>;
}

impl<F: Scalar> Opened<F> {
    pub(crate) fn new(arguments: &[FieldRef], options: &Options) -> Result<Self, Error> {
        Ok(Self {
            result: (F::ENTRY.signature)().result(F::NAME, arguments)?,
            function: F::open(options)?,
            hint: Hint::default(),
        })
    }
}

impl<F: Scalar> Call for Opened<F> {
    fn result(&self) -> &FieldRef {
        &self.result
    }

    fn call(&self, arguments: Arguments) -> Result<ArrayData, Error> {
        let result = self.function.call(&arguments, &self.hint)?;
        agreed(&result, arguments.rows(), &self.result)?;
        Ok(result)
    }
}

/// Whether `result` is what was agreed: one value of the type of `field` for each row.
///
/// # Errors
///
/// It is not.
pub(crate) fn agreed(result: &ArrayData, rows: usize, field: &FieldRef) -> Result<(), Error> {
    if result.len() != rows {
        return Err(Error::new(format_args!(
            "the function returned {} values for {rows} rows",
            result.len()
        )));
    }
    if !result.data_type().equals_datatype(field.data_type()) {
        return Err(Error::new(format_args!(
            "the function returned {} and its signature says {}",
            result.data_type(),
            field.data_type()
        )));
    }
    Ok(())
}
