use std::{error::Error, io, sync::Arc, time::Duration};

use arrow::error::ArrowError;
use datafusion::{
    common::{Column, Diagnostic, Location, SchemaError, Span, TableReference},
    error::DataFusionError,
    parquet::errors::ParquetError,
    sql::sqlparser::parser::ParserError,
};
use object_store::Error as StoreError;

use super::{
    DEPTH, RemoteError, TEXT, TEXTS, WireFailure,
    links::{Carrier, Link},
};
use crate::{
    functions::{Failure, FunctionError},
    protocol::frame,
    sandbox::{CallError, Stopped},
    store::Digest,
    transport::{Loss, TransportError},
};

fn sent(failure: &WireFailure) -> WireFailure {
    let bytes = frame::encode(failure).unwrap();
    frame::decode(&bytes[frame::HEADER..]).unwrap()
}

fn over(error: &DataFusionError) -> DataFusionError {
    sent(&WireFailure::of(error)).into()
}

type Cause<'e> = &'e (dyn Error + 'static);

/// The error and its causes.
fn causes(error: Cause<'_>) -> Vec<Cause<'_>> {
    let mut all = vec![error];
    while let Some(source) = all[all.len() - 1].source() {
        all.push(source);
    }
    all
}

/// What each error of the chain says.
fn chain(error: Cause<'_>) -> Vec<String> {
    causes(error).iter().map(ToString::to_string).collect()
}

fn function(cause: Failure) -> DataFusionError {
    let error = FunctionError {
        function: "gcd".to_owned(),
        component: Digest::of(b"gcd"),
        host: "north".to_owned(),
        cause,
    };
    error.into()
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn boxed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Box<dyn Error + Send + Sync> {
    error.into()
}

fn schema(error: SchemaError) -> DataFusionError {
    DataFusionError::SchemaError(Box::new(error), Box::new(None))
}

fn column(table: Option<TableReference>) -> Box<Column> {
    Box::new(Column::new(table, "Weight"))
}

fn all() -> Vec<DataFusionError> {
    use DataFusionError as E;
    let not_found = || io::Error::from(io::ErrorKind::NotFound);
    let arrow = |error| E::ArrowError(Box::new(error), None);
    let parquet = |error| E::ParquetError(Box::new(error));
    let store = |error| E::ObjectStore(Box::new(error));
    let path = || text("a/b.parquet");
    let span = Span::new(
        Location { line: 1, column: 2 },
        Location { line: 3, column: 4 },
    );
    vec![
        E::NotImplemented(text("this")),
        E::Internal(text("this")),
        E::Plan(text("this")),
        E::Configuration(text("this")),
        E::Execution(text("this")),
        E::ResourcesExhausted(text("this")),
        E::Substrait(text("this")),
        E::Ffi(text("this")),
        E::Plan(text("this")).context("while that"),
        E::Shared(Arc::new(E::Plan(text("this")).context("while that"))),
        E::External(boxed(E::Plan(text("this")))),
        E::External(boxed(Arc::new(E::Plan(text("this"))))),
        E::External(boxed("only a text")),
        E::Collection(vec![E::Plan(text("this")), E::Execution(text("that"))]),
        E::Plan(text("this")).with_diagnostic(
            Diagnostic::new_error("here", Some(span))
                .with_note("look", None)
                .with_help("write that", Some(span)),
        ),
        E::IoError(not_found()),
        E::IoError(io::Error::from_raw_os_error(13)),
        E::IoError(io::Error::other(E::Plan(text("this")))),
        E::SQL(Box::new(ParserError::ParserError(text("this"))), None),
        E::SQL(
            Box::new(ParserError::TokenizerError(text("this"))),
            Some(text("\n\nbacktrace: there")),
        ),
        E::SQL(Box::new(ParserError::RecursionLimitExceeded), None),
        schema(SchemaError::AmbiguousReference {
            field: column(None),
        }),
        schema(SchemaError::AmbiguousReference {
            field: column(Some(TableReference::bare("t"))),
        }),
        schema(SchemaError::DuplicateQualifiedField {
            qualifier: Box::new(TableReference::full("c", "s", "T")),
            name: text("a"),
        }),
        schema(SchemaError::DuplicateUnqualifiedField { name: text("a") }),
        schema(SchemaError::FieldNotFound {
            field: column(Some(TableReference::partial("s", "t"))),
            valid_fields: vec![Column::new_unqualified("weight")],
        }),
        arrow(ArrowError::NotYetImplemented(text("this"))),
        arrow(ArrowError::ExternalError(boxed(E::ResourcesExhausted(
            text("this"),
        )))),
        arrow(ArrowError::CastError(text("this"))),
        arrow(ArrowError::MemoryError(text("this"))),
        arrow(ArrowError::ParseError(text("this"))),
        arrow(ArrowError::SchemaError(text("this"))),
        arrow(ArrowError::ComputeError(text("this"))),
        arrow(ArrowError::DivideByZero),
        arrow(ArrowError::ArithmeticOverflow(text("this"))),
        arrow(ArrowError::CsvError(text("this"))),
        arrow(ArrowError::JsonError(text("this"))),
        arrow(ArrowError::AvroError(text("this"))),
        arrow(ArrowError::IoError(text("this"), not_found())),
        arrow(ArrowError::IpcError(text("this"))),
        arrow(ArrowError::InvalidArgumentError(text("this"))),
        arrow(ArrowError::ParquetError(text("this"))),
        arrow(ArrowError::CDataInterface(text("this"))),
        arrow(ArrowError::DictionaryKeyOverflowError),
        arrow(ArrowError::RunEndIndexOverflowError),
        arrow(ArrowError::OffsetOverflowError(7)),
        E::ArrowError(
            Box::new(ArrowError::DivideByZero),
            Some(text("\n\nbacktrace: there")),
        ),
        parquet(ParquetError::General(text("this"))),
        parquet(ParquetError::NYI(text("this"))),
        parquet(ParquetError::EOF(text("this"))),
        parquet(ParquetError::ArrowError(text("this"))),
        parquet(ParquetError::IndexOutOfBound(1, 2)),
        parquet(ParquetError::External(boxed(not_found()))),
        parquet(ParquetError::NeedMoreData(3)),
        parquet(ParquetError::NeedMoreDataRange(4..5)),
        store(StoreError::Generic {
            store: "S3",
            source: boxed("this"),
        }),
        store(StoreError::NotFound {
            path: path(),
            source: boxed(not_found()),
        }),
        store(StoreError::NotSupported {
            source: boxed("this"),
        }),
        store(StoreError::AlreadyExists {
            path: path(),
            source: boxed("this"),
        }),
        store(StoreError::Precondition {
            path: path(),
            source: boxed("this"),
        }),
        store(StoreError::NotModified {
            path: path(),
            source: boxed("this"),
        }),
        store(StoreError::PermissionDenied {
            path: path(),
            source: boxed("this"),
        }),
        store(StoreError::Unauthenticated {
            path: path(),
            source: boxed("this"),
        }),
        store(StoreError::NotImplemented {
            operation: text("copy"),
            implementer: text("this"),
        }),
        function(Failure::Guest {
            message: text("no"),
            row: Some(3),
        }),
        function(Failure::Call(CallError::Stopped(Stopped::Deadline))),
        TransportError::Stopped.into(),
    ]
}

#[test]
fn every_error_arrives_as_what_it_was() {
    for error in all() {
        let arrived = over(&error);
        assert_eq!(arrived.to_string(), error.to_string(), "{error:?}");
        assert_eq!(chain(&arrived), chain(&error), "{error:?}");
        let (root, was) = (arrived.find_root(), error.find_root());
        assert_eq!(root.to_string(), was.to_string(), "{error:?}");
        let same = std::mem::discriminant(root) == std::mem::discriminant(was);
        assert!(same, "{root:?} was {was:?}");
        let again = over(&arrived);
        assert_eq!(again.to_string(), error.to_string(), "over two machines");
        assert_eq!(WireFailure::of(&error).text(), error.to_string());
    }
}

#[test]
fn all_errors_of_a_collection_arrive() {
    let all = vec![
        DataFusionError::Plan(text("this")).context("while"),
        DataFusionError::Execution(text("that")),
    ];
    let arrived = over(&DataFusionError::Collection(all));
    let texts: Vec<_> = arrived.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "while\ncaused by\nError during planning: this",
            "Execution error: that"
        ]
    );
}

#[test]
fn hints_for_people_arrive() {
    let hints = Diagnostic::new_warning("here", None).with_note("look", None);
    let arrived = over(&DataFusionError::Plan(text("this")).with_diagnostic(hints.clone()));
    assert_eq!(
        format!("{:?}", arrived.diagnostic().unwrap()),
        format!("{hints:?}")
    );
}

#[test]
fn failures_of_functions_are_told_apart() {
    let cases = [
        (
            Failure::Guest {
                message: text("no"),
                row: None,
            },
            None,
            false,
        ),
        (
            Failure::Call(CallError::Timeout(Duration::from_secs(1))),
            None,
            true,
        ),
        (
            Failure::Call(CallError::Pool {
                wanted: 1,
                source: Box::new(DataFusionError::ResourcesExhausted(text("this"))),
            }),
            None,
            true,
        ),
        (
            Failure::Call(CallError::Stopped(Stopped::Cancelled)),
            Some(Stopped::Cancelled),
            false,
        ),
        (
            Failure::Call(CallError::Stopped(Stopped::Deadline)),
            Some(Stopped::Deadline),
            false,
        ),
    ];
    for (cause, stop, limit) in cases {
        let error = DataFusionError::Shared(Arc::new(function(cause).context("a stage")));
        let arrived = over(&over(&error));
        let found = (causes(&arrived).into_iter())
            .find_map(|error| error.downcast_ref::<FunctionError>())
            .unwrap();
        assert_eq!(found.function, "gcd");
        assert_eq!(found.component, Digest::of(b"gcd"));
        assert_eq!(found.host, "north");
        assert_eq!(found.cause.stop(), stop);
        assert_eq!(found.cause.is_stop(), stop.is_some());
        assert_eq!(found.cause.is_limit(), limit);
    }
}

#[test]
fn a_lost_host_is_known_however_deep_it_is_told() {
    let lost = || TransportError::Lost {
        peer: text("quic://north:1"),
        why: Loss::Silent,
    };
    let deep = (0..3 * DEPTH).fold(DataFusionError::from(lost()), |error, _| {
        DataFusionError::Shared(Arc::new(error))
    });
    let cases = [
        lost().into(),
        DataFusionError::Collection(vec![DataFusionError::Plan(text("this")), lost().into()]),
        DataFusionError::from(ArrowError::ExternalError(boxed(lost()))).context("a stage"),
        deep,
    ];
    for error in cases {
        let failure = sent(&WireFailure::of(&error));
        assert_eq!(failure.lost(), Some("quic://north:1"));
        let again = WireFailure::of(&DataFusionError::from(failure));
        assert_eq!(again.lost(), Some("quic://north:1"), "over two machines");
    }
    assert_eq!(WireFailure::message("lost").lost(), None);
}

#[test]
fn a_message_says_what_it_says() {
    let failure = sent(&WireFailure::message("no such attempt"));
    assert_eq!(failure.text(), "no such attempt");
    let error = DataFusionError::from(failure);
    let DataFusionError::External(inner) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(
        inner.downcast_ref::<RemoteError>().unwrap().to_string(),
        "no such attempt"
    );
}

#[test]
fn chains_and_texts_without_end_are_cut() {
    let root = DataFusionError::ResourcesExhausted("x".repeat(2 * TEXT));
    let chain = (0..10 * DEPTH).fold(root, |error, level| error.context(format!("{level}")));
    let wide = (0..10_000).map(|_| DataFusionError::Plan("é".repeat(TEXT)));
    let wide = DataFusionError::Collection(wide.collect());
    for error in [chain, wide] {
        let failure = WireFailure::of(&error);
        let bytes = frame::encode(&failure).unwrap();
        assert!(bytes.len() < TEXTS + (64 << 10), "{}", bytes.len());
        let arrived: DataFusionError = sent(&failure).into();
        assert!(!arrived.to_string().is_empty());
    }
}

#[test]
fn links_that_are_of_no_error_are_read_as_one() {
    let other = |causes| Link::Other {
        text: text("this"),
        lost: None,
        causes,
    };
    let cases = [
        vec![],
        vec![Link::Carries(Carrier::Shared)],
        vec![Link::Carries(Carrier::Collection(u32::MAX)), other(0)],
        vec![Link::Carries(Carrier::Collection(0))],
        vec![other(200), other(0)],
        vec![Link::Carries(Carrier::Shared); 1_000_000],
    ];
    for links in cases {
        let failure = WireFailure { links };
        assert_eq!(failure.text(), "a failure that does not read");
        assert!(matches!(
            DataFusionError::from(failure),
            DataFusionError::External(_)
        ));
    }
    let mismatched = vec![Link::Carries(Carrier::Parquet), other(0)];
    assert_eq!(
        WireFailure { links: mismatched }.text(),
        "External error: this"
    );
}
