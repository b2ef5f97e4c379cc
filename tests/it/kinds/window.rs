//! Window functions.

use std::sync::Arc;

use arrow::array::{AsArray, Int64Array};
use arrow::datatypes::Int64Type;
use arrowbox_host::Limits;
use arrowbox_tests::engine::{self, Query};
use datafusion::execution::memory_pool::UnboundedMemoryPool;
use datafusion::prelude::SessionConfig;

use super::rows::{self, Row, rows};
use super::{IMPATIENT, LONG, agree, honest, lines, refused, rogue};
use crate::hostile::{Case, LIMITS, complaints};

pub(super) const FAILING: &[Case] = &[
    ("window__open_refuses", &["the guest refuses to open"]),
    ("window__open_traps", &["trapped", "unreachable"]),
    (
        "window__result_differs",
        &["broke the contract", "Int64", "Utf8"],
    ),
    (
        "window__result_of_none",
        &["broke the contract", "not exactly one field"],
    ),
    (
        "window__result_of_two",
        &["broke the contract", "not exactly one field"],
    ),
    ("window__result_traps", &["trapped", "unreachable"]),
    (
        "window__evaluate_refuses",
        &["the guest refuses to evaluate"],
    ),
    (
        "window__evaluate_traps",
        &["trapped", "unreachable", "window-function.evaluate"],
    ),
    ("window__evaluate_spins", &["hit its time limit"]),
    (
        "window__evaluate_hoards",
        &["hit its memory limit", "OPTIONS (memory"],
    ),
    ("window__evaluate_one_more", &["broke the contract", "rows"]),
    ("window__evaluate_one_less", &["broke the contract", "rows"]),
    ("window__evaluate_none", &["broke the contract", "rows"]),
    (
        "window__evaluate_of_text",
        &["broke the contract", "buffers"],
    ),
    ("window__evaluate_of_endless_rows", &["broke the contract"]),
    ("window__push_refuses", &["the guest refuses to push"]),
    ("window__push_traps", &["trapped", "unreachable"]),
    ("window__push_one_more", &["broke the contract", "rows"]),
    ("window__push_one_less", &["broke the contract", "rows"]),
    ("window__push_none", &["broke the contract", "rows"]),
];

pub(super) const PROPER: &[&str] = &["window__proper", "window__without_arguments"];

/// A query over `t` in batches of so many rows.
fn over(rows: &[Row], partitions: usize, length: usize) -> Query {
    let config = SessionConfig::new().with_batch_size(length);
    let pool = Arc::new(UnboundedMemoryPool::default());
    ["centered", "previous", "so_far"]
        .iter()
        .fold(
            Query::configured(pool, partitions, config),
            |query, name| query.calling(&honest(name)),
        )
        .table(
            "t",
            rows::schema(),
            rows::partitions(rows, partitions, length),
        )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_are_those_of_the_native_functions() {
    let twins = [
        // Whole numbers, whose sums are exact.
        ("centered(x) OVER ({})", "x - avg(x) OVER ({})"),
        ("previous(s) OVER ({})", "lag(s) OVER ({})"),
        (
            "so_far(x) OVER ({})",
            "coalesce(sum(x) OVER ({} ROWS UNBOUNDED PRECEDING), 0)",
        ),
    ];
    for groups in [1, 9, 800] {
        let rows = rows(1200, groups);
        for (partitions, length) in [(1, 8192), (2, 7), (4, 100), (1, 1)] {
            let mut query = over(&rows, partitions, length);
            for window in [
                "ORDER BY o",
                "PARTITION BY g ORDER BY o",
                "PARTITION BY g, x % 2 ORDER BY o DESC",
            ] {
                for (ours, theirs) in twins {
                    if ours.starts_with("centered") && !window.starts_with("PARTITION") {
                        // With an order alone, `avg` is that of the rows so far.
                        continue;
                    }
                    let of_all = window.split(" ORDER").next().unwrap();
                    let theirs = match ours.starts_with("centered") {
                        true => theirs.replace("{}", of_all),
                        false => theirs.replace("{}", window),
                    };
                    let text = |call: &str| format!("SELECT o, {call} FROM t");
                    query = agree(query, &text(&ours.replace("{}", window)), &text(&theirs)).await;
                }
            }
        }
    }
}

/// The same rows whether they are computed as they come or partition by partition.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incremental_function_gives_the_same_whole() {
    let rows = rows(1500, 12);
    for (partitions, length) in [(1, 8192), (1, 13), (3, 64)] {
        let window = "OVER (PARTITION BY g ORDER BY o)";
        let alone = format!("SELECT o, previous(s) {window}, so_far(x) {window} FROM t");
        let with_whole = format!(
            "SELECT o, p, f FROM (SELECT o, previous(s) {window} p, so_far(x) {window} f, \
            centered(x) {window} c FROM t) WHERE c IS NULL OR c IS NOT NULL"
        );
        let query = over(&rows, partitions, length);
        let as_they_come = query.run(query.plan(&alone).await.unwrap()).await.unwrap();
        assert!(as_they_come.count("BoundedWindowAggExec") > 0);
        let query = query.again();
        let whole = query
            .run(query.plan(&with_whole).await.unwrap())
            .await
            .unwrap();
        assert!(whole.count("WindowAggExec") > 0);
        assert_eq!(
            engine::lines(&as_they_come.rows),
            engine::lines(&whole.rows)
        );
    }
}

