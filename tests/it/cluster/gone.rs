//! Clients and coordinators that go away take their queries with them.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use arrowbox_host::protocol::Role;
use arrowbox_tests::cluster::{Observer, TestCluster};
use arrowbox_tests::poll::poll;

use super::{LONG, Running, SPREAD, components, tables, words};

/// Has guests on all hosts in a loop without an end.
const ENDLESS: &str = "SELECT max(spins(l_linenumber)) FROM lineitem";

fn endless(cluster: &TestCluster) -> Child {
    let flags = [tables(), components(&["hostile"])].concat();
    let flags = words(&flags).chain(["--grant", "clock", "--grant", "random"]);
    cluster.sql(flags, &format!("{SPREAD}{ENDLESS}")).begin()
}

/// Sees hosts without their coordinator.
struct Hosts {
    observer: Observer,
    urls: Vec<String>,
}

impl Hosts {
    fn of(cluster: &TestCluster) -> Self {
        let urls = cluster.running().into_iter();
        Self {
            observer: Observer::new(Role::Coordinator),
            urls: urls
                .map(|host| cluster.host(host).url().to_owned())
                .collect(),
        }
    }

    /// Tasks of all hosts.
    fn tasks(&self) -> Vec<u32> {
        let status = self.urls.iter().map(|url| self.observer.host(url));
        status.map(|status| status.load.tasks).collect()
    }

    /// Waits until each of them has work.
    fn all_busy(&self) {
        let busy = poll(LONG, || {
            self.tasks().iter().all(|tasks| *tasks > 0).then_some(())
        });
        assert!(busy.is_some(), "{:?} tasks", self.tasks());
    }

    /// Waits until none has anything of any attempt, and gives how long that took.
    fn all_free(&self, within: Duration) -> Duration {
        let begun = Instant::now();
        let nothing = || {
            let mut status = self.urls.iter().map(|url| self.observer.host(url));
            status.all(|status| status.load.tasks == 0 && status.load.attempts == 0)
        };
        let free = poll(within, || nothing().then_some(()));
        assert!(free.is_some(), "{:?} tasks after {within:?}", self.tasks());
        begun.elapsed()
    }
}

/// Ctrl-C.
fn interrupt(child: &Child) {
    let status = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(status.expect("there is a `kill`").success());
}

#[test]
fn a_query_that_is_interrupted_is_gone_from_all_hosts_at_once() {
    let cluster = TestCluster::start(3);
    let hosts = Hosts::of(&cluster);
    let mut slowest = Duration::ZERO;
    for _ in 0..3 {
        let child = endless(&cluster);
        hosts.all_busy();
        assert_eq!(cluster.queries().len(), 1);
        interrupt(&child);
        slowest = slowest.max(hosts.all_free(LONG));
        let output = child.wait_with_output().expect("it is ours");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert!(cluster.queries().is_empty());
    }
    eprintln!("cancelled on all hosts within {slowest:?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
}

#[test]
fn a_query_whose_client_is_killed_is_gone() {
    let cluster = TestCluster::start(2);
    let hosts = Hosts::of(&cluster);
    let mut child = endless(&cluster);
    hosts.all_busy();
    child.kill().expect("it is ours");
    child.wait().expect("it is ours");
    // Nobody says so: it falls silent.
    let took = hosts.all_free(LONG);
    assert!(took < Duration::from_secs(6), "{took:?}");
    let gone = poll(LONG, || cluster.queries().is_empty().then_some(()));
    assert!(gone.is_some(), "{:?}", cluster.queries());
}

#[test]
fn a_query_can_be_killed_by_its_id() {
    let cluster = TestCluster::start(2);
    let hosts = Hosts::of(&cluster);
    let child = endless(&cluster);
    hosts.all_busy();
    let queries = cluster.queries();
    let id = &queries[0].id;
    assert!(queries[0].text.contains("spins"), "{queries:?}");
    cluster.command(["cluster", "kill", id]).run().ok();
    let took = hosts.all_free(LONG);
    assert!(took < Duration::from_secs(2), "{took:?}");
    let output = child.wait_with_output().expect("it is ours");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("kill"), "{said}");
    assert!(cluster.queries().is_empty());
    let again = cluster.command(["cluster", "kill", id]).run();
    assert_ne!(again.code, Some(0), "it is killed twice");
}

#[test]
fn hosts_drop_what_a_killed_coordinator_gave_them() {
    let mut cluster = TestCluster::start(2);
    let hosts = Hosts::of(&cluster);
    let flags = [tables(), components(&["hostile"])].concat();
    let flags = words(&flags).chain(["--grant", "clock", "--grant", "random"]);
    let client = Running::begin(cluster.sql(flags, &format!("{SPREAD}{ENDLESS}")));
    hosts.all_busy();
    let killed = Instant::now();
    cluster.coordinator_mut().kill();
    let took = hosts.all_free(LONG);
    assert!(took < Duration::from_secs(6), "{took:?}");
    client.end().fails(7, &["coordinator"]);
    assert!(
        killed.elapsed() < Duration::from_secs(10),
        "{:?}",
        killed.elapsed()
    );
    // They wait for it to come back.
    for host in cluster.running() {
        assert!(cluster.host_mut(host).ended(Duration::ZERO).is_none());
    }
}
