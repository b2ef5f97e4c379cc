//! Components come to a host once, whole, and stay; hosts come and go.

use std::process::Command;

use arrowbox_host::Digest;
use arrowbox_host::protocol::{HostRequest, Limit, Missing, PutBlob, Role, Stored};
use arrowbox_tests::cluster::{self, HostSeen, Observer, QuerySeen, Relay, Start, TestCluster};
use arrowbox_tests::component;
use arrowbox_tests::poll::poll;

use super::{LONG, Running, SPREAD, busy, components, embedded, idle, long_query, tables, words};

/// Says in the log what is sent.
const LOGGED: [(&str, &str); 1] = [("ARROWBOX_LOG", "info,arrowbox=debug,arrowbox_host=debug")];

fn logged() -> Start {
    let environment = LOGGED.map(|(variable, value)| (variable.to_owned(), value.into()));
    Start {
        environment: environment.into(),
        ..Start::default()
    }
}

fn lacks(observer: &Observer, url: &str, digest: Digest) -> Vec<Missing> {
    observer
        .ask(url, Role::Host, &HostRequest::Lacks(vec![digest]))
        .expect("an answer")
}

#[test]
fn a_host_that_is_started_again_keeps_what_it_was_sent() {
    let mut cluster = TestCluster::alone(&Start::default());
    let host = cluster.begin_host(logged());
    cluster.wait_for(1);
    let observer = Observer::new(Role::Coordinator);
    let digest = Digest::of(&component::component("gcd"));
    assert_eq!(
        lacks(&observer, cluster.host(host).url(), digest),
        [Missing { digest, present: 0 }]
    );

    let flags = [tables(), components(&["gcd"])].concat();
    let query = "SELECT sum(gcd(l_partkey, l_suppkey)) AS s FROM lineitem";
    let run = |cluster: &TestCluster| {
        let found = cluster
            .sql(words(&flags), &format!("{SPREAD}{query}"))
            .run()
            .ok();
        assert_eq!(found, embedded(&flags, query));
    };
    run(&cluster);
    assert_eq!(lacks(&observer, cluster.host(host).url(), digest), []);
    let stored = observer.host(cluster.host(host).url()).stored;
    assert!(stored > 0);

    cluster.kill_host(host);
    cluster.restart_host(host);
    assert_eq!(lacks(&observer, cluster.host(host).url(), digest), []);
    // What it kept is what it uses.
    run(&cluster);
    assert_eq!(observer.host(cluster.host(host).url()).stored, stored);
}

/// A connection that breaks in the middle leaves a beginning, behind which the next one goes on.
#[test]
fn a_shipment_that_breaks_off_goes_on_where_it_was() {
    let mut cluster = TestCluster::alone(&Start::default());
    cluster.begin_host(Start::default());
    let url = cluster.host(0).url();
    let component = component::component("kinds");
    let digest = Digest::of(&component);
    let size = component.len() as u64;
    let half = component.len() / 2;
    {
        let observer = Observer::new(Role::Coordinator);
        let peer = observer.connect(url, Role::Host).expect("a connection");
        observer.wait(async {
            let request = HostRequest::Put(PutBlob {
                digest,
                size,
                offset: 0,
            });
            let (mut sender, receiver) = peer.open(&request).await.expect("a stream");
            let chunk = component[..half].to_vec().into();
            sender
                .send_chunks(vec![chunk])
                .await
                .expect("it takes them");
            // Until they are there nobody goes away.
            let mut there = 0;
            while there < half as u64 / 2 {
                let found: Vec<Missing> = peer
                    .ask(&HostRequest::Lacks(vec![digest]), Limit::MESSAGE)
                    .await
                    .expect("an answer");
                there = found[0].present;
            }
            peer.close("gone");
            drop((sender, receiver));
        });
    }
    let observer = Observer::new(Role::Coordinator);
    let settled = poll(LONG, || {
        let missing = lacks(&observer, url, digest);
        let [Missing { present, .. }] = missing[..] else {
            panic!("half of it is taken for all: {missing:?}");
        };
        (present > 0).then_some(present)
    });
    let present = settled.expect("the beginning is kept");
    let peer = observer.connect(url, Role::Host).expect("a connection");
    let stored: Stored = observer.wait(async {
        // It may have come further meanwhile: that is what it has to be asked.
        let request = HostRequest::Put(PutBlob {
            digest,
            size,
            offset: present,
        });
        let (mut sender, mut receiver) = peer.open(&request).await.expect("a stream");
        let rest = component[present as usize..].to_vec().into();
        sender.send_chunks(vec![rest]).await.expect("it takes them");
        sender.finish();
        receiver.receive(Limit::MESSAGE).await.expect("an answer")
    });
    assert!(stored.is_ok(), "{stored:?}");
    assert_eq!(lacks(&observer, url, digest), []);
}

/// The coordinator does it too: its connection to the host is cut while a component is on its way.
#[test]
fn a_component_comes_through_a_network_that_breaks() {
    let relay = Relay::new();
    let mut cluster = TestCluster::alone(&Start::default());
    let host =
        cluster.begin_host(Start::default().with(["--advertise", &relay.address().to_string()]));
    relay.leads_to(cluster.host(host).url());
    cluster.wait_for(1);
    let flags = [tables(), components(&["kinds"])].concat();
    let query = "SELECT add_up(l_partkey) AS s FROM lineitem";
    // So slow that it takes a while.
    relay.lose(100);
    let before = relay.seen();
    let running = Running::begin(cluster.sql(words(&flags), &format!("{SPREAD}{query}")));
    let shipping = poll(LONG, || (relay.seen() > before + 400).then_some(()));
    assert!(shipping.is_some(), "nothing goes through the relay");
    relay.lose(0);
    assert_eq!(running.end().ok(), embedded(&flags, query));
}

