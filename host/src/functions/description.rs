//! What a component says of its functions, checked.

use std::{collections::BTreeSet, fmt};

use arrow::datatypes::{DataType, FieldRef};
use datafusion::logical_expr::Volatility;
use serde::{Deserialize, Serialize};

use crate::{
    boundary::{
        SchemaError,
        schema::{self, Parsed},
    },
    sandbox::{Lane, wire},
};

/// Functions of a component.
const FUNCTIONS: usize = 10_000;
/// Bytes of a name.
const NAME: usize = 256;

/// Everything that a component offers.
#[derive(Debug, Clone)]
pub struct Description {
    /// Name and version of what made it.
    pub sdk: String,
    /// In the component's order.
    pub functions: Vec<FunctionDescription>,
}

/// One function.
#[derive(Debug, Clone)]
pub struct FunctionDescription {
    /// Its name in the component.
    pub name: String,
    /// What it does with rows.
    pub kind: Kind,
    /// The ways of calling it.
    pub signatures: Vec<Signature>,
    /// What the optimiser can assume.
    pub volatility: Volatility,
    /// Who handles nulls.
    pub nulls: NullHandling,
    /// What it needs to be granted.
    pub grants: Vec<String>,
    /// Whether batches stay with the host, and the function computes with columns.
    pub columns: bool,
    /// For people; the first line is the summary.
    pub documentation: String,
}

/// What a function does with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A value for each row.
    Scalar,
    /// A value for each group.
    Aggregate,
    /// A value for each row of an ordered partition.
    Window,
    /// Rows for constant arguments.
    Table,
    /// Batches for batches.
    MapBatches,
    /// Rows for the rows of a key.
    GroupedMap,
    /// Rows for the rows of a key of two inputs.
    CogroupedMap,
    /// A table of what lies somewhere.
    Reader,
    /// A table put somewhere.
    Writer,
}

/// Who handles nulls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NullHandling {
    /// A null argument makes a null result.
    Strict,
    /// The function sees nulls.
    Called,
}

/// One way of calling a function.
#[derive(Debug, Clone)]
pub struct Signature {
    /// In order.
    pub arguments: Vec<Argument>,
    /// Whether the last argument can stand any number of times, zero included.
    pub variadic: bool,
    /// The columns of the result; one for kinds that give values. `None` if they depend on the arguments.
    pub result: Option<Vec<FieldRef>>,
}

/// One argument of a signature.
#[derive(Debug, Clone)]
pub struct Argument {
    /// For people.
    pub name: String,
    /// The types that the function takes as they are.
    pub accepts: Accepts,
}

/// Types that an argument can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepts {
    /// One.
    Exactly(DataType),
    /// Text in any layout.
    Text,
    /// Bytes in any layout.
    Binary,
    /// All.
    Any,
}

/// A component that makes no sense of itself.
#[derive(Debug, thiserror::Error)]
pub enum DescriptionError {
    /// Too many functions to be true.
    #[error("it describes {0} functions, at most {FUNCTIONS} are allowed")]
    TooMany(usize),
    /// A name that SQL can not have.
    #[error(
        "it describes a function with the name {0:?}, which is empty, too long or not printable"
    )]
    Name(String),
    /// Two functions of one name.
    #[error("it describes two functions of the name `{0}`")]
    Duplicate(String),
    /// A function that can not be called.
    #[error("its function `{0}` has no signature")]
    NoSignature(String),
    /// A signature whose parts do not fit together.
    #[error("its function `{function}` has a signature that {reason}")]
    Signature {
        /// The function.
        function: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Columns where there are none.
    #[error(
        "its function `{function}` ({kind}) takes columns, which only functions of values and maps of the world `portable` can"
    )]
    Columns {
        /// The function.
        function: String,
        /// Its kind.
        kind: Kind,
    },
    /// A type that is none.
    #[error("its function `{function}` has a type that is none")]
    Type {
        /// The function.
        function: String,
        /// Which and why.
        #[source]
        source: SchemaError,
    },
}

impl Description {
    pub(crate) fn parse(wire: wire::Description, lane: Lane) -> Result<Self, DescriptionError> {
        if wire.functions.len() > FUNCTIONS {
            return Err(DescriptionError::TooMany(wire.functions.len()));
        }
        let mut names = BTreeSet::new();
        let mut functions = Vec::with_capacity(wire.functions.len());
        for function in wire.functions {
            let function = FunctionDescription::parse(function)?;
            if function.columns && (lane == Lane::Native || !function.kind.takes_batches()) {
                return Err(DescriptionError::Columns {
                    function: function.name,
                    kind: function.kind,
                });
            }
            if !names.insert(function.name.clone()) {
                return Err(DescriptionError::Duplicate(function.name));
            }
            functions.push(function);
        }
        Ok(Self {
            sdk: wire.sdk,
            functions,
        })
    }

    /// The function of this name.
    pub fn function(&self, name: &str) -> Option<&FunctionDescription> {
        self.functions.iter().find(|function| function.name == name)
    }
}

impl FunctionDescription {
    fn parse(wire: wire::Function) -> Result<Self, DescriptionError> {
        let name = wire.name;
        if name.is_empty() || name.len() > NAME || name.chars().any(char::is_control) {
            let shown = name.chars().take(40).collect();
            return Err(DescriptionError::Name(shown));
        }
        if wire.signatures.is_empty() {
            return Err(DescriptionError::NoSignature(name));
        }
        let signatures = wire
            .signatures
            .into_iter()
            .map(|signature| Signature::parse(&name, wire.kind, &signature))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            kind: wire.kind.into(),
            signatures,
            volatility: match wire.volatility {
                wire::Volatility::Immutable => Volatility::Immutable,
                wire::Volatility::Stable => Volatility::Stable,
                wire::Volatility::Volatile => Volatility::Volatile,
            },
            nulls: match wire.nulls {
                wire::NullHandling::Strict => NullHandling::Strict,
                wire::NullHandling::Called => NullHandling::Called,
            },
            grants: wire.grants,
            columns: wire.columns,
            documentation: wire.documentation,
            name,
        })
    }
}