/// A partition that is longer than any batch, and ends in the middle of one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_can_be_longer_than_a_batch() {
    let mut rows = rows(5000, 1);
    for (number, row) in rows.iter_mut().enumerate() {
        row.g = Some(i64::from(number >= 4321));
        row.x = Some(number as i64 % 100);
        row.o = number as i64;
    }
    for length in [10, 999] {
        let query = over(&rows, 1, length);
        let window = "OVER (PARTITION BY g ORDER BY o)";
        let sql =
            format!("SELECT g, max(f) FROM (SELECT g, so_far(x) {window} f FROM t) GROUP BY g");
        let sum = |rows: std::ops::Range<i64>| rows.map(|n| n % 100).sum::<i64>();
        let expected = [
            format!("0|{}", sum(0..4321)),
            format!("1|{}", sum(4321..5000)),
        ];
        assert_eq!(lines(&query, &sql).await, expected);
    }
}

#[tokio::test]
async fn of_nothing_there_is_nothing() {
    let query = over(&rows(10, 2), 2, 100);
    let sql = "SELECT previous(s) OVER (ORDER BY o), centered(x) OVER (PARTITION BY g) FROM t \
        WHERE o < 0";
    assert!(lines(&query, sql).await.is_empty());
}

#[tokio::test]
async fn constants_and_casts_are_arguments_too() {
    let query = over(&rows(100, 3), 1, 40);
    let query = agree(
        query,
        "SELECT o, so_far(1) OVER (ORDER BY o), centered(CAST(2 AS INT)) OVER () FROM t",
        "SELECT o, row_number() OVER (ORDER BY o), CAST(0 AS DOUBLE) FROM t",
    )
    .await;
    let message = refused(
        query
            .rows("SELECT so_far(s) OVER (ORDER BY o) FROM t")
            .await,
    );
    assert!(message.contains("`so_far`"), "{message}");
}

#[tokio::test]
async fn an_error_names_the_function_and_what_it_said() {
    let mut query = over(&rows(100, 3), 2, 40);
    for window in ["ORDER BY o", "PARTITION BY g ORDER BY o", "PARTITION BY g"] {
        let sql = format!("SELECT so_far(x - 999) OVER ({window}) FROM t");
        let message = refused(query.rows(&sql).await);
        assert!(
            message.contains("`so_far`") && message.contains("is negative"),
            "{message}"
        );
        query = query.again();
    }
    assert_eq!(lines(&query, "SELECT count(p) FROM (SELECT previous(o) OVER () p FROM (SELECT CAST(o AS TEXT) o FROM t))").await, ["99"]);
}

