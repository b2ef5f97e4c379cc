//! Batch maps.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use arrowbox_host::{Binding, Function, Limits, MapBatches, Stopped};
use arrowbox_tests::engine::{self, Query, failure, stored};
use arrowbox_tests::watched::watched;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::{IMPATIENT, LONG, honest, lines, refused, rogue};
use crate::hostile::{Case, LIMITS, complaints};

pub(super) const FAILING: &[Case] = &[
    ("map__open_refuses", &["the guest refuses to open"]),
    ("map__open_traps", &["trapped", "unreachable"]),
    ("map__result_by_chance", &["broke the contract"]),
    (
        "map__result_of_nonsense",
        &["broke the contract", "nonsense"],
    ),
    ("map__result_traps", &["trapped", "unreachable"]),
    ("map__push_refuses", &["the guest refuses to push"]),
    (
        "map__push_traps",
        &["trapped", "unreachable", "batch-mapper.push"],
    ),
    (
        "map__push_hoards",
        &["hit its memory limit", "OPTIONS (memory"],
    ),
    ("map__finish_refuses", &["the guest refuses to finish"]),
    ("map__finish_traps", &["trapped", "unreachable"]),
    ("map__next_refuses", &["the guest refuses to next"]),
    ("map__next_traps", &["trapped", "unreachable"]),
    ("map__next_spins", &["hit its time limit"]),
    ("map__next_of_text", &["broke the contract", "buffers"]),
    ("map__next_of_two_columns", &["broke the contract"]),
    ("map__next_of_no_columns", &["broke the contract"]),
    ("map__next_of_endless_rows", &["broke the contract"]),
    (
        "map__next_fails_in_the_middle",
        &["the guest fails in the middle"],
    ),
    (
        "map__next_gives_too_many_rows",
        &["broke the contract", "1048577"],
    ),
];

pub(super) const PROPER: &[&str] = &[
    "map__proper",
    "map__next_gives_empty_batches_first",
    // Rows without columns are still rows, but these have some.
    "map__result_of_none",
    // Without an end: what ends them is the query.
    "map__next_gives_endless_empty_batches",
    "map__finish_gives_endless_rows",
];

fn map(function: &Function) -> &MapBatches {
    match function {
        Function::MapBatches(function) => function,
        other => panic!("{other:?} is no batch map"),
    }
}

/// A query over `t(x)`, numbers from zero, in so many partitions of batches of these lengths.
fn over(partitions: usize, lengths: &[i64]) -> Query {
    let mut next = 0;
    let mut dealt = vec![Vec::new(); partitions];
    for (number, length) in lengths.iter().enumerate() {
        let numbers: Int64Array = (next..next + length).map(Some).collect();
        next += length;
        dealt[number % partitions].push(engine::single("x", Arc::new(numbers)));
    }
    let schema = engine::single("x", Arc::new(Int64Array::from(vec![0]))).schema();
    Query::new(partitions).table("t", schema, dealt)
}

async fn plan(
    query: &Query,
    function: &Function,
    arguments: &[ScalarValue],
    parallelism: Option<usize>,
) -> Result<LogicalPlan> {
    let input = query.plan("SELECT * FROM t").await?;
    let parallelism = parallelism.and_then(NonZeroUsize::new);
    map(function).plan(input, arguments, parallelism)
}

#[tokio::test]
async fn state_lives_from_batch_to_batch() {
    let lengths = [5, 0, 1, 8192, 3, 1000];
    let query = over(1, &lengths);
    let plan = plan(&query, &honest("running"), &[], None).await.unwrap();
    let ran = query.run(plan).await.unwrap();
    let mut sum = 0;
    let mut number = 0;
    for batch in &ran.rows {
        let sums = batch.column(0).as_primitive::<Int64Type>();
        let numbers = batch.column(1).as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            sum += number;
            number += 1;
            assert_eq!((sums.value(row), numbers.value(row)), (sum, number));
        }
    }
    assert_eq!(number, lengths.iter().sum::<i64>());
    // The empty batch does not cross.
    let figures = query.figures();
    assert_eq!((figures.rows, figures.instances), (9201, 1), "{figures:?}");
    assert!(figures.calls <= 5 * 3 + 2, "{figures:?}");
}

