//! Table functions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrowbox_host::{Function, Limits, Stopped, TableFunction};
use arrowbox_tests::engine::{self, Query, failure};
use arrowbox_tests::watched::{Abandoned, watched};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::execution::memory_pool::UnboundedMemoryPool;
use datafusion::logical_expr::{Expr, LogicalPlan, col, lit};
use datafusion::prelude::SessionConfig;
use futures::StreamExt;

use super::{IMPATIENT, LONG, honest, lines, refused, rogue};
use crate::hostile::{Case, LIMITS, complaints};

/// Fail when a query is planned.
pub(super) const PLANNED: &[Case] = &[(
    "table__result_of_nonsense",
    &["broke the contract", "nonsense"],
)];

pub(super) const FAILING: &[Case] = &[
    ("table__open_refuses", &["the guest refuses to open"]),
    ("table__open_traps", &["trapped", "unreachable"]),
    (
        "table__result_differs",
        &["broke the contract", "Int64", "Utf8"],
    ),
    ("table__result_of_two", &["broke the contract", "second"]),
    ("table__result_traps", &["trapped", "unreachable"]),
    ("table__result_by_chance", &["broke the contract"]),
    ("table__push_refuses", &["the guest refuses to push"]),
    (
        "table__push_traps",
        &["trapped", "unreachable", "table-function.push"],
    ),
    (
        "table__push_hoards",
        &["hit its memory limit", "OPTIONS (memory"],
    ),
    ("table__next_refuses", &["the guest refuses to next"]),
    ("table__next_traps", &["trapped", "unreachable"]),
    ("table__next_spins", &["hit its time limit"]),
    (
        "table__next_fails_in_the_middle",
        &["the guest fails in the middle"],
    ),
    (
        "table__next_gives_too_many_rows",
        &["broke the contract", "1048577"],
    ),
    (
        "table__next_gives_no_parents",
        &["broke the contract", "1 arrays"],
    ),
    ("table__next_gives_other_columns", &["broke the contract"]),
    ("table__parents_go_down", &["broke the contract", "row 0"]),
    (
        "table__parents_go_down_later",
        &["broke the contract", "row 0"],
    ),
    ("table__parents_are_beyond", &["broke the contract", "row"]),
    ("table__parents_are_null", &["broke the contract"]),
];

pub(super) const PROPER: &[&str] = &[
    "table__proper",
    "table__next_gives_empty_batches_first",
    // Without an end: what ends them is the query.
    "table__next_gives_endless_empty_batches",
    "table__next_gives_endless_rows",
];

fn table_function(function: &Function) -> &TableFunction {
    match function {
        Function::Table(function) => function,
        other => panic!("{other:?} is no table function"),
    }
}

/// A query with a table `f` of an honest function called with constants.
fn constant(query: Query, name: &str, arguments: &[ScalarValue]) -> Query {
    let function = honest(name);
    let table = table_function(&function).table(arguments).unwrap();
    query.provider("f", table)
}

/// The table `t` with the function's rows behind its own.
async fn lateral(query: &Query, function: &Function, arguments: Vec<Expr>) -> Result<LogicalPlan> {
    let input = query.plan("SELECT * FROM t").await?;
    table_function(function).lateral(input, arguments, Some("f".into()), &[])
}

