use std::pin::pin;
use std::time::Duration;

use tokio::select;
use tokio::signal::ctrl_c;
use tokio::time::{MissedTickBehavior, interval};

use crate::cli::output::{OutputFormat, Rows, Target};
use crate::cli::progress::Progress;
use crate::cli::runtimes::Runtimes;
use crate::cli::{Failure, stats};
use crate::session::{Session, Statement};

/// Runs statements and writes what they give.
pub(super) struct Runner {
    pub(super) session: Session,
    pub(super) runtimes: Runtimes,
    format: OutputFormat,
    target: Target,
    max_rows: usize,
    stats: bool,
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
        session: Session,
        runtimes: Runtimes,
        format: OutputFormat,
        target: Target,
        max_rows: usize,
        stats: bool,
    ) -> Self {
        Self {
            session,
            runtimes,
            format,
            target,
            max_rows,
            stats,
        }
    }

    /// Runs all statements of `text` and gives what each came to, up to the first that fails.
    pub(super) fn run(&mut self, text: &str) -> Result<Vec<Summary>, Failure> {
        let statements = self.session.parse(text)?;
        statements
            .into_iter()
            .map(|statement| self.run_one(statement))
            .collect()
    }

    fn run_one(&mut self, statement: Statement) -> Result<Summary, Failure> {
        let Self {
            session,
            runtimes,
            format,
            target,
            max_rows,
            stats,
        } = self;
        runtimes.wait(async {
            let mut progress = Progress::of_query();
            let mut query = watch(&mut progress, session.run(statement)).await??;
            if let Some(notice) = query.notice() {
                eprintln!("{notice}");
            }
            let schema = query.schema().clone();
            // A statement without columns says nothing, but can fail.
            if schema.fields().is_empty() {
                while let Some(batch) = watch(&mut progress, query.next()).await? {
                    batch?;
                }
            } else {
                let terminal = target.is_terminal();
                let mut rows = Rows::new(*format, &schema, target, *max_rows)?;
                while let Some(batch) = watch(&mut progress, query.next()).await? {
                    let batch = batch?;
                    progress.add_rows(batch.num_rows());
                    if terminal {
                        progress.suspend(|| rows.write(&batch))?;
                    } else {
                        rows.write(&batch)?;
                    }
                }
                progress.suspend(|| rows.finish())?;
            }
            if *stats && let Some(table) = stats::table(&query.figures()) {
                progress.suspend(|| eprintln!("{table}"));
            }
            let rows = Some(progress.rows()).filter(|_| !schema.fields().is_empty());
            Ok(Summary {
                rows,
                elapsed: progress.elapsed(),
            })
        })
    }
}

/// Waits for `what` while progress is shown, until the user has had enough.
async fn watch<T>(
    progress: &mut Progress,
    what: impl Future<Output = T>,
) -> Result<T, Interrupted> {
    let mut what = pin!(what);
    let mut interrupt = pin!(ctrl_c());
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        select! {
            biased;
            value = &mut what => return Ok(value),
            _ = &mut interrupt => return Err(Interrupted),
            _ = tick.tick() => progress.tick(),
        }
    }
}
