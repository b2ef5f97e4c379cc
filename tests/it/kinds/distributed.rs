//! Functions of every kind on hosts give the rows that they give without.

mod machines;

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use arrowbox_host::{Binding, Function, GroupedInput};
use arrowbox_tests::engine::{self, Query, stored};
use datafusion::common::ScalarValue;
use datafusion::execution::memory_pool::UnboundedMemoryPool;
use datafusion::logical_expr::{LogicalPlan, col};
use datafusion::prelude::SessionConfig;
use tempfile::TempDir;

use super::{LONG, honest};
use machines::{Machines, Ran};

/// Files whose sizes say how many rows the reader `numbers` makes of them.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, size) in [("a", 700), ("b", 1300), ("c", 0), ("d", 900), ("e", 350)] {
        fs::write(folder.path().join(name), "x".repeat(size)).expect("a file");
    }
    folder
}

/// A query over `f(n, file)`, which is read in splits of 100 rows, with functions of every kind.
async fn over(folder: &Path, config: SessionConfig) -> Query {
    let pool = Arc::new(UnboundedMemoryPool::default());
    let query = Query::configured(pool, 3, config);
    let names = [
        "add_up", "centered", "fold", "longest", "previous", "so_far", "tally",
    ];
    let query = names
        .iter()
        .fold(query, |query, name| query.calling(&honest(name)));
    let gcd = engine::any(Binding::new(stored("reference"), "gcd"));
    let query = query.calling(&gcd);
    let options = [("rows".to_owned(), "100".to_owned())];
    let place = folder.to_str().expect("a path of text").to_owned();
    let Function::Reader(reader) = honest("numbers") else {
        panic!("numbers is no reader");
    };
    let state = query.context().state();
    let table = reader.table(&state, vec![place], options.into()).await;
    query.provider(
        "f",
        table.unwrap_or_else(|error| panic!("{}", engine::said(&error))),
    )
}

