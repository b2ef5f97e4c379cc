use std::error::Error;

use arrowbox_host::NullHandling;
use datafusion::logical_expr::Volatility;
use datafusion::sql::sqlparser::dialect::GenericDialect;

use super::*;
use crate::catalog::OnExisting;
use crate::quantity::{Bytes, Span};

fn statements(text: &str) -> Result<Vec<Statement>, ParseError> {
    parse(text, &GenericDialect {}, 50)
}

fn create(text: &str) -> CreateFunction {
    match statements(text).unwrap().pop() {
        Some(Statement::CreateFunction(create)) => *create,
        other => panic!("{text}: {other:?}"),
    }
}

fn refusal(text: &str) -> String {
    let error = match statements(text) {
        Err(error) => error,
        Ok(read) => panic!("{text}: {read:?}"),
    };
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message.push_str(": ");
        message.push_str(&cause.to_string());
        source = cause.source();
    }
    message
}

#[test]
fn the_shortest_function() {
    let function = create("CREATE FUNCTION Gcd LANGUAGE WASM AS 'math.wasm'");
    assert_eq!(function.name, "gcd");
    assert_eq!(function.source, "math.wasm");
    assert_eq!(
        (function.existing, function.lifetime),
        (OnExisting::Refuse, Lifetime::Catalog)
    );
    assert_eq!(
        (function.arguments, function.returns, function.function),
        (None, None, None)
    );
    assert_eq!((function.volatility, function.nulls), (None, None));
    assert_eq!(function.options, Default::default());
}

#[test]
fn every_clause() {
    let function = create(
        "CREATE OR REPLACE TEMPORARY FUNCTION \"Gcd\" (a BIGINT, date DATE, VARCHAR, x DECIMAL(10, 2), l INT[])
         OPTIONS (grant 'clock', memory = '64 MiB', timeout '5 s', grant = 'random', param.Precision = '3',
                  'param.a.b' 'c', data.words 'w.txt')
         AS 'math.wasm', 'gcd' RETURNS BIGINT STRICT VOLATILE LANGUAGE wasm;",
    );
    assert_eq!(function.name, "Gcd");
    assert_eq!(
        (function.existing, function.lifetime),
        (OnExisting::Replace, Lifetime::Session)
    );
    let labels: Vec<_> = function
        .arguments
        .unwrap()
        .iter()
        .map(|argument| argument.label())
        .collect();
    assert_eq!(
        labels,
        [
            "a BIGINT",
            "date DATE",
            "VARCHAR",
            "x DECIMAL(10,2)",
            "l INT[]"
        ]
    );
    assert_eq!(function.returns.unwrap().to_string(), "BIGINT");
    let rows = create(
        "CREATE FUNCTION f (text VARCHAR) RETURNS TABLE (Part VARCHAR, i BIGINT) LANGUAGE WASM AS 'a'",
    );
    assert_eq!(
        rows.returns.unwrap().to_string(),
        "TABLE (part VARCHAR, i BIGINT)"
    );
    assert_eq!(function.function.as_deref(), Some("gcd"));
    assert_eq!(function.volatility, Some(Volatility::Volatile));
    assert_eq!(function.nulls, Some(NullHandling::Strict));
    let options = function.options;
    assert_eq!(options.grants.iter().count(), 2);
    assert_eq!(options.memory, Some(Bytes(64 << 20)));
    assert_eq!(
        options.timeout,
        Some(Span(std::time::Duration::from_secs(5)))
    );
    assert_eq!(options.parameters["Precision"], "3");
    assert_eq!(options.parameters["a.b"], "c");
    assert_eq!(options.data["words"].to_str(), Some("w.txt"));
}

