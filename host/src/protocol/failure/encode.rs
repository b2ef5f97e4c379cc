//! From an error to its links.

use std::{error::Error, io, sync::Arc};

use arrow::error::ArrowError;
use datafusion::{
    common::SchemaError, error::DataFusionError, parquet::errors::ParquetError,
    sql::sqlparser::parser::ParserError,
};
use object_store::Error as StoreError;

use super::{
    DEPTH, LINKS, RemoteError, TEXT, TEXTS,
    links::{
        Arrow, Carrier, Engine, FunctionLink, Link, Names, Parquet, ParquetNumber, Sql, Store,
        number,
    },
};
use crate::{functions::FunctionError, transport::TransportError};

type Cause<'e> = &'e (dyn Error + 'static);

/// The links of an error, and of those that it is made of.
pub(super) fn links(error: Cause<'_>) -> Vec<Link> {
    let mut writer = Writer {
        links: Vec::new(),
        room: TEXTS,
    };
    writer.error(error, DEPTH);
    writer.links
}

struct Writer {
    links: Vec<Link>,
    /// Bytes of texts that are left.
    room: usize,
}

impl Writer {
    /// Writes an error of which no more than `depth` levels are told.
    fn error(&mut self, error: Cause<'_>, depth: usize) {
        if depth == 0 || self.links.len() >= LINKS {
            return self.last(error);
        }
        if let Some(error) = error.downcast_ref::<DataFusionError>() {
            self.engine(error, depth);
        } else if let Some(error) = error.downcast_ref::<Arc<DataFusionError>>() {
            self.engine(error, depth);
        } else if let Some(error) = error.downcast_ref::<Box<DataFusionError>>() {
            self.engine(error, depth);
        } else if let Some(error) = error.downcast_ref() {
            self.arrow(error, depth);
        } else if let Some(error) = error.downcast_ref() {
            self.parquet(error, depth);
        } else if let Some(error) = error.downcast_ref() {
            self.store(error, depth);
        } else if let Some(error) = error.downcast_ref() {
            self.io(error, depth);
        } else if let Some(error) = error.downcast_ref() {
            self.sql(error);
        } else if let Some(error) = error.downcast_ref() {
            self.schema(error);
        } else if let Some(error) = error.downcast_ref() {
            self.function(error, depth);
        } else {
            self.other(error, depth);
        }
    }

    fn engine(&mut self, error: &DataFusionError, depth: usize) {
        use DataFusionError as E;
        match error {
            E::NotImplemented(text) => self.says(Engine::NotImplemented, text),
            E::Internal(text) => self.says(Engine::Internal, text),
            E::Plan(text) => self.says(Engine::Plan, text),
            E::Configuration(text) => self.says(Engine::Configuration, text),
            E::Execution(text) => self.says(Engine::Execution, text),
            E::ResourcesExhausted(text) => self.says(Engine::ResourcesExhausted, text),
            E::Substrait(text) => self.says(Engine::Substrait, text),
            E::Ffi(text) => self.says(Engine::Ffi, text),
            // Only a task that panicked makes such an error.
            E::ExecutionJoin(error) => self.says(Engine::Execution, &error.to_string()),
            E::Context(text, inner) => {
                let text = self.cut(text);
                self.carries(Carrier::Context(text), inner.as_ref(), depth);
            }
            E::Shared(inner) => self.carries(Carrier::Shared, inner.as_ref(), depth),
            E::External(inner) => self.carries(Carrier::External, inner.as_ref(), depth),
            E::Diagnostic(hints, inner) => {
                let hints = Box::new(hints.as_ref().into());
                self.carries(Carrier::Diagnostic(hints), inner.as_ref(), depth);
            }
            E::Collection(all) => self.collection(all, depth),
            E::ArrowError(inner, trace) => {
                let trace = self.trace(trace);
                self.carries(Carrier::Arrow(trace), inner.as_ref(), depth);
            }
            E::ParquetError(inner) => self.carries(Carrier::Parquet, inner.as_ref(), depth),
            E::ObjectStore(inner) => self.carries(Carrier::Store, inner.as_ref(), depth),
            E::IoError(inner) => self.carries(Carrier::Io, inner, depth),
            E::SQL(inner, trace) => {
                let trace = self.trace(trace);
                self.carries(Carrier::Sql(trace), inner.as_ref(), depth);
            }
            E::SchemaError(inner, trace) => {
                let trace = self.trace(trace);
                self.carries(Carrier::Schema(trace), inner.as_ref(), depth);
            }
        }
    }

    fn carries(&mut self, carrier: Carrier, inner: Cause<'_>, depth: usize) {
        self.links.push(Link::Carries(carrier));
        self.error(inner, depth - 1);
    }

    fn collection(&mut self, all: &[DataFusionError], depth: usize) {
        // What is beyond the bound has nothing to be counted by.
        let count = all.len().min(LINKS - self.links.len());
        if count == 0 {
            return self.says(Engine::Internal, "an empty collection of errors");
        }
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.links.push(Link::Carries(Carrier::Collection(count)));
        for error in all.iter().take(count as usize) {
            self.error(error, depth - 1);
        }
    }

    fn says(&mut self, kind: Engine, text: &str) {
        let text = self.cut(text);
        self.links.push(Link::Says(kind, text));
    }

    fn arrow(&mut self, error: &ArrowError, depth: usize) {
        use ArrowError as E;
        let (kind, text) = match error {
            E::ExternalError(inner) => {
                self.links.push(Link::ArrowExternal);
                return self.error(inner.as_ref(), depth - 1);
            }
            E::IoError(text, inner) => {
                let (text, inner_text) = (self.cut(text), self.cut(&inner.to_string()));
                let kind = number(inner.kind());
                return self.links.push(Link::ArrowIo(text, kind, inner_text));
            }
            E::NotYetImplemented(text) => (Arrow::NotYetImplemented, text.as_str()),
            E::CastError(text) => (Arrow::Cast, text.as_str()),
            E::MemoryError(text) => (Arrow::Memory, text.as_str()),
            E::ParseError(text) => (Arrow::Parse, text.as_str()),
            E::SchemaError(text) => (Arrow::Schema, text.as_str()),
            E::ComputeError(text) => (Arrow::Compute, text.as_str()),
            E::ArithmeticOverflow(text) => (Arrow::ArithmeticOverflow, text.as_str()),
            E::CsvError(text) => (Arrow::Csv, text.as_str()),
            E::JsonError(text) => (Arrow::Json, text.as_str()),
            E::AvroError(text) => (Arrow::Avro, text.as_str()),
            E::IpcError(text) => (Arrow::Ipc, text.as_str()),
            E::InvalidArgumentError(text) => (Arrow::InvalidArgument, text.as_str()),
            E::ParquetError(text) => (Arrow::Parquet, text.as_str()),
            E::CDataInterface(text) => (Arrow::CDataInterface, text.as_str()),
            E::DivideByZero => (Arrow::DivideByZero, ""),
            E::DictionaryKeyOverflowError => (Arrow::DictionaryKeyOverflow, ""),
            E::RunEndIndexOverflowError => (Arrow::RunEndIndexOverflow, ""),
            E::OffsetOverflowError(offset) => {
                let link = Link::Arrow(Arrow::OffsetOverflow, offset.to_string());
                return self.links.push(link);
            }
        };
        let text = self.cut(text);
        self.links.push(Link::Arrow(kind, text));
    }

    fn parquet(&mut self, error: &ParquetError, depth: usize) {
        use ParquetError as E;
        let (kind, text) = match error {
            E::General(text) => (Parquet::General, text),
            E::NYI(text) => (Parquet::NotYetImplemented, text),
            E::EOF(text) => (Parquet::EndOfFile, text),
            E::ArrowError(text) => (Parquet::Arrow, text),
            E::External(inner) => {
                self.links.push(Link::ParquetExternal);
                return self.error(inner.as_ref(), depth - 1);
            }
            E::IndexOutOfBound(index, bound) => {
                let (index, bound) = (*index as u64, *bound as u64);
                let link = Link::ParquetNumber(ParquetNumber::OutOfBound, index, bound);
                return self.links.push(link);
            }
            E::NeedMoreData(bytes) => {
                let link = Link::ParquetNumber(ParquetNumber::NeedMore, *bytes as u64, 0);
                return self.links.push(link);
            }
            E::NeedMoreDataRange(range) => {
                let link = Link::ParquetNumber(ParquetNumber::NeedRange, range.start, range.end);
                return self.links.push(link);
            }
            other => return self.other(other, depth),
        };
        let text = self.cut(text);
        self.links.push(Link::Parquet(kind, text));
    }

    fn store(&mut self, error: &StoreError, depth: usize) {
        use StoreError as E;
        let (kind, text, source) = match error {
            E::Generic { store, source } => (Store::Generic, *store, source),
            E::NotFound { path, source } => (Store::NotFound, path.as_str(), source),
            E::NotSupported { source } => (Store::NotSupported, "", source),
            E::AlreadyExists { path, source } => (Store::AlreadyExists, path.as_str(), source),
            E::Precondition { path, source } => (Store::Precondition, path.as_str(), source),
            E::NotModified { path, source } => (Store::NotModified, path.as_str(), source),
            E::PermissionDenied { path, source } => {
                (Store::PermissionDenied, path.as_str(), source)
            }
            E::Unauthenticated { path, source } => (Store::Unauthenticated, path.as_str(), source),
            E::NotImplemented {
                operation,
                implementer,
            } => {
                let (operation, implementer) = (self.cut(operation), self.cut(implementer));
                return self.links.push(Link::StoreLacks(operation, implementer));
            }
            other => return self.other(other, depth),
        };
        let text = self.cut(text);
        self.links.push(Link::Store(kind, text));
        self.error(source.as_ref(), depth - 1);
    }

    fn io(&mut self, error: &io::Error, depth: usize) {
        let kind = number(error.kind());
        match error.get_ref() {
            Some(inner) => {
                self.links.push(Link::IoExternal(kind));
                self.error(inner, depth - 1);
            }
            None => {
                let text = self.cut(&error.to_string());
                self.links.push(Link::Io(kind, text));
            }
        }
    }

    fn sql(&mut self, error: &ParserError) {
        let (kind, text) = match error {
            ParserError::TokenizerError(text) => (Sql::Tokenizer, text.as_str()),
            ParserError::ParserError(text) => (Sql::Parser, text.as_str()),
            ParserError::RecursionLimitExceeded => (Sql::RecursionLimit, ""),
        };
        let text = self.cut(text);
        self.links.push(Link::Sql(kind, text));
    }

    fn schema(&mut self, error: &SchemaError) {
        let names = match error {
            SchemaError::AmbiguousReference { field } => Names::Ambiguous(field.as_ref().into()),
            SchemaError::DuplicateQualifiedField { qualifier, name } => {
                Names::DuplicateQualified(qualifier.to_vec(), name.clone())
            }
            SchemaError::DuplicateUnqualifiedField { name } => {
                Names::DuplicateUnqualified(name.clone())
            }
            SchemaError::FieldNotFound {
                field,
                valid_fields,
            } => {
                let valid = valid_fields.iter().take(4 * LINKS).map(Into::into);
                Names::NotFound(field.as_ref().into(), valid.collect())
            }
        };
        self.links.push(Link::Schema(names));
    }

    fn function(&mut self, error: &FunctionError, depth: usize) {
        let source = error.cause.source();
        let link = FunctionLink {
            function: self.cut(&error.function),
            component: error.component,
            host: self.cut(&error.host),
            text: self.cut(&error.cause.to_string()),
            stop: error.cause.stop().map(Into::into),
            limit: error.cause.is_limit(),
            causes: u8::from(source.is_some()),
        };
        self.links.push(Link::Function(Box::new(link)));
        if let Some(source) = source {
            self.error(source, depth - 1);
        }
    }

    fn other(&mut self, error: Cause<'_>, depth: usize) {
        let source = error.source();
        let text = self.cut(&error.to_string());
        self.links.push(Link::Other {
            text,
            lost: lost(error),
            causes: u8::from(source.is_some()),
        });
        if let Some(source) = source {
            self.error(source, depth - 1);
        }
    }

    /// What is told of a chain that is too long: its last error, and whether a host is lost.
    fn last(&mut self, error: Cause<'_>) {
        let mut last = error;
        let mut lost = lost(error);
        while let Some(source) = last.source() {
            last = source;
            lost = lost.or_else(|| self::lost(source));
        }
        let text = self.cut(&last.to_string());
        self.links.push(Link::Other {
            text,
            lost,
            causes: 0,
        });
    }

    fn trace(&mut self, trace: &Option<String>) -> Option<String> {
        trace.as_ref().map(|trace| self.cut(trace))
    }

    /// As much of a text as there is room for.
    fn cut(&mut self, text: &str) -> String {
        let end = text.floor_char_boundary(TEXT.min(self.room));
        self.room -= end;
        text[..end].to_owned()
    }
}

/// The host that an error says is lost, not looking at its causes.
fn lost(error: Cause<'_>) -> Option<String> {
    let transport = error.downcast_ref().and_then(TransportError::lost);
    let remote = || error.downcast_ref().and_then(RemoteError::lost);
    transport.or_else(remote).map(str::to_owned)
}
