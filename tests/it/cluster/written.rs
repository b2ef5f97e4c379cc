//! What is written while hosts are lost is written once.

use std::fs;
use std::path::Path;

use arrowbox_tests::cluster::{self, SPREAD, TestCluster, embedded};
use arrowbox_tests::poll::poll;

use super::{LONG, Running, components, kinds, same, tables, three, words};

/// Rows that are written.
const ROWS: u64 = 3_000_000;
/// Bytes of each.
const LINE: u64 = 5;

/// Splits for many partitions, some of them slow.
fn copy(numbers: &Path, place: &Path) -> String {
    format!(
        "COPY (SELECT n FROM numbers('{}', rows => '20000') WHERE collatz(n) + collatz(n + 1) >= 0) TO '{}'
         STORED AS marked",
        numbers.display(),
        place.display()
    )
}

/// All rows are there once and the commit was made once; nothing else is there, seen or hidden.
fn whole(place: &Path) {
    let files = kinds::read(place);
    let parts: Vec<_> = files
        .keys()
        .filter(|name| name.starts_with("mark-"))
        .collect();
    assert_eq!(
        files["mark.txt"].trim(),
        parts.len().to_string(),
        "{:?}",
        files.keys()
    );
    assert_eq!(files.len(), parts.len() + 1, "{:?}", files.keys());
    let rows: usize = parts
        .iter()
        .map(|name| files[*name].matches("mark\n").count())
        .sum();
    assert_eq!(rows as u64, ROWS);
    for name in parts {
        assert!(files[name].ends_with("end\n"), "{name}");
    }
    let beside: Vec<_> = fs::read_dir(place.parent().expect("it is in a folder"))
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(beside.is_empty(), "{beside:?} is left");
}

#[test]
fn a_host_that_is_killed_while_it_writes_leaves_everything_once() {
    let mut cluster = TestCluster::start(3);
    let folder = cluster::folder();
    let numbers = folder.path().join("numbers");
    let file = fs::File::create(&numbers).expect("a file");
    file.set_len(ROWS).expect("a size");
    let flags = components(&["kinds", "reference"]);
    let begin = |cluster: &TestCluster, place: &Path| {
        let flags = words(&flags).chain(["--stats"]);
        Running::begin(cluster.sql(flags, &copy(&numbers, place)))
    };

    let place = folder.path().join("undisturbed");
    assert_eq!(
        begin(&cluster, &place).end().ok().trim(),
        format!("count\n{ROWS}")
    );
    whole(&place);

    let mut replays = 0;
    for (victim, percent) in [(0, 20), (1, 60), (2, 90), (0, 100)] {
        let place = folder.path().join(format!("killed-at-{percent}"));
        let running = begin(&cluster, &place);
        let enough = ROWS * LINE * percent / 100;
        let far = poll(LONG, || {
            (running.is_over() || staged(folder.path()) >= enough).then_some(())
        });
        assert!(far.is_some(), "it writes nothing");
        cluster.kill_host(victim);
        let ran = running.end();
        replays += u32::from(ran.stderr.contains("lost"));
        assert_eq!(
            ran.ok().trim(),
            format!("count\n{ROWS}"),
            "killed at {percent} %"
        );
        whole(&place);
        cluster.restart_host(victim);
    }
    // What is written last may have been all.
    assert!(replays >= 2, "{replays} kills only were in time");
}

/// Bytes of files that are not to be seen yet.
fn staged(place: &Path) -> u64 {
    fn size(path: &Path) -> u64 {
        // What is there now may be gone in a moment.
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        let sizes = entries.map(|entry| match entry.path().is_dir() {
            true => size(&entry.path()),
            false => entry.metadata().map_or(0, |metadata| metadata.len()),
        });
        sizes.sum()
    }
    let entries = fs::read_dir(place).expect("a folder").flatten();
    let hidden = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with('.'));
    hidden.map(|entry| size(&entry.path())).sum()
}

/// Nobody is left to say that it is done, so that nothing is.
#[test]
fn a_coordinator_that_is_killed_while_it_writes_leaves_nothing_to_be_seen() {
    let mut cluster = TestCluster::start(2);
    let folder = cluster::folder();
    let numbers = folder.path().join("numbers");
    let file = fs::File::create(&numbers).expect("a file");
    file.set_len(ROWS).expect("a size");
    let flags = components(&["kinds", "reference"]);
    let place = folder.path().join("out");
    let running = Running::begin(cluster.sql(words(&flags), &copy(&numbers, &place)));
    let begun = poll(LONG, || (staged(folder.path()) > 0).then_some(()));
    assert!(begun.is_some(), "nothing is written");
    cluster.coordinator_mut().kill();
    running.end().fails(7, &["coordinator"]);
    assert!(!place.exists(), "{:?}", kinds::read(&place));
}

/// What functions give on hosts is written by the engine where the query was planned.
#[test]
fn rows_of_functions_are_copied_to_formats_of_the_engine() {
    let (cluster, _witness) = three();
    let flags: Vec<_> = [tables(), components(&["reference"])].concat();
    let folder = cluster::folder();
    let query = "SELECT l_orderkey, collatz(l_partkey) AS steps FROM lineitem";
    let summed = |table: &str| {
        format!("SELECT count(*) AS n, sum(l_orderkey) AS k, sum(steps) AS s FROM {table}")
    };
    let expected = embedded(&flags, &summed(&format!("({query})")));
    for ending in ["parquet", "csv"] {
        let place = folder.path().join("copied").with_extension(ending);
        let copy = format!("{SPREAD}COPY ({query}) TO '{}'", place.display());
        cluster.sql(words(&flags), &copy).run().ok();
        let copied = ["--table".to_owned(), format!("copied={}", place.display())];
        same(ending, &embedded(&copied, &summed("copied")), &expected);
    }
}
