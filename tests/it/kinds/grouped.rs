//! Grouped and cogrouped maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrowbox_host::{Binding, Function, GroupedInput, GroupedMap, Limits, Stopped};
use arrowbox_tests::engine::{self, Query, Ran, failure, stored};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::execution::memory_pool::UnboundedMemoryPool;
use datafusion::logical_expr::{Expr, LogicalPlan, col};
use datafusion::prelude::SessionConfig;
use proptest::prelude::*;
use std::time::{Duration, Instant};

use super::rows::Chance;
use super::{IMPATIENT, LONG, honest, lines, refused, rogue};
use crate::hostile::{Case, LIMITS, complaints};

pub(super) const FAILING: &[Case] = &[
    ("grouped__open_refuses", &["the guest refuses to open"]),
    ("grouped__open_traps", &["trapped", "unreachable"]),
    ("grouped__result_by_chance", &["broke the contract"]),
    (
        "grouped__result_of_nonsense",
        &["broke the contract", "nonsense"],
    ),
    ("grouped__result_traps", &["trapped", "unreachable"]),
    ("grouped__push_refuses", &["the guest refuses to push"]),
    (
        "grouped__push_traps",
        &["trapped", "unreachable", "group-mapper.push"],
    ),
    (
        "grouped__push_hoards",
        &["hit its memory limit", "OPTIONS (memory"],
    ),
    ("grouped__next_refuses", &["the guest refuses to next"]),
    ("grouped__next_traps", &["trapped", "unreachable"]),
    ("grouped__next_spins", &["hit its time limit"]),
    ("grouped__next_of_text", &["broke the contract", "buffers"]),
    ("grouped__next_of_two_columns", &["broke the contract"]),
    ("grouped__next_of_endless_rows", &["broke the contract"]),
    (
        "grouped__next_fails_in_the_middle",
        &["the guest fails in the middle"],
    ),
    (
        "grouped__next_gives_too_many_rows",
        &["broke the contract", "1048577"],
    ),
];

pub(super) const COGROUPED: &[Case] = &[
    ("cogrouped__open_refuses", &["the guest refuses to open"]),
    ("cogrouped__push_traps", &["trapped", "unreachable"]),
    ("cogrouped__next_of_two_columns", &["broke the contract"]),
];

pub(super) const PROPER: &[&str] = &[
    "grouped__proper",
    "cogrouped__proper",
    // Without an end: what ends them is the query.
    "grouped__next_gives_endless_empty_batches",
    "cogrouped__next_gives_endless_empty_batches",
];

fn map(function: &Function) -> &GroupedMap {
    match function {
        Function::GroupedMap(function) => function,
        other => panic!("{other:?} is no grouped map"),
    }
}

/// A row of a table with a key of a number and a text.
#[derive(Debug, Clone)]
struct Row {
    k: Option<i64>,
    t: Option<String>,
    v: Option<i64>,
    o: i64,
}

/// How text is laid out.
fn layouts() -> [DataType; 4] {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    [
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        dictionary,
    ]
}

/// Rows whose keys are of so many different ones, some of them very frequent.
fn rows(chance: &mut Chance, count: usize, keys: u64) -> Vec<Row> {
    let key = |chance: &mut Chance| match chance.below(4) {
        // Half of all rows have the same key.
        0 | 1 => 0,
        _ => chance.below(keys.max(1)),
    };
    (0..count)
        .map(|number| {
            let key = key(chance);
            Row {
                k: (key % 11 != 5).then_some(key as i64),
                t: (key % 7 != 3).then(|| "ü".repeat(key as usize % 40)),
                v: (chance.below(8) > 0).then(|| chance.below(1000) as i64),
                o: (number as i64 * 7919) % 1_000_003,
            }
        })
        .collect()
}

fn schema(text: &DataType) -> Arc<Schema> {
    Arc::new(Schema::new(vec![
        Field::new("o", DataType::Int64, false),
        Field::new("t", text.clone(), true),
        Field::new("v", DataType::Int64, true),
        Field::new("k", DataType::Int64, true),
    ]))
}

fn batch(rows: &[Row], text: &DataType) -> RecordBatch {
    let o: Int64Array = rows.iter().map(|row| Some(row.o)).collect();
    let t: StringArray = rows.iter().map(|row| row.t.as_deref()).collect();
    let v: Int64Array = rows.iter().map(|row| row.v).collect();
    let k: Int64Array = rows.iter().map(|row| row.k).collect();
    let t = cast(&t, text).unwrap();
    let columns = vec![Arc::new(o) as _, t, Arc::new(v) as _, Arc::new(k) as _];
    RecordBatch::try_new(schema(text), columns).unwrap()
}