fn number(value: i64) -> ScalarValue {
    ScalarValue::Int64(Some(value))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_constants_it_is_a_table() {
    for (first, last) in [(1, 10), (0, 30_000), (5, 4), (7, 7), (-3, 3)] {
        let query = constant(Query::new(2), "series", &[number(first), number(last)]);
        let sql = "SELECT count(*), sum(series), min(series), max(series) FROM f";
        let all: Vec<i64> = (first..=last).collect();
        let shown = |value: Option<i64>| value.map_or("-".to_owned(), |value| value.to_string());
        let sum = (!all.is_empty()).then(|| all.iter().sum());
        let expected = format!(
            "{}|{}|{}|{}",
            all.len(),
            shown(sum),
            shown(all.first().copied()),
            shown(all.last().copied())
        );
        assert_eq!(lines(&query, sql).await, [expected]);
        let query = query.again();
        let some = lines(&query, "SELECT series FROM f WHERE series % 5 = 0").await;
        assert_eq!(some.len(), all.iter().filter(|n| *n % 5 == 0).count());
        let query = query.again();
        assert_eq!(lines(&query, "SELECT 1 FROM f").await.len(), all.len());
    }
}

#[tokio::test]
async fn a_null_argument_has_no_rows() {
    let null = ScalarValue::Int64(None);
    let query = constant(Query::new(1), "series", &[null, number(3)]);
    assert!(lines(&query, "SELECT * FROM f").await.is_empty());
    let untyped = ScalarValue::Null;
    let query = constant(Query::new(1), "series", &[untyped, number(3)]);
    assert!(lines(&query, "SELECT * FROM f").await.is_empty());
}

#[tokio::test]
async fn other_types_are_cast_and_other_counts_refused() {
    let query = constant(
        Query::new(1),
        "series",
        &[ScalarValue::Int8(Some(1)), ScalarValue::UInt32(Some(3))],
    );
    assert_eq!(lines(&query, "SELECT * FROM f").await, ["1", "2", "3"]);
    let function = honest("series");
    for arguments in [&[][..], &[number(1)], &[number(1), ScalarValue::from("x")]] {
        let message = refused(table_function(&function).table(arguments));
        assert!(
            message.contains("series(first Int64, last Int64)"),
            "{message}"
        );
    }
}

/// Nobody asks for more than is wanted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_ends_what_has_no_end() {
    for (sql, rows) in [
        ("SELECT * FROM f LIMIT 10", 10),
        ("SELECT count_up + 1 FROM f LIMIT 20000 OFFSET 5", 20_000),
        ("SELECT * FROM f WHERE count_up % 3 = 0 LIMIT 100", 100),
        ("SELECT * FROM f LIMIT 0", 0),
        (
            "SELECT * FROM (SELECT * FROM f LIMIT 5) AS a, (SELECT * FROM f LIMIT 5) AS b",
            25,
        ),
    ] {
        let query = constant(Query::new(2), "count_up", &[number(7)]);
        assert_eq!(lines(&query, sql).await.len(), rows, "{sql}");
        let figures = query.scope().figures();
        let calls: u64 = figures.iter().map(|figures| figures.calls).sum();
        assert!(calls < 20, "{sql}: {figures:?}");
    }
}

/// Of the first row there are rows without end: nobody sees those of the second, and nobody asks for them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_ends_a_lateral_call_that_has_no_end() {
    let firsts: ArrayRef = Arc::new(Int64Array::from(vec![None, Some(5), Some(7)]));
    let query = Query::new(2).column("t", [firsts]);
    let function = honest("count_up");
    let plan = lateral(&query, &function, vec![col("x")]).await.unwrap();
    let query = query.view("v", plan);
    let found = lines(&query, "SELECT x, count_up FROM v LIMIT 9000").await;
    assert_eq!(found.len(), 9000);
    assert!(found.iter().all(|line| line.starts_with("5|")));
    let figures = query.figures();
    assert!(figures.calls < 10, "{figures:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_a_query_ends_what_has_no_end() {
    for name in [
        "table__next_gives_endless_rows",
        "table__next_gives_endless_empty_batches",
    ] {
        let (pool, watch) = watched();
        let function = engine::any(rogue(name, LIMITS));
        let table = table_function(&function).table(&[number(1)]).unwrap();
        let query = Query::charging(pool, 1).provider("f", table);
        let Abandoned { ended, .. } = watch.abandon(query, "SELECT count(*) FROM f").await;
        assert!(
            ended < Duration::from_secs(2),
            "{name}: it went on for {ended:?}"
        );
    }
}

#[tokio::test]
async fn a_deadline_ends_what_has_no_end() {
    for name in [
        "table__next_gives_endless_rows",
        "table__next_gives_endless_empty_batches",
    ] {
        let function = engine::any(rogue(name, LIMITS));
        let table = table_function(&function).table(&[number(1)]).unwrap();
        let begun = Instant::now();
        let query = Query::until(begun + Duration::from_millis(400)).provider("f", table);
        let error = query.rows("SELECT count(*) FROM f").await.unwrap_err();
        let stopped = failure(&error).and_then(|failure| failure.cause.stop());
        assert_eq!(stopped, Some(Stopped::Deadline), "{name}: {error}");
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{:?}",
            begun.elapsed()
        );
    }
}

