//! Functions in every language give what they give in Rust: the cases of `tests/conformance`, run in this process and on
//! a cluster of two hosts.

mod builds;
mod case;
mod data;
mod gaps;
mod grid;
mod language;
mod place;
mod rows;
mod run;
mod types;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use crate::case::Cases;
use crate::gaps::Gaps;
use crate::grid::Grid;
use crate::language::{Component, REFERENCE};
use crate::place::{Embedded, Hosts};
use crate::run::Run;

/// Runs the cases of `tests/conformance` in every language and compares them with Rust.
#[derive(Parser)]
#[command(
    after_help = "Example: conformance --component rust=rust.wasm --component python=python.wasm"
)]
struct Arguments {
    /// A component and its language; Rust's has to be there.
    #[arg(long = "component", value_name = "LANGUAGE=FILE", required = true)]
    components: Vec<Component>,
    /// A language that there is no component of, and why.
    #[arg(long = "missing", value_name = "LANGUAGE=REASON")]
    missing: Vec<String>,
    /// Only cases whose names, as `feature: name`, contain this.
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Only in this process, or only on the cluster.
    #[arg(long, value_enum)]
    on: Option<On>,
    /// Where what the grid shows goes as well, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where components that were compiled are kept for the next time, and the tables of the cases.
    #[arg(long, value_name = "FOLDER")]
    keep: PathBuf,
    /// Where cargo builds guests.
    #[arg(long, value_name = "FOLDER")]
    target: Option<PathBuf>,
}

/// Where cases run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum On {
    Embedded,
    Hosts,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let cases = Cases::read(&arguments.only);
    let mut run = Run::new(Gaps::read(), Grid::new(&cases, &arguments.missing));
    let tables = data::write(&arguments.keep.join("tables"), &cases);

    let Some(reference) = arguments
        .components
        .iter()
        .find(|component| component.language.name == REFERENCE)
    else {
        eprintln!(
            "error: there is nothing to compare with: --component {REFERENCE}=FILE is missing"
        );
        return ExitCode::from(2);
    };
    let mut embedded = Embedded::new(&arguments.keep.join("data"));
    run.reference(&cases, &tables, reference, &mut embedded);
    if arguments.on != Some(On::Hosts) {
        run.languages(&cases, &tables, &arguments.components, &mut embedded);
    }
    drop(embedded);
    if arguments.on != Some(On::Embedded) {
        let mut hosts = Hosts::new(&arguments.keep.join("hosts"));
        run.languages(&cases, &tables, &arguments.components, &mut hosts);
    }
    if let Some(target) = &arguments.target {
        run.builds(&cases, &arguments.components, target);
    }
    run.finish(&arguments.only);

    print!("{}", run.grid());
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&run.json()).expect("plain values");
        if let Err(error) = fs::write(path, text + "\n") {
            eprintln!("error: {} can not be written: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    match run.failures() {
        0 => ExitCode::SUCCESS,
        failures => {
            eprintln!("error: {failures} cases are not as they should be; each is told above");
            ExitCode::FAILURE
        }
    }
}
