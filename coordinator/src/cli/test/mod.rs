//! `arrowbox test`: one function on a few rows, with no table and no network.

mod compare;
mod rows;
mod values;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;

use super::options::{OptionFlags, OverrideFlags};
use super::output::{OutputFormat, Rows, Target};
use super::runtimes::Runtimes;
use super::{Exit, Failure, Global, build, stats};
use crate::catalog::OnExisting;
use crate::session::{ComponentSource, CreateFunction, Lifetime, Session};
use rows::Input;

/// Run one function on rows given here or in a file
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox test gcd.wasm gcd 12,18 7,NULL
  arrowbox test gcd.wasm gcd -- -12,18
  arrowbox test my-functions hello World      # a project is built first
  arrowbox test haversine.wasm haversine --rows cities.csv --expect distances.csv

Each VALUES is one row: values separated by commas, in double quotes where they have commas or quotes
themselves. NULL without quotes is a null. With --rows, columns go to arguments of the same names, or in
order. --expect compares with the column `result` of a file, or with its last column.")]
pub(super) struct Test {
    /// The component, or the folder of a project
    #[arg(value_name = "COMPONENT|PROJECT")]
    target: PathBuf,
    /// The function in it
    function: String,
    /// Rows; write `--` before one that begins with a minus
    values: Vec<String>,
    /// Rows in a CSV, JSON, Parquet or Arrow file
    #[arg(long, value_name = "FILE", conflicts_with = "values")]
    rows: Option<PathBuf>,
    /// Compare the results with those in a file
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    #[command(flatten)]
    options: OptionFlags,
    #[command(flatten)]
    overrides: OverrideFlags,
    /// How rows and results are written
    #[arg(long, value_enum, default_value = "table")]
    format: OutputFormat,
}

/// The project makes no such function.
#[derive(Debug, thiserror::Error)]
#[error("no component of the project `{}` has a function `{function}`", project.display())]
struct NoFunction {
    project: PathBuf,
    function: String,
}

impl Test {
    pub(super) fn execute(self, _global: &Global) -> Result<Exit, Failure> {
        let options = self.options.options()?;
        let runtimes = Runtimes::new(None)?;
        // One partition: rows stay in order.
        let session = Session::builder()
            .partitions(NonZeroUsize::MIN)
            .handle(runtimes.queries())
            .build()?;
        let source = self.component(&session)?;
        let create = CreateFunction {
            name: self.function.clone(),
            existing: OnExisting::Replace,
            lifetime: Lifetime::Session,
            arguments: None,
            returns: None,
            source: source.digest.to_string(),
            function: Some(self.function.clone()),
            volatility: self.overrides.volatility(),
            nulls: self.overrides.nulls(),
            options,
        };
        let component = session.components().component(source.digest)?;
        let results = runtimes.wait(async {
            session.create_function(create).await?;
            let signatures = component
                .description()
                .function(&self.function)
                .map(|function| function.signatures.as_slice())
                .unwrap_or_default();
            let input = match &self.rows {
                Some(path) => Input::of_file(&session, path, &self.function, signatures).await?,
                None => Input::of_values(&session, &self.values, &self.function, signatures)?,
            };
            let mut query = session.sql(&input.query(&self.function)).await?;
            let batches = query.collect().await?;
            let mut target = Target::open(None)?;
            let mut rows = Rows::new(self.format, query.schema(), &mut target, usize::MAX)?;
            for batch in &batches {
                rows.write(batch)?;
            }
            rows.finish()?;
            if let Some(table) = stats::table(&query.figures()) {
                eprintln!("{table}");
            }
            Ok::<Vec<RecordBatch>, Failure>(batches)
        })?;
        if let Some(expected) = &self.expect {
            runtimes.wait(compare::compare(&session, &results, expected))?;
            eprintln!("all results are as in `{}`", expected.display());
        }
        Ok(Exit::Done)
    }

    /// The component that has the function.
    fn component(&self, session: &Session) -> Result<ComponentSource, Failure> {
        let store = session.components().store();
        let find = |path: &Path| ComponentSource::find(&path.to_string_lossy(), store);
        if !self.target.is_dir() {
            return Ok(find(&self.target)?);
        }
        let mut artifacts = build::components(&self.target)?;
        if let [only] = artifacts.as_slice() {
            return Ok(find(&only.path)?);
        }
        for artifact in artifacts.drain(..) {
            let source = find(&artifact.path)?;
            let component = session.components().component(source.digest)?;
            if component.description().function(&self.function).is_some() {
                return Ok(source);
            }
        }
        Err(NoFunction {
            project: self.target.clone(),
            function: self.function.clone(),
        }
        .into())
    }
}
