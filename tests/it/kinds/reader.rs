//! Readers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrowbox_host::{Binding, Function, Limits, Reader, Stopped};
use arrowbox_tests::engine::{self, Query, failure, stored};
use arrowbox_tests::watched::watched;
use datafusion::catalog::TableProvider;
use datafusion::error::Result;
use tempfile::TempDir;

use super::rows::Chance;
use super::{IMPATIENT, LONG, agree, honest, lines, refused, rogue};
use crate::hostile::{Case, LIMITS, complaints};

/// Fail when the table is made.
pub(super) const MADE: &[Case] = &[
    ("reader__open_refuses", &["the guest refuses to open"]),
    ("reader__open_traps", &["trapped", "unreachable"]),
    ("reader__open_spins", &["hit its time limit"]),
    (
        "reader__result_of_nonsense",
        &["broke the contract", "nonsense"],
    ),
    ("reader__result_traps", &["trapped", "unreachable"]),
];

/// Fail when a scan is planned.
pub(super) const PLANNED: &[Case] = &[
    ("reader__result_by_chance", &["broke the contract"]),
    (
        "reader__exactness_refuses",
        &["the guest refuses to exactness"],
    ),
    ("reader__exactness_traps", &["trapped", "unreachable"]),
    (
        "reader__exactness_of_too_few",
        &["broke the contract", "0 filters"],
    ),
    (
        "reader__exactness_of_too_many",
        &["broke the contract", "2 filters"],
    ),
    ("reader__plan_refuses", &["the guest refuses to plan"]),
    (
        "reader__plan_traps",
        &["trapped", "unreachable", "table-reader.plan"],
    ),
    ("reader__plan_spins", &["hit its time limit"]),
    (
        "reader__plan_hoards",
        &["hit its memory limit", "OPTIONS (memory"],
    ),
    ("reader__plan_of_a_million", &["too much data"]),
    (
        "reader__plan_of_too_many",
        &["broke the contract", "70000 splits"],
    ),
    (
        "reader__plan_of_one_twice",
        &["broke the contract", "twice", "a.txt"],
    ),
    (
        "reader__plan_of_overlapping",
        &["broke the contract", "overlap", "a.txt"],
    ),
    (
        "reader__plan_of_other_files",
        &["broke the contract", "../secret.txt", "not among its files"],
    ),
    (
        "reader__plan_of_ranges_outside",
        &["broke the contract", "the file has"],
    ),
    (
        "reader__plan_of_endless_ranges",
        &["broke the contract", "the file has"],
    ),
];

/// Fail when a split is read; the split is named.
pub(super) const READ: &[Case] = &[
    (
        "reader__read_refuses",
        &["the guest refuses to read", "a.txt"],
    ),
    ("reader__read_traps", &["trapped", "unreachable", "a.txt"]),
    (
        "reader__next_refuses",
        &["the guest refuses to next", "a.txt"],
    ),
    ("reader__next_traps", &["trapped", "unreachable", "a.txt"]),
    ("reader__next_spins", &["hit its time limit", "a.txt"]),
    ("reader__next_hoards", &["hit its memory limit", "a.txt"]),
    ("reader__next_of_text", &["broke the contract", "a.txt"]),
    (
        "reader__next_of_two_columns",
        &["broke the contract", "a.txt"],
    ),
    (
        "reader__next_of_endless_rows",
        &["broke the contract", "a.txt"],
    ),
    (
        "reader__next_fails_in_the_middle",
        &["the guest fails in the middle", "a.txt"],
    ),
    (
        "reader__next_gives_endless_empty_batches",
        &["broke the contract", "batches without rows"],
    ),
    (
        "reader__files_beside",
        &["is not one of the files", "a.txt.other"],
    ),
    (
        "reader__files_above",
        &["`../secret.txt` is not one of the files"],
    ),
    (
        "reader__files_absolute",
        &["`/etc/hostname` is not one of the files"],
    ),
    ("reader__files_into_nowhere", &["outside"]),
];

pub(super) const PROPER: &[&str] = &[
    "reader__proper",
    "reader__plan_of_none",
    "reader__plan_of_huge_tokens",
    "reader__files_past_the_end",
    // Without an end: what ends it is the query.
    "reader__next_gives_endless_rows",
];

fn reader(function: &Function) -> &Reader {
    match function {
        Function::Reader(reader) => reader,
        other => panic!("{other:?} is no reader"),
    }
}

