//! `cargo xtask bench`: figures, as a table and as JSON.

use std::fs;
use std::process::Command;

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::cargo;
use crate::failure::Failure;
use crate::guests;
use crate::languages::Languages;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// Measures one suite of figures; writes `target/bench/<suite>.json` and prints a table.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Which figures.
    suite: Suite,
    /// What to print.
    #[arg(long, default_value = "table")]
    format: Format,
    /// Scale of what whole queries are measured on; bars are for 1.
    #[arg(long)]
    scale: Option<f64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Suite {
    /// What a call, a row and a byte cost.
    Boundary,
    /// What each kind of function costs in a whole query.
    Kinds,
    /// What hosts cost, against one process and against the engine's own transport.
    Cluster,
    /// What other languages cost, against the same source in what they usually run in.
    Languages,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

impl Suite {
    fn name(self) -> &'static str {
        match self {
            Self::Boundary => "boundary",
            Self::Kinds => "kinds",
            Self::Cluster => "cluster",
            Self::Languages => "languages",
        }
    }
}

pub(crate) fn execute(workspace: &Workspace, arguments: &Arguments) -> Result<(), Failure> {
    let suite = arguments.suite.name();
    let projects = workspace.guests();
    let languages = match arguments.suite {
        Suite::Languages => Some(Languages::find(&[])?),
        _ => None,
    };
    let more = languages.as_ref().map_or(0, Languages::count);
    let mut steps = Steps::new(3 + projects.len() + more);
    guests::build_all(workspace, &projects, &mut steps)?;
    let languages = languages
        .map(|languages| languages.prepare_benches(workspace, &mut steps))
        .transpose()?;

    steps.announce("Building with optimisation; the first time this takes a while");
    let mut command = cargo::command(["build", "--release"]);
    command.args(["--package", "arrowbox", "--package", "arrowbox-tests"]);
    command.args(["--bin", "arrowbox", "--bin", "bench"]);
    cargo::run(command.current_dir(workspace.root()))?;
    let release = workspace.target().join("release");
    if matches!(arguments.suite, Suite::Cluster) {
        build_baseline(workspace)?;
    }

    steps.announce(&format!("Measuring: {suite}"));
    let mut command = Command::new(release.join("bench"));
    command
        .current_dir(workspace.root())
        .args([suite, "--format", "json"]);
    if let Some(scale) = arguments.scale {
        command.args(["--scale", &scale.to_string()]);
    }
    if let Some(languages) = languages {
        command.arg("--languages").arg(languages);
    }
    let text = cargo::output(command.env("ARROWBOX_TEST_GUESTS", workspace.components()))?;
    let records: Vec<Value> = serde_json::from_str(&text).map_err(|source| Failure::Json {
        what: format!("what the suite {suite} says"),
        source,
    })?;

    let folder = workspace.target().join("bench");
    fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
    let path = folder.join(suite).with_extension("json");
    fs::write(&path, &text).map_err(Failure::file(&path))?;
    match arguments.format {
        Format::Json => print!("{text}"),
        Format::Table => print!("{}", table(&records)),
    }
    eprintln!("written to {}", path.display());
    Ok(())
}

/// The engine with its own transport, which is a workspace of its own.
fn build_baseline(workspace: &Workspace) -> Result<(), Failure> {
    let mut command = cargo::command(["build", "--release"]);
    command
        .current_dir(workspace.root().join("tests/grpc"))
        .env("CARGO_TARGET_DIR", workspace.target());
    cargo::run(&mut command)
}

/// Each record on a line: what it is about, its number, its bar.
fn table(records: &[Value]) -> String {
    let header = [
        "figure", "function", "rows", "value", "unit", "bar", "holds",
    ]
    .map(str::to_owned);
    let lines: Vec<[String; 7]> = [header]
        .into_iter()
        .chain(records.iter().map(line))
        .collect();
    let mut widths = [0; 7];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in lines {
        let cells: Vec<String> = line
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        text += cells.join("  ").trim_end();
        text += "\n";
    }
    text
}

fn line(record: &Value) -> [String; 7] {
    let cell = |key: &str| match &record[key] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(value) if !number.is_u64() && !number.is_i64() => format!("{value:.3}"),
            _ => number.to_string(),
        },
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "NO".to_owned(),
        other => other.to_string(),
    };
    let ratio = record["value"].is_null() && !record["ratio"].is_null();
    let (value, unit) = match ratio {
        true => (cell("ratio"), "× native".to_owned()),
        false => (cell("value"), cell("unit")),
    };
    let figure = match &record["language"] {
        Value::String(language) => format!("{language}: {}", cell("figure")),
        _ => cell("figure"),
    };
    [
        figure,
        cell("function"),
        cell("rows"),
        value,
        unit,
        cell("bar"),
        cell("holds"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_both_shapes_make_one_table() {
        let records = [
            serde_json::json!({"figure": "ratio", "function": "gcd", "rows": 1024, "ratio": 1.0625}),
            serde_json::json!({"figure": "call", "value": 2.5, "unit": "µs", "bar": 3, "holds": true}),
            serde_json::json!({"figure": "not measured", "language": "C", "value": null, "unit": ""}),
        ];
        let expected = "\
figure           function  rows  value  unit      bar  holds
ratio            gcd       1024  1.062  × native
call                             2.500  µs        3    yes
C: not measured
";
        assert_eq!(table(&records), expected);
    }
}
