//! Tables that readers make and writers put somewhere.

use std::fs;
use std::path::Path;

use super::{refusal, rows, session};

const GOOD: &str = "\
192.0.2.44 - - [10/Mar/2024:06:31:16 +0100] \"POST /login HTTP/1.1\" 200 48211 \"-\" \"-\"
192.0.2.101 - - [10/Mar/2024:06:33:49 +0100] \"GET /search HTTP/1.1\" 404 1043 \"-\" \"-\"
";

/// A log of two requests, and one that has a line besides that is none.
fn logs(folder: &Path) -> (String, String) {
    let (good, bad) = (folder.join("good.log"), folder.join("bad.log"));
    fs::write(&good, GOOD).unwrap();
    fs::write(&bad, format!("{GOOD}no request\n")).unwrap();
    (good.display().to_string(), bad.display().to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_makes_tables_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let (good, bad) = logs(folder.path());
    let session = session(&["access-log"]).await;
    for (sql, expected) in [
        (
            format!("SELECT host, status FROM access_log('{good}') ORDER BY status"),
            "192.0.2.44,200 192.0.2.101,404",
        ),
        (
            format!("SELECT count(*) FROM access_log('{good}', '{bad}', malformed => 'sk' || 'ip') AS l WHERE l.status = 404"),
            "2",
        ),
        (
            format!("SELECT access_log.host FROM access_log('{bad}', malformed => 'skip') WHERE bytes < 2000"),
            "192.0.2.101",
        ),
        (
            format!(
                "CREATE EXTERNAL TABLE l STORED AS Access_Log LOCATION '{bad}' OPTIONS ('malformed' 'skip');
                 SELECT count(*) FROM l"
            ),
            "2",
        ),
        (
            format!(
                "CREATE EXTERNAL TABLE IF NOT EXISTS l STORED AS access_log LOCATION '{good}'; SELECT count(*) FROM l"
            ),
            "2",
        ),
        (
            format!(
                "CREATE OR REPLACE EXTERNAL TABLE l STORED AS access_log LOCATION ('{good}', '{bad}')
                 OPTIONS (malformed 'null'); SELECT count(*), count(host) FROM l"
            ),
            "5,4",
        ),
        (
            format!("CREATE VIEW v AS SELECT host FROM access_log('{good}'); SELECT count(*) FROM v"),
            "2",
        ),
    ] {
        assert_eq!(rows(&session, &sql).await, expected, "{sql}");
    }
    for (sql, said) in [
        (
            format!("CREATE EXTERNAL TABLE l STORED AS access_log LOCATION '{good}'"),
            "there is a table `l` already",
        ),
        (
            format!(
                "CREATE EXTERNAL TABLE m (host VARCHAR) STORED AS access_log LOCATION '{good}'"
            ),
            "not 1; leave the columns out",
        ),
        (
            format!(
                "CREATE EXTERNAL TABLE m STORED AS access_log PARTITIONED BY (host) LOCATION '{good}'"
            ),
            "PARTITIONED BY",
        ),
        // Nobody changes what a function is told.
        (
            format!(
                "CREATE EXTERNAL TABLE m STORED AS access_log LOCATION '{good}' OPTIONS (Malformed 'skip')"
            ),
            "Malformed",
        ),
        (
            format!("SELECT * FROM access_log('{good}', Malformed => 'skip')"),
            "Malformed",
        ),
        (
            format!("SELECT * FROM access_log('{good}', malformed => NULL)"),
            "not null",
        ),
        (
            format!("SELECT * FROM access_log('{bad}')"),
            "not one of an access log",
        ),
        (
            "SELECT * FROM access_log(host)".to_owned(),
            "text stands in single quotes",
        ),
        ("SELECT access_log('x')".to_owned(), "STORED AS access_log"),
        (
            format!("COPY (SELECT 1) TO '{good}' STORED AS access_log"),
            "for writers",
        ),
    ] {
        let refused = refusal(&session, &sql).await;
        assert!(refused.contains(said), "{sql}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_puts_rows_somewhere() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let written = |name: &str| {
        let mut lines = Vec::new();
        for entry in fs::read_dir(folder.path().join(name)).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "jsonl")
            {
                lines.extend(fs::read_to_string(path).unwrap().lines().map(str::to_owned));
            }
        }
        lines.sort();
        lines.join(" ")
    };
    let session = session(&["json-lines"]).await;
    let rows_of = "VALUES (1, 'x'), (2, NULL)";
    let copy = format!(
        "COPY (SELECT * FROM ({rows_of}) AS t (a, b)) TO '{}' STORED AS JSON_Lines OPTIONS (nulls omit)",
        at("copied")
    );
    assert_eq!(rows(&session, &copy).await, "2");
    assert_eq!(written("copied"), r#"{"a":1,"b":"x"} {"a":2}"#);
    let insert = format!(
        "CREATE EXTERNAL TABLE o (a BIGINT, b VARCHAR) STORED AS json_lines LOCATION '{}';
         INSERT INTO o {rows_of}",
        at("inserted/")
    );
    assert_eq!(rows(&session, &insert).await, "2");
    assert_eq!(written("inserted"), r#"{"a":1,"b":"x"} {"a":2,"b":null}"#);
    let table = format!(
        "CREATE TABLE t AS {rows_of}; COPY t TO '{}' STORED AS json_lines",
        at("table")
    );
    assert_eq!(rows(&session, &table).await, "2");
    let explain = format!(
        "EXPLAIN COPY (SELECT 1 AS a) TO '{}' STORED AS json_lines",
        at("explained")
    );
    assert!(rows(&session, &explain).await.contains("json_lines"));
    assert!(!folder.path().join("explained").exists());
    for (sql, said) in [
        (
            format!(
                "COPY t TO '{}' STORED AS json_lines PARTITIONED BY (column1)",
                at("x")
            ),
            "PARTITIONED BY",
        ),
        (
            format!(
                "COPY t TO '{}' STORED AS json_lines OPTIONS (nulls omit, nulls write)",
                at("x")
            ),
            "given twice",
        ),
        (
            format!(
                "CREATE EXTERNAL TABLE w STORED AS json_lines LOCATION '{}'",
                at("x")
            ),
            "needs columns",
        ),
        (
            format!(
                "CREATE EXTERNAL TABLE w (a INT) STORED AS json_lines LOCATION ('{}', '{}')",
                at("x"),
                at("y")
            ),
            "several paths",
        ),
        ("SELECT * FROM o".to_owned(), "can not be read"),
        (
            "SELECT * FROM json_lines('x')".to_owned(),
            "STORED AS json_lines",
        ),
    ] {
        let refused = refusal(&session, &sql).await;
        assert!(refused.contains(said), "{sql}: {refused}");
    }
    assert!(!folder.path().join("x").exists());
}
