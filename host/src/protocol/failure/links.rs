//! The errors of a failure, one by one.

use std::io::ErrorKind;

use datafusion::common::{
    Column, Diagnostic, Location, Span, TableReference,
    diagnostic::{DiagnosticHelp, DiagnosticKind, DiagnosticNote},
};
use serde::{Deserialize, Serialize};

use crate::{sandbox::Stopped, store::Digest};

/// One error. Its causes are the [`Link::causes`] links that follow, each with its own behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Link {
    /// An error of the engine that carries others.
    Carries(Carrier),
    /// An error of the engine that is a text.
    Says(Engine, String),
    /// Names that do not fit.
    Schema(Names),
    /// What Arrow said.
    Arrow(Arrow, String),
    /// An error in an error of Arrow.
    ArrowExternal,
    /// A file failed, as Arrow tells it: what it says, and the kind and text of the error of the file.
    ArrowIo(String, u8, String),
    /// What Parquet said.
    Parquet(Parquet, String),
    /// A place or a size in a file of Parquet.
    ParquetNumber(ParquetNumber, u64, u64),
    /// An error in an error of Parquet.
    ParquetExternal,
    /// What an object store said of a path, because of another error.
    Store(Store, String),
    /// What an object store can not do.
    StoreLacks(String, String),
    /// A text of a file's error.
    Io(u8, String),
    /// An error in a file's error.
    IoExternal(u8),
    /// What the parser of SQL said.
    Sql(Sql, String),
    /// A function failed.
    Function(Box<FunctionLink>),
    /// Something else.
    Other {
        /// What it said.
        text: String,
        /// The host that it says is lost.
        lost: Option<String>,
        /// Causes: none or one.
        causes: u8,
    },
}

impl Link {
    /// How many errors it is made of, which follow.
    pub(super) fn causes(&self) -> usize {
        match self {
            Self::Carries(Carrier::Collection(count)) => *count as usize,
            Self::Carries(_)
            | Self::ArrowExternal
            | Self::ParquetExternal
            | Self::Store(..)
            | Self::IoExternal(_) => 1,
            Self::Function(function) => function.causes.into(),
            Self::Other { causes, .. } => (*causes).into(),
            _ => 0,
        }
    }

    pub(super) fn lost(&self) -> Option<&str> {
        match self {
            Self::Other { lost, .. } => lost.as_deref(),
            _ => None,
        }
    }
}

/// What carries other errors. Texts of Arrow, SQL and schemas can have a backtrace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Carrier {
    Context(String),
    Shared,
    External,
    Diagnostic(Box<Hints>),
    Collection(u32),
    Arrow(Option<String>),
    Parquet,
    Store,
    Io,
    Sql(Option<String>),
    Schema(Option<String>),
}

/// The engine's errors that are texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Engine {
    NotImplemented,
    Internal,
    Plan,
    Configuration,
    Execution,
    ResourcesExhausted,
    Substrait,
    Ffi,
}

/// Arrow's errors that are texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Arrow {
    NotYetImplemented,
    Cast,
    Memory,
    Parse,
    Schema,
    Compute,
    DivideByZero,
    ArithmeticOverflow,
    Csv,
    Json,
    Avro,
    Ipc,
    InvalidArgument,
    Parquet,
    CDataInterface,
    DictionaryKeyOverflow,
    RunEndIndexOverflow,
    /// The text is the number.
    OffsetOverflow,
}

/// Parquet's errors that are texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Parquet {
    General,
    NotYetImplemented,
    EndOfFile,
    Arrow,
}

/// Parquet's errors that are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ParquetNumber {
    OutOfBound,
    NeedMore,
    NeedRange,
}

/// Object stores' errors that have another error; all but the first of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Store {
    /// The text is the store's name.
    Generic,
    NotFound,
    NotSupported,
    AlreadyExists,
    Precondition,
    NotModified,
    PermissionDenied,
    Unauthenticated,
}

/// Errors of the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Sql {
    Tokenizer,
    Parser,
    RecursionLimit,
}

/// A function failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FunctionLink {
    pub(super) function: String,
    pub(super) component: Digest,
    pub(super) host: String,
    pub(super) text: String,
    pub(super) stop: Option<Stop>,
    pub(super) limit: bool,
    pub(super) causes: u8,
}

/// Why a function was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stop {
    Cancelled,
    Deadline,
}

impl From<Stopped> for Stop {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Cancelled => Self::Cancelled,
            Stopped::Deadline => Self::Deadline,
        }
    }
}

impl From<Stop> for Stopped {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Cancelled => Self::Cancelled,
            Stop::Deadline => Self::Deadline,
        }
    }
}

