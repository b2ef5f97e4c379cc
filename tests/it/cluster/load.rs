//! Much at once, and slowly: memory stays bounded, and nobody is taken for lost.

use std::io::Read;
use std::process::Child;
use std::time::{Duration, Instant};

use arrowbox_tests::cluster::TestCluster;
use arrowbox_tests::poll::poll;

use super::{LONG, Running, SPREAD, components, embedded, idle, tables, three, words};

/// More than all buffers on the way hold, less than what a query of gigabytes would take without a bound.
const ROOM: u64 = 400 << 20;

fn peaks(cluster: &TestCluster) -> Vec<u64> {
    let hosts = cluster.running().into_iter().map(|host| cluster.host(host));
    let all = [cluster.coordinator()].into_iter().chain(hosts);
    all.map(|process| process.resident().peak).collect()
}

/// The client takes nothing: everybody before it has to wait.
#[test]
fn a_client_that_does_not_read_takes_no_memory_anywhere() {
    let cluster = TestCluster::start(2);
    let flags = tables();
    // Gigabytes of rows, which hosts could make in seconds.
    let text = format!(
        "{SPREAD}SELECT a.l_comment, b.l_comment, a.l_shipinstruct
         FROM lineitem AS a JOIN lineitem AS b ON a.l_suppkey = b.l_suppkey"
    );
    let warm = format!("{SPREAD}SELECT count(DISTINCT l_comment) FROM lineitem");
    cluster.sql(words(&flags), &warm).run().ok();
    let before = peaks(&cluster);
    let flags = words(&flags).chain(["--stream"]);
    let mut child = cluster.sql(flags, &text).begin();
    let mut stdout = child.stdout.take().expect("it was piped");
    let mut some = vec![0; 1 << 20];
    stdout.read_exact(&mut some).expect("rows come at once");

    // What they could do meanwhile they have done when nobody does anything any more.
    still(&cluster);
    let after = peaks(&cluster);
    for (before, after) in before.iter().zip(&after) {
        assert!(
            after < &(before + ROOM),
            "{before} bytes before, {after} at most"
        );
    }
    // And go on when they are asked to.
    stdout.read_exact(&mut some).expect("rows come");
    for _ in 0..50 {
        stdout.read_exact(&mut some).expect("rows come");
    }
    end(child);
    drop(stdout);
    idle(&cluster);
}

fn end(mut child: Child) {
    child.kill().expect("it is ours");
    child.wait().expect("it is ours");
}

/// Waits until the servers have taken no more than a little memory for some time.
fn still(cluster: &TestCluster) {
    let mut known = peaks(cluster);
    let mut since = Instant::now();
    let quiet = poll(LONG, || {
        let now = peaks(cluster);
        let grown = now
            .iter()
            .zip(&known)
            .any(|(now, known)| *now > known + (4 << 20));
        if grown {
            (known, since) = (now, Instant::now());
        }
        (since.elapsed() > Duration::from_secs(3)).then_some(())
    });
    assert!(
        quiet.is_some(),
        "memory grows without end: {:?}",
        peaks(cluster)
    );
}

/// Each partition of each task is a stream of its own.
#[test]
fn an_exchange_of_more_than_a_thousand_streams_gives_all_rows() {
    let (cluster, _witness) = three();
    let flags = tables();
    let query = "SELECT l_orderkey % 5000 AS k, count(*), sum(l_partkey) FROM lineitem GROUP BY k";
    let text = format!(
        "SET distributed.file_scan_config_bytes_per_partition = 1;
         SET datafusion.execution.target_partitions = 512; {query}"
    );
    let found = cluster.sql(words(&flags), &text).run().ok();
    super::same(query, &found, &embedded(&flags, query));
    let explain = text.replace("SELECT", "EXPLAIN SELECT");
    let plan = cluster.sql(words(&flags), &explain).run().ok();
    assert!(
        plan.contains("512") && plan.contains("NetworkShuffle"),
        "{plan}"
    );
}

