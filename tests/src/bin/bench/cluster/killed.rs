//! A long query, one of whose hosts is killed half-way.

use std::error::Error;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use arrowbox_tests::cluster::TestCluster;
use arrowbox_tests::component;

use super::statements::{Given, Statements};
use super::text;
use crate::record::Record;
use crate::timing::median;

const HOSTS: usize = 3;
/// Seconds that the query takes, at least.
const LONG: f64 = 15.0;
/// Turns that are counted.
const TURNS: usize = 3;

pub(super) fn measure(scale: f64) -> Result<Vec<Record>, Box<dyn Error>> {
    let mut cluster = TestCluster::start(HOSTS);
    let statements = Statements::connect(&cluster)?;
    statements.add_tables(scale)?;
    statements.run(&format!(
        "CREATE FUNCTION collatz LANGUAGE WASM AS '{}', 'collatz'",
        text(&component::path("reference"))?
    ))?;
    // As many different calls as make it long.
    let query = |calls: usize| {
        let calls: Vec<_> = (0..calls)
            .map(|call| format!("sum(collatz(l_orderkey + {call}))"))
            .collect();
        format!(
            "SELECT l_returnflag, {} FROM lineitem GROUP BY l_returnflag",
            calls.join(", ")
        )
    };
    let one = statements.run(&query(1))?.seconds;
    let one = statements.run(&query(1))?.seconds.min(one);
    let mut calls = (LONG * 1.1 / one).ceil() as usize;
    let (mut whole, mut killed, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    while ratios.len() < TURNS {
        let without = statements.run(&query(calls))?.seconds;
        if without < LONG {
            calls += calls.div_ceil(8);
            continue;
        }
        let victim = ratios.len() % HOSTS;
        let given = kill(
            &statements,
            &mut cluster,
            victim,
            &query(calls),
            Duration::from_secs_f64(without / 2.0),
        )?;
        if given.replayed == 0 {
            return Err("a host was killed and nothing was replayed".into());
        }
        eprintln!(
            "  {without:.1} s, with a host killed half-way {:.1} s",
            given.seconds
        );
        whole.push(without);
        killed.push(given.seconds);
        ratios.push(given.seconds / without);
    }
    let seconds =
        |figure: &str, values: Vec<f64>| Record::new(figure, median(values.into_iter()), "s");
    Ok(vec![
        Record::new(
            "a long query on 3 hosts, one killed half-way",
            median(ratios.into_iter()),
            "× without",
        )
        .at_most(2.2),
        seconds("a long query on 3 hosts", whole),
        seconds("a long query on 3 hosts, one killed half-way", killed),
    ])
}

/// Runs the query, kills a host after a while, and begins it again afterwards.
fn kill(
    statements: &Statements,
    cluster: &mut TestCluster,
    victim: usize,
    query: &str,
    after: Duration,
) -> Result<Given, Box<dyn Error>> {
    let given = thread::scope(|scope| {
        let (done, waiting) = mpsc::channel::<()>();
        let running = scope.spawn(move || {
            let given = statements.run(query).map_err(|error| error.to_string());
            drop(done);
            given
        });
        if waiting.recv_timeout(after) == Err(RecvTimeoutError::Timeout) {
            cluster.kill_host(victim);
        }
        running.join().map_err(|_| "a thread panicked".to_owned())?
    })?;
    cluster.restart_host(victim);
    Ok(given)
}
