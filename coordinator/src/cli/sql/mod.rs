//! `arrowbox sql`: a query, a file of them, or a conversation.

mod complete;
mod engine;
mod grants;
mod local;
mod meta;
mod place;
mod repl;
mod run;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use super::output::{OutputFormat, Target};
use super::runtimes::Runtimes;
use super::{Exit, Failure, Global};
use crate::client::RunOptions;
use crate::quantity::{Bytes, Span};
use crate::session::{ComponentOptions, Session, TableSource};
use engine::Engine;
use grants::GrantFlag;
use local::{LocalCluster, Share};
use place::{Place, PlaceFlags};
use repl::Repl;
use run::{Runner, Stats, uninterrupted};

pub(super) use run::Interrupted;

/// Run SQL over files, with functions of the catalogue and of components
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox sql \"SELECT 1 + 1\"
  arrowbox sql --table lineitem=data/lineitem.parquet \\
      \"SELECT gcd(l_orderkey, l_partkey) FROM lineitem LIMIT 5\"
  arrowbox sql --component gcd.wasm --stats -c \"SELECT gcd(12, 18)\"
  arrowbox sql --component mean.wasm --table r=returns.csv \\
      \"SELECT fund, geometric_mean(factor) FROM r GROUP BY fund\"
  arrowbox sql --component fit.wasm --table p=points.csv \\
      \"SELECT * FROM grouped_map(TABLE p, linear_regression, by => series)\"
  arrowbox sql --component log.wasm --table logs=access_log:access.log \\
      \"SELECT status, count(*) FROM logs GROUP BY status\"
  arrowbox sql --format csv --output out.csv -f report.sql
  arrowbox sql --coordinator quic://coordinator:7432 \"SELECT count(*) FROM big\"
  arrowbox sql --local-cluster 3 --table t=data.parquet \"SELECT count(*) FROM t\"
  arrowbox sql                    # a conversation; \\? tells what it knows")]
pub(super) struct Sql {
    /// Statements to run, separated by semicolons
    #[arg(value_name = "SQL", conflicts_with_all = ["command", "file"])]
    statements: Vec<String>,
    /// Statements to run, separated by semicolons; can be repeated
    #[arg(short, long, value_name = "SQL", conflicts_with = "file")]
    command: Vec<String>,
    /// Run the statements in a file; `-` is the standard input
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Make a file, a folder of files or a pattern a table; can be repeated
    ///
    /// Parquet, CSV, TSV, JSON (lines or an array) and Arrow, told by the ending of the name; anything else by a
    /// reader, as in `--table logs=access_log:access.log`.
    #[arg(short, long, value_name = "NAME=[READER:]PATH")]
    table: Vec<TableSource>,
    /// Make all functions of a component known for this session; can be repeated
    #[arg(long, value_name = "FILE")]
    component: Vec<String>,
    /// Grant something to a function of a --component; can be repeated
    ///
    /// As in `--grant now_utc=clock`. Without a function, to all of them: `--grant clock`.
    #[arg(long, value_name = "[FUNCTION=]GRANT", requires = "component")]
    grant: Vec<GrantFlag>,
    /// How results are written
    #[arg(long, value_enum, default_value = "table")]
    format: OutputFormat,
    /// Write results to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Tell what the functions of each query did, on the standard error
    #[arg(long)]
    stats: bool,
    /// What all queries together may take, as in 4GiB
    #[arg(long, value_name = "SIZE")]
    memory_limit: Option<Bytes>,
    /// How many parts of a query run at once [default: the number of processors]
    #[arg(long, value_name = "N")]
    partitions: Option<NonZeroUsize>,
    /// How long one query may take, as in 30s
    #[arg(long, value_name = "TIME")]
    timeout: Option<Span>,
    /// How many rows a table shows; 0 for all
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_rows: usize,
    #[command(flatten)]
    place: PlaceFlags,
}

/// The file of statements can not be read.
#[derive(Debug, thiserror::Error)]
#[error("the statements in `{}` can not be read", path.display())]
struct NoStatements {
    path: PathBuf,
    source: io::Error,
}