fn partitions(rows: &[Row], text: &DataType, count: usize, length: usize) -> Vec<Vec<RecordBatch>> {
    let mut dealt = vec![Vec::new(); count];
    for (number, rows) in rows.chunks(length.max(1)).enumerate() {
        dealt[number % count].push(batch(rows, text));
    }
    dealt
}

fn query(partitions: usize, batch_size: usize) -> Query {
    let config = SessionConfig::new().with_batch_size(batch_size);
    Query::configured(Arc::new(UnboundedMemoryPool::default()), partitions, config)
}

/// A table of a query by these columns, in the order of `o`.
async fn by(query: &Query, table: &str, keys: &[&str]) -> GroupedInput {
    let plan = query.plan(&format!("SELECT * FROM {table}")).await.unwrap();
    GroupedInput {
        plan,
        keys: keys
            .iter()
            .map(|key| col(format!("{table}.{key}")))
            .collect(),
        order: vec![col(format!("{table}.o")).sort(true, true)],
    }
}

fn shown(value: Option<impl ToString>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

/// The key of a row, as it is shown.
fn key(row: &Row, keys: &[&str]) -> String {
    let of = |key: &&str| match *key {
        "k" => shown(row.k),
        _ => shown(row.t.as_deref()),
    };
    keys.iter().map(of).collect::<Vec<_>>().join("|")
}

fn groups<'r>(rows: &'r [Row], keys: &[&str]) -> BTreeMap<String, Vec<&'r Row>> {
    let mut groups: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(key(row, keys)).or_default().push(row);
    }
    groups
}

/// What `shape` gives.
fn shapes(rows: &[Row], keys: &[&str]) -> Vec<String> {
    let shape = |(key, mut rows): (String, Vec<&Row>)| {
        rows.sort_by_key(|row| row.o);
        let sum: i64 = rows.iter().filter_map(|row| row.v).sum();
        let (first, last) = (rows[0].v, rows[rows.len() - 1].v);
        format!(
            "{key}|{}|{sum}|{}|{}",
            rows.len(),
            shown(first),
            shown(last)
        )
    };
    let mut lines: Vec<_> = groups(rows, keys).into_iter().map(shape).collect();
    lines.sort_unstable();
    lines
}

/// What `pairs` gives.
fn paired(left: &[Row], right: &[Row], keys: &[&str]) -> Vec<String> {
    let (left, right) = (groups(left, keys), groups(right, keys));
    let mut all: Vec<&String> = left.keys().chain(right.keys()).collect();
    all.sort_unstable();
    all.dedup();
    let none = Vec::new();
    let sum = |rows: &[&Row]| rows.iter().filter_map(|row| row.v).sum::<i64>();
    let pair = |key: &String| {
        let left = left.get(key).unwrap_or(&none);
        let right = right.get(key).unwrap_or(&none);
        let product = sum(left).wrapping_mul(sum(right));
        format!("{key}|{}|{}|{product}", left.len(), right.len())
    };
    let mut lines: Vec<_> = all.into_iter().map(pair).collect();
    lines.sort_unstable();
    lines
}

const KEYS: [&[&str]; 4] = [&["k"], &["t"], &["k", "t"], &["t", "k"]];

/// Blocks until a query of a generated case is done.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(LONG, future).await.expect("it ends") })
}

async fn shape(
    table: &[Row],
    keys: &[&str],
    text: &DataType,
    count: usize,
    length: usize,
) -> (Query, Vec<String>) {
    let query =
        query(count, length).table("t", schema(text), partitions(table, text, count, length));
    let input = by(&query, "t", keys).await;
    let plan = map(&honest("shape")).plan(vec![input], &[]).unwrap();
    let ran = query.run(plan).await.unwrap();
    let lines = engine::lines(&ran.rows);
    (query, lines)
}