/// The table that a reader makes of a place.
async fn table(
    query: &Query,
    function: &Function,
    place: &Path,
    options: &[(&str, &str)],
) -> Result<Arc<dyn TableProvider>> {
    let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    let options: BTreeMap<String, String> = options.iter().map(own).collect();
    let place = place.to_str().expect("a path of text").to_owned();
    let state = query.context().state();
    reader(function).table(&state, vec![place], options).await
}

/// A query with a table `f` that an honest reader makes of a place.
async fn over(partitions: usize, name: &str, place: &Path, options: &[(&str, &str)]) -> Query {
    let query = Query::new(partitions);
    let table = table(&query, &honest(name), place, options).await;
    let table = table.unwrap_or_else(|error| panic!("{name}: {}", engine::said(&error)));
    query.provider("f", table)
}

/// A folder of files of text, and all their lines.
fn folder(seed: u64) -> (TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut chance = Chance::new(seed);
    let mut all = Vec::new();
    fs::create_dir(folder.path().join("more")).unwrap();
    for (file, name) in ["a.txt", "b.txt", "empty.txt", "more/c.txt", "more/one.txt"]
        .iter()
        .enumerate()
    {
        let count = match *name {
            "empty.txt" => 0,
            "more/one.txt" => 1,
            _ => 1 + chance.below(2000),
        };
        let mut text = String::new();
        for line in 0..count {
            let length = match chance.below(100) {
                0 => 3000,
                length => length % 12,
            };
            let line = format!("{file}:{line}:{}", "ö".repeat(length as usize));
            text.push_str(&line);
            text.push('\n');
            all.push(line);
        }
        // The last line of some has no end.
        if file % 2 == 0 {
            text.pop();
        }
        fs::write(folder.path().join(name), text).unwrap();
    }
    all.sort_unstable();
    (folder, all)
}

/// Splits begin and end in the middle of lines and of characters.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_is_read_once_however_files_are_cut() {
    let (folder, expected) = folder(3);
    let bytes: u64 = expected.iter().map(|line| line.len() as u64 + 1).sum();
    for split in [1000, 777, 64 << 10, u64::MAX] {
        for partitions in [1, 2, 4] {
            let split = split.max(bytes / 60_000 + 1).to_string();
            let query = over(partitions, "lines", folder.path(), &[("split", &split)]).await;
            let found = lines(&query, "SELECT line FROM f").await;
            assert!(
                found == expected,
                "splits of {split} in {partitions} partitions: {}",
                found.len()
            );
            let query = query.again();
            let sql = "SELECT count(*), sum(length), sum(octet_length(line)) FROM f";
            let sum: usize = expected.iter().map(String::len).sum();
            let whole = format!("{}|{sum}|{sum}", expected.len());
            assert_eq!(lines(&query, sql).await, [whole]);
        }
    }
    // Splits of a few bytes, most of which no line begins in.
    let small = folder.path().join("more/one.txt");
    for split in ["1", "2", "3"] {
        let query = over(4, "lines", &small, &[("split", split)]).await;
        assert_eq!(lines(&query, "SELECT line FROM f").await.len(), 1);
    }
}

#[tokio::test]
async fn places_are_files_folders_and_patterns() {
    let (folder, all) = folder(4);
    let at = |name: &str| folder.path().join(name);
    let of = |files: &[&str]| {
        let begins = |line: &&String| files.iter().any(|file| line.starts_with(file));
        all.iter().filter(begins).count()
    };
    for (place, expected) in [
        (at("a.txt"), of(&["0:"])),
        (at("more"), of(&["3:", "4:"])),
        (at("*.txt"), of(&["0:", "1:"])),
        (at("**/*.txt"), all.len()),
        (at("empty.txt"), 0),
    ] {
        let query = over(2, "lines", &place, &[]).await;
        let found = lines(&query, "SELECT count(*) FROM f").await;
        assert_eq!(found, [expected.to_string()], "{}", place.display());
    }
    let query = Query::new(1);
    let lines_of = honest("lines");
    for (place, said) in [
        (at("nothing.txt"), "nothing.txt"),
        (at("*.csv"), "*.csv"),
        (at("nowhere/a.txt"), "nowhere"),
    ] {
        let message = refused(table(&query, &lines_of, &place, &[]).await);
        assert!(message.contains(said), "{message}");
    }
    let message = refused(table(&query, &lines_of, &at("a.txt"), &[("colour", "red")]).await);
    assert!(
        message.contains("`lines`") && message.contains("colour"),
        "{message}"
    );
    let message = refused(table(&query, &lines_of, &at("a.txt"), &[("aws.colour", "red")]).await);
    assert!(message.contains("aws.colour"), "{message}");
}

