//! Makes the tables of TPC-H as Parquet files.

use std::error::Error;
use std::io::{IsTerminal, Write, stderr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use arrowbox_tests::tpch;
use clap::Parser;

/// Makes the tables of TPC-H as Parquet files, in a folder for each table.
#[derive(Parser)]
#[command(after_help = "Example: tpch --scale 0.1 --dir tpch-0.1")]
struct Arguments {
    /// How large: 1 is about 8.7 million rows.
    #[arg(long, default_value_t = 0.1)]
    scale: f64,
    /// Where to; left alone if it is there.
    #[arg(long)]
    dir: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let total = arguments.scale * 8_660_000.0;
    let told = AtomicU64::new(0);
    let terminal = stderr().is_terminal();
    let result = tpch::generate(&arguments.dir, arguments.scale, &|rows, table| {
        let percent = ((rows as f64 / total * 100.0) as u64).min(100);
        if terminal && told.fetch_max(percent, Relaxed) < percent {
            let line = format!("\r\x1b[K{percent:>3} % ({rows} rows) {}", table.name());
            // Nobody is there to be told, then.
            let _ = stderr().write_all(line.as_bytes());
        }
    });
    if terminal {
        eprint!("\r\x1b[K");
    }
    match result {
        Ok(()) => {
            println!("{}", arguments.dir.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let cause = error
                .source()
                .map(|cause| format!(": {cause}"))
                .unwrap_or_default();
            eprintln!("error: {error}{cause}");
            ExitCode::FAILURE
        }
    }
}
