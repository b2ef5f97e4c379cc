//! What belongs to a session reaches the hosts: settings, functions with their parameters and data, versions.

use std::fs;

use arrowbox_tests::cluster;
use arrowbox_tests::component;

use super::{Running, SPREAD, agree, busy, components, embedded, long_query, tables, three, words};

#[test]
fn settings_hold_on_hosts() {
    let (cluster, _witness) = three();
    let mut flags = tables();
    flags.extend(components(&["kinds"]));

    // The engine reads these texts where the rows are.
    let query = "SELECT l_linenumber, max(to_unixtime('2024-03-10 0' || l_linenumber || ':30:00')) FROM lineitem
        GROUP BY l_linenumber";
    let zoned = format!("SET datafusion.execution.time_zone = 'America/Lima'; {query}");
    agree(cluster, &flags, &zoned);
    assert_ne!(embedded(&flags, &zoned), embedded(&flags, query));

    let batches = |size: u32| -> u64 {
        let text = format!(
            "{SPREAD}SET datafusion.execution.batch_size = {size};
             SELECT sum(batches) AS n FROM map_batches((SELECT CAST(l_partkey AS BIGINT) FROM lineitem), last, CAST(NULL AS VARCHAR))"
        );
        let found = cluster.sql(words(&flags), &text).run().ok();
        let number = found.lines().nth(1).and_then(|line| line.parse().ok());
        number.unwrap_or_else(|| panic!("{found}"))
    };
    let (few, many) = (batches(16_384), batches(200));
    assert!(
        few < 600 && many > 3000,
        "{few} batches of 16384 rows, {many} of 200"
    );
}

#[test]
fn a_function_is_told_its_parameters_and_given_its_data_on_every_host() {
    let (cluster, _witness) = three();
    let folder = cluster::folder();
    let words_file = folder.path().join("words.txt");
    fs::write(&words_file, "three".repeat(100_000)).expect("a file");
    let hostile = component::path("hostile");
    let kinds = component::path("kinds");
    let text = format!(
        "CREATE OR REPLACE FUNCTION size_of_words LANGUAGE WASM AS '{}', 'measures_data'
           OPTIONS (data.words = '{}');
         CREATE OR REPLACE FUNCTION weighed LANGUAGE WASM AS '{}', 'scaled' OPTIONS (param.factor = '2.5');
         SELECT l_linenumber, sum(size_of_words(l_linenumber)) AS bytes,
           round(weighed(CAST(l_quantity AS DOUBLE)), 2) AS weighed
         FROM lineitem GROUP BY l_linenumber",
        hostile.display(),
        words_file.display(),
        kinds.display()
    );
    agree(cluster, &tables(), &text);
    // What was read is kept: the file is not needed any more, nor is what it was made of.
    fs::remove_file(&words_file).expect("it is there");
    let again = format!("{SPREAD}SELECT min(size_of_words(l_suppkey)) AS bytes FROM lineitem");
    let flags = tables();
    let found = cluster.sql(words(&flags), &again).run().ok();
    assert_eq!(found.trim(), "bytes\n500000");
}

/// A query keeps the version that it began with, the next one has the other.
#[test]
fn a_function_can_be_replaced_while_a_query_runs() {
    let (cluster, _witness) = three();
    let flags = tables();
    let reference = component::path("reference");
    let define = |function: &str| {
        let text = format!(
            "CREATE OR REPLACE FUNCTION replaced LANGUAGE WASM AS '{}', '{function}'",
            reference.display()
        );
        cluster.sql([], &text).run().ok();
    };
    let query = long_query(8).replace("collatz", "replaced");
    let expected = |function: &str| {
        let flags: Vec<_> = [tables(), components(&["reference"])].concat();
        embedded(&flags, &long_query(8).replace("collatz", function))
    };
    define("collatz");
    let running = Running::begin(cluster.sql(words(&flags), &format!("{SPREAD}{query}")));
    busy(cluster);
    define("add_one");
    assert!(!running.is_over(), "the query was too short");
    assert_eq!(running.end().ok(), expected("collatz"));
    let next = cluster
        .sql(words(&flags), &format!("{SPREAD}{query}"))
        .run()
        .ok();
    assert_eq!(next, expected("add_one"));
}