/// A host that can not keep a component says so, and is not taken for lost.
#[test]
fn a_host_with_a_full_disk_says_so() {
    let disk = cluster::folder();
    let mount = "mount -t tmpfs -o size=200k none \"$1\" && shift && exec \"$@\"";
    let under = ["unshare", "--mount", "sh", "-c", mount, "sh"];
    let possible = Command::new(under[0])
        .args(&under[1..])
        .arg(disk.path())
        .arg("true")
        .output()
        .is_ok_and(|output| output.status.success());
    if !possible {
        eprintln!("skipped: nobody may mount a small disk here");
        return;
    }
    let mut cluster = TestCluster::alone(&Start::default());
    let start = Start::default().under(under).under([disk.path()]);
    let host = cluster.begin_host_at(disk.path(), start);
    cluster.wait_for(1);
    let flags = [tables(), components(&["gcd"])].concat();
    let query = format!("{SPREAD}SELECT sum(gcd(l_partkey, l_suppkey)) AS s FROM lineitem");
    let ran = cluster.sql(words(&flags), &query).run();
    let said = ran.fails(1, &[cluster.host(host).name()]);
    assert!(said.contains("space") || said.contains("room"), "{said}");
    assert!(!said.contains("lost"), "{said}");
    assert_eq!(cluster.status().len(), 1);
    // What needs no component works there.
    let count = format!("{SPREAD}SELECT count(*) AS n FROM lineitem");
    let flags = tables();
    cluster.sql(words(&flags), &count).run().ok();
}

#[test]
fn a_host_that_drains_finishes_what_it_has_and_gets_nothing_new() {
    let mut cluster = TestCluster::start(2);
    let flags = [tables(), components(&["reference"])].concat();
    let query = long_query(8);
    let expected = embedded(&flags, &query);
    let running = Running::begin(cluster.sql(
        words(&flags).chain(["--stats"]),
        &format!("{SPREAD}{query}"),
    ));
    busy(&cluster);
    cluster.command(["cluster", "drain", "h1"]).run().ok();
    let drains = |host: &HostSeen| host.drains && host.name == "h1";
    assert!(
        cluster.status().iter().any(drains),
        "{:?}",
        cluster.status()
    );
    let ran = running.end();
    assert!(!ran.stderr.contains("lost"), "{}", ran.stderr);
    assert_eq!(ran.ok(), expected);
    idle(&cluster);

    let running = Running::begin(cluster.sql(words(&flags), &format!("{SPREAD}{query}")));
    busy(&cluster);
    let worked = poll(LONG, || {
        let hosts = cluster.status();
        let first = hosts
            .iter()
            .find(|host| host.name == "h1")
            .expect("it is still there");
        assert_eq!((first.attempts, first.tasks), (0, 0));
        running.is_over().then_some(())
    });
    assert!(worked.is_some());
    assert_eq!(running.end().ok(), expected);

    // With nothing left to do it can go, and nobody is harmed.
    cluster.host(0).terminate();
    let ended = cluster.host_mut(0).ended(LONG).expect("it ends");
    assert!(ended.success(), "{ended}");
    let gone = poll(LONG, || (cluster.status().len() == 1).then_some(()));
    assert!(gone.is_some(), "{:?}", cluster.status());
    let undone = cluster.command(["cluster", "drain", "h1"]).run();
    assert_ne!(undone.code, Some(0), "a host that is gone is drained");
    assert_eq!(cluster.sql(words(&flags), &query).run().ok(), expected);
}

/// Told to end, a host finishes what it has.
#[test]
fn a_host_that_is_told_to_end_finishes_its_queries_first() {
    let mut cluster = TestCluster::start(2);
    let flags = [tables(), components(&["reference"])].concat();
    let query = long_query(8);
    let running = Running::begin(cluster.sql(
        words(&flags).chain(["--stats"]),
        &format!("{SPREAD}{query}"),
    ));
    busy(&cluster);
    cluster.host(1).terminate();
    let ran = running.end();
    assert!(!ran.stderr.contains("lost"), "{}", ran.stderr);
    assert_eq!(ran.ok(), embedded(&flags, &query));
    assert!(cluster.host_mut(1).ended(LONG).expect("it ends").success());
}

/// What programs read.
#[test]
fn the_state_of_a_cluster_is_listed_for_programs() {
    let cluster = TestCluster::start(2);
    let json = |words: [&str; 4]| -> serde_json::Value {
        let text = cluster.command(words).run().ok();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    };
    let listed = json(["cluster", "status", "--format", "json"]);
    assert_eq!(HostSeen::list(&listed), cluster.status());
    let waited = json(["cluster", "status", "--format=json", "--wait-for=2"]);
    assert_eq!(HostSeen::list(&waited).len(), 2);
    let never = ["cluster", "status", "--wait-for=3", "--timeout=1s"];
    cluster.command(never).run().fails(7, &["2 hosts", "3"]);
    assert_eq!(listed[0]["cores"], 1);
    let flags = [tables(), components(&["reference"])].concat();
    let running = Running::begin(cluster.sql(words(&flags), &format!("{SPREAD}{}", long_query(8))));
    busy(&cluster);
    let listed = json(["cluster", "queries", "--format", "json"]);
    assert_eq!(QuerySeen::list(&listed), cluster.queries());
    assert_eq!(cluster.queries().len(), 1);
    running.end().ok();
    let table = cluster.command(["cluster", "status"]).run().ok();
    assert!(table.contains("h1") && table.contains("h2"), "{table}");
}
