//! Measures figures and prints them as JSON. `cargo xtask bench <suite>` runs it.

mod boundary;
mod cluster;
mod functions;
mod kinds;
mod languages;
mod native;
mod query;
mod record;
mod sandboxed;
mod timing;

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::{Parser, ValueEnum};

use record::Record;

/// Measures one suite of figures.
#[derive(Parser)]
struct Arguments {
    /// Which figures.
    suite: Suite,
    /// What to print.
    #[arg(long, default_value = "json")]
    format: Format,
    /// Scale of what whole queries are measured on: of the TPC-H tables, or of the rows of each kind.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// A file that says which languages there are, and what runs them.
    #[arg(long)]
    languages: Option<PathBuf>,
    /// Of the process that gives rows to be shuffled.
    #[arg(long, hide = true)]
    certs: Option<PathBuf>,
    /// Of the process that gives rows to be shuffled.
    #[arg(long, hide = true, default_value = "standard")]
    path: cluster::Way,
}

#[derive(Clone, Copy, ValueEnum)]
enum Suite {
    /// What a call, a row and a byte cost.
    Boundary,
    /// What each kind of function costs in a whole query.
    Kinds,
    /// What hosts cost, against one process and against the engine's own transport.
    Cluster,
    /// What other languages cost, against what they usually run in.
    Languages,
    /// Gives rows to be shuffled.
    #[value(hide = true)]
    ShuffleSource,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Json,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match measure(&arguments) {
        Ok(records) => {
            let Format::Json = arguments.format;
            match serde_json::to_string_pretty(&records) {
                Ok(json) => println!("{json}"),
                Err(error) => eprintln!("error: {error}"),
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  because {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<Vec<Record>, Box<dyn Error>> {
    match arguments.suite {
        Suite::Boundary => {
            let mut records = boundary::measure()?;
            records.push(query::measure(arguments.scale)?);
            Ok(records)
        }
        Suite::Kinds => kinds::measure(arguments.scale),
        Suite::Cluster => cluster::measure(arguments.scale),
        Suite::Languages => {
            let languages = arguments.languages.as_deref();
            languages::measure(languages.ok_or("--languages is missing")?)
        }
        Suite::ShuffleSource => {
            let certificates = arguments.certs.as_deref().ok_or("--certs is missing")?;
            cluster::shuffle_source(certificates, arguments.path)?;
            Ok(Vec::new())
        }
    }
}
