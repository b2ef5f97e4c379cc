use std::pin::pin;
use std::time::Duration;

use tokio::select;
use tokio::signal::ctrl_c;
use tokio::time::{MissedTickBehavior, interval};

use super::engine::{Engine, Statements};
use crate::cli::output::{OutputFormat, Rows, Target};
use crate::cli::progress::Progress;
use crate::cli::runtimes::Runtimes;
use crate::cli::{Failure, stats};

/// Runs statements and writes what they give.
pub(super) struct Runner {
    pub(super) engine: Engine,
    format: OutputFormat,
    target: Target,
    max_rows: usize,
    stats: Stats,
}

/// Whether it is told what statements took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stats {
    Told,
    Untold,
}

/// What a statement came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Summary {
    /// Rows given; none for a statement that gives none.
    pub(super) rows: Option<u64>,
    /// From beginning to end.
    pub(super) elapsed: Duration,
}

/// The user pressed Ctrl-C.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub(in crate::cli) struct Interrupted;

/// How often progress is shown.
const TICK: Duration = Duration::from_millis(100);

impl Runner {
    pub(super) fn new(
        engine: Engine,
        format: OutputFormat,
        target: Target,
        max_rows: usize,
        stats: Stats,
    ) -> Self {
        Self {
            engine,
            format,
            target,
            max_rows,
            stats,
        }
    }

    /// Runs all statements of `text` and gives what each came to, up to the first that fails.
    pub(super) fn run(&mut self, runtimes: &Runtimes, text: &str) -> Result<Vec<Summary>, Failure> {
        runtimes.wait(async {
            let mut statements = uninterrupted(self.engine.run(text)).await??;
            let mut summaries = Vec::new();
            while let Some(summary) = self.run_one(&mut statements).await? {
                summaries.push(summary);
            }
            Ok(summaries)
        })
    }

    async fn run_one(&mut self, statements: &mut Statements) -> Result<Option<Summary>, Failure> {
        let mut progress = Progress::of_query();
        let begun = watch(&mut progress, statements, async |all| all.begin().await).await??;
        let Some(begun) = begun else {
            return Ok(None);
        };
        if let Some(notice) = &begun.notice {
            progress.suspend(|| eprintln!("{notice}"));
        }
        let gives_rows = !begun.schema.fields().is_empty();
        let Self {
            format,
            target,
            max_rows,
            ..
        } = self;
        let terminal = target.is_terminal();
        let mut rows = match gives_rows {
            true => Some(Rows::new(*format, &begun.schema, target, *max_rows)?),
            false => None,
        };
        // A statement without columns says nothing, but can fail.
        while let Some(batch) =
            watch(&mut progress, statements, async |all| all.next().await).await??
        {
            let Some(rows) = &mut rows else {
                continue;
            };
            progress.add_rows(batch.num_rows());
            if terminal {
                progress.suspend(|| rows.write(&batch))?;
            } else {
                rows.write(&batch)?;
            }
        }
        if let Some(rows) = rows {
            progress.suspend(|| rows.finish())?;
        }
        if self.stats == Stats::Told
            && let Some(text) = stats::text(&statements.statistics())
        {
            progress.suspend(|| eprintln!("{text}"));
        }
        Ok(Some(Summary {
            rows: gives_rows.then(|| progress.rows()),
            elapsed: progress.elapsed(),
        }))
    }
}

/// Waits for `what`, which loses nothing when it is dropped and made again, while progress is shown, until
/// the user has had enough.
async fn watch<T>(
    progress: &mut Progress,
    statements: &mut Statements,
    what: impl AsyncFn(&mut Statements) -> T,
) -> Result<T, Interrupted> {
    let mut interrupt = pin!(ctrl_c());
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        select! {
            biased;
            value = what(statements) => return Ok(value),
            _ = &mut interrupt => return Err(Interrupted),
            _ = tick.tick() => {}
        }
        progress.set_stages(statements.progress());
        progress.tick();
    }
}

/// Waits for `what` until the user has had enough.
pub(super) async fn uninterrupted<T>(what: impl Future<Output = T>) -> Result<T, Interrupted> {
    select! {
        biased;
        value = what => Ok(value),
        _ = ctrl_c() => Err(Interrupted),
    }
}