async fn pairs(
    left: (&[Row], &DataType),
    right: (&[Row], &DataType),
    keys: &[&str],
    count: usize,
    length: usize,
) -> Vec<String> {
    let query = query(count, length)
        .table(
            "l",
            schema(left.1),
            partitions(left.0, left.1, count, length),
        )
        .table(
            "r",
            schema(right.1),
            partitions(right.0, right.1, 1, length),
        );
    let inputs = vec![by(&query, "l", keys).await, by(&query, "r", keys).await];
    let plan = map(&honest("pairs")).plan(inputs, &[]).unwrap();
    let ran = query.run(plan).await.unwrap();
    engine::lines(&ran.rows)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Groups of any length, longer than many batches or of one row, in any number of partitions.
    #[test]
    fn a_group_has_all_rows_of_its_key(
        seed: u64,
        count in 0_usize..900,
        different in 1_u64..60,
        keys in 0_usize..4,
        layout in 0_usize..4,
        partitions in 1_usize..5,
        length in 1_usize..120,
    ) {
        let table = rows(&mut Chance::new(seed), count, different);
        let keys = KEYS[keys];
        let text = &layouts()[layout];
        let (_, found) = wait(shape(&table, keys, text, partitions, length));
        prop_assert_eq!(found, shapes(&table, keys));
    }

    /// Keys of both sides meet, however their texts are laid out; keys of one side come alone.
    #[test]
    fn groups_of_two_tables_meet(
        seed: u64,
        counts in (0_usize..500, 0_usize..500),
        different in (1_u64..40, 1_u64..40),
        keys in 0_usize..4,
        layouts_of in (0_usize..4, 0_usize..4),
        partitions in 1_usize..5,
        length in 1_usize..90,
    ) {
        let mut chance = Chance::new(seed);
        let left = rows(&mut chance, counts.0, different.0);
        let right = rows(&mut chance, counts.1, different.1);
        let (l, r) = (&layouts()[layouts_of.0], &layouts()[layouts_of.1]);
        let found = wait(pairs((&left, l), (&right, r), KEYS[keys], partitions, length));
        prop_assert_eq!(found, paired(&left, &right, KEYS[keys]));
    }
}

/// One side has nothing, or both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_side_can_be_empty() {
    let some = rows(&mut Chance::new(5), 200, 10);
    let text = &DataType::Utf8;
    for (left, right) in [(&some[..], &[][..]), (&[], &some), (&[], &[])] {
        for partitions in [1, 3] {
            let found = pairs((left, text), (right, text), &["k"], partitions, 16).await;
            assert_eq!(found, paired(left, right, &["k"]));
        }
    }
    let (_, found) = shape(&[], &["k"], text, 2, 16).await;
    assert!(found.is_empty());
}

/// Text of either side, by keys of other numeric types.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_made_of_one_type() {
    let query = query(3, 8);
    for sql in [
        "CREATE TABLE l AS SELECT CAST(v AS INT) AS k, CAST(v AS TEXT) AS t, v AS o \
            FROM generate_series(1, 6) AS s(v)",
        "CREATE TABLE r AS SELECT v AS k, concat('x', v) AS t, v AS o FROM generate_series(4, 9) AS s(v)",
    ] {
        query
            .context()
            .sql(sql)
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
    }
    let inputs = vec![by(&query, "l", &["k"]).await, by(&query, "r", &["k"]).await];
    let plan = map(&honest("either")).plan(inputs, &[]).unwrap();
    assert_eq!(plan.schema().field(0).data_type(), &DataType::Int64);
    let ran = query.run(plan).await.unwrap();
    let expected = [
        "1|<1", "2|<2", "3|<3", "4|<4", "4|>x4", "5|<5", "5|>x5", "6|<6", "6|>x6", "7|>x7",
        "8|>x8", "9|>x9",
    ];
    assert_eq!(engine::lines(&ran.rows), expected);
}

/// Floats that are equal are one key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_floats_are_those_of_group_by() {
    let floats = [0.0, -0.0, 1.5, f64::NAN, -f64::NAN, f64::INFINITY];
    for partitions in [1, 4] {
        let f: Float64Array = floats.iter().copied().cycle().take(60).collect();
        let v: Int64Array = (0..60).map(Some).collect();
        let columns: Vec<(&str, ArrayRef)> = vec![("f", Arc::new(f)), ("v", Arc::new(v))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let query = query(partitions, 7).table("t", batch.schema(), vec![vec![batch]]);
        let input = GroupedInput {
            plan: query.plan("SELECT * FROM t").await.unwrap(),
            keys: vec![col("t.f")],
            order: Vec::new(),
        };
        let plan = map(&honest("shape")).plan(vec![input], &[]).unwrap();
        let query = query.view("m", plan);
        let ours = lines(&query, "SELECT count(*), sum(rows) FROM m").await;
        let query = query.again();
        let theirs = lines(
            &query,
            "SELECT count(*), sum(n) FROM (SELECT f, count(*) n FROM t GROUP BY f)",
        )
        .await;
        assert_eq!(ours, theirs, "{partitions} partitions");
    }
}