/// As many instances as asked for, whatever the input has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallelism_is_the_number_of_instances() {
    let lengths = [100; 24];
    for partitions in [1, 3, 4] {
        for parallelism in [None, Some(1), Some(2), Some(4), Some(7)] {
            let query = over(partitions, &lengths);
            let function = honest("last");
            let plan = plan(&query, &function, &[], parallelism).await;
            let arguments_missing = plan.is_err();
            let plan = match arguments_missing {
                true => {
                    self::plan(&query, &function, &[ScalarValue::Utf8(None)], parallelism).await
                }
                false => plan,
            };
            let ran = query.run(plan.unwrap()).await.unwrap();
            let instances = parallelism.unwrap_or(partitions);
            let rows = engine::lines(&ran.rows);
            assert_eq!(
                rows.len(),
                instances,
                "{partitions} partitions, {parallelism:?}"
            );
            let sum = |column: usize| -> i64 {
                let of = |batch: &RecordBatch| {
                    let numbers = batch.column(column).as_primitive::<Int64Type>().clone();
                    numbers.values().iter().sum::<i64>()
                };
                ran.rows.iter().map(of).sum()
            };
            assert_eq!((sum(0), sum(2)), (2400, (0..2400).sum::<i64>()));
            let figures = query.figures();
            assert_eq!(figures.instances, instances as u64, "{figures:?}");
        }
    }
}

