//! The chain of an error's causes, without those that only carry another.

use std::error::Error;
use std::iter;

use arrow::error::ArrowError;
use arrowbox_host::{BindError, Refusal};
use datafusion::error::DataFusionError;

use crate::client::ClientError;
use crate::session::{FunctionsError, OpenError, ParseError, QueryError, SourceError};

type Cause<'e> = &'e (dyn Error + 'static);

/// The error and its causes, each as the type that says it.
pub(crate) fn causes(error: Cause<'_>) -> impl Iterator<Item = Cause<'_>> {
    iter::successors(Some(peel(error)), |&cause| cause.source().map(peel))
}

/// What `error` carries, if it says nothing itself.
fn peel(mut error: Cause<'_>) -> Cause<'_> {
    while let Some(inner) = carried(error) {
        error = inner;
    }
    error
}

fn carried(error: Cause<'_>) -> Option<Cause<'_>> {
    None.or_else(|| error.downcast_ref().and_then(query))
        .or_else(|| error.downcast_ref().and_then(functions))
        .or_else(|| error.downcast_ref().and_then(bind))
        .or_else(|| error.downcast_ref().and_then(engine))
        .or_else(|| match error.downcast_ref()? {
            ParseError::Sql(inner) => Some(inner as Cause<'_>),
            ParseError::Ddl(inner) => Some(inner),
        })
        .or_else(|| match error.downcast_ref()? {
            ClientError::Statement(inner) => Some(inner.as_ref() as Cause<'_>),
            ClientError::Failed { source, .. } => Some(source),
            _ => None,
        })
        .or_else(|| match error.downcast_ref()? {
            OpenError::Catalog(inner) => Some(inner as Cause<'_>),
            _ => None,
        })
        .or_else(|| match error.downcast_ref()? {
            SourceError::Store(inner) => Some(inner as Cause<'_>),
            _ => None,
        })
        .or_else(|| match error.downcast_ref()? {
            ArrowError::ExternalError(inner) => Some(inner.as_ref() as Cause<'_>),
            _ => None,
        })
        .or_else(|| boxed::<DataFusionError>(error))
        .or_else(|| boxed::<QueryError>(error))
        .or_else(|| boxed::<BindError>(error))
        .or_else(|| boxed::<Refusal>(error))
}

fn boxed<E: Error + 'static>(error: Cause<'_>) -> Option<Cause<'_>> {
    let inner = error.downcast_ref::<Box<E>>()?;
    Some(inner.as_ref())
}

fn query(error: &QueryError) -> Option<Cause<'_>> {
    match error {
        QueryError::Parse(inner) => Some(inner),
        QueryError::Functions(inner) => Some(inner),
        QueryError::Engine(inner) => Some(inner),
        QueryError::TimedOut { .. } | QueryError::Panicked(_) => None,
    }
}

fn functions(error: &FunctionsError) -> Option<Cause<'_>> {
    match error {
        FunctionsError::Catalog(inner) => Some(inner),
        FunctionsError::Define(inner) => Some(inner),
        FunctionsError::Source(inner) => Some(inner),
        _ => None,
    }
}

fn bind(error: &BindError) -> Option<Cause<'_>> {
    match error {
        BindError::Component(inner) => Some(inner),
        BindError::Constructor(inner) => Some(inner.as_ref()),
        _ => None,
    }
}

fn engine(error: &DataFusionError) -> Option<Cause<'_>> {
    match error {
        DataFusionError::External(inner) => Some(inner.as_ref()),
        DataFusionError::Shared(inner) => Some(inner.as_ref()),
        DataFusionError::Diagnostic(_, inner) => Some(inner.as_ref()),
        DataFusionError::Collection(all) => all.first().map(|inner| inner as Cause<'_>),
        DataFusionError::ArrowError(inner, _) => Some(inner.as_ref()),
        DataFusionError::ParquetError(inner) => Some(inner.as_ref()),
        DataFusionError::ObjectStore(inner) => Some(inner.as_ref()),
        DataFusionError::IoError(inner) => Some(inner),
        DataFusionError::SQL(inner, _) => Some(inner.as_ref()),
        DataFusionError::SchemaError(inner, _) => Some(inner.as_ref()),
        _ => None,
    }
}