impl Sql {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let of_session = [
            self.memory_limit.map(|_| "--memory-limit"),
            self.partitions.map(|_| "--partitions"),
        ];
        let place = self.place.place(of_session.into_iter().flatten());
        let texts = self.texts()?;
        let target = Target::open(self.output.as_deref())?;
        let runtimes = match place {
            Place::Here => Runtimes::new(self.partitions)?,
            Place::Coordinator(_) | Place::Local(_) => Runtimes::with_network(self.partitions)?,
        };
        // Ends behind whatever uses it.
        let mut local = None;
        let engine = self.engine(place, global, &runtimes, &mut local)?;
        let client = match &engine {
            Engine::There(client, _) => Some(client.clone()),
            Engine::Here(_) => None,
        };
        let ended = self.converse(engine, global, &runtimes, texts, target);
        if let Some(client) = client {
            runtimes.wait(client.close());
        }
        ended
    }

    fn converse(
        &self,
        engine: Engine,
        global: &Global,
        runtimes: &Runtimes,
        texts: Option<Vec<String>>,
        target: Target,
    ) -> Result<Exit, Failure> {
        runtimes.wait(async { uninterrupted(self.prepare(&engine)).await? })?;
        let max_rows = if self.max_rows == 0 {
            usize::MAX
        } else {
            self.max_rows
        };
        let stats = if self.stats {
            Stats::Told
        } else {
            Stats::Untold
        };
        let mut runner = Runner::new(engine, self.format, target, max_rows, stats);
        match texts {
            Some(texts) => {
                for text in texts {
                    runner.run(runtimes, &text)?;
                }
                Ok(Exit::Done)
            }
            None => Repl::new(runner, runtimes, global.data_dir()?.history())?.converse(),
        }
    }

    /// What runs the statements.
    fn engine(
        &self,
        place: Place,
        global: &Global,
        runtimes: &Runtimes,
        local: &mut Option<LocalCluster>,
    ) -> Result<Engine, Failure> {
        let network = runtimes.network();
        let mut session = Session::builder().handle(runtimes.queries());
        match place {
            Place::Here => {}
            Place::Coordinator(url) => {
                let connecting = self.place.connect(&url, global, &network);
                let client = runtimes.wait(async { uninterrupted(connecting).await? })?;
                let options = RunOptions {
                    timeout: self.timeout,
                    stream: self.place.stream(),
                };
                return Ok(Engine::There(client, options));
            }
            Place::Local(hosts) => {
                let share = Share {
                    hosts,
                    memory: self.memory_limit,
                };
                let starting = LocalCluster::start(share, &network);
                let started = runtimes.wait(async { uninterrupted(starting).await? })?;
                let cluster = local.insert(started).cluster();
                session = session
                    .cluster(Arc::clone(cluster))
                    .stream(self.place.stream());
            }
        }
        session = session.data_dir(global.data_dir()?);
        if let Some(limit) = self.memory_limit {
            session = session.memory_limit(limit);
        }
        if let Some(partitions) = self.partitions {
            session = session.partitions(partitions);
        }
        if let Some(limit) = self.timeout {
            session = session.timeout(limit);
        }
        let session = session.build()?;
        if let Some(catalog) = session.catalog().filter(|catalog| catalog.is_read_only()) {
            eprintln!(
                "note: the catalogue `{}` is read-only: functions can be called but not changed",
                catalog.path().display()
            );
        }
        Ok(Engine::Here(Box::new(session)))
    }

    /// Makes known what flags say.
    async fn prepare(&self, engine: &Engine) -> Result<(), Failure> {
        let mut names = BTreeSet::new();
        for component in self.components() {
            names.extend(engine.add_component(component).await?);
        }
        tracing::info!(functions = ?names, "components are known");
        grants::check(&self.grant, &names)?;
        for table in &self.table {
            engine.add_table(table).await?;
        }
        Ok(())
    }

    /// What is to be run; none if a person is going to say it.
    fn texts(&self) -> Result<Option<Vec<String>>, NoStatements> {
        if let Some(path) = &self.file {
            let text = if path.as_os_str() == "-" {
                io::read_to_string(io::stdin())
            } else {
                fs::read_to_string(path)
            };
            return match text {
                Ok(text) => Ok(Some(vec![text])),
                Err(source) => Err(NoStatements {
                    path: path.clone(),
                    source,
                }),
            };
        }
        let given: Vec<_> = self
            .command
            .iter()
            .chain(&self.statements)
            .cloned()
            .collect();
        if !given.is_empty() {
            return Ok(Some(given));
        }
        if io::stdin().is_terminal() {
            return Ok(None);
        }
        let mut text = String::new();
        match io::stdin().read_to_string(&mut text) {
            Ok(_) => Ok(Some(vec![text])),
            Err(source) => Err(NoStatements {
                path: PathBuf::from("-"),
                source,
            }),
        }
    }

    fn components(&self) -> Vec<ComponentOptions> {
        let component = |source: &String| ComponentOptions {
            source: source.clone(),
            all: grants::for_all(&self.grant),
            functions: grants::by_function(&self.grant),
            ..ComponentOptions::default()
        };
        self.component.iter().map(component).collect()
    }
}
