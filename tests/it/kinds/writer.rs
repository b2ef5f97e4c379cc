//! Writers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::Int64Array;
use arrowbox_host::{Binding, Function, Limits, Stopped, Writer};
use arrowbox_tests::engine::{self, Query, failure, stored};
use arrowbox_tests::poll::poll;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};
use futures::StreamExt;

use super::{IMPATIENT, LONG, honest, lines, refused, rogue};
use crate::hostile::{Case, LIMITS, complaints};

pub(super) const FAILING: &[Case] = &[
    ("writer__open_refuses", &["the guest refuses to open"]),
    ("writer__open_traps", &["trapped", "unreachable"]),
    (
        "writer__partition_refuses",
        &["the guest refuses to partition", "partition 0"],
    ),
    (
        "writer__partition_traps",
        &["trapped", "unreachable", "partition 0"],
    ),
    (
        "writer__write_refuses",
        &["the guest refuses to write", "partition 0"],
    ),
    (
        "writer__write_traps",
        &["trapped", "unreachable", "partition-writer.write"],
    ),
    (
        "writer__write_spins",
        &["hit its time limit", "partition 0"],
    ),
    (
        "writer__write_hoards",
        &["hit its memory limit", "partition 0"],
    ),
    (
        "writer__write_refuses_later",
        &["the guest refuses to write any more"],
    ),
    ("writer__write_from_nowhere", &["outside"]),
    (
        "writer__finish_refuses",
        &["the guest refuses to finish", "partition 0"],
    ),
    ("writer__finish_traps", &["trapped", "unreachable"]),
    (
        "writer__commit_refuses",
        &["the guest refuses to commit", "commit"],
    ),
    (
        "writer__commit_traps",
        &["trapped", "unreachable", "commit"],
    ),
    ("writer__commit_spins", &["hit its time limit", "commit"]),
    ("writer__commit_makes_a_part_again", &["part-0"]),
    ("writer__path_twice", &["part-0"]),
    ("writer__path_above", &["../above"]),
    ("writer__path_absolute", &["/tmp/absolute", "absolute"]),
    ("writer__path_empty", &["empty"]),
    ("writer__path_hidden", &[".hidden", "dot"]),
    ("writer__path_of_dots", &["a/../b", "dot"]),
    ("writer__path_with_an_empty_name", &["a//b", "empty"]),
    ("writer__path_with_zero", &["control character"]),
    ("writer__path_of_a_mile", &["too long"]),
    ("writer__path_below_a_file", &["part-0/below"]),
    ("writer__path_of_a_thousand_open", &["1024 files are open"]),
];

pub(super) const PROPER: &[&str] = &[
    "writer__proper",
    // What is not finished is not there.
    "writer__finish_of_nothing",
    "writer__finish_leaves_files_open",
    "writer__finish_says_too_much",
    // Fails with more partitions than one.
    "writer__path_of_all_partitions",
];

fn writer(function: &Function) -> &Writer {
    match function {
        Function::Writer(writer) => writer,
        other => panic!("{other:?} is no writer"),
    }
}

/// A query over `t(x)`, numbers from zero, in so many partitions of batches of 100.
fn over(partitions: usize, batches: i64) -> Query {
    let schema = engine::single("x", Arc::new(Int64Array::from(vec![0]))).schema();
    let mut dealt = vec![Vec::new(); partitions];
    for number in 0..batches {
        let numbers: Int64Array = (number * 100..(number + 1) * 100).map(Some).collect();
        dealt[number as usize % partitions].push(engine::single("x", Arc::new(numbers)));
    }
    Query::new(partitions).table("t", schema, dealt)
}

/// Writes what a text gives. Returns how many rows that were.
async fn write(
    query: &Query,
    function: &Function,
    sql: &str,
    place: &Path,
    options: &[(&str, &str)],
) -> Result<String> {
    let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    let options: BTreeMap<String, String> = options.iter().map(own).collect();
    let input = query.plan(sql).await?;
    let place = place.to_str().expect("a path of text");
    let plan = writer(function).write(input, place, options)?;
    let run = tokio::time::timeout(LONG, query.run(plan));
    let ran = run.await.expect("it ends")?;
    Ok(engine::lines(&ran.rows).join(","))
}

