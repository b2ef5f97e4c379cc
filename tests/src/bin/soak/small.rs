//! Very many small queries: what a query leaves behind shows after thousands of them.

use std::process::ExitCode;
use std::time::Instant;

use arrowbox_tests::cluster::{self, Process, SPREAD, TestCluster};
use arrowbox_tests::tpch;
use clap::Args;

/// Queries of one client.
const BATCH: u64 = 100;
/// What memory may grow by after the first tenth, in bytes, and files.
const GROWTH: (u64, usize) = (64 << 20, 8);

/// Runs very many small queries on a cluster and tells what its servers hold at the start and at the end.
#[derive(Args)]
pub(super) struct Arguments {
    /// How many.
    #[arg(long, default_value_t = 10_000)]
    queries: u64,
    /// Hosts of the cluster.
    #[arg(long, default_value_t = 2)]
    hosts: usize,
}

/// What a server holds.
struct Held {
    name: String,
    resident: u64,
    descriptors: usize,
}

pub(super) fn execute(arguments: &Arguments) -> ExitCode {
    let folder = tpch::shared(0.01).expect("tables");
    let flags = [
        cluster::tables(&folder),
        cluster::components(&["reference"]),
    ]
    .concat();
    let cluster = TestCluster::start(arguments.hosts);
    let batches = arguments.queries.div_ceil(BATCH);
    let one = "SELECT sum(gcd(s_nationkey, 12)) AS s, count(*) AS n FROM supplier; ";
    let expected = cluster::embedded(&flags, one).repeat(BATCH as usize);
    let many = format!("{SPREAD}{}", one.repeat(BATCH as usize));
    let begun = Instant::now();
    let mut first = Vec::new();
    let mut wrong = 0;
    for batch in 1..=batches {
        let ran = cluster.sql(flags.iter().map(String::as_str), &many).run();
        if ran.code != Some(0) || ran.stdout != expected {
            wrong += 1;
            eprintln!("WRONG: exit {:?}\n{}\n{}", ran.code, ran.stderr, ran.stdout);
        }
        if batch == batches.div_ceil(10) {
            first = held(&cluster);
            tell("after-a-tenth", &first);
        }
    }
    let last = held(&cluster);
    tell("at-the-end", &last);
    let queries = batches * BATCH;
    println!("queries {queries}");
    println!(
        "microseconds-a-query {}",
        begun.elapsed().as_micros() as u64 / queries
    );
    println!("wrong-answers {wrong}");
    let grown = first.iter().zip(&last).any(|(first, last)| {
        last.resident > first.resident + GROWTH.0 || last.descriptors > first.descriptors + GROWTH.1
    });
    match wrong > 0 || grown {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

fn held(cluster: &TestCluster) -> Vec<Held> {
    let hosts = cluster.running().into_iter().map(|host| cluster.host(host));
    let one = |process: &Process| Held {
        name: process.name().to_owned(),
        resident: process.resident().now,
        descriptors: process.descriptors(),
    };
    [cluster.coordinator()]
        .into_iter()
        .chain(hosts)
        .map(one)
        .collect()
}

fn tell(when: &str, all: &[Held]) {
    for held in all {
        println!("resident-{when} {} {}", held.name, held.resident);
        println!("descriptors-{when} {} {}", held.name, held.descriptors);
    }
}