/// It holds the only thread of its host that runs queries.
#[test]
fn a_host_whose_guest_computes_for_long_is_not_lost() {
    let cluster = TestCluster::start(2);
    let flags = tables();
    let hostile = arrowbox_tests::component::path("hostile");
    let define = format!(
        "CREATE OR REPLACE FUNCTION patient LANGUAGE WASM AS '{}', 'spins' OPTIONS (timeout '10s')",
        hostile.display()
    );
    cluster.sql([], &define).run().ok();
    let begun = Instant::now();
    let text = format!("{SPREAD}SELECT max(patient(l_linenumber)) FROM lineitem");
    let running = Running::begin(cluster.sql(words(&flags), &text));
    while !running.is_over() {
        // Somebody always answers, and nobody is missing.
        assert_eq!(cluster.status().len(), 2, "{}", cluster.logs());
    }
    let said = running.end().fails(4, &["patient", "time limit"]);
    assert!(
        begun.elapsed() >= Duration::from_secs(9),
        "{:?}",
        begun.elapsed()
    );
    assert!(!said.contains("lost"), "{said}");
    idle(&cluster);
}

#[test]
fn clients_at_once_get_each_their_own_rows() {
    let (cluster, _witness) = three();
    let flags = [tables(), components(&["reference"])].concat();
    let queries: Vec<String> = (0..6)
        .map(|number| {
            format!(
                "SELECT l_suppkey % 10 AS k, sum(gcd(l_partkey, {})) AS s, count(*) AS n FROM lineitem
                 WHERE l_linenumber <> {number} GROUP BY k ORDER BY k",
                number * 6 + 6
            )
        })
        .collect();
    let clients: Vec<_> = queries
        .iter()
        .map(|query| Running::begin(cluster.sql(words(&flags), &format!("{SPREAD}{query}"))))
        .collect();
    for (client, query) in clients.into_iter().zip(&queries) {
        assert_eq!(client.end().ok(), embedded(&flags, query), "{query}");
    }
}

/// Some hundred queries leave nothing behind.
#[test]
fn small_queries_leave_no_memory_and_no_files() {
    let cluster = TestCluster::start(2);
    let flags = [tables(), components(&["reference"])].concat();
    let one = "SELECT sum(gcd(n_nationkey, 12)) FROM nation; ";
    let many = format!("{SPREAD}{}", one.repeat(60));
    let run = || {
        let rows = cluster.sql(words(&flags), &many).run().ok();
        assert_eq!(rows.matches("64").count(), 60, "{rows}");
    };
    let measure = || {
        let hosts = cluster.running().into_iter().map(|host| cluster.host(host));
        let all = [cluster.coordinator()].into_iter().chain(hosts);
        let one = |process: &arrowbox_tests::cluster::Process| {
            (process.resident().now, process.descriptors())
        };
        all.map(one).collect::<Vec<_>>()
    };
    run();
    run();
    idle(&cluster);
    let before = measure();
    for _ in 0..4 {
        run();
    }
    // Connections of clients that have gone are forgotten in time.
    let settled = poll(LONG, || {
        let now = measure();
        let mut both = before.iter().zip(&now);
        both.all(|((_, before), (_, now))| *now <= before + 4)
            .then_some(now)
    });
    let after = settled.unwrap_or_else(|| panic!("{before:?} {:?}", measure()));
    for ((before, _), (after, _)) in before.iter().zip(&after) {
        assert!(
            after < &(before + (48 << 20)),
            "{before} bytes before, {after} after"
        );
    }
}

/// Rows are held back until it is sure that they are right, unless streaming was asked for.
#[test]
fn rows_of_a_stream_that_loses_a_host_are_not_given_twice() {
    let mut cluster = TestCluster::start(2);
    let flags = [tables(), components(&["reference"])].concat();
    let text = format!(
        "{SPREAD}SELECT l_orderkey, l_linenumber, collatz(l_orderkey * 4096) + collatz(l_orderkey * 4095) AS c, l_comment
         FROM lineitem, (VALUES (1), (2), (3)) AS t (x)"
    );
    let flags = words(&flags).chain(["--stream"]);
    let mut child = cluster.sql(flags, &text).begin();
    let mut stdout = child.stdout.take().expect("it was piped");
    let mut some = vec![0; 1 << 20];
    stdout.read_exact(&mut some).expect("rows come at once");
    cluster.kill_host(0);
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).expect("it ends");
    let output = child.wait_with_output().expect("it is ours");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(7), "{said}");
    assert!(said.contains("lost"), "{said}");
}