/// The files are those that are there when a query begins.
#[tokio::test]
async fn files_that_come_and_go_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "1\n2\n").unwrap();
    let query = over(2, "lines", folder.path(), &[]).await;
    assert_eq!(lines(&query, "SELECT line FROM f").await, ["1", "2"]);
    fs::write(folder.path().join("b.txt"), "3\n").unwrap();
    let query = query.again();
    assert_eq!(lines(&query, "SELECT line FROM f").await, ["1", "2", "3"]);
    fs::remove_file(folder.path().join("a.txt")).unwrap();
    let query = query.again();
    assert_eq!(lines(&query, "SELECT line FROM f").await, ["3"]);
    fs::remove_file(folder.path().join("b.txt")).unwrap();
    let query = query.again();
    assert!(lines(&query, "SELECT line FROM f").await.is_empty());
    fs::remove_dir(folder.path()).unwrap();
    let query = query.again();
    let message = refused(query.rows("SELECT line FROM f").await);
    assert!(message.contains("nothing at"), "{message}");
}

/// Files of so many bytes, which are so many numbers to the reader `numbers`.
fn sized(sizes: &[usize]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, size) in sizes.iter().enumerate() {
        fs::write(folder.path().join(format!("{number}.bin")), vec![0; *size]).unwrap();
    }
    folder
}

const QUESTIONS: [&str; 12] = [
    "SELECT n, file FROM f",
    "SELECT file, n FROM f WHERE n < 10",
    "SELECT count(*) FROM f",
    "SELECT count(*) FROM f WHERE n >= 1500",
    "SELECT sum(n) FROM f WHERE n BETWEEN 100 AND 2000 AND file = '1.bin'",
    "SELECT n FROM f WHERE n = 42 OR n = 4242",
    "SELECT n FROM f WHERE n <> 3 AND n < 6 AND n % 2 = 1",
    "SELECT n FROM f WHERE 7 > n AND n IS NOT NULL",
    "SELECT file FROM f WHERE n > 3000000",
    "SELECT n FROM f WHERE n IS NULL",
    "SELECT a.n FROM f a JOIN f b ON a.n = b.n WHERE a.n < 5 AND b.file = '0.bin'",
    "SELECT max(n) FROM f WHERE n < CAST('77' AS INT)",
];

/// The same rows, whatever the reader does with filters.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_give_the_same_rows_however_exact_the_reader_is() {
    let folder = sized(&[3000, 2500, 0, 1]);
    for partitions in [1, 3] {
        let mut answers: Vec<Vec<Vec<String>>> = Vec::new();
        for exactness in ["unsupported", "inexact", "exact"] {
            let options = [("exactness", exactness), ("rows", "400")];
            let mut query = over(partitions, "numbers", folder.path(), &options).await;
            let mut all = Vec::new();
            for question in QUESTIONS {
                all.push(lines(&query, question).await);
                query = query.again();
            }
            answers.push(all);
        }
        for (index, question) in QUESTIONS.iter().enumerate() {
            assert_eq!(answers[0][index], answers[1][index], "inexact: {question}");
            assert_eq!(answers[0][index], answers[2][index], "exact: {question}");
        }
        assert_eq!(answers[0][0].len(), 5501);
        assert_eq!(answers[0][2], ["5501"]);
        assert_eq!(answers[0][6], ["1", "1", "5", "5"]);
    }
}

