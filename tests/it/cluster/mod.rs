//! A cluster of processes: the same rows as without it, whatever happens to its hosts and whoever knocks.

mod gone;
mod kinds;
mod load;
mod local;
mod network;
mod recovery;
mod session;
mod shipping;
mod strangers;
mod tpch;
mod written;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use arrowbox_tests::cluster::{self, SPREAD, TestCluster, Witness, components, embedded};
use arrowbox_tests::command::{Arrowbox, Ran};
use arrowbox_tests::poll::poll;
use arrowbox_tests::tpch::shared;

/// Enough for hundreds of thousands of rows in the larger tables.
const SCALE: f64 = 0.1;
/// More than anything here takes, less than for ever.
const LONG: Duration = Duration::from_secs(120);

/// The cluster of three hosts that all tests share which do it no harm.
fn three() -> (&'static TestCluster, Witness<'static>) {
    static SHARED: OnceLock<TestCluster> = OnceLock::new();
    let cluster = SHARED.get_or_init(|| TestCluster::start(3));
    (cluster, cluster.witness())
}

/// The flags that make TPC-H's tables known.
fn tables() -> Vec<String> {
    cluster::tables(&shared(SCALE).expect("tables"))
}

/// Flags as [`TestCluster::sql`] takes them.
fn words(flags: &[String]) -> impl Iterator<Item = &str> {
    flags.iter().map(String::as_str)
}

/// The same statements give the same rows with and without a cluster, in whatever order.
fn agree(cluster: &TestCluster, flags: &[String], text: &str) {
    let found = cluster
        .sql(words(flags), &format!("{SPREAD}{text}"))
        .run()
        .ok();
    same(text, &found, &embedded(flags, text));
}

/// The same rows, in whatever order.
fn same(text: &str, found: &str, expected: &str) {
    let (found, expected) = (sorted(found), sorted(expected));
    assert_eq!(found.len(), expected.len(), "{text}");
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected, "{text}");
    }
}

fn sorted(csv: &str) -> Vec<&str> {
    let mut lines: Vec<_> = csv.lines().collect();
    lines.sort_unstable();
    lines
}

/// The plan of a query, which parts of it are on hosts included.
fn explained(cluster: &TestCluster, flags: &[String], query: &str) -> String {
    let text = format!("{SPREAD}EXPLAIN {query}");
    cluster.sql(words(flags), &text).run().ok()
}

/// The plan has parts between which rows go over the network.
fn assert_distributed(cluster: &TestCluster, flags: &[String], query: &str) {
    let plan = explained(cluster, flags, query);
    assert!(is_distributed(&plan), "{query} is not distributed:\n{plan}");
}

fn is_distributed(plan: &str) -> bool {
    ["NetworkShuffle", "NetworkCoalesce", "NetworkBroadcast"]
        .iter()
        .any(|node| plan.contains(node))
}

/// A query that keeps hosts busy for some seconds, most of them in a guest, with a row for each supplier in their
/// order. It needs [`tables`] and the component `reference`.
fn long_query(times: usize) -> String {
    let calls: Vec<_> = (1..=times)
        .map(|time| format!("sum(collatz(l_orderkey * {time} + l_linenumber))"))
        .collect();
    format!(
        "SELECT l_suppkey, count(*) AS lines, {} AS steps FROM lineitem GROUP BY l_suppkey ORDER BY l_suppkey",
        calls.join(" + ")
    )
}

/// A run of a client beside which other things happen.
struct Running {
    thread: std::thread::JoinHandle<Ran>,
    begun: Instant,
}

impl Running {
    fn begin(run: Arrowbox) -> Self {
        Self {
            thread: std::thread::spawn(move || run.run()),
            begun: Instant::now(),
        }
    }

    /// Whether the client has ended.
    fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits until so much time has passed since it began; not at all if it ends before.
    fn until(&self, elapsed: Duration) {
        let _ = poll(LONG, || {
            (self.is_over() || self.begun.elapsed() >= elapsed).then_some(())
        });
    }

    /// What it left.
    fn end(self) -> Ran {
        self.thread.join().expect("a run does not panic")
    }
}

/// Waits until hosts have tasks, as they say to the coordinator.
fn busy(cluster: &TestCluster) {
    let tasks = poll(LONG, || {
        let busy = cluster.status().iter().any(|host| host.tasks > 0);
        busy.then_some(())
    });
    assert!(tasks.is_some(), "no host has work:\n{}", cluster.logs());
}

/// Waits until no host has anything of any attempt.
fn idle(cluster: &TestCluster) {
    let free = poll(LONG, || {
        let mut hosts = cluster.status().into_iter();
        hosts
            .all(|host| host.attempts == 0 && host.tasks == 0)
            .then_some(())
    });
    assert!(
        free.is_some(),
        "{:#?}\n{}",
        cluster.status(),
        cluster.logs()
    );
}