/// What a function is not told must not be ignored.
#[tokio::test]
async fn clauses_that_mean_nothing_here_are_refused() {
    for clause in [
        "previous(s) IGNORE NULLS OVER (ORDER BY o)",
        "centered(x) IGNORE NULLS OVER (PARTITION BY g)",
        "previous(DISTINCT s) OVER (ORDER BY o)",
        "previous(s) FILTER (WHERE x > 1) OVER (ORDER BY o)",
    ] {
        let query = over(&rows(10, 2), 1, 100);
        let result = query.rows(&format!("SELECT {clause} FROM t")).await;
        assert!(result.is_err(), "{clause} is ignored");
    }
}

/// A partition is one call where it is computed whole; a batch is one where rows are computed as they come.
#[tokio::test]
async fn figures_count_partitions_or_batches_and_not_rows() {
    let rows = rows(2000, 20);
    let query = over(&rows, 1, 100);
    let sql = "SELECT o, centered(x) OVER (PARTITION BY g) FROM t";
    query.rows(sql).await.unwrap();
    let figures = query.figures();
    assert!((20..=21).contains(&figures.calls), "{figures:?}");
    assert_eq!(figures.rows, 2000);
    assert!(figures.bytes_copied_in >= 2000 * 8, "{figures:?}");

    let query = query.again();
    let sql = "SELECT o, so_far(x) OVER (ORDER BY o) FROM t";
    query.rows(sql).await.unwrap();
    let figures = query.figures();
    assert!((20..=42).contains(&figures.calls), "{figures:?}");
    assert_eq!((figures.rows, figures.instances), (2000, 1), "{figures:?}");

    let query = query.again();
    let explained = lines(&query, &format!("EXPLAIN ANALYZE {sql}"))
        .await
        .join("\n");
    assert!(explained.contains("so_far.calls="), "{explained}");
}

/// The parts of a batch that cross for a partition are those of the partition.
#[tokio::test]
async fn rows_of_other_partitions_do_not_cross() {
    let query = over(&rows(4000, 1000), 1, 4000);
    query
        .rows("SELECT o, previous(s) OVER (PARTITION BY g ORDER BY o) FROM t")
        .await
        .unwrap();
    let figures = query.figures();
    assert!(figures.bytes_copied_in < 4000 * 200, "{figures:?}");
}

fn query(function: &str, limits: Limits) -> Query {
    let x: Int64Array = (0..1000).collect();
    Query::new(1)
        .calling(&engine::any(rogue(function, limits)))
        .column("t", [Arc::new(x) as _])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_can_go_wrong() {
    let mut wrong = Vec::new();
    for (function, said) in FAILING {
        let limits = match function.ends_with("spins") {
            true => IMPATIENT,
            false => LIMITS,
        };
        let sql = |function: &str| format!("SELECT {function}(x) OVER (ORDER BY x) FROM t");
        let query_of = query(function, limits);
        let text = sql(function);
        let result = tokio::time::timeout(LONG, query_of.rows(&text)).await;
        let result = result.expect("it ends").map(drop);
        wrong.extend(complaints("hostile", function, result, said));
        let rows = query("window__proper", LIMITS)
            .rows(&sql("window__proper"))
            .await
            .unwrap();
        let zeroes = engine::first_column(&rows);
        let zeroes = zeroes.as_primitive::<Int64Type>();
        assert!(zeroes.len() == 1000 && zeroes.values().iter().all(|zero| *zero == 0));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_function_without_arguments_is_one() {
    let name = "window__without_arguments";
    for window in ["ORDER BY x", "PARTITION BY x % 7", ""] {
        let sql = format!("SELECT {name}() OVER ({window}) FROM t");
        assert_eq!(lines(&query(name, LIMITS), &sql).await, vec!["0"; 1000]);
    }
}
