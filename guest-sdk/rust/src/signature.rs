//! How functions are called: the types of their arguments and of their result.

use std::str::FromStr;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef};

use crate::Error;

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
    /// Rows of these columns.
    Columns(Vec<FieldRef>),
    /// What the function says when it is opened.
    Opened,
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
    /// Of a function that looks at its arguments itself, any number of them, and says then what it returns.
    pub fn opened() -> Self {
        Self {
            arguments: vec![("arguments", ArgumentType::Any)],
            variadic: true,
            result: ResultType::Opened,
            nullable: true,
        }
    }

    /// Of a function that takes these arguments, and says what it returns when it is opened.
    pub fn opened_with(arguments: &[ArgumentType]) -> Self {
        Self {
            arguments: arguments.iter().map(|each| ("", each.clone())).collect(),
            variadic: false,
            ..Self::opened()
        }
    }

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

    /// The field of the result for these arguments, of a function that returns values.
    ///
    /// # Errors
    ///
    /// What the author's own rule says, or it returns rows.
    pub fn result(&self, name: &str, arguments: &[FieldRef]) -> Result<FieldRef, Error> {
        match &self.result {
            ResultType::Exactly(data_type) => {
                Ok(Arc::new(Field::new(name, data_type.clone(), self.nullable)))
            }
            ResultType::Of(rule) => rule(arguments),
            ResultType::Columns(_) | ResultType::Opened => {
                Err(Error::new(format_args!("{name} returns rows and no value")))
            }
        }
    }
}
