//! What a function says about itself, and what `#[scalar]` implements.

use std::str::FromStr;
use std::sync::Arc;

use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, FieldRef};

use crate::arguments::Arguments;
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

/// What an argument can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArgumentType {
    /// This type; the query casts others to it.
    Exactly(DataType),
    /// Every type.
    Any,
    /// Text, however it is laid out: utf8, large utf8, utf8 view, or a dictionary of one of them.
    Text,
    /// Binary, however it is laid out.
    Binary,
}

impl ArgumentType {
    /// Whether a value of `data_type` can be passed as it is.
    pub fn accepts(&self, data_type: &DataType) -> bool {
        match self {
            Self::Exactly(exactly) => exactly.equals_datatype(data_type),
            Self::Any => true,
            Self::Text => matches!(
                dictionary_values(data_type),
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
            ),
            Self::Binary => matches!(
                dictionary_values(data_type),
                DataType::Binary | DataType::LargeBinary | DataType::BinaryView
            ),
        }
    }
}

fn dictionary_values(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}

/// `any`, `text`, `binary`, or a type as Arrow writes it: `Int64`, `List(Utf8)`, `Timestamp(µs, "UTC")`.
impl FromStr for ArgumentType {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Ok(match text {
            "any" => Self::Any,
            "text" => Self::Text,
            "binary" => Self::Binary,
            other => Self::Exactly(other.parse()?),
        })
    }
}

/// What a function returns.
#[derive(Clone)]
pub enum ResultType {
    /// This type, whatever the arguments are.
    Exactly(DataType),
    /// What this says of the arguments' fields.
    Of(fn(&[FieldRef]) -> Result<FieldRef, Error>),
}

/// The type behind `arguments(…)`.
///
/// # Panics
///
/// If there is no such type.
pub fn declared_argument(text: &str) -> ArgumentType {
    text.parse()
        .unwrap_or_else(|error| panic!("`arguments({text:?})`: {error}"))
}

/// The type behind `returns = …`.
///
/// # Panics
///
/// If there is no such type.
pub fn declared_result(text: &str) -> ResultType {
    match text.parse() {
        Ok(data_type) => ResultType::Exactly(data_type),
        Err(error) => panic!("`returns = {text:?}`: {error}"),
    }
}

/// The result has the type of the first argument: what `returns = same_as_first` stands for.
///
/// # Errors
///
/// If there is no argument.
pub fn same_as_first(arguments: &[FieldRef]) -> Result<FieldRef, Error> {
    match arguments.first() {
        Some(first) => Ok(Arc::clone(first)),
        None => Err(Error::new("there is no argument to take the type of")),
    }
}

/// One way of calling a function.
#[derive(Clone)]
pub struct Signature {
    /// Names and types.
    pub arguments: Vec<(&'static str, ArgumentType)>,
    /// Whether the last argument can stand any number of times.
    pub variadic: bool,
    /// Of every row.
    pub result: ResultType,
    /// Whether a row of the result can be null.
    pub nullable: bool,
}

impl Signature {
    /// Whether the function can be called with these arguments.
    pub fn accepts(&self, arguments: &[FieldRef]) -> bool {
        let fixed = self.arguments.len() - usize::from(self.variadic);
        let number = if self.variadic {
            arguments.len() >= fixed
        } else {
            arguments.len() == fixed
        };
        let types = self.arguments[..fixed]
            .iter()
            .chain(self.arguments[fixed..].iter().cycle())
            .map(|(_, argument)| argument);
        number
            && types
                .zip(arguments)
                .all(|(t, field)| t.accepts(field.data_type()))
    }

    /// The field of the result for these arguments.
    ///
    /// # Errors
    ///
    /// What the author's own rule says.
    pub fn result(&self, name: &str, arguments: &[FieldRef]) -> Result<FieldRef, Error> {
        match &self.result {
            ResultType::Exactly(data_type) => {
                Ok(Arc::new(Field::new(name, data_type.clone(), self.nullable)))
            }
            ResultType::Of(rule) => rule(arguments),
        }
    }
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