impl Signature {
    fn parse(
        function: &str,
        kind: wire::Kind,
        wire: &wire::Signature,
    ) -> Result<Self, DescriptionError> {
        let wrong_type = |source| DescriptionError::Type {
            function: function.to_owned(),
            source,
        };
        let wrong = |reason| DescriptionError::Signature {
            function: function.to_owned(),
            reason,
        };
        let mut arguments = Vec::new();
        for argument in schema::parse(&wire.arguments).map_err(wrong_type)? {
            arguments.push(match argument {
                Parsed::Field(field) => Argument {
                    name: field.name().clone(),
                    accepts: Accepts::Exactly(field.data_type().clone()),
                },
                Parsed::Pattern { name, format } => Argument {
                    name,
                    accepts: match format.as_str() {
                        "*" => Accepts::Any,
                        "*u" => Accepts::Text,
                        "*z" => Accepts::Binary,
                        _ => return Err(wrong("takes an unknown class of types")),
                    },
                },
            });
        }
        if wire.variadic && arguments.is_empty() {
            return Err(wrong("repeats its last argument and has none"));
        }
        let result = schema::fields(&wire.result).map_err(wrong_type)?;
        if Kind::from(kind).gives_values() && result.len() > 1 {
            return Err(wrong("gives more than one column"));
        }
        Ok(Self {
            arguments,
            variadic: wire.variadic,
            result: (!result.is_empty()).then_some(result),
        })
    }

    /// The field of the result, of a kind that gives values.
    pub(crate) fn value(&self) -> Option<&FieldRef> {
        self.result.as_deref().and_then(<[_]>::first)
    }

    /// The argument at `index` of a call, which a variadic signature can have many of.
    pub(crate) fn argument(&self, index: usize) -> Option<&Argument> {
        self.arguments
            .get(index)
            .or_else(|| self.arguments.last().filter(|_| self.variadic))
    }

    /// Whether a call can have so many arguments.
    pub(crate) fn takes(&self, count: usize) -> bool {
        if self.variadic {
            count + 1 >= self.arguments.len()
        } else {
            count == self.arguments.len()
        }
    }
}

impl Accepts {
    /// A type that is accepted, if one can be named.
    pub(crate) fn example(&self) -> Option<DataType> {
        match self {
            Self::Exactly(data_type) => Some(data_type.clone()),
            Self::Text => Some(DataType::Utf8),
            Self::Binary => Some(DataType::Binary),
            Self::Any => None,
        }
    }
}

impl Kind {
    /// Whether it is called with values and can be asked what it does with nulls.
    pub(crate) fn takes_values(self) -> bool {
        matches!(self, Self::Scalar | Self::Aggregate)
    }

    /// Whether it is given batches of a relation, which could stay with the host.
    pub(crate) fn takes_batches(self) -> bool {
        !matches!(self, Self::Table | Self::Reader | Self::Writer)
    }

    /// Whether its result is one column of values.
    pub(crate) fn gives_values(self) -> bool {
        matches!(self, Self::Scalar | Self::Aggregate | Self::Window)
    }
}

impl From<wire::Kind> for Kind {
    fn from(kind: wire::Kind) -> Self {
        match kind {
            wire::Kind::Scalar => Self::Scalar,
            wire::Kind::Aggregate => Self::Aggregate,
            wire::Kind::Window => Self::Window,
            wire::Kind::Table => Self::Table,
            wire::Kind::MapBatches => Self::MapBatches,
            wire::Kind::GroupedMap => Self::GroupedMap,
            wire::Kind::CogroupedMap => Self::CogroupedMap,
            wire::Kind::Reader => Self::Reader,
            wire::Kind::Writer => Self::Writer,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
            Self::Aggregate => "aggregate",
            Self::Window => "window",
            Self::Table => "table",
            Self::MapBatches => "batch map",
            Self::GroupedMap => "grouped map",
            Self::CogroupedMap => "cogrouped map",
            Self::Reader => "reader",
            Self::Writer => "writer",
        })
    }
}

impl fmt::Display for NullHandling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Strict => "strict",
            Self::Called => "called",
        })
    }
}

impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(data_type) => write!(f, "{data_type}"),
            Self::Text => f.write_str("text"),
            Self::Binary => f.write_str("binary"),
            Self::Any => f.write_str("any"),
        }
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.name.is_empty() {
            write!(f, "{} ", self.name)?;
        }
        write!(f, "{}", self.accepts)
    }
}

/// `(a Int64, b Int64) -> Int64`
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (i, argument) in self.arguments.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{argument}")?;
        }
        if self.variadic {
            f.write_str(", …")?;
        }
        f.write_str(") -> ")?;
        match self.result.as_deref() {
            None => f.write_str("(depends on the arguments)"),
            Some([field]) => write!(f, "{}", field.data_type()),
            Some(columns) => {
                f.write_str("TABLE (")?;
                for (i, column) in columns.iter().enumerate() {
                    let comma = if i > 0 { ", " } else { "" };
                    write!(f, "{comma}{} {}", column.name(), column.data_type())?;
                }
                f.write_str(")")
            }
        }
    }
}