#[test]
fn nulls_and_existence() {
    let create = |rest: &str| create(&format!("CREATE FUNCTION {rest}"));
    let strict = create("f LANGUAGE WASM AS 'a' RETURNS NULL ON NULL INPUT RETURNS INT");
    assert_eq!(strict.nulls, Some(NullHandling::Strict));
    let called = create("IF NOT EXISTS f() LANGUAGE WASM AS 'a' CALLED ON NULL INPUT IMMUTABLE");
    assert_eq!(called.nulls, Some(NullHandling::Called));
    assert_eq!(called.existing, OnExisting::Keep);
    assert_eq!(called.arguments, Some(vec![]));
}

#[test]
fn what_is_not_honoured_is_refused_by_name() {
    for (rest, part) in [
        ("f AS 'a'", "needs the clause LANGUAGE WASM"),
        ("f LANGUAGE WASM", "needs the clause AS"),
        ("f LANGUAGE python AS 'a'", "language `python`"),
        (
            "f LANGUAGE WASM AS 'a' COST 10",
            "clause `COST` at Line: 1, Column: 40",
        ),
        ("f LANGUAGE WASM AS 'a' PARALLEL SAFE", "clause `PARALLEL`"),
        (
            "f LANGUAGE WASM AS 'a' SECURITY DEFINER",
            "clause `SECURITY`",
        ),
        ("f LANGUAGE WASM AS 'a' SET x = 1", "clause `SET`"),
        (
            "f LANGUAGE WASM BEGIN ATOMIC SELECT 1; END",
            "clause `BEGIN`",
        ),
        ("f(BIGINT) RETURNS BIGINT RETURN $1 + 1", "clause `RETURN`"),
        ("f LANGUAGE WASM AS 'a' NOT DETERMINISTIC", "clause `NOT`"),
        ("f LANGUAGE WASM AS 'a' USING JAR 'b'", "clause `USING`"),
        ("f LANGUAGE WASM AS 'a' WITH (x = 1)", "clause `WITH`"),
        ("f LANGUAGE WASM AS $$body$$", "AS can not be honoured"),
        ("f LANGUAGE WASM AS a", "AS can not be honoured"),
        (
            "f LANGUAGE WASM AS 'a' RETURNS TABLE (INT)",
            "a name and a type",
        ),
        (
            "f LANGUAGE WASM AS 'a' RETURNS TABLE ()",
            "a name and a type",
        ),
        ("f LANGUAGE WASM AS 'a' RETURNS SETOF INT", "RETURNS SETOF"),
        ("f (x INT DEFAULT 1) LANGUAGE WASM AS 'a'", "DEFAULT"),
        ("f (x INT = 1) LANGUAGE WASM AS 'a'", "DEFAULT"),
        (
            "f (OUT x INT) LANGUAGE WASM AS 'a'",
            "OUT can not be honoured",
        ),
        (
            "f LANGUAGE WASM AS 'a' STRICT CALLED ON NULL INPUT",
            "on NULL more than once",
        ),
        (
            "f LANGUAGE WASM AS 'a' STABLE VOLATILE",
            "VOLATILE more than once",
        ),
        ("f LANGUAGE WASM AS 'a' AS 'b'", "AS more than once"),
        (
            "f LANGUAGE WASM LANGUAGE WASM AS 'a'",
            "LANGUAGE more than once",
        ),
        ("a.b LANGUAGE WASM AS 'a'", "names of one part"),
        (
            "f LANGUAGE WASM AS 'a' OPTIONS (colour 'red')",
            "option `colour`",
        ),
        (
            "f LANGUAGE WASM AS 'a' OPTIONS (env.x 'red')",
            "option `env.x`",
        ),
        (
            "f LANGUAGE WASM AS 'a' OPTIONS (memory 'much')",
            "option `memory`",
        ),
        (
            "f LANGUAGE WASM AS 'a' OPTIONS (memory '5 GiB')",
            "at most 4 GiB",
        ),
        (
            "f LANGUAGE WASM AS 'a' OPTIONS (timeout 5)",
            "needs one of the units",
        ),
        (
            "f LANGUAGE WASM AS 'a' OPTIONS (timeout soon)",
            "single quotes",
        ),
        (
            "f LANGUAGE WASM AS 'a' OPTIONS (grant 'everything')",
            "is not a grant",
        ),
        (
            "f LANGUAGE WASM AS 'a' OPTIONS (memory '1 MiB', memory '2 MiB')",
            "given twice",
        ),
        (
            "f LANGUAGE WASM AS 'a' OPTIONS (param.a '1', param.a '2')",
            "given twice",
        ),
    ] {
        let message = refusal(&format!("CREATE FUNCTION {rest}"));
        assert!(message.contains(part), "{rest}: {message}");
    }
    let message = refusal("CREATE OR REPLACE FUNCTION IF NOT EXISTS f LANGUAGE WASM AS 'a'");
    assert!(message.contains("contradicts OR REPLACE"), "{message}");
}