/// Rows of a table with what `series(a, b)` gives of each, in all sizes of batches.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_columns_it_gives_rows_for_each_row() {
    let bounds: Vec<(Option<i64>, Option<i64>)> = (0..300)
        .map(|n| {
            let a = (n % 13 != 0).then_some(n);
            // None, one, some or very many rows.
            let b = (n % 17 != 0).then_some(match n % 7 {
                0 => n - 1,
                1 => n,
                6 if n % 5 == 0 => n + 3000,
                more => n + more,
            });
            (a, b)
        })
        .collect();
    let mut expected: Vec<String> = Vec::new();
    let shown = |value: Option<i64>| value.map_or("-".to_owned(), |value| value.to_string());
    for (number, (a, b)) in bounds.iter().enumerate() {
        if let (Some(first), Some(last)) = (a, b) {
            let line = |n| format!("{number}|{}|{}|{n}", shown(*a), shown(*b));
            expected.extend((*first..=*last).map(line));
        }
    }
    expected.sort_unstable();
    let schema = Arc::new(Schema::new(vec![
        Field::new("n", DataType::Int64, false),
        Field::new("a", DataType::Int64, true),
        Field::new("b", DataType::Int64, true),
    ]));
    let numbered: Vec<_> = bounds.iter().enumerate().collect();
    for (partitions, length) in [(1, 300), (2, 1), (4, 17)] {
        let batches = numbered.chunks(length).map(|rows| {
            let n: Int64Array = rows.iter().map(|(n, _)| Some(*n as i64)).collect();
            let a: Int64Array = rows.iter().map(|(_, (a, _))| *a).collect();
            let b: Int64Array = rows.iter().map(|(_, (_, b))| *b).collect();
            let columns = vec![Arc::new(n) as _, Arc::new(a) as _, Arc::new(b) as _];
            RecordBatch::try_new(Arc::clone(&schema), columns).unwrap()
        });
        let mut dealt = vec![Vec::new(); partitions];
        for (number, batch) in batches.enumerate() {
            dealt[number % partitions].push(batch);
        }
        let query = Query::new(partitions).table("t", Arc::clone(&schema), dealt);
        let plan = lateral(&query, &honest("series"), vec![col("a"), col("b")])
            .await
            .unwrap();
        let ran = query.run(plan).await.unwrap();
        assert!(
            engine::lines(&ran.rows) == expected,
            "{partitions} partitions of {length}"
        );
        let longest = ran.rows.iter().map(RecordBatch::num_rows).max();
        assert!(longest <= Some(8192), "{longest:?}");
        // A crossing for each batch of arguments, not for each row.
        let figures = query.figures();
        let batches = 300_u64.div_ceil(length as u64);
        let made = expected.len() as u64 / 8192 + batches;
        assert!(
            figures.calls <= 2 * batches + made + 8,
            "{figures:?} for {batches} batches"
        );
    }
}

#[tokio::test]
async fn a_lateral_call_can_be_queried_further() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("ccc")]));
    let query = Query::new(2).column("t", [texts]);
    let plan = lateral(&query, &honest("repeat_text"), vec![col("x"), lit(3_i64)])
        .await
        .unwrap();
    let query = query.view("v", plan);
    assert_eq!(
        lines(&query, "SELECT x, sum(number), max(text) FROM v GROUP BY x").await,
        ["a|6|a", "ccc|6|ccc"]
    );
    let query = query.again();
    assert_eq!(
        lines(
            &query,
            "SELECT number FROM v WHERE text = 'ccc' AND number > 1 ORDER BY 1"
        )
        .await,
        ["2", "3"]
    );
    let query = query.again();
    assert_eq!(lines(&query, "SELECT count(*) FROM v").await, ["6"]);
    let query = query.again();
    assert_eq!(lines(&query, "SELECT x FROM v LIMIT 4").await.len(), 4);
}

/// The names that the call gives to its columns.
#[tokio::test]
async fn columns_can_be_named() {
    let query = Query::new(1).column("t", [Arc::new(StringArray::from(vec!["a"])) as ArrayRef]);
    let function = honest("repeat_text");
    let call = |names: &[&str], input| {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let arguments = vec![col("x"), lit(2_i64)];
        table_function(&function).lateral(input, arguments, None, &names)
    };
    let input = query.plan("SELECT * FROM t").await.unwrap();
    let plan = call(&["n", "y"], input.clone()).unwrap();
    let query = query.view("v", plan);
    assert_eq!(
        lines(&query, "SELECT x, n, y FROM v").await,
        ["a|1|a", "a|2|a"]
    );
    let message = refused(call(&["n"], input));
    assert!(
        message.contains("`repeat_text`") && message.contains("2 columns"),
        "{message}"
    );
}

