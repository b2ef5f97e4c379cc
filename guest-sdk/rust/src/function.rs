//! What `#[scalar]` implements, and how a library's functions are found.

use arrow_data::ArrayData;
use arrow_schema::FieldRef;

use crate::arguments::Arguments;
use crate::signature::Signature;
use crate::{Error, Options};

/// What the optimiser can assume of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volatility {
    /// The same arguments always give the same result.
    Immutable,
    /// The same arguments give the same result within one query.
    Stable,
    /// Every call can give another result.
    Volatile,
}

/// A function that gives one value for each row. `#[scalar]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a function that Arrowbox knows",
    label = "not a function of this library",
    note = "put `#[scalar]` above the function, or above the `impl` block with its `new` and `call`"
)]
pub trait Scalar: Sized + 'static {
    /// In SQL.
    const NAME: &'static str;
    /// What the optimiser can assume.
    const VOLATILITY: Volatility;
    /// Whether the result is null wherever an argument is.
    const STRICT: bool;
    /// What the function needs to be granted.
    const GRANTS: &'static [&'static str];
    /// The first line is the summary.
    const DOCUMENTATION: &'static str;

    /// How it is called.
    fn signature() -> Signature;

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
pub(crate) trait Call {
    fn result(&self) -> &FieldRef;
    fn call(&self, arguments: Arguments) -> Result<ArrayData, Error>;
}

impl<F: Scalar> Opened<F> {
    fn new(arguments: &[FieldRef], options: &Options) -> Result<Self, Error> {
        Ok(Self {
            result: F::signature().result(F::NAME, arguments)?,
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
        if result.len() != arguments.rows() {
            return Err(Error::new(format_args!(
                "the function returned {} values for {} rows",
                result.len(),
                arguments.rows()
            )));
        }
        if !result.data_type().equals_datatype(self.result.data_type()) {
            return Err(Error::new(format_args!(
                "the function returned {} and its signature says {}",
                result.data_type(),
                self.result.data_type()
            )));
        }
        Ok(result)
    }
}

/// A line of a library's table of contents.
#[derive(Clone, Copy)]
pub struct Entry {
    pub(crate) name: &'static str,
    pub(crate) volatility: Volatility,
    pub(crate) strict: bool,
    pub(crate) grants: &'static [&'static str],
    pub(crate) documentation: &'static str,
    pub(crate) signature: fn() -> Signature,
    pub(crate) open: Open,
}

type Open = fn(&[FieldRef], &Options) -> Result<Box<dyn Call>, Error>;

impl Entry {
    /// The line of a scalar function.
    pub const fn scalar<F: Scalar>() -> Self {
        Self {
            name: F::NAME,
            volatility: F::VOLATILITY,
            strict: F::STRICT,
            grants: F::GRANTS,
            documentation: F::DOCUMENTATION,
            signature: F::signature,
            open: |arguments, options| Ok(Box::new(Opened::<F>::new(arguments, options)?)),
        }
    }
}

/// The functions of a component. `export!` implements it.
pub trait Library: 'static {
    /// In the order in which they were listed.
    const ENTRIES: &'static [Entry];
}

/// Finds the function of this name that can be called with these arguments, and opens it.
pub(crate) fn open(
    entries: &[Entry],
    name: &str,
    arguments: &[FieldRef],
    options: &Options,
) -> Result<Box<dyn Call>, Error> {
    let mut named = entries.iter().filter(|entry| entry.name == name).peekable();
    if named.peek().is_none() {
        return Err(Error::new(format_args!("no such function: {name}")));
    }
    match named.find(|entry| (entry.signature)().accepts(arguments)) {
        Some(entry) => (entry.open)(arguments, options),
        None => {
            let types: Vec<_> = arguments
                .iter()
                .map(|a| a.data_type().to_string())
                .collect();
            Err(Error::new(format_args!(
                "{name} has no signature for ({})",
                types.join(", ")
            )))
        }
    }
}