async fn plan(query: &Query, sql: &str) -> LogicalPlan {
    query
        .plan(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// With tables that functions of relations make of `f`.
async fn with_relations(query: Query) -> Query {
    let Function::MapBatches(keep) = honest("keep") else {
        panic!("keep is no batch map");
    };
    let texts = plan(&query, "SELECT file || n AS text FROM f").await;
    let kept = keep.plan(texts, &[], None).expect("a plan");
    let Function::MapBatches(last) = honest("last") else {
        panic!("last is no batch map");
    };
    let counted = |instances: usize, numbers| {
        let none = [ScalarValue::Utf8(None)];
        last.plan(numbers, &none, NonZeroUsize::new(instances))
            .expect("a plan")
    };
    let numbers = plan(&query, "SELECT n FROM f").await;
    let (one, two) = (counted(1, numbers.clone()), counted(2, numbers));
    let Function::GroupedMap(shape) = honest("shape") else {
        panic!("shape is no grouped map");
    };
    let Function::GroupedMap(pairs) = honest("pairs") else {
        panic!("pairs is no cogrouped map");
    };
    let by = |plan: LogicalPlan, key: &str| GroupedInput {
        plan,
        keys: vec![col(key)],
        order: vec![col("v").sort(false, true)],
    };
    let files = plan(&query, "SELECT file AS k, n AS v FROM f").await;
    let grouped = shape.plan(vec![by(files, "k")], &[]).expect("a plan");
    let left = plan(&query, "SELECT n % 17 AS k, n AS v FROM f").await;
    let right = plan(&query, "SELECT n % 13 AS k, n AS v FROM f WHERE n > 50").await;
    let both = vec![by(left, "k"), by(right, "k")];
    let cogrouped = pairs.plan(both, &[]).expect("a plan");
    let Function::Table(series) = honest("series") else {
        panic!("series is no table function");
    };
    let input = plan(&query, "SELECT n, n + gcd(n, 4) AS m FROM f").await;
    let lateral = series.lateral(input, vec![col("n"), col("m")], None, &[]);
    let constants = [1_i64, 40].map(|number| ScalarValue::Int64(Some(number)));
    let constant = series.table(&constants).expect("a table");
    query
        .view("kept", kept)
        .view("last_of_one", one)
        .view("last_of_two", two)
        .view("grouped", grouped)
        .view("cogrouped", cogrouped)
        .view("lateral_rows", lateral.expect("a plan"))
        .provider("constant", constant)
}

/// Runs a text on hosts.
async fn spread(machines: &Machines, query: &Query, sql: &str) -> Ran {
    let plan = machines.plan(query, sql).await;
    let plan = plan.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let ran = tokio::time::timeout(LONG, machines.run(query, plan)).await;
    let ran = ran.unwrap_or_else(|_| panic!("{sql} does not end"));
    let ran = ran.unwrap_or_else(|error| panic!("{sql}: {}", engine::said(&error)));
    ran.unwrap_or_else(|| panic!("nothing of {sql} runs on hosts"))
}

const CASES: &[&str] = &[
    "SELECT n, file FROM f",
    "SELECT n FROM f WHERE n > 640 AND n <= 905",
    "SELECT count(*) FROM f",
    "SELECT count(*), count(n) FROM (SELECT n FROM f LIMIT 1717)",
    "SELECT n FROM f ORDER BY n DESC, file LIMIT 7",
    // Functions of values.
    "SELECT gcd(n, 12), count(*) FROM f WHERE gcd(n, 10) > 1 GROUP BY 1",
    "SELECT a.n, gcd(a.n, b.n) FROM f a JOIN f b ON a.n = b.n + 1 AND a.file = b.file",
    // Aggregates, in two phases and in one.
    "SELECT file, add_up(n), longest(file || n), tally(file) FROM f GROUP BY file",
    "SELECT add_up(n), longest(file || n) FROM f",
    "SELECT n % 7, fold(n ORDER BY n, file) FROM f GROUP BY 1",
    "SELECT add_up(DISTINCT n) FROM f",
    "SELECT file, add_up(n) FILTER (WHERE n % 2 = 0) FROM f GROUP BY file",
    // Windows: functions of their own, and aggregates over frames.
    "SELECT n, file, so_far(n) OVER (PARTITION BY file ORDER BY n) FROM f",
    "SELECT n, file, previous(file || n) OVER (PARTITION BY file ORDER BY n) FROM f",
    "SELECT n, file, centered(CAST(n AS DOUBLE)) OVER (PARTITION BY file) FROM f",
    "SELECT n, file, add_up(n) OVER (PARTITION BY file ORDER BY n ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) FROM f",
    // Relations.
    "SELECT * FROM kept",
    "SELECT * FROM last_of_one",
    "SELECT * FROM grouped",
    "SELECT * FROM cogrouped",
    "SELECT * FROM lateral_rows WHERE series % 3 = 0",
    "SELECT f.file, c.series FROM f JOIN constant c ON f.n = c.series",
    "SELECT series FROM constant UNION ALL SELECT gcd(n, 6) FROM f",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_gives_the_same_rows_on_three_hosts() {
    let folder = folder();
    let mut query = with_relations(over(folder.path(), SessionConfig::new()).await).await;
    let machines = Machines::new(3);
    for sql in CASES {
        let expected = super::lines(&query, sql).await;
        assert!(!expected.is_empty(), "{sql}");
        query = query.again();
        let ran = spread(&machines, &query, sql).await;
        assert_eq!(engine::lines(&ran.rows), expected, "{sql}");
        assert!(ran.stages > 0, "{sql}");
        assert_eq!(ran.hosts.len(), 3, "{sql}: {:?}", ran.hosts);
        // Figures of hosts are those of the query.
        if sql.contains("add_up") {
            let figures = query.scope().figures();
            let rows = figures.iter().find(|it| it.function == "add_up");
            assert!(rows.is_some_and(|it| it.rows > 0), "{sql}: {figures:?}");
        }
        query = query.again();
    }
}

/// Whatever is above and below it, a map that is to have two instances has two.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_of_a_map_are_counted_over_all_hosts() {
    let folder = folder();
    let query = with_relations(over(folder.path(), SessionConfig::new()).await).await;
    let machines = Machines::new(3);
    let sql = "SELECT count(*), sum(rows), sum(sum) FROM last_of_two";
    let expected = super::lines(&query, sql).await;
    let query = query.again();
    let ran = spread(&machines, &query, sql).await;
    assert_eq!(engine::lines(&ran.rows), expected);
    assert!(expected[0].starts_with("2|3250|"), "{expected:?}");
    let figures = query.scope().figures();
    let last = figures.iter().find(|it| it.function == "last");
    assert_eq!(last.map(|it| it.instances), Some(2), "{figures:?}");
    // What is below it is read on all of them.
    assert_eq!(ran.taken.len(), 3, "{:?}", ran.taken);
    assert_eq!(ran.taken.values().sum::<usize>(), 7 + 13 + 9 + 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_of_a_session_hold_on_hosts() {
    let folder = folder();
    let config = SessionConfig::new()
        .with_batch_size(33)
        .set_str("datafusion.execution.time_zone", "+05:00");
    let query = over(folder.path(), config).await;
    let sql =
        "SELECT to_timestamp(n * 3600)::text, extract(hour FROM to_timestamp(n * 1800)) FROM f";
    let expected = super::lines(&query, sql).await;
    let query = query.again();
    let ran = spread(&Machines::new(2), &query, sql).await;
    assert_eq!(engine::lines(&ran.rows), expected);
    assert!(expected[0].contains("+05:00"), "{}", expected[0]);
}

/// Each stage says what its functions did, and the rows are counted once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_of_stages_are_in_the_analysis() {
    let folder = folder();
    let query = over(folder.path(), SessionConfig::new()).await;
    let sql = "EXPLAIN ANALYZE SELECT file, add_up(gcd(n, 12)) FROM f GROUP BY file";
    let ran = spread(&Machines::new(3), &query, sql).await;
    let analysis = engine::lines(&ran.rows).join("\n");
    assert!(analysis.contains("gcd.rows=3"), "{analysis}");
    assert!(analysis.contains("numbers.rows=3"), "{analysis}");
    assert!(analysis.contains("add_up.calls="), "{analysis}");
    let stages = analysis.matches("FunctionsExec").count();
    assert_eq!(stages, ran.stages, "{analysis}");
}

/// Runs a write of `f` with `texts` on hosts. The count that it gives, or why there is none.
async fn write(machines: &Machines, query: &Query, place: &Path) -> Result<(String, Ran), String> {
    let Function::Writer(writer) = honest("texts") else {
        panic!("texts is no writer");
    };
    let input = plan(query, "SELECT n FROM f").await;
    let options = [("rows".to_owned(), "50".to_owned())];
    let place = place.to_str().expect("a path of text");
    let plan = writer.write(input, place, options.into()).expect("a plan");
    let ran = tokio::time::timeout(LONG, machines.run(query, plan)).await;
    let ran = ran
        .expect("it ends")
        .map_err(|error| engine::said(&error))?;
    let ran = ran.expect("it runs on hosts");
    Ok((engine::lines(&ran.rows).join(","), ran))
}

/// Every file below a folder, and what is in it.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).expect("below");
            let text = fs::read_to_string(&path).expect("text");
            found.insert(name.to_string_lossy().into_owned(), text);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_is_written_by_many_hosts_and_committed_once() {
    let (folder, place) = (folder(), tempfile::tempdir().expect("a folder"));
    let query = over(folder.path(), SessionConfig::new()).await;
    let machines = Machines::new(3);
    let target = place.path().join("t");
    // Into nothing, and then beside what is there.
    let mut query = query;
    for round in 1..=2 {
        let (count, ran) = write(&machines, &query, &target)
            .await
            .expect("it is written");
        assert_eq!(count, "3250");
        assert_eq!((ran.hosts.len(), ran.committed), (3, 1));
        let written = files(place.path());
        let lines: usize = written
            .iter()
            .filter(|(name, _)| name.ends_with(".txt"))
            .map(|(_, text)| text.lines().count())
            .sum();
        assert_eq!(lines, round * 3250, "{:?}", written.keys());
        let indices = written.keys().filter(|name| name.ends_with("index"));
        assert_eq!(indices.count(), round);
        assert!(written.keys().all(|name| name.starts_with("t/")));
        query = query.again();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_write_that_may_not_be_committed() {
    let (folder, place) = (folder(), tempfile::tempdir().expect("a folder"));
    let query = over(folder.path(), SessionConfig::new()).await;
    let machines = Machines::new(2).refusing();
    let error = write(&machines, &query, &place.path().join("x/t")).await;
    let Err(error) = error else {
        panic!("it was written");
    };
    assert!(error.contains("a host is lost"), "{error}");
    assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_of_hosts_name_the_host() {
    let folder = folder();
    let query = over(folder.path(), SessionConfig::new()).await;
    let machines = Machines::new(2);
    let sql = "SELECT so_far(n - 5) OVER (PARTITION BY file ORDER BY n) FROM f";
    let plan = machines.plan(&query, sql).await.expect("a plan");
    let Err(error) = machines.run(&query, plan).await else {
        panic!("it went unnoticed");
    };
    let error = engine::said(&error);
    assert!(error.contains("host host-"), "{error}");
}

/// Hosts know functions by their names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_functions_of_one_name_are_refused() {
    let folder = folder();
    let query = over(folder.path(), SessionConfig::new()).await;
    let machines = Machines::new(2);
    let old = plan(&query, "SELECT gcd(n, 4) AS x FROM f").await;
    let mut strict = Binding::new(stored("reference"), "gcd");
    strict.limits.memory /= 2;
    let query = query.view("old", old).calling(&engine::any(strict));
    let sql = "SELECT gcd(x, 3) FROM old";
    let refused = |error: datafusion::error::DataFusionError| engine::said(&error);
    let text = machines.plan(&query, sql).await.expect("a plan");
    let error = machines
        .run(&query, text)
        .await
        .map(|_| ())
        .map_err(refused);
    let error = error.expect_err("it went unnoticed");
    assert!(error.contains("two functions `gcd`"), "{error}");
    // A function of ours that has a name of the engine's, and not both in one query.
    let other = Binding {
        name: "abs".to_owned(),
        ..Binding::new(stored("reference"), "add_one")
    };
    let abs = plan(&query, "SELECT abs(n - 7) AS y FROM f").await;
    let query = query.view("engines", abs).calling(&engine::any(other));
    let alone = spread(&machines, &query, "SELECT abs(n) FROM f WHERE n < 3").await;
    assert!(engine::lines(&alone.rows).contains(&"3".to_owned()));
    let query = query.again();
    let text = machines
        .plan(&query, "SELECT abs(y) FROM engines")
        .await
        .expect("a plan");
    let error = machines
        .run(&query, text)
        .await
        .map(|_| ())
        .map_err(refused);
    let error = error.expect_err("it went unnoticed");
    assert!(error.contains("engine's function `abs`"), "{error}");
}
