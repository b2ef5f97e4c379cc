//! Calls a sandboxed function very often and tells how much memory the process has.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::Int64Type;
use arrowbox_tests::engine::{Query, function};
use clap::Args;

/// Calls sandboxed functions very often and tells how much memory the process has.
#[derive(Args)]
pub(super) struct Arguments {
    /// Queries, one after the other, each with instances of its own.
    #[arg(long, default_value_t = 400)]
    queries: u64,
    /// Calls of each.
    #[arg(long, default_value_t = 250)]
    calls: u64,
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn execute(arguments: &Arguments) {
    let mut calls = 0;
    for number in 0..arguments.queries {
        calls += if number % 2 == 0 {
            numbers(arguments.calls).await
        } else {
            texts(arguments.calls).await
        };
        if number + 1 == arguments.queries.div_ceil(10) {
            tell("after-a-tenth");
        }
    }
    tell("at-the-end");
    println!("calls {calls}");
}

async fn numbers(calls: u64) -> u64 {
    let batch: ArrayRef = Arc::new((0..64).collect::<Int64Array>());
    let query = Query::new(1)
        .with(function("reference", "gcd"))
        .column("t", (0..calls).map(|_| Arc::clone(&batch)));
    let rows = query
        .rows("SELECT gcd(x, 12) FROM t")
        .await
        .expect("it works");
    assert!(
        rows.iter()
            .all(|batch| batch.column(0).as_primitive::<Int64Type>().value(18) == 6)
    );
    query.figures().calls
}

async fn texts(calls: u64) -> u64 {
    let batch: ArrayRef = Arc::new(
        (0..64)
            .map(|n| Some(format!("text {n}")))
            .collect::<StringArray>(),
    );
    let query = Query::new(1)
        .with(function("reference", "upper"))
        .column("t", (0..calls).map(|_| Arc::clone(&batch)));
    let rows = query
        .rows("SELECT upper(x) FROM t")
        .await
        .expect("it works");
    assert_eq!(
        rows.iter().map(|batch| batch.num_rows()).sum::<usize>() as u64,
        calls * 64
    );
    query.figures().calls
}

/// Resident bytes, and how many mappings the process has.
fn tell(when: &str) {
    let status = fs::read_to_string("/proc/self/status").expect("a system with /proc");
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("it is told");
    let kibibytes: u64 = resident
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .expect("a number");
    let mappings = fs::read_to_string("/proc/self/maps")
        .expect("a system with /proc")
        .lines()
        .count();
    println!("resident-{when} {}", kibibytes << 10);
    println!("mappings-{when} {mappings}");
}
