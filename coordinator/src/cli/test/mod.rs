//! `arrowbox test`: one function on a few rows, with no table and no network.

mod call;
mod compare;
mod files;
mod rows;
mod values;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrowbox_build::Language;
use arrowbox_host::{Kind, plain};
use tempfile::TempDir;

use super::options::{OptionFlags, OverrideFlags};
use super::output::{OutputFormat, Rows, Target};
use super::runtimes::Runtimes;
use super::{Exit, Failure, Global, build, stats};
use crate::catalog::OnExisting;
use crate::quantity::Bytes;
use crate::session::{ComponentSource, CreateFunction, Lifetime, Session};
use call::{Call, CallFlags};
use compare::Compared;

/// Run one function on rows given here or in a file
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox test gcd.wasm gcd 12,18 7,NULL
  arrowbox test gcd.wasm gcd -- -12,18
  arrowbox test my-functions hello World      # a project is built first
  arrowbox test haversine.wasm haversine --rows cities.csv --expect distances.csv
  arrowbox test mean.wasm geometric_mean --rows growth.csv --group-by fund
  arrowbox test score.wasm score 0.5 --rows rows.parquet
  arrowbox test fit.wasm linear_regression --rows points.csv --by series
  arrowbox test asof.wasm asof_join --rows trades.csv --right-rows quotes.csv --by symbol
  arrowbox test log.wasm access_log --location access.log --option malformed=skip
  arrowbox test json.wasm json_lines --rows rows.csv

Each VALUES is one row: values separated by commas, in double quotes where they have commas or quotes
themselves. NULL without quotes is a null. With --rows, columns go to arguments of the same names, or in
order.

A scalar function is called with each row; a window function with all of them, as one partition in their
order; an aggregate with all of them, or with those of each group. A table function is called with each row
too, and gives rows for it. Batch maps, grouped and cogrouped maps have --rows as their table, and one VALUES
for what stands behind it. A reader reads --location. A writer writes --rows to a temporary folder, and the
files that it makes are listed.

--expect compares with the column `result` of a file, or with its last column; for functions that give rows,
with all columns of the file.")]
pub(super) struct Test {
    /// The component, or the folder or the source of a project
    #[arg(value_name = "COMPONENT|PROJECT")]
    target: PathBuf,
    /// The function in it
    function: String,
    /// Rows; write `--` before one that begins with a minus
    values: Vec<String>,
    #[command(flatten)]
    call: CallFlags,
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
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let options = self.options.options()?;
        let runtimes = Runtimes::new(None)?;
        // One partition: rows stay in order.
        let session = Session::builder()
            .partitions(NonZeroUsize::MIN)
            .handle(runtimes.queries())
            .build()?;
        let source = self.component(&session, global)?;
        let create = CreateFunction {
            name: self.function.clone(),
            existing: OnExisting::Replace,
            lifetime: Lifetime::Session,
            arguments: None,
            returns: None,
            source: source.digest.to_string(),
            origin: None,
            function: Some(self.function.clone()),
            volatility: self.overrides.volatility(),
            nulls: self.overrides.nulls(),
            options,
        };
        let component = session.components().component(source.digest)?;
        let folder = TempDir::with_prefix("arrowbox-")?;
        let made = folder.path().join("made");
        let made = made.to_string_lossy();
        let (kind, results) = runtimes.wait(async {
            session.create_function(create).await?;
            let Some(function) = component.description().function(&self.function) else {
                return Err(self.no_function().into());
            };
            let call = Call {
                session: &session,
                function,
                values: &self.values,
                flags: &self.call,
                folder: &made,
            };
            let mut query = call.run().await?;
            let batches = query.collect().await?;
            let mut target = Target::open(None)?;
            let mut rows = Rows::new(self.format, query.schema(), &mut target, usize::MAX)?;
            for batch in &batches {
                rows.write(batch)?;
            }
            rows.finish()?;
            if function.kind == Kind::Writer {
                for (path, size) in files::below(Path::new(call.location()))? {
                    eprintln!("{}  {}", Bytes(size), plain(&path));
                }
            }
            if let Some(table) = stats::table(&query.figures()) {
                eprintln!("{table}");
            }
            Ok::<(Kind, Vec<RecordBatch>), Failure>((function.kind, batches))
        })?;
        if let Some(expected) = &self.expect {
            let compared = match kind {
                Kind::Scalar | Kind::Aggregate | Kind::Window => Compared::Last,
                _ => Compared::All,
            };
            runtimes.wait(compare::compare(&session, &results, expected, compared))?;
            eprintln!("all results are as in `{}`", expected.display());
        }
        Ok(Exit::Done)
    }

    fn no_function(&self) -> NoFunction {
        NoFunction {
            project: self.target.clone(),
            function: self.function.clone(),
        }
    }

    /// The component that has the function.
    fn component(&self, session: &Session, global: &Global) -> Result<ComponentSource, Failure> {
        let store = session.components().store();
        let find = |path: &Path| ComponentSource::find(&path.to_string_lossy(), store);
        if Language::detect(&self.target).is_err() && !self.target.is_dir() {
            return Ok(find(&self.target)?);
        }
        let mut artifacts = build::components(&self.target, None, global)?;
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
        Err(self.no_function().into())
    }
}