/// Rows that are made of few arguments are handed on in batches, and are not all in memory at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_or_huge_rows_take_little_memory() {
    const MIB: i64 = 1 << 20;
    let query = constant(Query::new(1), "huge", &[number(200), number(MIB)]);
    let mut stream = query.stream("SELECT huge FROM f").await.unwrap();
    let (mut rows, mut largest) = (0, 0);
    while let Some(batch) = stream.next().await {
        let batch = batch.unwrap();
        rows += batch.num_rows();
        largest = largest.max(batch.get_array_memory_size());
    }
    assert_eq!(rows, 200);
    assert!(largest < 8 << 20, "{largest} bytes in one batch");
    let figures = query.figures();
    assert!(figures.peak_memory < 32 << 20, "{figures:?}");

    // A wide row of the input, behind many rows of the function.
    let wide = "w".repeat(64 << 10);
    let config = SessionConfig::new().with_batch_size(128);
    let pool = Arc::new(UnboundedMemoryPool::default());
    let query = Query::configured(pool, 1, config).column(
        "t",
        [Arc::new(StringArray::from(vec![wide.as_str()])) as ArrayRef],
    );
    let arguments = vec![lit(1_i64), lit(5000_i64)];
    let plan = lateral(&query, &honest("series"), arguments).await.unwrap();
    let ran = query.run(plan).await.unwrap();
    let rows: usize = ran.rows.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, 5000);
    let longest = ran.rows.iter().map(RecordBatch::num_rows).max();
    assert_eq!(longest, Some(128));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_in_the_middle_names_the_function_and_what_it_said() {
    let query = constant(
        Query::new(1),
        "quotients",
        &[number(10), number(3), number(0)],
    );
    let message = refused(query.rows("SELECT * FROM f").await);
    for said in ["`quotients`", "10 can not be divided by zero"] {
        assert!(message.contains(said), "{message}");
    }
    // Nobody asks for the row that fails.
    let query = constant(
        Query::new(1),
        "quotients",
        &[number(10), number(9000), number(1)],
    );
    assert_eq!(lines(&query, "SELECT * FROM f LIMIT 3").await.len(), 3);

    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(6), None, Some(9)]));
    let mut query = Query::new(1).column("t", [numbers]);
    let function = honest("quotients");
    for (to, fine) in [(1, true), (0, false)] {
        let arguments = vec![col("x"), lit(3_i64), lit(to)];
        let plan = lateral(&query, &function, arguments).await.unwrap();
        let result = query.run(plan).await;
        query = query.again();
        match (result, fine) {
            (Ok(ran), true) => assert_eq!(
                engine::lines(&ran.rows),
                [
                    "-|-", "-|-", "-|-", "6|2", "6|3", "6|6", "9|3", "9|4", "9|9"
                ]
            ),
            (Err(error), false) => {
                let message = engine::said(&error);
                assert!(
                    message.contains("6 can not be divided by zero"),
                    "{message}"
                );
            }
            (other, _) => panic!("{:?}", other.map(|ran| ran.rows)),
        }
    }
}

#[tokio::test]
async fn figures_are_explained() {
    let query = constant(Query::new(1), "series", &[number(1), number(20_000)]);
    let explained = lines(&query, "EXPLAIN ANALYZE SELECT sum(series) FROM f")
        .await
        .join("\n");
    for said in [
        "series.calls=",
        "series.instances=1",
        "TableFunctionExec: function=series",
    ] {
        assert!(explained.contains(said), "no {said} in {explained}");
    }
}

/// Rows of a rogue function, of constants and of a column.
async fn both_ways(name: &str, limits: Limits) -> [Result<Vec<RecordBatch>>; 2] {
    let function = engine::any(rogue(name, limits));
    let of_constants = async {
        let table = table_function(&function).table(&[number(1)])?;
        let query = Query::new(1).provider("f", table);
        query.rows("SELECT * FROM f").await
    };
    let of_columns = async {
        let x: Int64Array = (0..100).collect();
        let query = Query::new(1).column("t", [Arc::new(x) as _]);
        let plan = lateral(&query, &function, vec![col("x")]).await?;
        Ok(query.run(plan).await?.rows)
    };
    let both = async { [of_constants.await, of_columns.await] };
    tokio::time::timeout(LONG, both).await.expect("they end")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_can_go_wrong() {
    let mut wrong = Vec::new();
    for (name, said) in FAILING.iter().chain(PLANNED) {
        let limits = match name.ends_with("spins") {
            true => IMPATIENT,
            false => LIMITS,
        };
        let [of_constants, of_columns] = both_ways(name, limits).await;
        // Of one row of arguments there is only one parent to name.
        let one_parent = ["table__parents_go_down", "table__parents_go_down_later"];
        if !one_parent.contains(name) {
            wrong.extend(complaints("hostile", name, of_constants.map(drop), said));
        }
        wrong.extend(complaints("hostile", name, of_columns.map(drop), said));
        for proper in both_ways("table__proper", LIMITS).await {
            assert!(!proper.unwrap().is_empty());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_without_rows_are_passed_over() {
    for rows in both_ways("table__next_gives_empty_batches_first", LIMITS).await {
        let rows = rows.unwrap();
        assert_eq!(rows.len(), 1, "empty batches are handed on");
    }
    let name = "table__next_gives_endless_rows";
    let function = engine::any(rogue(name, LIMITS));
    let table = table_function(&function).table(&[number(1)]).unwrap();
    let query = Query::new(1).provider("f", table);
    let rows = query.rows("SELECT * FROM f LIMIT 2500").await.unwrap();
    let zeroes = engine::first_column(&rows);
    assert_eq!(zeroes.as_primitive::<Int64Type>().values().len(), 2500);
}