/// Many groups in a call, and a group in many calls.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_count_batches_and_not_groups() {
    let mut table = rows(&mut Chance::new(3), 40_000, 100);
    for (number, row) in table.iter_mut().enumerate() {
        row.k = Some(number as i64 % 20_000);
    }
    let (query, found) = shape(&table, &["k"], &DataType::Utf8, 1, 8192).await;
    assert_eq!(found.len(), 20_000);
    let figures = query.figures();
    assert!(figures.calls < 40, "{figures:?}");
    assert_eq!(
        (figures.rows, figures.instances),
        (40_000, 1),
        "{figures:?}"
    );

    for row in &mut table {
        row.k = Some(7);
    }
    let (query, found) = shape(&table, &["k"], &DataType::Utf8, 2, 1000).await;
    assert_eq!(found, shapes(&table, &["k"]));
    let figures = query.figures();
    assert!(figures.calls < 200, "{figures:?}");
}

#[tokio::test]
async fn figures_are_explained() {
    let table = rows(&mut Chance::new(3), 300, 10);
    let text = &DataType::Utf8;
    let query = query(2, 100).table("t", schema(text), partitions(&table, text, 2, 50));
    let input = by(&query, "t", &["k"]).await;
    let plan = map(&honest("shape")).plan(vec![input], &[]).unwrap();
    let query = query.view("m", plan);
    let explained = lines(&query, "EXPLAIN ANALYZE SELECT * FROM m")
        .await
        .join("\n");
    for said in [
        "shape.calls=",
        "shape.instances=2",
        "shape.rows=300",
        "GroupedMapExec: function=shape",
    ] {
        assert!(explained.contains(said), "no {said} in {explained}");
    }
}

/// Rows of a group can be fewer or more than it has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_gives_any_number_of_rows() {
    let table = rows(&mut Chance::new(9), 500, 30);
    let text = &DataType::Utf8;
    for length in [0, 1, 300] {
        let query = query(2, 64).table("t", schema(text), partitions(&table, text, 2, 64));
        let input = by(&query, "t", &["k"]).await;
        let arguments = [ScalarValue::Int64(Some(length))];
        let plan = map(&honest("middle"))
            .plan(vec![input], &arguments)
            .unwrap();
        let ran: Ran = query.run(plan).await.unwrap();
        let rows: usize = ran.rows.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(rows, groups(&table, &["k"]).len() * length as usize);
    }
}

#[tokio::test]
async fn an_error_in_a_group_names_the_function_and_what_it_said() {
    let mut table = rows(&mut Chance::new(9), 500, 30);
    table[321].v = Some(-1);
    let text = &DataType::Utf8;
    let query = query(2, 64).table("t", schema(text), partitions(&table, text, 2, 64));
    let input = by(&query, "t", &["k"]).await;
    let plan = map(&honest("middle")).plan(vec![input], &[ScalarValue::Int64(Some(1))]);
    let message = refused(query.run(plan.unwrap()).await.map(|ran| ran.rows));
    for said in ["`middle`", "a group has the value -1"] {
        assert!(message.contains(said), "{message}");
    }
    let query = query.again();
    let input = by(&query, "t", &["k"]).await;
    let plan = map(&honest("shape")).plan(vec![input], &[]).unwrap();
    assert_eq!(
        engine::lines(&query.run(plan).await.unwrap().rows),
        shapes(&table, &["k"])
    );
}

/// A group is whole in the guest's memory, and may be too large for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_is_too_large_ends_at_the_memory_limit() {
    let binding = Binding {
        limits: Limits {
            memory: 16 << 20,
            ..LIMITS
        },
        ..Binding::new(stored("kinds"), "shape")
    };
    let small = engine::any(binding);
    let run = async |count: i64, keys: i64| -> Result<Vec<RecordBatch>> {
        let query = query(1, 8192);
        let plan = query
            .plan(&format!(
                "SELECT v % {keys} AS k, v, v AS o FROM generate_series(1, {count}) AS s(v)"
            ))
            .await?;
        let input = GroupedInput {
            plan,
            keys: vec![col("k")],
            order: Vec::new(),
        };
        let plan = map(&small).plan(vec![input], &[])?;
        Ok(query.run(plan).await?.rows)
    };
    // As many rows in many groups are no trouble.
    let rows = run(2_000_000, 50_000).await.unwrap();
    assert_eq!(
        rows.iter().map(RecordBatch::num_rows).sum::<usize>(),
        50_000
    );
    let message = refused(run(2_000_000, 1).await);
    for said in [
        "`shape`",
        "hit its memory limit",
        "16777216",
        "OPTIONS (memory",
    ] {
        assert!(message.contains(said), "{message}");
    }
    let rows = run(1000, 10).await.unwrap();
    assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 10);
}