/// Every file below a folder, hidden ones too, by its path, and what is in it.
fn files(folder: &Path) -> BTreeMap<String, String> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
        let Ok(entries) = fs::read_dir(folder) else {
            return;
        };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path
                    .strip_prefix(root)
                    .expect("below")
                    .to_string_lossy()
                    .into_owned();
                found.insert(name, fs::read_to_string(&path).expect("text"));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

/// The numbers in all files of `texts`, sorted.
fn numbers(files: &BTreeMap<String, String>) -> Vec<i64> {
    let texts = files.iter().filter(|(name, _)| name.ends_with(".txt"));
    let mut numbers: Vec<i64> = texts
        .flat_map(|(_, text)| text.lines().map(|line| line.parse().expect("a number")))
        .collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_is_written_once() {
    for partitions in [1, 2, 4] {
        for rows in ["1", "70", "1000000"] {
            let place = tempfile::tempdir().unwrap();
            let target = place.path().join("out");
            let query = over(partitions, 12);
            let texts = honest("texts");
            let count = write(
                &query,
                &texts,
                "SELECT * FROM t",
                &target,
                &[("rows", rows)],
            )
            .await;
            assert_eq!(count.unwrap(), "1200");
            let written = files(&target);
            assert!(numbers(&written).into_iter().eq(0..1200));
            // The index is of all files, in the order of the partitions.
            let index: Vec<&str> = written["index"].lines().collect();
            assert_eq!(index.len(), written.len() - 1);
            assert!(index.iter().all(|name| written.contains_key(*name)));
            let of = |name: &str| name.split('/').next().unwrap().parse::<usize>().unwrap();
            assert!(index.is_sorted_by_key(|name| of(name)));
            // Nothing is left beside it.
            assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
            let figures = query.figures();
            assert_eq!(figures.instances as usize, partitions + 1, "{figures:?}");
            assert_eq!(figures.rows, 1200, "{figures:?}");
            assert!(figures.bytes_copied_out > 1200 * 2, "{figures:?}");
        }
    }
}

#[tokio::test]
async fn rows_keep_the_order_that_they_are_written_in() {
    let place = tempfile::tempdir().unwrap();
    let query = over(3, 12);
    let sql = "SELECT x FROM t ORDER BY x % 7, x DESC";
    let target = place.path().join("out");
    write(
        &query,
        &honest("texts"),
        sql,
        &target,
        &[("rows", "1000000")],
    )
    .await
    .unwrap();
    let written = files(&target);
    let texts: Vec<_> = written
        .iter()
        .filter(|(name, _)| name.ends_with(".txt"))
        .collect();
    assert_eq!(texts.len(), 1);
    let mut expected: Vec<i64> = (0..1200).collect();
    expected.sort_by_key(|x| (x % 7, -x));
    let found: Vec<i64> = texts[0]
        .1
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    assert_eq!(found, expected);
}

/// A table without rows is written, too.
#[tokio::test]
async fn a_table_without_rows_is_written() {
    for partitions in [1, 3] {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        let query = over(partitions, 2);
        let sql = "SELECT x FROM t WHERE x < 0";
        let count = write(&query, &honest("texts"), sql, &target, &[])
            .await
            .unwrap();
        assert_eq!(count, "0");
        assert_eq!(files(&target), [("index".to_owned(), String::new())].into());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inserting_again_adds_to_what_is_there() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("out");
    let schema = engine::single("x", Arc::new(Int64Array::from(vec![0]))).schema();
    let texts = honest("texts");
    let table = writer(&texts)
        .table(schema, target.to_str().unwrap(), BTreeMap::new())
        .unwrap();
    let mut query = over(2, 4).provider("out", table);
    for time in 1..=3 {
        let count = lines(&query, "INSERT INTO out SELECT x FROM t").await;
        assert_eq!(count, ["400"]);
        let written = files(&target);
        assert_eq!(numbers(&written).len(), time * 400);
        assert_eq!(
            written
                .keys()
                .filter(|name| name.ends_with("index"))
                .count(),
            time
        );
        query = query.again();
    }
    for sql in ["SELECT * FROM out", "INSERT OVERWRITE out SELECT x FROM t"] {
        let message = refused(query.rows(sql).await);
        assert!(message.contains("`texts`"), "{sql}: {message}");
        query = query.again();
    }
    let explained = lines(&query, "EXPLAIN ANALYZE INSERT INTO out SELECT x FROM t")
        .await
        .join("\n");
    for said in [
        "texts.calls=",
        "texts.rows=400",
        "WriteExec: function=texts",
    ] {
        assert!(explained.contains(said), "no {said} in {explained}");
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
}

/// What is there stays as it is, and nothing is added.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_leaves_nothing() {
    for partitions in [1, 3] {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        let texts = honest("texts");
        let query = over(partitions, 12);
        let fails = "SELECT CASE WHEN x = 1150 THEN -1 ELSE x END AS x FROM t";
        let result = write(&query, &texts, fails, &target, &[("rows", "7")]).await;
        let message = refused(result);
        for said in [
            "`texts`",
            "-1 is negative",
            "partition",
            target.to_str().unwrap(),
        ] {
            assert!(message.contains(said), "no {said} in {message}");
        }
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);

        let query = query.again();
        write(&query, &texts, "SELECT * FROM t", &target, &[])
            .await
            .unwrap();
        let before = files(place.path());
        let query = query.again();
        refused(write(&query, &texts, fails, &target, &[]).await);
        assert_eq!(files(place.path()), before);
        // The rows fail, and not the writer.
        let query = query.again();
        let divides = "SELECT 1000000 / abs(x - 1150) AS x FROM t";
        let message = refused(write(&query, &texts, divides, &target, &[]).await);
        assert!(message.contains("zero"), "{message}");
        assert_eq!(files(place.path()), before);
    }
}

#[tokio::test]
async fn what_can_not_be_written_to_is_refused() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("file"), "is here").unwrap();
    let texts = honest("texts");
    let query = over(1, 1);
    let file = place.path().join("file");
    for (target, said) in [
        (file.as_path(), "file"),
        (&file.join("below"), "file"),
        (Path::new("https://example.com/x"), "http"),
    ] {
        let message = refused(write(&query, &texts, "SELECT * FROM t", target, &[]).await);
        assert!(message.contains(said), "{message}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "is here");
    let query = query.again();
    let sql = "SELECT CAST(x AS TEXT) FROM t";
    let message = refused(write(&query, &texts, sql, &place.path().join("out"), &[]).await);
    assert!(
        message.contains("`texts`") && message.contains("int64"),
        "{message}"
    );
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_can_go_wrong() {
    let mut wrong = Vec::new();
    for (name, said) in FAILING {
        let limits = match name.ends_with("spins") {
            true => IMPATIENT,
            false => LIMITS,
        };
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        let query = over(1, 8);
        let function = engine::any(rogue(name, limits));
        let result = write(&query, &function, "SELECT * FROM t", &target, &[]).await;
        wrong.extend(complaints("hostile", name, result.map(drop), said));
        let left = files(place.path());
        if !left.is_empty() || fs::read_dir(place.path()).unwrap().count() > 0 {
            wrong.push(format!("{name} leaves {left:?}"));
        }
        let proper = engine::any(rogue("writer__proper", LIMITS));
        let query = query.again();
        write(&query, &proper, "SELECT * FROM t", &target, &[])
            .await
            .unwrap();
        assert_eq!(files(&target)["part-0"].len(), 800);
        assert_eq!(files(&target)["manifest"], "part\n");
    }
    assert!(!Path::new("/tmp/absolute").exists());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is not finished is not there, and that is the writer's own business.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_not_finished_are_not_there() {
    for name in [
        "writer__finish_of_nothing",
        "writer__finish_leaves_files_open",
    ] {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        let query = over(2, 8);
        let function = engine::any(rogue(name, LIMITS));
        let count = write(&query, &function, "SELECT * FROM t", &target, &[]).await;
        assert_eq!(count.unwrap(), "800");
        assert_eq!(
            files(&target),
            [("manifest".to_owned(), String::new())].into()
        );
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitions_can_not_make_one_file_together() {
    let function = engine::any(rogue("writer__path_of_all_partitions", LIMITS));
    for (partitions, fine) in [(1, true), (3, false)] {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        let query = over(partitions, 9);
        let result = write(&query, &function, "SELECT * FROM t", &target, &[]).await;
        assert_eq!(result.is_ok(), fine);
        if let Err(error) = result {
            let message = engine::said(&error);
            assert!(
                message.contains("`writer__path_of_all_partitions`"),
                "{message}"
            );
            assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
        }
    }
}

/// Manifests of any size reach the commit, or the query ends with an error that names the function.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manifest_that_is_too_long_is_no_harm() {
    let name = "writer__finish_says_too_much";
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("out");
    let query = over(2, 8);
    let limits = Limits {
        memory: 512 << 20,
        ..LIMITS
    };
    let function = engine::any(rogue(name, limits));
    match write(&query, &function, "SELECT * FROM t", &target, &[]).await {
        Ok(count) => assert_eq!(count, "800"),
        Err(error) => {
            let message = engine::said(&error);
            assert!(message.contains(&format!("`{name}`")), "{message}");
            assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
        }
    }
}

/// Whoever drops a query leaves nothing, wherever the writer is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_a_query_leaves_nothing() {
    for name in ["writer__write_spins", "writer__commit_spins"] {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(1 << 30));
        let spins = engine::any(rogue(name, LIMITS));
        let schema = engine::single("x", Arc::new(Int64Array::from(vec![0]))).schema();
        let table = writer(&spins)
            .table(schema, target.to_str().unwrap(), BTreeMap::new())
            .unwrap();
        let query = Query::charging(Arc::clone(&pool), 1).provider("out", table);
        let sql = "INSERT INTO out SELECT value FROM generate_series(1, 10)";
        let mut stream = query.stream(sql).await.unwrap();
        let scope = Arc::downgrade(query.scope());
        drop(query);
        assert!(futures::poll!(stream.next()).is_pending());
        // The guest has made its file: it is in there.
        let begun = poll(Duration::from_secs(30), || {
            (!files(place.path()).is_empty()).then_some(())
        });
        assert!(begun.is_some(), "{name} has not begun");
        drop(stream);
        let ended = poll(Duration::from_secs(10), || {
            let left = fs::read_dir(place.path()).unwrap().count();
            (left == 0 && pool.reserved() == 0 && scope.strong_count() == 0).then_some(())
        });
        assert!(ended.is_some(), "{name}: {:?}", files(place.path()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("out");
    let spins = engine::any(rogue("writer__commit_spins", LIMITS));
    let query = Query::until(Instant::now() + Duration::from_millis(700));
    let sql = "SELECT value FROM generate_series(1, 10)";
    let error = write(&query, &spins, sql, &target, &[]).await.unwrap_err();
    let stopped = failure(&error).and_then(|failure| failure.cause.stop());
    assert_eq!(stopped, Some(Stopped::Deadline), "{error}");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}

/// A binding's own parameters hold where the statement has no others.
#[tokio::test]
async fn options_of_the_binding_and_of_the_statement_go_together() {
    let binding = Binding {
        parameters: [("mark".to_owned(), "bound".to_owned())].into(),
        ..Binding::new(stored("kinds"), "marked")
    };
    let marked = engine::any(binding);
    for (options, mark) in [(&[][..], "bound"), (&[("mark", "said")], "said")] {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        write(&over(1, 1), &marked, "SELECT * FROM t", &target, options)
            .await
            .unwrap();
        assert!(files(&target).contains_key(&format!("{mark}.txt")));
    }
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("out");
    let result = write(
        &over(1, 1),
        &marked,
        "SELECT * FROM t",
        &target,
        &[("colour", "red")],
    )
    .await;
    let message = refused(result);
    assert!(
        message.contains("`marked`") && message.contains("colour"),
        "{message}"
    );
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}
