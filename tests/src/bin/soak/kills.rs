//! Hosts that are killed at random moments of random queries.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use arrowbox_tests::cluster::{self, KINDS, SPREAD, TestCluster};
use arrowbox_tests::command::Ran;
use arrowbox_tests::poll::poll;
use arrowbox_tests::tpch;
use clap::Args;

use super::chance::Chance;

/// More than any query takes.
const LONG: Duration = Duration::from_secs(600);

/// Kills a random host at a random moment of a random query, and compares its rows, again and again.
#[derive(Args)]
pub(super) struct Arguments {
    /// Hosts that are killed, one after the other.
    #[arg(long, default_value_t = 20)]
    kills: u64,
    /// Hosts of the cluster.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(2..))]
    hosts: u16,
    /// Scale of TPC-H's tables.
    #[arg(long, default_value_t = 0.1)]
    scale: f64,
    /// The same seed kills the same hosts in the same queries.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A query, the components of its functions, and how its rows are compared.
struct Case {
    what: String,
    components: &'static [&'static str],
    query: &'static str,
    ordered: bool,
}

/// What a query gives, and how long it takes, if nothing happens.
struct Usual {
    rows: String,
    took: Duration,
}

#[derive(Default)]
struct Tally {
    queries: u64,
    kills: u64,
    replays: u64,
    wrong: u64,
    slowest: Duration,
}

pub(super) fn execute(arguments: &Arguments) -> ExitCode {
    let folder = tpch::shared(arguments.scale).expect("tables");
    let tables = cluster::tables(&folder);
    let cases = cases();
    let hosts = usize::from(arguments.hosts);
    let mut cluster = TestCluster::start(hosts);
    let mut chance = Chance::new(arguments.seed);
    let mut usual: BTreeMap<usize, Usual> = BTreeMap::new();
    let mut tally = Tally::default();

    while tally.kills < arguments.kills {
        let number = chance.below(cases.len());
        let case = &cases[number];
        let flags = [tables.clone(), cluster::components(case.components)].concat();
        let usual = usual.entry(number).or_insert_with(|| {
            let rows = case.comparable(&cluster::embedded(&flags, case.query));
            // The first time functions are compiled.
            tally.check(case, "first", &rows, end(begin(&cluster, &flags, case)));
            let begun = Instant::now();
            let ran = end(begin(&cluster, &flags, case));
            let took = begun.elapsed();
            tally.check(case, "undisturbed", &rows, ran);
            Usual { rows, took }
        });
        let (victim, moment) = (chance.below(hosts), usual.took.mul_f64(chance.share()));
        let begun = Instant::now();
        let client = begin(&cluster, &flags, case);
        let _ = poll(LONG, || {
            (begun.elapsed() >= moment || client.is_finished()).then_some(())
        });
        cluster.kill_host(victim);
        let ran = end(client);
        tally.kills += 1;
        let took = begun.elapsed();
        let when = format!(
            "h{} killed after {moment:?} of {:?}",
            victim + 1,
            usual.took
        );
        let replayed = ran.stderr.matches("lost").count() as u64;
        if replayed > 0 {
            tally.replays += 1;
            tally.slowest = tally.slowest.max(took.saturating_sub(usual.took));
        }
        eprintln!(
            "{:>4} {}: {when}, took {took:?}, replayed {replayed}",
            tally.kills, case.what
        );
        tally.check(case, &when, &usual.rows, ran);
        cluster.restart_host(victim);
    }
    tally.tell();
    match tally.wrong {
        0 => ExitCode::SUCCESS,
        _ => {
            eprintln!("{}", cluster.logs());
            ExitCode::FAILURE
        }
    }
}

/// TPC-H, and functions of every kind.
fn cases() -> Vec<Case> {
    let tpch = tpch::queries()
        .into_iter()
        .zip(1..)
        .map(|(query, number)| Case {
            what: format!("TPC-H {number}"),
            components: &[],
            query,
            ordered: true,
        });
    let kinds = KINDS.iter().map(|(what, components, query)| Case {
        what: (*what).to_owned(),
        components,
        query,
        ordered: false,
    });
    tpch.chain(kinds).collect()
}

impl Case {
    fn comparable(&self, csv: &str) -> String {
        let mut lines: Vec<_> = csv.lines().collect();
        if !self.ordered {
            lines.sort_unstable();
        }
        lines.join("\n")
    }
}

/// A query of a client that runs.
fn begin(cluster: &TestCluster, flags: &[String], case: &Case) -> JoinHandle<Ran> {
    let flags = flags.iter().map(String::as_str).chain(["--stats"]);
    let client = cluster.sql(flags, &format!("{SPREAD}{}", case.query));
    thread::spawn(move || client.run())
}

fn end(client: JoinHandle<Ran>) -> Ran {
    client.join().expect("a run does not panic")
}

impl Tally {
    fn check(&mut self, case: &Case, when: &str, expected: &str, ran: Ran) {
        self.queries += 1;
        if ran.code == Some(0) && case.comparable(&ran.stdout) == expected {
            return;
        }
        self.wrong += 1;
        eprintln!(
            "WRONG: {} ({when}): exit {:?}\n{}\nexpected:\n{expected}\nfound:\n{}",
            case.what, ran.code, ran.stderr, ran.stdout
        );
    }

    fn tell(&self) {
        println!("queries {}", self.queries);
        println!("kills {}", self.kills);
        println!("replays {}", self.replays);
        println!("wrong-answers {}", self.wrong);
        println!("slowest-recovery-ms {}", self.slowest.as_millis());
    }
}
