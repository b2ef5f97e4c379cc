//! From links to the error that they are of.

use std::{error::Error, fmt, io, sync::Arc};

use arrow::error::ArrowError;
use datafusion::{
    common::SchemaError, error::DataFusionError, parquet::errors::ParquetError,
    sql::sqlparser::parser::ParserError,
};
use object_store::Error as StoreError;

use super::{
    DEPTH, RemoteError,
    links::{
        Arrow, Carrier, Engine, FunctionLink, Link, Names, Parquet, ParquetNumber, Sql, Store,
        kind, table,
    },
};
use crate::functions::{Failure, FunctionError};

/// What links that are of no error become: nobody who plays by the rules sends them.
const BROKEN: &str = "a failure that does not read";

/// The names that errors of object stores can have.
const STORES: [&str; 10] = [
    "S3",
    "GCS",
    "MicrosoftAzure",
    "HTTP",
    "HTTP client",
    "LocalFileSystem",
    "InMemory",
    "Config",
    "URL",
    "LimitStore",
];

/// The error of these links.
pub(super) fn read(links: &[Link]) -> Read {
    let mut reader = Reader { links };
    reader
        .error(DEPTH + 1)
        .unwrap_or_else(|| Read::Other(RemoteError::new(BROKEN)))
}

/// An error as what it is.
pub(super) enum Read {
    Engine(DataFusionError),
    Arrow(ArrowError),
    Parquet(ParquetError),
    Store(StoreError),
    Io(io::Error),
    Sql(ParserError),
    Schema(SchemaError),
    Function(FunctionError),
    Other(RemoteError),
}

impl Read {
    /// As an error of the engine, which it is, or which carries it.
    pub(super) fn into_engine(self) -> DataFusionError {
        match self {
            Self::Engine(error) => error,
            other => DataFusionError::External(other.into_boxed()),
        }
    }

    fn into_boxed(self) -> Box<dyn Error + Send + Sync> {
        match self {
            Self::Engine(error) => error.into(),
            Self::Arrow(error) => error.into(),
            Self::Parquet(error) => error.into(),
            Self::Store(error) => error.into(),
            Self::Io(error) => error.into(),
            Self::Sql(error) => error.into(),
            Self::Schema(error) => error.into(),
            Self::Function(error) => error.into(),
            Self::Other(error) => error.into(),
        }
    }
}

impl fmt::Display for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(error) => error.fmt(f),
            Self::Arrow(error) => error.fmt(f),
            Self::Parquet(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
            Self::Sql(error) => error.fmt(f),
            Self::Schema(error) => error.fmt(f),
            Self::Function(error) => error.fmt(f),
            Self::Other(error) => error.fmt(f),
        }
    }
}

struct Reader<'l> {
    links: &'l [Link],
}

