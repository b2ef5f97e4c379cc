//! Hosts that are lost in the middle of a query: nobody notices but by the clock.

use std::time::{Duration, Instant};

use arrowbox_tests::cluster::TestCluster;
use arrowbox_tests::component;
use arrowbox_tests::poll::poll;

use super::{LONG, Running, SPREAD, busy, components, embedded, idle, long_query, tables, words};

/// How often a query calls its function.
const TIMES: usize = 10;

fn flags() -> Vec<String> {
    [tables(), components(&["reference"])].concat()
}

/// Takes a few seconds on two processors.
fn query() -> String {
    format!("{SPREAD}{}", long_query(TIMES))
}

fn expected() -> String {
    embedded(&flags(), &long_query(TIMES))
}

/// Begins the query on a cluster; its statistics come too.
fn begin(cluster: &TestCluster) -> Running {
    let flags = flags();
    let flags = words(&flags).chain(["--stats"]);
    Running::begin(cluster.sql(flags, &query()))
}

/// The query gave its rows, and says that it was begun again.
fn replayed(running: Running, expected: &str) {
    let ran = running.end();
    let said = ran.stderr.clone();
    assert_eq!(ran.ok(), *expected);
    assert!(said.contains("lost"), "nothing of a lost host in:\n{said}");
}

#[test]
fn a_host_that_is_killed_at_any_moment_changes_no_row() {
    let mut cluster = TestCluster::start(3);
    let expected = expected();
    // The first time all is compiled.
    assert_eq!(begin(&cluster).end().ok(), expected);
    let running = begin(&cluster);
    let (begun, ran) = (running.begun, running.end());
    let usual = begun.elapsed();
    let said = ran.stderr.clone();
    assert_eq!(ran.ok(), expected);
    assert!(!said.contains("lost"), "{said}");

    let mut replays = 0;
    for (victim, moment) in [(0, 0.0), (1, 0.35), (2, 0.7), (1, 0.9)] {
        let running = begin(&cluster);
        busy(&cluster);
        running.until(usual.mul_f64(moment));
        // A machine that has less to do than before may be done by then.
        let over = running.is_over();
        cluster.kill_host(victim);
        let ran = running.end();
        let replayed = ran.stderr.contains("lost");
        assert!(!over || !replayed, "{}", ran.stderr);
        replays += u32::from(replayed);
        assert_eq!(ran.ok(), expected, "killed at {moment} of {usual:?}");
        cluster.restart_host(victim);
    }
    assert!(replays >= 2, "{replays} kills only were in time");
}

/// Nobody knows yet that it is dead.
#[test]
fn a_host_that_was_killed_just_before_changes_no_row() {
    let mut cluster = TestCluster::start(3);
    let expected = expected();
    cluster.kill_host(1);
    let running = begin(&cluster);
    replayed(running, &expected);
}

#[test]
fn two_hosts_that_are_killed_one_after_the_other_change_no_row() {
    let mut cluster = TestCluster::start(3);
    let expected = expected();
    let running = begin(&cluster);
    busy(&cluster);
    cluster.kill_host(0);
    let again = poll(LONG, || {
        let again = cluster.queries().iter().any(|query| query.replayed > 0);
        again.then_some(())
    });
    assert!(again.is_some(), "it was not begun again");
    busy(&cluster);
    cluster.kill_host(2);
    replayed(running, &expected);
    idle(&cluster);
}

#[test]
fn a_query_whose_hosts_are_all_killed_says_so_soon() {
    let mut cluster = TestCluster::start(2);
    let running = begin(&cluster);
    busy(&cluster);
    let killed = Instant::now();
    cluster.kill_host(0);
    cluster.kill_host(1);
    let ran = running.end();
    let took = killed.elapsed();
    ran.fails(7, &["lost", "host"]);
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(cluster.queries().is_empty());

    // Nor does the next one hang, or run without hosts unasked.
    let none = cluster.sql(words(&flags()), &query()).run();
    none.fails(7, &["host"]);
    // And all is well once there is one again.
    cluster.restart_host(1);
    let ran = begin(&cluster).end();
    assert_eq!(ran.ok(), expected());
}

/// It has slept through the end of its attempt: what it does when it wakes up belongs to nobody.
#[test]
fn a_host_that_is_paused_and_goes_on_later_changes_no_row() {
    let cluster = TestCluster::start(3);
    let expected = expected();
    let running = begin(&cluster);
    busy(&cluster);
    cluster.host(2).pause();
    let again = poll(LONG, || {
        let again = cluster.queries().iter().any(|query| query.replayed > 0);
        again.then_some(())
    });
    cluster.host(2).resume();
    assert!(again.is_some(), "it was not begun again");
    replayed(running, &expected);
    cluster.wait_for(3);
    idle(&cluster);
    assert_eq!(begin(&cluster).end().ok(), expected);
}

/// What a function says about its rows it says again.
#[test]
fn a_function_that_fails_is_not_tried_again() {
    let cluster = TestCluster::start(2);
    let mut flags = tables();
    flags.extend(components(&["kinds"]));
    let text = format!("{SPREAD}SELECT fold(l_partkey - 100) FROM lineitem");
    let ran = cluster.sql(words(&flags), &text).run();
    let said = ran.fails(3, &["fold", "is negative", "h"]);
    assert_eq!(said.matches("is negative").count(), 1, "{said}");
    assert!(
        !said.contains("lost") && !said.contains("attempt"),
        "{said}"
    );
    let host = said.contains("h1") || said.contains("h2");
    assert!(host, "it does not say where: {said}");
    idle(&cluster);
}

/// A replay runs what the query began with, not what has that name by then.
#[test]
fn a_query_that_is_begun_again_keeps_its_version_of_a_function() {
    let mut cluster = TestCluster::start(3);
    let reference = component::path("reference");
    let define = |cluster: &TestCluster, function: &str| {
        let text = format!(
            "CREATE OR REPLACE FUNCTION steps LANGUAGE WASM AS '{}', '{function}'",
            reference.display()
        );
        cluster.sql([], &text).run().ok();
    };
    define(&cluster, "collatz");
    let expected = expected();
    let flags = tables();
    let flags = words(&flags).chain(["--stats"]);
    let running = Running::begin(cluster.sql(flags, &query().replace("collatz", "steps")));
    busy(&cluster);
    define(&cluster, "add_one");
    cluster.kill_host(0);
    replayed(running, &expected);
}
