//! What hosts cost: against one process, and against the engine's own transport.

mod first_use;
mod killed;
mod ours;
mod program;
mod queries;
mod shuffle;
#[path = "cluster/source.rs"]
mod source;
mod statements;

use std::error::Error;
use std::path::{Path, PathBuf};

use arrowbox_tests::cluster::certificates;
use arrowbox_tests::workspace::profile;

use crate::record::Record;

pub(crate) use ours::{Path as Way, source as shuffle_source};

/// All figures. `scale` is that of the TPC-H tables.
pub(crate) fn measure(scale: f64) -> Result<Vec<Record>, Box<dyn Error>> {
    let certificates = certificates();
    eprintln!("shuffling");
    let mut records = shuffle::measure(certificates)?;
    eprintln!("a row through the coordinator, and the first use of a component");
    records.push(statements::measure()?);
    records.extend(first_use::measure()?);
    eprintln!("TPC-H at scale {scale}");
    records.extend(queries::measure(scale)?);
    eprintln!("a host is killed, scale {scale}");
    records.extend(killed::measure(scale)?);
    Ok(records)
}

/// The program of `tests/grpc`.
fn baseline() -> Result<PathBuf, Box<dyn Error>> {
    let program = profile().join("arrowbox-grpc-baseline");
    match program.is_file() {
        true => Ok(program),
        false => Err(format!(
            "there is no {}: `cargo xtask bench cluster` builds it",
            program.display()
        )
        .into()),
    }
}

/// A folder's name for a command line.
fn text(path: &Path) -> Result<&str, Box<dyn Error>> {
    path.to_str()
        .ok_or_else(|| format!("{} is not text", path.display()).into())
}