#[test]
fn several_statements() {
    let read = statements(
        "SELECT 1;; DROP FUNCTION IF EXISTS F; SHOW FUNCTIONS LIKE 'g%';
         CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'a;b.csv'; SHOW TABLES; ",
    )
    .unwrap();
    assert_eq!(read.len(), 5);
    assert!(matches!(&read[0], Statement::Sql(_)));
    assert!(
        matches!(&read[1], Statement::DropFunction(drop) if drop.name == "f" && drop.if_exists)
    );
    assert!(
        matches!(&read[2], Statement::ShowFunctions(show) if show.like.as_deref() == Some("g%"))
    );
    assert!(matches!(&read[3], Statement::Sql(_)));
    for (text, part) in [
        ("SELECT 1 SELECT 2", "end of the statement"),
        ("DROP FUNCTION f(INT)", "leave it out"),
        ("DROP FUNCTION f CASCADE", "CASCADE"),
        ("DROP FUNCTION f, g", "one by one"),
        ("SHOW FUNCTIONS FROM x", "end of the statement"),
        ("SELEC 1", "SELEC"),
    ] {
        let message = refusal(text);
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn what_a_table_is_stored_as_is_a_name() {
    let stored = |text: &str| {
        let read = statements(text).unwrap().pop();
        let Some(Statement::Sql(mut statement)) = read else {
            panic!("{text}: {read:?}");
        };
        while let SqlStatement::Explain(explain) = *statement {
            statement = explain.statement;
        }
        match *statement {
            SqlStatement::CreateExternalTable(create) => Some(create.file_type),
            SqlStatement::CopyTo(copy) => copy.stored_as,
            other => panic!("{text}: {other:?}"),
        }
    };
    for (text, name) in [
        (
            "CREATE EXTERNAL TABLE t STORED AS Access_Log LOCATION 'x'",
            Some("access_log"),
        ),
        (
            "CREATE EXTERNAL TABLE t LOCATION 'x' OPTIONS (a 'STORED AS b') STORED AS \"Access\"",
            Some("Access"),
        ),
        ("COPY t TO 'x' STORED  AS /* how */ Lines", Some("lines")),
        ("COPY t TO 'x.csv'", None),
        (
            "EXPLAIN COPY (SELECT stored AS x FROM t) TO 'x' STORED AS \"Y\"",
            Some("Y"),
        ),
        ("SELECT 1; COPY (SELECT 1) TO 'x' STORED AS Z; ", Some("z")),
    ] {
        assert_eq!(stored(text).as_deref(), name, "{text}");
    }
}

#[test]
fn tables_are_arguments() {
    let read = statements("SELECT * FROM map_batches(TABLE t, score, 0.5); SELECT 1 SELECT 2");
    let message = read.unwrap_err().to_string();
    assert!(message.contains("can not be read"), "{message}");
    assert_eq!(
        statements("SELECT * FROM map_batches(TABLE t, score, 0.5)")
            .unwrap()
            .len(),
        1
    );
}
