use std::sync::Arc;
use std::time::{Duration, Instant};

use arrowbox_host::protocol::AttemptPlan;
use arrowbox_host::{QueryScope, controlled, differing_options};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::StreamExt;
use tokio::select;
use tokio::time::timeout_at;

use super::plan::{Parts, Planned, Purpose, plan};
use super::{Course, Release, Rows, Spread};
use crate::cluster::{Attempt, ClusterError, Held, Opening, Tries, lost_host};
use crate::session::query::cancelled;

/// How long a query waits for a host if there is none: one may be starting anew.
const PATIENCE: Duration = Duration::from_secs(2);

/// A query of a session that has a cluster.
pub(in crate::session) struct Run {
    spread: Spread,
    state: SessionState,
    plan: LogicalPlan,
    scope: Arc<QueryScope>,
    deadline: Option<Instant>,
    course: Arc<Course>,
    tries: Tries,
    /// What is run first.
    planned: Planned,
    schema: SchemaRef,
}

impl Run {
    /// Plans a query.
    ///
    /// # Errors
    ///
    /// If it can not be planned, or there is no host for it.
    pub(in crate::session) async fn new(
        spread: Spread,
        mut state: SessionState,
        logical: LogicalPlan,
        scope: Arc<QueryScope>,
        deadline: Option<Instant>,
        course: Arc<Course>,
    ) -> Result<Self> {
        let tries = Tries::default();
        let planned = plan_for_hosts(&spread, &mut state, &logical, &tries).await?;
        let schema = match &planned {
            Planned::Here(plan) => plan.schema(),
            Planned::Apart(parts) => match &parts.purpose {
                Purpose::Result => parts.distributed.plan.schema(),
                Purpose::Sink(sink) => sink.schema(),
                Purpose::Analyze(analyze) => Arc::clone(&analyze.schema),
            },
        };
        Ok(Self {
            spread,
            state,
            plan: logical,
            scope,
            deadline,
            course,
            tries,
            planned,
            schema,
        })
    }

    /// The columns of its rows.
    pub(in crate::session) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Whether parts of it run on hosts.
    pub(super) fn is_apart(&self) -> bool {
        matches!(self.planned, Planned::Apart(_))
    }

    /// Runs the query and sends its rows to `rows`.
    ///
    /// # Errors
    ///
    /// What ended it early.
    ///
    /// # Cancellation
    ///
    /// Ends the query on all hosts.
    pub(in crate::session) async fn give(self, rows: &Rows) -> Result<()> {
        let course = Arc::clone(&self.course);
        select! {
            given = self.run(rows) => given,
            () = course.cancelled() => Err(cancelled()),
        }
    }

    /// Runs the query and gives its rows, when all are there.
    pub(super) async fn hold(mut self) -> Result<Held> {
        let course = Arc::clone(&self.course);
        let mut output = Output::Held(Box::new(self.held()));
        select! {
            done = self.attempts(&mut output) => drop(done?),
            () = course.cancelled() => return Err(cancelled()),
        }
        match output {
            Output::Held(held) => Ok(*held),
            _ => Err(DataFusionError::Internal("rows are not held".to_owned())),
        }
    }

    async fn run(mut self, rows: &Rows) -> Result<()> {
        let begun = Instant::now();
        let parts = match &self.planned {
            Planned::Here(plan) => {
                let stream = execute_stream(Arc::clone(plan), self.state.task_ctx())?;
                return give(stream, rows).await;
            }
            Planned::Apart(parts) => parts,
        };
        let mut output = match (&parts.purpose, self.spread.release) {
            (Purpose::Analyze(_), _) => Output::Counted(0),
            (Purpose::Result, Release::AtOnce) => Output::Sent { rows, count: 0 },
            _ => Output::Held(Box::new(self.held())),
        };
        let (purpose, plan) = self.attempts(&mut output).await?;
        match (purpose, output) {
            (Purpose::Analyze(analyze), output) => {
                let explained = analyze.explain(&plan, output.count(), begun).await?;
                send(rows, explained).await
            }
            (Purpose::Sink(sink), Output::Held(held)) => {
                let written = execute_stream(sink.write(*held)?, self.state.task_ctx())?;
                give(written, rows).await
            }
            (_, Output::Held(held)) => give(held.replay().await?, rows).await,
            (_, Output::Sent { .. } | Output::Counted(_)) => Ok(()),
        }
    }

    fn held(&self) -> Held {
        let schema = match &self.planned {
            Planned::Here(plan) => plan.schema(),
            Planned::Apart(parts) => parts.distributed.plan.schema(),
        };
        Held::new(schema, self.state.runtime_env())
    }

