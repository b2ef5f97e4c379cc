//! TPC-H: two hosts of one processor each, one process with two, and the engine's own transport.

use std::error::Error;
use std::num::NonZeroUsize;
use std::process::Command;
use std::time::Instant;

use arrowbox::{Session, TableSource};
use arrowbox_tests::cluster::TestCluster;
use arrowbox_tests::tpch::{self, Table};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use super::program::Program;
use super::statements::Statements;
use super::{baseline, text};
use crate::record::Record;
use crate::timing::median;

const HOSTS: usize = 2;
/// Turns that are counted.
const TURNS: usize = 3;

pub(super) fn measure(scale: f64) -> Result<Vec<Record>, Box<dyn Error>> {
    let embedded = Embedded::new(scale)?;
    let cluster = TestCluster::start(HOSTS);
    let statements = Statements::connect(&cluster)?;
    statements.add_tables(scale)?;
    let mut grpc = Baseline::start(scale)?;
    let mut totals = [0.0; 3];
    for (number, query) in (1..).zip(tpch::queries()) {
        let mut turns: [Vec<f64>; 3] = Default::default();
        for turn in 0..=TURNS {
            let (embedded, rows) = embedded.run(query)?;
            let ours = statements.run(query)?;
            let (grpc, grpc_rows) = grpc.run(query)?;
            if [ours.rows, grpc_rows] != [rows; 2] {
                return Err(format!(
                    "query {number} gives {rows}, {} and {grpc_rows} rows",
                    ours.rows
                )
                .into());
            }
            // The first one warms up.
            if turn > 0 {
                for (turns, seconds) in turns.iter_mut().zip([embedded, ours.seconds, grpc]) {
                    turns.push(seconds);
                }
            }
        }
        let medians = turns.map(|turns| median(turns.into_iter()));
        let [embedded, ours, grpc] = medians;
        eprintln!(
            "  query {number}: embedded {embedded:.3} s, hosts {ours:.3} s, gRPC {grpc:.3} s"
        );
        for (total, seconds) in totals.iter_mut().zip(medians) {
            *total += seconds;
        }
    }
    let [embedded, ours, grpc] = totals;
    let seconds = |what: &str, total| Record::new(format!("TPC-H, 22 queries, {what}"), total, "s");
    let hosts = "2 hosts × 1 processor";
    Ok(vec![
        Record::new(
            format!("TPC-H, 22 queries, {hosts}"),
            ours / embedded,
            "× embedded",
        )
        .at_most(1.35),
        Record::new(
            format!("TPC-H, 22 queries, {hosts}"),
            ours / grpc,
            "× gRPC without TLS",
        )
        .at_most(1.1),
        seconds("embedded on 2 processors", embedded),
        seconds(hosts, ours),
        seconds("gRPC without TLS, 2 workers × 1 processor", grpc),
    ])
}

/// One process.
struct Embedded {
    runtime: Runtime,
    session: Session,
}

impl Embedded {
    fn new(scale: f64) -> Result<Self, Box<dyn Error>> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(HOSTS)
            .enable_all()
            .build()?;
        let partitions = NonZeroUsize::new(HOSTS).ok_or("no processors")?;
        let session = Session::builder()
            .partitions(partitions)
            .handle(runtime.handle().clone())
            .build()?;
        let folder = tpch::shared(scale)?;
        for table in Table::ALL {
            let source = TableSource {
                name: table.name().to_owned(),
                path: folder.join(table.name()),
                reader: None,
            };
            runtime.block_on(session.add_table(&source))?;
        }
        Ok(Self { runtime, session })
    }

    fn run(&self, query: &str) -> Result<(f64, usize), Box<dyn Error>> {
        let began = Instant::now();
        let batches = self
            .runtime
            .block_on(async { self.session.sql(query).await?.collect().await })?;
        let rows = batches.iter().map(|batch| batch.num_rows()).sum();
        Ok((began.elapsed().as_secs_f64(), rows))
    }
}

/// The engine's own transport.
struct Baseline {
    coordinator: Program,
    _workers: Vec<Program>,
}

impl Baseline {
    fn start(scale: f64) -> Result<Self, Box<dyn Error>> {
        let program = baseline()?;
        let mut coordinator = Command::new(&program);
        coordinator.args(["coordinator", "--tables", text(&tpch::shared(scale)?)?]);
        let mut workers = Vec::new();
        for _ in 0..HOSTS {
            let mut worker = Program::start(Command::new(&program).arg("worker"))?;
            coordinator.args(["--worker", &worker.line()?]);
            workers.push(worker);
        }
        Ok(Self {
            coordinator: Program::start(&mut coordinator)?,
            _workers: workers,
        })
    }

    fn run(&mut self, query: &str) -> Result<(f64, usize), Box<dyn Error>> {
        let answer = self.coordinator.ask(&json!({ "sql": query }).to_string())?;
        let seconds = answer["seconds"].as_f64().ok_or("gRPC gave no time")?;
        Ok((seconds, answer["rows"].as_u64().unwrap_or(0) as usize))
    }
}