impl Reader<'_> {
    /// The next error; none where links are missing, or go deeper than `depth`.
    fn error(&mut self, depth: usize) -> Option<Read> {
        let depth = depth.checked_sub(1)?;
        let (link, rest) = self.links.split_first()?;
        self.links = rest;
        if link.causes() > rest.len() {
            return None;
        }
        Some(match link {
            Link::Carries(carrier) => Read::Engine(self.carrier(carrier, depth)?),
            Link::Says(kind, text) => Read::Engine(engine(*kind, text.clone())),
            Link::Schema(names) => Read::Schema(schema(names)?),
            Link::Arrow(kind, text) => Read::Arrow(arrow(*kind, text)),
            Link::ArrowExternal => {
                Read::Arrow(ArrowError::ExternalError(self.error(depth)?.into_boxed()))
            }
            Link::ArrowIo(text, number, inner) => {
                let inner = io::Error::new(kind(*number), inner.clone());
                Read::Arrow(ArrowError::IoError(text.clone(), inner))
            }
            Link::Parquet(kind, text) => Read::Parquet(parquet(*kind, text.clone())),
            Link::ParquetNumber(kind, first, second) => Read::Parquet(match kind {
                ParquetNumber::OutOfBound => {
                    ParquetError::IndexOutOfBound(*first as usize, *second as usize)
                }
                ParquetNumber::NeedMore => ParquetError::NeedMoreData(*first as usize),
                ParquetNumber::NeedRange => ParquetError::NeedMoreDataRange(*first..*second),
            }),
            Link::ParquetExternal => {
                Read::Parquet(ParquetError::External(self.error(depth)?.into_boxed()))
            }
            Link::Store(kind, text) => {
                let source = self.error(depth)?.into_boxed();
                Read::Store(store(*kind, text.clone(), source))
            }
            Link::StoreLacks(operation, implementer) => Read::Store(StoreError::NotImplemented {
                operation: operation.clone(),
                implementer: implementer.clone(),
            }),
            Link::Io(number, text) => Read::Io(io::Error::new(kind(*number), text.clone())),
            Link::IoExternal(number) => Read::Io(io::Error::new(
                kind(*number),
                self.error(depth)?.into_boxed(),
            )),
            Link::Sql(kind, text) => Read::Sql(match kind {
                Sql::Tokenizer => ParserError::TokenizerError(text.clone()),
                Sql::Parser => ParserError::ParserError(text.clone()),
                Sql::RecursionLimit => ParserError::RecursionLimitExceeded,
            }),
            Link::Function(function) => Read::Function(self.function(function, depth)?),
            Link::Other { text, lost, causes } => Read::Other(RemoteError {
                text: text.clone(),
                lost: lost.clone(),
                cause: self.cause(*causes, depth)?,
            }),
        })
    }

    /// None or one error.
    fn cause(&mut self, causes: u8, depth: usize) -> Option<Option<Box<dyn Error + Send + Sync>>> {
        match causes {
            0 => Some(None),
            1 => Some(Some(self.error(depth)?.into_boxed())),
            _ => None,
        }
    }

    fn carrier(&mut self, carrier: &Carrier, depth: usize) -> Option<DataFusionError> {
        use DataFusionError as E;
        if let Carrier::Collection(count) = carrier {
            let all = (0..*count).map(|_| Some(self.error(depth)?.into_engine()));
            let all = all.collect::<Option<Vec<_>>>()?;
            return (!all.is_empty()).then_some(E::Collection(all));
        }
        // What carries a thing of another type than it says carries it as any other.
        Some(match (carrier, self.error(depth)?) {
            (Carrier::Context(text), inner) => {
                E::Context(text.clone(), Box::new(inner.into_engine()))
            }
            (Carrier::Shared, inner) => E::Shared(Arc::new(inner.into_engine())),
            (Carrier::Diagnostic(hints), inner) => E::Diagnostic(
                Box::new(hints.as_ref().into()),
                Box::new(inner.into_engine()),
            ),
            (Carrier::Arrow(trace), Read::Arrow(inner)) => {
                E::ArrowError(Box::new(inner), trace.clone())
            }
            (Carrier::Parquet, Read::Parquet(inner)) => E::ParquetError(Box::new(inner)),
            (Carrier::Store, Read::Store(inner)) => E::ObjectStore(Box::new(inner)),
            (Carrier::Io, Read::Io(inner)) => E::IoError(inner),
            (Carrier::Sql(trace), Read::Sql(inner)) => E::SQL(Box::new(inner), trace.clone()),
            (Carrier::Schema(trace), Read::Schema(inner)) => {
                E::SchemaError(Box::new(inner), Box::new(trace.clone()))
            }
            (_, inner) => E::External(inner.into_boxed()),
        })
    }

    fn function(&mut self, link: &FunctionLink, depth: usize) -> Option<FunctionError> {
        Some(FunctionError {
            function: link.function.clone(),
            component: link.component,
            host: link.host.clone(),
            cause: Failure::Remote {
                text: link.text.clone(),
                stop: link.stop.map(Into::into),
                limit: link.limit,
                source: self.cause(link.causes, depth)?,
            },
        })
    }
}