/// What a scan asks of the reader.
#[tokio::test]
async fn projections_filters_and_limits_reach_the_reader() {
    let folder = sized(&[3000, 2500]);
    for (exactness, sql, said, not) in [
        (
            "exact",
            "SELECT n FROM f",
            &["projection=[n]", "splits=6"][..],
            &["filters=", "limit=", "FilterExec"][..],
        ),
        (
            "exact",
            "SELECT file, n FROM f",
            &["projection=[n, file]"],
            &["filters="],
        ),
        (
            "exact",
            "SELECT count(*) FROM f WHERE n < 5",
            &["filters=[", "projection=[]"],
            &["FilterExec"],
        ),
        (
            "exact",
            "SELECT n FROM f WHERE n < 10 LIMIT 3",
            &["filters=[", "limit=3"],
            &["FilterExec"],
        ),
        (
            "inexact",
            "SELECT n FROM f WHERE n < 10 LIMIT 3",
            &["filters=[", "FilterExec"],
            &["limit=3,"],
        ),
        (
            "unsupported",
            "SELECT n FROM f WHERE n < 10",
            &["FilterExec"],
            &["filters=["],
        ),
        (
            "exact",
            "SELECT n FROM f WHERE n < 10 AND file = '1.bin'",
            &["filters=[", "FilterExec"],
            &[],
        ),
        ("exact", "SELECT n FROM f LIMIT 7", &["limit=7"], &[]),
    ] {
        let query = over(1, "numbers", folder.path(), &[("exactness", exactness)]).await;
        let plan = lines(&query, &format!("EXPLAIN {sql}")).await.join("\n");
        let physical: String = plan
            .split("physical_plan")
            .nth(1)
            .expect("a physical plan")
            .replace("\\n", "\n");
        for said in said {
            assert!(
                physical.contains(said),
                "{exactness} {sql}: no {said} in {physical}"
            );
        }
        for not in not {
            let reader = physical
                .lines()
                .filter(|line| !not.starts_with("limit") || line.contains("ReaderExec"));
            let text: Vec<_> = reader.collect();
            assert!(
                !text.join("\n").contains(not),
                "{exactness} {sql}: {not} in {physical}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_ends_the_reading() {
    let folder = sized(&[1_000_000]);
    let options = [("rows", "1000")];
    let query = over(2, "numbers", folder.path(), &options).await;
    assert_eq!(
        lines(&query, "SELECT n FROM f LIMIT 1500").await.len(),
        1500
    );
    let figures = query.figures();
    assert!(figures.calls < 40 && figures.rows < 10_000, "{figures:?}");

    let folder = sized(&[10]);
    let query = Query::new(1);
    let endless = engine::any(rogue("reader__next_gives_endless_rows", LIMITS));
    let table = table(&query, &endless, folder.path(), &[]).await.unwrap();
    let query = query.provider("f", table);
    assert_eq!(
        lines(&query, "SELECT * FROM f LIMIT 2500").await.len(),
        2500
    );
    let query = query.again();
    let sql = "SELECT * FROM f WHERE f0 = 0 LIMIT 2500";
    assert_eq!(lines(&query, sql).await.len(), 2500);
}

/// Rows of splits are a guess that the optimiser can use.
#[tokio::test]
async fn statistics_are_those_of_the_splits() {
    let folder = sized(&[3000, 2500]);
    let query = over(1, "numbers", folder.path(), &[]).await;
    query
        .rows("SET datafusion.explain.show_statistics = true")
        .await
        .unwrap();
    let query = query.again();
    let plan = lines(&query, "EXPLAIN SELECT n FROM f").await.join("\n");
    assert!(plan.contains("Rows=Inexact(5500)"), "{plan}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_count_instances_calls_and_bytes() {
    let (folder, all) = folder(5);
    let query = over(2, "lines", folder.path(), &[("split", "5000")]).await;
    lines(&query, "SELECT line FROM f").await;
    let figures = query.figures();
    let bytes: usize = all.iter().map(|line| line.len() + 1).sum();
    assert_eq!(figures.rows, all.len() as u64, "{figures:?}");
    // One for each partition, and one that plans.
    assert!((2..=3).contains(&figures.instances), "{figures:?}");
    assert!(
        figures.bytes_copied_in as usize >= bytes - 10,
        "{figures:?} of {bytes}"
    );
    assert!(
        figures.bytes_copied_out as usize >= bytes / 2,
        "{figures:?}"
    );
    let query = query.again();
    let explained = lines(&query, "EXPLAIN ANALYZE SELECT line FROM f")
        .await
        .join("\n");
    for said in [
        "lines.calls=",
        "lines.instances=",
        "ReaderExec: function=lines",
    ] {
        assert!(explained.contains(said), "no {said} in {explained}");
    }
}

/// A line that is no text names the file that it is in.
#[tokio::test]
async fn an_error_names_the_function_and_the_split() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.txt"), "fine\n".repeat(100)).unwrap();
    fs::write(folder.path().join("bad.txt"), b"fine\n\xff\xfe\n").unwrap();
    let query = over(2, "lines", folder.path(), &[]).await;
    let message = refused(query.rows("SELECT line FROM f").await);
    for said in ["`lines`", "bad.txt"] {
        assert!(message.contains(said), "no {said} in {message}");
    }
    fs::write(folder.path().join("bad.txt"), "fine\n").unwrap();
    let query = query.again();
    assert_eq!(lines(&query, "SELECT count(*) FROM f").await, ["101"]);
}

/// A binding's own parameters hold where the statement has no others.
#[tokio::test]
async fn options_of_the_binding_and_of_the_table_go_together() {
    let folder = sized(&[100]);
    let binding = Binding {
        parameters: [("rows".to_owned(), "10".to_owned())].into(),
        ..Binding::new(stored("kinds"), "numbers")
    };
    let numbers = engine::any(binding);
    for (options, splits) in [(&[][..], "splits=10"), (&[("rows", "50")], "splits=2")] {
        let query = Query::new(1);
        let table = table(&query, &numbers, folder.path(), options)
            .await
            .unwrap();
        let query = query.provider("f", table);
        let plan = lines(&query, "EXPLAIN SELECT n FROM f").await.join("\n");
        assert!(plan.contains(splits), "{plan}");
        let query = query.again();
        agree(query, "SELECT count(n) FROM f", "SELECT 100").await;
    }
}

/// A place with two files, and a secret beside it.
fn guarded() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    fs::create_dir(folder.path().join("given")).unwrap();
    fs::write(folder.path().join("given/a.txt"), "0123456789").unwrap();
    fs::write(folder.path().join("given/a.txt.other"), "other").unwrap();
    folder
}

async fn read(name: &str, limits: Limits) -> Result<Vec<String>> {
    let folder = guarded();
    let query = Query::new(2);
    let function = engine::any(rogue(name, limits));
    let place = folder.path().join("given/a.txt");
    let read = async {
        let table = table(&query, &function, &place, &[]).await?;
        let query = Query::new(2).provider("f", table);
        let sql = match name.ends_with("by_chance") {
            true => "SELECT * FROM f",
            // A filter, so that the reader is asked about it; one that is true of every row.
            false => "SELECT * FROM f WHERE f0 < 5",
        };
        Ok(engine::lines(&query.rows(sql).await?))
    };
    tokio::time::timeout(LONG, read).await.expect("it ends")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_can_go_wrong() {
    let mut wrong = Vec::new();
    for (name, said) in MADE.iter().chain(PLANNED).chain(READ) {
        let limits = match *name {
            "reader__plan_of_a_million" => Limits {
                memory: 512 << 20,
                ..LIMITS
            },
            name if name.ends_with("spins") => IMPATIENT,
            _ => LIMITS,
        };
        wrong.extend(complaints(
            "hostile",
            name,
            read(name, limits).await.map(drop),
            said,
        ));
        assert_eq!(read("reader__proper", LIMITS).await.unwrap().len(), 1000);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_odd_and_allowed_works() {
    assert!(
        read("reader__plan_of_none", LIMITS)
            .await
            .unwrap()
            .is_empty()
    );
    let past = read("reader__files_past_the_end", LIMITS).await;
    assert_eq!(past.unwrap().len(), 1000);
    match read("reader__plan_of_huge_tokens", LIMITS).await {
        Ok(rows) => assert_eq!(rows.len(), 1000),
        // More than a call can hand over.
        Err(error) => {
            let message = engine::said(&error);
            assert!(
                message.contains("`reader__plan_of_huge_tokens`"),
                "{message}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deadlines_and_drops_end_what_has_no_end() {
    let folder = guarded();
    let place = folder.path().join("given/a.txt");
    for name in ["reader__next_gives_endless_rows", "reader__next_spins"] {
        let endless = engine::any(rogue(name, LIMITS));
        let begun = Instant::now();
        let made = table(&Query::new(1), &endless, &place, &[]).await.unwrap();
        let query =
            Query::until(begun + Duration::from_millis(700)).provider("f", Arc::clone(&made));
        let error = query.rows("SELECT count(f0) FROM f").await.unwrap_err();
        let stopped = failure(&error).and_then(|failure| failure.cause.stop());
        assert_eq!(stopped, Some(Stopped::Deadline), "{name}: {error}");

        let (pool, watch) = watched();
        let query = Query::charging(pool, 1).provider("f", made);
        watch.abandon(query, "SELECT count(f0) FROM f").await;
    }
}