    /// Begins the query until an attempt has given all of its rows to `output`. Gives the plan that did.
    async fn attempts(
        &mut self,
        output: &mut Output<'_>,
    ) -> Result<(Purpose, Arc<dyn ExecutionPlan>)> {
        let done = Planned::Here(Arc::new(datafusion::physical_plan::empty::EmptyExec::new(
            Arc::clone(&self.schema),
        )));
        let mut planned = std::mem::replace(&mut self.planned, done);
        loop {
            let parts = match planned {
                Planned::Apart(parts) => *parts,
                Planned::Here(plan) => {
                    // What there was to spread has gone meanwhile.
                    if let Output::Counted(_) = output {
                        let held = Held::new(plan.schema(), self.state.runtime_env());
                        *output = Output::Held(Box::new(held));
                    }
                    let mut rows = execute_stream(Arc::clone(&plan), self.state.task_ctx())?;
                    while let Some(batch) = rows.next().await.transpose()? {
                        output.push(batch).await?;
                    }
                    return Ok((Purpose::Result, plan));
                }
            };
            let begun = Instant::now();
            let Parts {
                attempt,
                hosts,
                distributed,
                purpose,
            } = parts;
            let executed = Arc::clone(&distributed.plan);
            let opening = Opening {
                plan: AttemptPlan {
                    id: attempt,
                    functions: distributed.functions,
                    options: differing_options(self.state.config_options()),
                    time_left: self.time_left(),
                },
                hosts: hosts.clone(),
                splits: distributed.splits,
                sources: self.spread.sources.clone(),
            };
            let Ended { error, committing } =
                match self.attempt(opening, Arc::clone(&executed), output).await {
                    Ok(()) => return Ok((purpose, executed)),
                    Err(ended) => ended,
                };
            if lost_host(&error).is_none() {
                return Err(error);
            }
            if committing && output.count() > 0 {
                // The row that says so comes when all is done.
                tracing::warn!(%attempt, %error, "a host was lost when all was written");
                return Ok((purpose, executed));
            }
            if committing {
                return Err(ClusterError::Committing { source: error }.into());
            }
            if let Output::Sent {
                count: rows @ 1.., ..
            } = *output
            {
                return Err(ClusterError::Released {
                    rows,
                    source: error,
                }
                .into());
            }
            if matches!(&purpose, Purpose::Analyze(analyze) if analyze.writes) {
                let reason = "it writes while it is explained, and may have begun to";
                return Err(ClusterError::Once {
                    reason,
                    source: error,
                }
                .into());
            }
            self.tries.note(&hosts, begun, error)?;
            let line = self.tries.history().last().cloned().unwrap_or_default();
            tracing::warn!(%attempt, "{line}; the query is begun again");
            self.course.replay(line);
            output.clear();
            let again = plan_for_hosts(&self.spread, &mut self.state, &self.plan, &self.tries);
            planned = again.await?;
        }
    }

    /// Begins the query once.
    async fn attempt(
        &mut self,
        opening: Opening,
        plan: Arc<dyn ExecutionPlan>,
        output: &mut Output<'_>,
    ) -> Result<(), Ended> {
        let hosts = opening.hosts.clone();
        let mut attempt = Attempt::open(&self.spread.cluster, opening).await?;
        let control = Arc::clone(attempt.control());
        self.course.begin(&hosts, &control);
        let config = self.state.config_mut();
        *config = controlled(std::mem::take(config), Arc::clone(&control) as _);
        let mut rows = execute_stream(plan, self.state.task_ctx())?;
        let giving = async {
            while let Some(batch) = rows.next().await.transpose()? {
                output.push(batch).await?;
            }
            Ok(())
        };
        let ended = select! {
            ended = giving => ended,
            error = attempt.failed() => Err(error),
        };
        drop(rows);
        match ended {
            Ok(()) => {
                self.scope.absorb(attempt.finish().await);
                Ok(())
            }
            // A commit that was about to begin does not any more.
            Err(error) => Err(Ended {
                committing: !control.give_up(),
                error,
            }),
        }
    }

    fn time_left(&self) -> Option<Duration> {
        let deadline = self.deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }
}

/// How an attempt failed.
struct Ended {
    error: DataFusionError,
    /// What it wrote was being made visible, or was visible.
    committing: bool,
}

impl From<DataFusionError> for Ended {
    fn from(error: DataFusionError) -> Self {
        Self {
            error,
            committing: false,
        }
    }
}

/// What becomes of the rows of an attempt.
enum Output<'r> {
    /// Nobody sees them before all are there.
    Held(Box<Held>),
    /// They go out as they come.
    Sent { rows: &'r Rows, count: u64 },
    /// Nobody wants them.
    Counted(u64),
}

impl Output<'_> {
    async fn push(&mut self, batch: RecordBatch) -> Result<()> {
        match self {
            Self::Held(held) => held.push(batch).await,
            Self::Sent { rows, count } => {
                *count += batch.num_rows() as u64;
                send(rows, batch).await
            }
            Self::Counted(count) => {
                *count += batch.num_rows() as u64;
                Ok(())
            }
        }
    }

    fn count(&self) -> u64 {
        match self {
            Self::Held(held) => held.rows(),
            Self::Sent { count, .. } | Self::Counted(count) => *count,
        }
    }

    /// Another attempt begins.
    fn clear(&mut self) {
        match self {
            Self::Held(held) => held.clear(),
            Self::Sent { count, .. } | Self::Counted(count) => *count = 0,
        }
    }
}

async fn give(mut stream: SendableRecordBatchStream, rows: &Rows) -> Result<()> {
    // A plan that has failed is not asked again.
    while let Some(batch) = stream.next().await.transpose()? {
        send(rows, batch).await?;
    }
    Ok(())
}

async fn send(rows: &Rows, batch: RecordBatch) -> Result<()> {
    rows.send(Ok(batch)).await.map_err(|_| cancelled())
}

/// Plans for the hosts that are there, but not for those that were lost; waits for one if need be.
async fn plan_for_hosts(
    spread: &Spread,
    state: &mut SessionState,
    logical: &LogicalPlan,
    tries: &Tries,
) -> Result<Planned> {
    let until = Instant::now() + PATIENCE;
    loop {
        let hosts = tries.choose(spread.cluster.live());
        let planned = plan(spread, state, logical, hosts).await?;
        match &planned {
            Planned::Apart(parts) if parts.hosts.is_empty() => {}
            _ => return Ok(planned),
        }
        let some = spread.cluster.until(|live| !tries.choose(live).is_empty());
        if timeout_at(until.into(), some).await.is_err() {
            let nobody = DataFusionError::from(spread.cluster.nobody());
            return Err(match tries.history() {
                [] => nobody,
                history => nobody.context(history.join("; ")),
            });
        }
    }
}