#[tokio::test]
async fn calls_that_make_no_sense_are_refused() {
    let table = rows(&mut Chance::new(9), 10, 3);
    let text = &DataType::Utf8;
    let query = query(1, 64)
        .table("l", schema(text), partitions(&table, text, 1, 64))
        .table("r", schema(text), partitions(&table, text, 1, 64));
    let (shape, pairs) = (honest("shape"), honest("pairs"));
    let l = by(&query, "l", &["k"]).await;
    let r = by(&query, "r", &["k"]).await;
    let with = |input: &GroupedInput, keys: Vec<Expr>| GroupedInput {
        keys,
        ..input.clone()
    };
    let refuse = |result: Result<LogicalPlan>, said: &[&str]| {
        let message = result.map_or_else(|error| engine::said(&error), |_| "nothing".to_owned());
        for said in said {
            assert!(message.contains(said), "no {said} in {message}");
        }
    };
    refuse(map(&shape).plan(vec![], &[]), &["`shape`", "1 table"]);
    refuse(
        map(&shape).plan(vec![l.clone(), r.clone()], &[]),
        &["`shape`"],
    );
    refuse(
        map(&pairs).plan(vec![l.clone()], &[]),
        &["`pairs`", "2 tables"],
    );
    refuse(
        map(&shape).plan(vec![with(&l, vec![])], &[]),
        &["`shape`", "key"],
    );
    refuse(
        map(&shape).plan(vec![with(&l, vec![col("l.k") + col("l.v")])], &[]),
        &["not a column"],
    );
    refuse(
        map(&shape).plan(vec![with(&l, vec![col("nothing")])], &[]),
        &["nothing"],
    );
    refuse(
        map(&honest("middle")).plan(vec![l.clone()], &[]),
        &["`middle`"],
    );
    let two = with(&r, vec![col("r.k"), col("r.t")]);
    refuse(
        map(&pairs).plan(vec![l.clone(), two], &[]),
        &["1 columns", "2"],
    );
    // What the guest says to its table.
    let other = GroupedInput {
        plan: query.plan("SELECT k, o FROM l").await.unwrap(),
        keys: vec![col("l.k")],
        order: Vec::new(),
    };
    refuse(map(&shape).plan(vec![other], &[]), &["`shape`", "\"v\""]);
}

async fn run(name: &str, limits: Limits, deadline: Option<Instant>) -> Result<Vec<RecordBatch>> {
    let table = rows(&mut Chance::new(1), 300, 20);
    let text = &DataType::Utf8;
    let query = match deadline {
        Some(deadline) => Query::until(deadline),
        None => query(2, 50),
    };
    let query = query
        .table("l", schema(text), partitions(&table, text, 1, 64))
        .table("r", schema(text), partitions(&table, text, 1, 64));
    let function = engine::any(rogue(name, limits));
    let mut inputs = vec![by(&query, "l", &["k"]).await];
    if name.starts_with("cogrouped") {
        inputs.push(by(&query, "r", &["k"]).await);
    }
    let run = async {
        let plan = map(&function).plan(inputs, &[])?;
        Ok(query.run(plan).await?.rows)
    };
    tokio::time::timeout(LONG, run).await.expect("it ends")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_can_go_wrong() {
    let mut wrong = Vec::new();
    for (name, said) in FAILING.iter().chain(COGROUPED) {
        let limits = match name.ends_with("spins") {
            true => IMPATIENT,
            false => LIMITS,
        };
        let result = run(name, limits, None).await.map(drop);
        wrong.extend(complaints("hostile", name, result, said));
        for proper in ["grouped__proper", "cogrouped__proper"] {
            let zeroes = engine::first_column(&run(proper, LIMITS, None).await.unwrap());
            let keys = groups(&rows(&mut Chance::new(1), 300, 20), &["k"]).len();
            assert!(zeroes.as_primitive::<Int64Type>().len() >= keys, "{proper}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_deadline_ends_what_has_no_end() {
    for name in [
        "grouped__next_gives_endless_empty_batches",
        "cogrouped__next_gives_endless_empty_batches",
    ] {
        let begun = Instant::now();
        let deadline = Some(begun + Duration::from_millis(500));
        let error = run(name, LIMITS, deadline).await.unwrap_err();
        let stopped = failure(&error).and_then(|failure| failure.cause.stop());
        assert_eq!(stopped, Some(Stopped::Deadline), "{name}: {error}");
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{:?}",
            begun.elapsed()
        );
    }
}
