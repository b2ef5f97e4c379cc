//! Rows through the network: one process gives them, repartitioned by a hash, another reads them.

use std::error::Error;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use uuid::Uuid;

use super::program::Program;
use super::{baseline, ours, source};
use crate::record::Record;
use crate::timing::median;

/// Batches of one turn.
const BATCHES: usize = 600;
/// Partitions that the rows are cut into.
const PARTITIONS: usize = 8;
/// Turns that are counted.
const TURNS: usize = 7;

pub(super) fn measure(certificates: &Path) -> Result<Vec<Record>, Box<dyn Error>> {
    let mut grpc = Baseline::start(certificates)?;
    let mut standard = ours::Shuffle::start(certificates, ours::Path::Standard)?;
    let mut loopback = ours::Shuffle::start(certificates, ours::Path::Loopback)?;
    let mut rates: [Vec<f64>; 3] = Default::default();
    for turn in 0..=TURNS {
        let turns = [
            grpc.turn()?,
            standard.turn(BATCHES, PARTITIONS)?,
            loopback.turn(BATCHES, PARTITIONS)?,
        ];
        // The first one warms up.
        if turn == 0 {
            continue;
        }
        let [grpc, standard, loopback] = turns.map(|seconds| megabytes() / seconds);
        eprintln!(
            "  gRPC {grpc:.0} MB/s, QUIC {standard:.0} MB/s, with a large MTU {loopback:.0} MB/s"
        );
        for (rates, rate) in rates.iter_mut().zip([grpc, standard, loopback]) {
            rates.push(rate);
        }
    }
    let [grpc, standard, loopback] = rates;
    let ratio = |ours: &[f64]| median(ours.iter().zip(&grpc).map(|(ours, grpc)| ours / grpc));
    let rate =
        |figure: &str, rates: &[f64]| Record::new(figure, median(rates.iter().copied()), "MB/s");
    Ok(vec![
        Record::new(
            "shuffle over loopback, TLS, MTU 1452",
            ratio(&standard),
            "× gRPC with TLS",
        )
        .at_least(1.0),
        Record::new(
            "shuffle over loopback, TLS, loopback's MTU",
            ratio(&loopback),
            "× gRPC with TLS",
        ),
        rate("shuffle over loopback, TLS, MTU 1452", &standard),
        rate("shuffle over loopback, TLS, loopback's MTU", &loopback),
        rate("shuffle over loopback, gRPC with TLS", &grpc),
    ])
}

/// Megabytes of one turn.
fn megabytes() -> f64 {
    (BATCHES * source::ROWS * source::ROW_BYTES) as f64 / 1e6
}

/// The engine's own transport.
struct Baseline {
    source: Program,
    reader: Program,
}

impl Baseline {
    fn start(certificates: &Path) -> Result<Self, Box<dyn Error>> {
        let program = baseline()?;
        let mut source = Program::start(
            Command::new(&program)
                .arg("worker")
                .arg("--certs")
                .arg(certificates),
        )?;
        let url = source.line()?;
        let mut reader = Command::new(&program);
        reader
            .args(["coordinator", "--worker", &url])
            .arg("--certs")
            .arg(certificates);
        Ok(Self {
            source,
            reader: Program::start(&mut reader)?,
        })
    }

    fn turn(&mut self) -> Result<f64, Box<dyn Error>> {
        let task = Uuid::new_v4();
        self.source.ask(&format!("source {task} {BATCHES}"))?;
        let answer = self
            .reader
            .ask(&json!({"pull": task, "partitions": PARTITIONS}).to_string())?;
        let rows = answer["rows"].as_u64().unwrap_or(0) as usize;
        if rows != BATCHES * source::ROWS {
            return Err(format!("gRPC gave {rows} rows").into());
        }
        answer["seconds"]
            .as_f64()
            .ok_or_else(|| "gRPC gave no time".into())
    }
}