fn engine(kind: Engine, text: String) -> DataFusionError {
    use DataFusionError as E;
    match kind {
        Engine::NotImplemented => E::NotImplemented(text),
        Engine::Internal => E::Internal(text),
        Engine::Plan => E::Plan(text),
        Engine::Configuration => E::Configuration(text),
        Engine::Execution => E::Execution(text),
        Engine::ResourcesExhausted => E::ResourcesExhausted(text),
        Engine::Substrait => E::Substrait(text),
        Engine::Ffi => E::Ffi(text),
    }
}

fn arrow(kind: Arrow, text: &str) -> ArrowError {
    use ArrowError as E;
    let owned = text.to_owned();
    match kind {
        Arrow::NotYetImplemented => E::NotYetImplemented(owned),
        Arrow::Cast => E::CastError(owned),
        Arrow::Memory => E::MemoryError(owned),
        Arrow::Parse => E::ParseError(owned),
        Arrow::Schema => E::SchemaError(owned),
        Arrow::Compute => E::ComputeError(owned),
        Arrow::DivideByZero => E::DivideByZero,
        Arrow::ArithmeticOverflow => E::ArithmeticOverflow(owned),
        Arrow::Csv => E::CsvError(owned),
        Arrow::Json => E::JsonError(owned),
        Arrow::Avro => E::AvroError(owned),
        Arrow::Ipc => E::IpcError(owned),
        Arrow::InvalidArgument => E::InvalidArgumentError(owned),
        Arrow::Parquet => E::ParquetError(owned),
        Arrow::CDataInterface => E::CDataInterface(owned),
        Arrow::DictionaryKeyOverflow => E::DictionaryKeyOverflowError,
        Arrow::RunEndIndexOverflow => E::RunEndIndexOverflowError,
        Arrow::OffsetOverflow => E::OffsetOverflowError(text.parse().unwrap_or_default()),
    }
}

fn parquet(kind: Parquet, text: String) -> ParquetError {
    match kind {
        Parquet::General => ParquetError::General(text),
        Parquet::NotYetImplemented => ParquetError::NYI(text),
        Parquet::EndOfFile => ParquetError::EOF(text),
        Parquet::Arrow => ParquetError::ArrowError(text),
    }
}

fn store(kind: Store, path: String, source: Box<dyn Error + Send + Sync>) -> StoreError {
    use StoreError as E;
    match kind {
        Store::Generic => E::Generic {
            // The type wants a name that lives for ever.
            store: STORES
                .into_iter()
                .find(|&known| known == path)
                .unwrap_or("store"),
            source,
        },
        Store::NotFound => E::NotFound { path, source },
        Store::NotSupported => E::NotSupported { source },
        Store::AlreadyExists => E::AlreadyExists { path, source },
        Store::Precondition => E::Precondition { path, source },
        Store::NotModified => E::NotModified { path, source },
        Store::PermissionDenied => E::PermissionDenied { path, source },
        Store::Unauthenticated => E::Unauthenticated { path, source },
    }
}

fn schema(names: &Names) -> Option<SchemaError> {
    Some(match names {
        Names::Ambiguous(name) => SchemaError::AmbiguousReference {
            field: Box::new(name.into()),
        },
        Names::DuplicateQualified(parts, name) => SchemaError::DuplicateQualifiedField {
            qualifier: Box::new(table(parts)?),
            name: name.clone(),
        },
        Names::DuplicateUnqualified(name) => {
            SchemaError::DuplicateUnqualifiedField { name: name.clone() }
        }
        Names::NotFound(name, valid) => SchemaError::FieldNotFound {
            field: Box::new(name.into()),
            valid_fields: valid.iter().map(Into::into).collect(),
        },
    })
}