/// Names that do not fit a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Names {
    Ambiguous(Name),
    DuplicateQualified(Vec<String>, String),
    DuplicateUnqualified(String),
    NotFound(Name, Vec<Name>),
}

/// A column's: that of its table, in parts, and its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Name(Vec<String>, String);

impl From<&Column> for Name {
    fn from(column: &Column) -> Self {
        let table = column.relation.as_ref().map(TableReference::to_vec);
        Self(table.unwrap_or_default(), column.name.clone())
    }
}

impl From<&Name> for Column {
    fn from(Name(table, name): &Name) -> Self {
        Self::new(self::table(table), name)
    }
}

/// The table that these parts name.
pub(super) fn table(parts: &[String]) -> Option<TableReference> {
    Some(match parts {
        [table] => TableReference::bare(table.as_str()),
        [schema, table] => TableReference::partial(schema.as_str(), table.as_str()),
        [catalog, schema, table] => {
            TableReference::full(catalog.as_str(), schema.as_str(), table.as_str())
        }
        _ => return None,
    })
}

/// What the engine tells of an error in a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hints {
    warning: bool,
    message: Hint,
    notes: Vec<Hint>,
    helps: Vec<Hint>,
}

/// A text, and the lines and columns of a statement that it is about.
type Hint = (String, Option<[u64; 4]>);

impl From<&Diagnostic> for Hints {
    fn from(diagnostic: &Diagnostic) -> Self {
        let hint = |text: &String, span: &Option<Span>| (text.clone(), span.map(place));
        Self {
            warning: diagnostic.kind == DiagnosticKind::Warning,
            message: hint(&diagnostic.message, &diagnostic.span),
            notes: (diagnostic.notes.iter())
                .map(|note| hint(&note.message, &note.span))
                .collect(),
            helps: (diagnostic.helps.iter())
                .map(|help| hint(&help.message, &help.span))
                .collect(),
        }
    }
}

impl From<&Hints> for Diagnostic {
    fn from(hints: &Hints) -> Self {
        let (message, span) = hints.message.clone();
        Self {
            kind: match hints.warning {
                true => DiagnosticKind::Warning,
                false => DiagnosticKind::Error,
            },
            message,
            span: span.map(self::span),
            notes: (hints.notes.iter().cloned())
                .map(|(message, at)| DiagnosticNote {
                    message,
                    span: at.map(self::span),
                })
                .collect(),
            helps: (hints.helps.iter().cloned())
                .map(|(message, at)| DiagnosticHelp {
                    message,
                    span: at.map(self::span),
                })
                .collect(),
        }
    }
}

fn place(span: Span) -> [u64; 4] {
    let Span { start, end } = span;
    [start.line, start.column, end.line, end.column]
}

fn span([line, column, last, behind]: [u64; 4]) -> Span {
    let start = Location { line, column };
    let end = Location {
        line: last,
        column: behind,
    };
    Span { start, end }
}

/// Kinds of files' errors, by the number that they have on the wire. The last stands for all others.
const KINDS: [ErrorKind; 27] = [
    ErrorKind::NotFound,
    ErrorKind::PermissionDenied,
    ErrorKind::ConnectionRefused,
    ErrorKind::ConnectionReset,
    ErrorKind::ConnectionAborted,
    ErrorKind::NotConnected,
    ErrorKind::AddrInUse,
    ErrorKind::AddrNotAvailable,
    ErrorKind::BrokenPipe,
    ErrorKind::AlreadyExists,
    ErrorKind::WouldBlock,
    ErrorKind::InvalidInput,
    ErrorKind::InvalidData,
    ErrorKind::TimedOut,
    ErrorKind::WriteZero,
    ErrorKind::Interrupted,
    ErrorKind::Unsupported,
    ErrorKind::UnexpectedEof,
    ErrorKind::OutOfMemory,
    ErrorKind::StorageFull,
    ErrorKind::QuotaExceeded,
    ErrorKind::FileTooLarge,
    ErrorKind::IsADirectory,
    ErrorKind::NotADirectory,
    ErrorKind::DirectoryNotEmpty,
    ErrorKind::ReadOnlyFilesystem,
    ErrorKind::Other,
];

/// The number of a kind.
pub(super) fn number(kind: ErrorKind) -> u8 {
    let index = KINDS.iter().position(|&known| known == kind);
    index.map_or(u8::MAX, |index| index as u8)
}

/// The kind that has this number.
pub(super) fn kind(number: u8) -> ErrorKind {
    let kind = KINDS.get(usize::from(number)).copied();
    kind.unwrap_or(ErrorKind::Other)
}
