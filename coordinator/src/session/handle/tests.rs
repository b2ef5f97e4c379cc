use std::path::Path;
use std::time::Duration;

use datafusion::arrow::util::pretty::pretty_format_batches;

use super::*;
use crate::data_dir::DataDir;
use crate::quantity::Bytes;
use crate::session::FunctionsError;

fn session(folder: &Path) -> Session {
    let data_dir = DataDir::open(Some(folder)).unwrap();
    Session::builder().data_dir(data_dir).build().unwrap()
}

async fn rows(session: &Session, sql: &str) -> String {
    let batches = session.sql(sql).await.unwrap().collect().await.unwrap();
    pretty_format_batches(&batches).unwrap().to_string()
}

async fn failure(session: &Session, sql: &str) -> QueryError {
    match session.sql(sql).await {
        Ok(mut query) => query.collect().await.unwrap_err(),
        Err(error) => error,
    }
}

#[tokio::test]
async fn statements_change_one_session() {
    let session = Session::builder().build().unwrap();
    let text = rows(
        &session,
        "SET datafusion.execution.batch_size = 7;
         CREATE TABLE t AS VALUES (1), (2);
         CREATE VIEW v AS SELECT column1 * 10 AS x FROM t;
         INSERT INTO t VALUES (3);
         PREPARE p AS SELECT sum(x) AS total FROM v WHERE x > $1;
         EXECUTE p(10)",
    )
    .await;
    assert!(text.contains("| 50    |"), "{text}");
    let text = rows(&session, "SHOW datafusion.execution.batch_size").await;
    assert!(text.contains("| 7 "), "{text}");
    assert!(matches!(
        failure(&session, " ; ").await,
        QueryError::Parse(_)
    ));
}

#[tokio::test]
async fn statements_about_functions_are_refused_by_their_reason() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path());
    let file = folder.path().join("text.wasm");
    std::fs::write(&file, "not WebAssembly").unwrap();
    let file = file.display();
    let functions = |error| match error {
        QueryError::Functions(error) => error,
        other => panic!("{other:?}"),
    };
    let hides = failure(
        &session,
        &format!("CREATE FUNCTION upper LANGUAGE WASM AS '{file}'"),
    )
    .await;
    assert!(matches!(
        functions(hides),
        FunctionsError::HidesBuiltIn { .. }
    ));
    let sum = failure(
        &session,
        &format!("CREATE FUNCTION sum LANGUAGE WASM AS '{file}'"),
    )
    .await;
    assert!(matches!(
        functions(sum),
        FunctionsError::HidesBuiltIn { .. }
    ));
    for sql in [
        format!("CREATE FUNCTION f LANGUAGE WASM AS '{file}'"),
        format!("CREATE OR REPLACE TEMPORARY FUNCTION upper LANGUAGE WASM AS '{file}'"),
        "CREATE FUNCTION f LANGUAGE WASM AS 'nowhere.wasm'".to_owned(),
        format!("CREATE FUNCTION f (a NO_SUCH_TYPE) LANGUAGE WASM AS '{file}'"),
    ] {
        assert!(
            matches!(
                functions(failure(&session, &sql).await),
                FunctionsError::Define(_)
            ),
            "{sql}"
        );
    }
    let built_in = failure(&session, "DROP FUNCTION upper").await;
    assert!(matches!(
        functions(built_in),
        FunctionsError::BuiltIn { .. }
    ));
    let nothing = failure(&session, "DROP FUNCTION f").await;
    assert!(matches!(
        functions(nothing),
        FunctionsError::NotFound { .. }
    ));
    let query = session.sql("DROP FUNCTION IF EXISTS f").await.unwrap();
    assert_eq!(query.notice(), Some("there is no function `f`"));
    assert_eq!(
        session
            .sql("SHOW FUNCTIONS")
            .await
            .unwrap()
            .collect()
            .await
            .unwrap()[0]
            .num_rows(),
        0
    );
}

#[tokio::test]
async fn a_session_without_a_directory_keeps_nothing() {
    let session = Session::builder().build().unwrap();
    assert!(session.catalog().is_none());
    assert!(session.functions().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_end_queries() {
    let session = Session::builder()
        .timeout(Span(Duration::from_millis(50)))
        .build()
        .unwrap();
    let endless = "SELECT count(*) FROM range(0, 1000000000000) AS t (x) WHERE x % 7 = 3";
    assert!(matches!(
        failure(&session, endless).await,
        QueryError::TimedOut { .. }
    ));
    let session = Session::builder()
        .memory_limit(Bytes(1 << 20))
        .build()
        .unwrap();
    let large = "SELECT x, count(*) FROM range(0, 10000000) AS t (x) GROUP BY x";
    let error = failure(&session, large).await;
    let QueryError::Engine(error) = error else {
        panic!("{error}");
    };
    assert!(
        matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)),
        "{error}"
    );
    // The session goes on.
    assert!(rows(&session, "SELECT 1 AS one").await.contains("| 1 "));
}

#[tokio::test]
async fn deep_expressions_have_room() {
    let session = Session::builder().build().unwrap();
    let deep = |depth: usize| {
        format!(
            "SELECT {}x{} AS y FROM (VALUES (-1)) AS t (x)",
            "abs(".repeat(depth),
            ")".repeat(depth)
        )
    };
    assert!(rows(&session, &deep(200)).await.contains("| 1 |"));
    assert!(matches!(
        failure(&session, &deep(5000)).await,
        QueryError::Parse(_)
    ));
}