#[tokio::test]
async fn an_input_without_rows_ends_too() {
    for (lengths, partitions) in [(&[][..], 1), (&[0, 0], 1), (&[], 3)] {
        let query = over(partitions, lengths);
        let text = ScalarValue::Utf8(None);
        let plan = plan(&query, &honest("last"), &[text], None).await.unwrap();
        let rows = query.run(plan).await.unwrap().rows;
        assert_eq!(engine::lines(&rows), vec!["0|0|0"; partitions]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arguments_decide_over_the_columns_and_the_rows() {
    let again = honest("again");
    for (times, name) in [(0, "never"), (1, "once"), (3, "a name with \"spaces\"")] {
        let arguments = [ScalarValue::Int64(Some(times)), ScalarValue::from(name)];
        let query = over(2, &[10, 20, 30]);
        let plan = plan(&query, &again, &arguments, None).await.unwrap();
        assert_eq!(plan.schema().field(1).name(), name);
        let query = query.view("m", plan);
        let sql = format!(
            "SELECT count(*), sum(x), sum(\"{}\") FROM m",
            name.replace('"', "\"\"")
        );
        let expected = match times {
            0 => "0|-|-".to_owned(),
            _ => format!(
                "{}|{}|{}",
                60 * times,
                1770 * times,
                60 * (0..times).sum::<i64>()
            ),
        };
        assert_eq!(lines(&query, &sql).await, [expected]);
    }
    let query = over(1, &[10]);
    for (arguments, said) in [
        (vec![], "again("),
        (vec![ScalarValue::from(1_i64)], "again("),
        (
            vec![ScalarValue::from(-1_i64), ScalarValue::from("x")],
            "-1 times is not often enough",
        ),
        (
            vec![ScalarValue::Int64(None), ScalarValue::from("x")],
            "null",
        ),
    ] {
        let message = refused(plan(&query, &again, &arguments, None).await);
        assert!(
            message.contains("`again`") && message.contains(said),
            "{message}"
        );
    }
}

/// What a guest gives is asked for as it is wanted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_ends_what_multiplies_rows() {
    let query = over(1, &[1000; 50]);
    let arguments = [ScalarValue::Int64(Some(i64::MAX)), ScalarValue::from("n")];
    let plan = plan(&query, &honest("again"), &arguments, None)
        .await
        .unwrap();
    let query = query.view("m", plan);
    assert_eq!(
        lines(&query, "SELECT x FROM m LIMIT 2500").await.len(),
        2500
    );
    let figures = query.figures();
    assert!(figures.calls < 20 && figures.rows == 1000, "{figures:?}");
}

#[tokio::test]
async fn an_error_names_the_function_and_what_it_said() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let query = Query::new(1).column("t", [texts]);
    let plan = plan(&query, &honest("running"), &[], None).await.unwrap();
    let message = refused(query.run(plan).await.map(|ran| ran.rows));
    for said in ["`running`", "the first column has to be int64"] {
        assert!(message.contains(said), "{message}");
    }
}

#[tokio::test]
async fn what_keeps_all_its_rows_ends_at_its_memory_limit() {
    let binding = Binding {
        limits: Limits {
            memory: 16 << 20,
            ..LIMITS
        },
        ..Binding::new(stored("kinds"), "keep")
    };
    let keep = engine::any(binding);
    let texts = |count: usize| {
        let long = "x".repeat(1000);
        (0..count).map(move |_| Arc::new(StringArray::from(vec![long.as_str(); 1000])) as ArrayRef)
    };
    for (count, fits) in [(4, true), (40, false)] {
        let query = Query::new(1).column("t", texts(count));
        let plan = plan(&query, &keep, &[], None).await.unwrap();
        let result = query.run(plan).await.map(|ran| ran.rows);
        match fits {
            true => assert_eq!(engine::lines(&result.unwrap()), vec!["1000"; 4000]),
            false => {
                let message = refused(result);
                for said in [
                    "`keep`",
                    "hit its memory limit",
                    "16777216",
                    "OPTIONS (memory",
                ] {
                    assert!(message.contains(said), "{message}");
                }
            }
        }
    }
}

#[tokio::test]
async fn figures_are_explained() {
    let query = over(2, &[100, 200]);
    let input = plan(&query, &honest("running"), &[], Some(2))
        .await
        .unwrap();
    let query = query.view("m", input);
    let explained = lines(&query, "EXPLAIN ANALYZE SELECT * FROM m")
        .await
        .join("\n");
    for said in [
        "running.calls=",
        "running.instances=2",
        "running.rows=300",
        "MapBatchesExec: function=running, parallelism=2",
    ] {
        assert!(explained.contains(said), "no {said} in {explained}");
    }
}

async fn run(name: &str, limits: Limits) -> Result<Vec<RecordBatch>> {
    let query = over(1, &[100; 5]);
    let function = engine::any(rogue(name, limits));
    let run = async {
        let plan = plan(&query, &function, &[], None).await?;
        Ok(query.run(plan).await?.rows)
    };
    tokio::time::timeout(LONG, run).await.expect("it ends")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_can_go_wrong() {
    let mut wrong = Vec::new();
    for (name, said) in FAILING {
        let limits = match name.ends_with("spins") {
            true => IMPATIENT,
            false => LIMITS,
        };
        wrong.extend(complaints(
            "hostile",
            name,
            run(name, limits).await.map(drop),
            said,
        ));
        let zeroes = run("map__proper", LIMITS).await.unwrap();
        assert_eq!(engine::first_column(&zeroes).len(), 500);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_without_rows_are_passed_over() {
    let rows = run("map__next_gives_empty_batches_first", LIMITS)
        .await
        .unwrap();
    assert!(rows.iter().all(|batch| batch.num_rows() > 0));
    assert_eq!(engine::first_column(&rows).len(), 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_map_that_says_that_it_has_no_columns_is_held_to_it() {
    let message = refused(run("map__result_of_none", LIMITS).await);
    assert!(message.contains("`map__result_of_none`"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deadlines_and_drops_end_what_has_no_end() {
    for name in [
        "map__next_gives_endless_empty_batches",
        "map__finish_gives_endless_rows",
    ] {
        let function = engine::any(rogue(name, LIMITS));
        let x = engine::single("x", Arc::new(Int64Array::from(vec![1; 100])));
        let table = |query: Query| query.table("t", x.schema(), vec![vec![x.clone()]]);

        let begun = Instant::now();
        let query = table(Query::until(begun + Duration::from_millis(400)));
        let endless = plan(&query, &function, &[], None).await.unwrap();
        let query = query.view("m", endless);
        let error = query.rows("SELECT count(*) FROM m").await.unwrap_err();
        let stopped = failure(&error).and_then(|failure| failure.cause.stop());
        assert_eq!(stopped, Some(Stopped::Deadline), "{name}: {error}");

        let (pool, watch) = watched();
        let query = table(Query::charging(pool, 1));
        let endless = plan(&query, &function, &[], None).await.unwrap();
        let query = query.view("m", endless);
        watch.abandon(query, "SELECT count(*) FROM m").await;
    }
}
