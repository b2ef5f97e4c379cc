//! Functions of every kind: on three hosts as on none.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use arrowbox_tests::cluster::{self, KINDS, TestCluster};
use arrowbox_tests::component;

use super::{SPREAD, agree, assert_distributed, components, embedded, same, tables, three, words};

#[test]
fn functions_of_every_kind_give_the_rows_that_they_give_without_a_cluster() {
    let (cluster, _witness) = three();
    for (what, names, query) in KINDS {
        eprintln!("{what}");
        let mut flags = tables();
        flags.extend(components(names));
        assert_distributed(cluster, &flags, query);
        agree(cluster, &flags, query);
    }
}

/// Files of which the reader makes so many numbers, in splits of a thousand.
fn numbers(folder: &Path) -> String {
    for (name, size) in [("one", 123_456), ("two", 7), ("three", 0), ("four", 65_000)] {
        let file = fs::File::create(folder.join(name)).expect("a file");
        file.set_len(size).expect("a size");
    }
    folder.display().to_string()
}

/// Its splits are handed out one by one to whoever is free.
#[test]
fn a_reader_of_many_splits_gives_each_row_once() {
    let (cluster, _witness) = three();
    let folder = cluster::folder();
    let place = numbers(folder.path());
    let flags = components(&["kinds", "reference"]);
    for query in [
        format!(
            "SELECT file, count(*), sum(n), count(DISTINCT n) FROM numbers('{place}/') GROUP BY file"
        ),
        format!(
            "SELECT sum(collatz(n)) FROM numbers('{place}/', exactness => 'inexact') WHERE n < 100000"
        ),
        format!(
            "SELECT a.n, b.file FROM numbers('{place}/') AS a JOIN numbers('{place}/') AS b ON a.n = b.n + 60000"
        ),
    ] {
        assert_distributed(cluster, &flags, &query);
        agree(cluster, &flags, &query);
    }
    let table = format!(
        "CREATE EXTERNAL TABLE t STORED AS numbers LOCATION '{place}/' OPTIONS (rows '777');
         SELECT n % 100, count(*) FROM t GROUP BY n % 100"
    );
    agree(cluster, &flags, &table);
    // A limit is met by any rows.
    let limited = format!("{SPREAD}SELECT n FROM numbers('{place}/') LIMIT 5000");
    let rows = cluster.sql(words(&flags), &limited).run().ok();
    assert_eq!(rows.lines().count(), 5001);
}

/// Every partition of every host writes files of its own, and all are there at once.
#[test]
fn a_writer_writes_what_every_host_gives_it() {
    let (cluster, _witness) = three();
    let folder = cluster::folder();
    let mut flags = tables();
    flags.extend(components(&["kinds"]));
    let query = "SELECT CAST(l_orderkey * 8 + l_linenumber AS BIGINT) AS n FROM lineitem WHERE l_suppkey < 300";
    let copy = |place: &Path| {
        let place = place.display();
        format!("{SPREAD}COPY ({query}) TO '{place}' STORED AS texts OPTIONS (rows '500')")
    };
    let place = folder.path().join("out");
    let said = cluster.sql(words(&flags), &copy(&place)).run().ok();
    let written = read(&place);
    let expected = embedded(&flags, query);
    assert_eq!(
        said.trim(),
        format!("count\n{}", expected.lines().count() - 1)
    );

    let mut lines = vec!["n".to_owned()];
    for name in written["index"].lines() {
        lines.extend(written[name].lines().map(str::to_owned));
    }
    assert_eq!(
        written.len(),
        written["index"].lines().count() + 1,
        "{:?}",
        written.keys()
    );
    same(query, &lines.join("\n"), &expected);
    let partitions: std::collections::BTreeSet<_> = written["index"]
        .lines()
        .filter_map(|name| name.split_once('/'))
        .map(|(partition, _)| partition)
        .collect();
    assert!(
        partitions.len() >= 3,
        "{partitions:?} are not of three hosts"
    );
    let plan = cluster
        .sql(
            words(&flags),
            &copy(&folder.path().join("no")).replace("COPY", "EXPLAIN COPY"),
        )
        .run()
        .ok();
    assert!(super::is_distributed(&plan), "{plan}");
}

/// Every file below a folder by its path, and what is in it.
pub(super) fn read(folder: &Path) -> BTreeMap<String, String> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in
            fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path
                    .strip_prefix(root)
                    .expect("it is below")
                    .to_string_lossy();
                let text = fs::read_to_string(&path).expect("text");
                found.insert(name.into_owned(), text);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

#[test]
fn every_example_gives_its_expected_result() {
    let (cluster, _witness) = three();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut checked = 0;
    for entry in fs::read_dir(&examples).expect("examples") {
        let folder = entry.expect("an entry").path();
        if folder.join("example.sql").is_file() {
            example(cluster, &folder);
            checked += 1;
        }
    }
    assert!(checked >= 15, "{checked} examples only");
}

fn example(cluster: &TestCluster, folder: &Path) {
    let name = folder
        .file_name()
        .expect("a folder has a name")
        .to_string_lossy();
    let text = |file: &str| fs::read_to_string(folder.join(file)).expect("a file of an example");
    let place = cluster::folder();
    // Hosts and coordinator have working directories of their own.
    let mut sql =
        text("example.sql").replace("'out/'", &format!("'{}/out/'", place.path().display()));
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let file = path
            .file_name()
            .expect("an entry has a name")
            .to_string_lossy();
        sql = sql.replace(
            &format!("LOCATION '{file}'"),
            &format!("LOCATION '{}'", path.display()),
        );
    }
    let component = component::path(&name).display().to_string();
    let found = cluster
        .sql(["--component", &component], &format!("{SPREAD}{sql}"))
        .run()
        .ok();
    assert_eq!(found.trim(), text("expected.csv").trim(), "{name}");
    if folder.join("expected").is_dir() {
        let (made, expected) = (
            read(&place.path().join("out")),
            read(&folder.join("expected")),
        );
        for (file, expected) in expected {
            assert_eq!(made.get(&file), Some(&expected), "{name}: {file}");
        }
    }
}
