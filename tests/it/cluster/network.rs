//! Networks that lose, delay and swallow what is sent over them.

use std::time::{Duration, Instant};

use arrowbox_tests::cluster::{Network, Relay, Start, TestCluster};
use arrowbox_tests::poll::poll;

use super::{
    LONG, Running, SPREAD, agree, busy, components, embedded, idle, long_query, tables, words,
};

/// Hosts that are reached through a relay each, also by each other.
fn behind_relays(hosts: usize) -> (TestCluster, Vec<Relay>) {
    let mut cluster = TestCluster::alone(&Start::default());
    let relays = (0..hosts).map(|_| {
        let relay = Relay::new();
        let start = Start::default().with(["--advertise", &relay.address().to_string()]);
        let host = cluster.begin_host(start);
        relay.leads_to(cluster.host(host).url());
        relay
    });
    let relays = relays.collect();
    cluster.wait_for(hosts);
    (cluster, relays)
}

const SHUFFLED: &str =
    "SELECT l_suppkey, count(*), sum(l_extendedprice), min(l_comment) FROM lineitem JOIN orders
    ON l_orderkey = o_orderkey WHERE o_orderpriority <> '5-LOW' GROUP BY l_suppkey";

#[test]
fn rows_come_over_a_network_that_loses_and_delays_packets() {
    let (cluster, relays) = behind_relays(3);
    let flags = tables();
    for (lost, delay) in [(10, 0), (0, 20), (30, 5)] {
        for relay in &relays {
            relay.lose(lost);
            relay.delay(Duration::from_millis(delay));
        }
        let before: u64 = relays.iter().map(Relay::seen).sum();
        let begun = Instant::now();
        agree(&cluster, &flags, SHUFFLED);
        let seen: u64 = relays.iter().map(Relay::seen).sum();
        eprintln!(
            "{lost} of 1000 lost, {delay} ms later: {} packets in {:?}",
            seen - before,
            begun.elapsed()
        );
        assert!(seen > before + 500, "{} packets", seen - before);
    }
}

/// It is there, and answers nobody: what it does is done again elsewhere.
#[test]
fn a_host_behind_a_broken_network_is_lost_and_found_again() {
    let (cluster, relays) = behind_relays(3);
    let flags = [tables(), components(&["reference"])].concat();
    let query = long_query(10);
    let expected = embedded(&flags, &query);
    let running = Running::begin(cluster.sql(
        words(&flags).chain(["--stats"]),
        &format!("{SPREAD}{query}"),
    ));
    busy(&cluster);
    relays[1].cut();
    let ran = running.end();
    assert!(ran.stderr.contains("lost"), "{}", ran.stderr);
    assert_eq!(ran.ok(), expected);
    // A shorter break is none.
    relays[1].mend();
    cluster.wait_for(3);
    let running = Running::begin(cluster.sql(
        words(&flags).chain(["--stats"]),
        &format!("{SPREAD}{query}"),
    ));
    busy(&cluster);
    relays[2].cut();
    let cut = Instant::now();
    let _ = poll(Duration::from_millis(800), || None::<()>);
    relays[2].mend();
    assert!(
        cut.elapsed() < Duration::from_secs(2),
        "the machine is too busy for this"
    );
    let ran = running.end();
    assert!(!ran.stderr.contains("lost"), "{}", ran.stderr);
    assert_eq!(ran.ok(), expected);
    idle(&cluster);
}

/// The same with machines of their own, of which one is unplugged: it can not even say that it is there.
#[test]
fn a_host_that_is_unplugged_is_lost_and_found_again() {
    let network = match Network::new(4) {
        Ok(network) => network,
        Err(why) => {
            eprintln!("skipped: {why}");
            return;
        }
    };
    let at = |machine: usize| {
        let listen = format!("{}:0", network.address(machine));
        Start::default()
            .under(network.on(machine))
            .with(["--listen", &listen])
    };
    let mut cluster = TestCluster::alone(&at(0));
    cluster.client_under(network.on(0));
    for machine in 1..4 {
        cluster.begin_host(at(machine));
    }
    cluster.wait_for(3);
    let flags = [tables(), components(&["reference"])].concat();
    let query = long_query(10);
    let expected = embedded(&flags, &query);
    let running = Running::begin(cluster.sql(
        words(&flags).chain(["--stats"]),
        &format!("{SPREAD}{query}"),
    ));
    busy(&cluster);
    network.unplug(2).expect("it was plugged in");
    let unplugged = Instant::now();
    let noticed = poll(LONG, || (cluster.status().len() == 2).then_some(()));
    assert!(noticed.is_some(), "nobody misses it");
    let noticed = unplugged.elapsed();
    eprintln!("missed after {noticed:?}");
    assert!(noticed < Duration::from_secs(5), "{noticed:?}");
    let ran = running.end();
    assert!(ran.stderr.contains("lost"), "{}", ran.stderr);
    assert_eq!(ran.ok(), expected);

    network.plug(2).expect("there is a switch");
    cluster.wait_for(3);
    idle(&cluster);
    let found = cluster
        .sql(words(&flags), &format!("{SPREAD}{query}"))
        .run()
        .ok();
    assert_eq!(found, expected);
}
