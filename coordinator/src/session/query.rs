use std::sync::Arc;
use std::time::{Duration, Instant};

use arrowbox_host::protocol::{Stage, Statistics};
use arrowbox_host::{CancelOnDrop, Function, FunctionError, FunctionFigures, QueryScope, Stopped};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::internal_err;
use datafusion::error::DataFusionError;
use datafusion::execution::{FunctionRegistry, SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as SqlStatement;
use futures::StreamExt;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{timeout, timeout_at};

use super::ddl::ParseError;
use super::functions::{Functions, FunctionsError, Resolved};
use super::names::Names;
use super::relations::{Constants, Opened, Relations, fold};
use super::spread::{self, Course, Run, Spread};
use super::{external, stack};
use crate::quantity::Span;

/// Batches that are ready and not yet asked for.
const AHEAD: usize = 2;
/// What a query has left to say after its time is over.
const GRACE: Duration = Duration::from_millis(200);

/// Why a statement has no result, or no more of it.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// It does not read.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// A function in it can not be called, or made known.
    #[error(transparent)]
    Functions(#[from] FunctionsError),
    /// The engine, or a function that it called.
    #[error(transparent)]
    Engine(#[from] DataFusionError),
    /// The session's time limit.
    #[error("the query did not end within {limit}")]
    TimedOut {
        /// The limit.
        limit: Span,
        /// The function that was stopped, if one was running.
        #[source]
        stopped: Option<DataFusionError>,
    },
    /// A bug: the engine panicked. The session goes on.
    #[error("the engine panicked while it ran the query")]
    Panicked(#[source] JoinError),
}

/// One statement while it runs.
///
/// It runs as tasks of its own on the session's runtime, so that whoever waits for it can walk away at
/// any time, even while a function computes. Dropping it ends it: functions stop within milliseconds.
#[derive(Debug)]
pub struct Query {
    schema: SchemaRef,
    notice: Option<String>,
    batches: mpsc::Receiver<Result<RecordBatch, QueryError>>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    scope: Arc<QueryScope>,
    _guard: CancelOnDrop,
    course: Arc<Course>,
    task: Task,
    deadline: Option<Deadline>,
}

/// When a query must have ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    at: Instant,
    limit: Span,
}

impl Deadline {
    pub(super) fn of(limit: Span) -> Self {
        Self {
            at: Instant::now() + limit.0,
            limit,
        }
    }
}

/// Ends when nobody holds it. Empty once it has been seen to end.
#[derive(Debug)]
struct Task(Option<JoinHandle<()>>);

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

impl Query {
    /// Plans and begins `work`.
    ///
    /// # Cancellation
    ///
    /// Dropping the future ends the query.
    pub(super) async fn start(
        handle: &Handle,
        context: SessionContext,
        functions: Arc<Functions>,
        work: Work,
        deadline: Option<Deadline>,
        spread: Option<Spread>,
    ) -> Result<Self, QueryError> {
        let config = context.copied_config();
        let scope = QueryScope::new(
            Arc::clone(&context.runtime_env().memory_pool),
            config.target_partitions(),
            deadline.map(|deadline| deadline.at),
        );
        let guard = scope.guard();
        let (send_schema, schema) = oneshot::channel();
        let (send_batch, mut batches) = mpsc::channel(AHEAD);
        let course = Arc::<Course>::default();
        let planning = Planning {
            scope: Arc::clone(&scope),
            spread: spread.map(|spread| (spread, Arc::clone(&course))),
            deadline: deadline.map(|deadline| deadline.at),
        };
        let planning = planning.plan(context, functions, work);
        let task = handle.spawn(async move {
            let ready = match stack::poll(planning).await {
                Ok(ready) => ready,
                Err(error) => return drop(send_schema.send(Err(error))),
            };
            if send_schema.send(Ok(ready.schema())).is_ok() {
                ready.give(send_batch).await;
            }
        });
        let mut running = Running {
            scope,
            _guard: guard,
            course,
            task: Task(Some(task)),
            deadline,
        };
        let mut schema = schema;
        let schema = match running.within(&mut schema).await {
            Some(Ok(schema)) => schema.map_err(|error| running.judge(error))?,
            Some(Err(_)) => {
                return Err(running.ended().await.unwrap_or_else(|| cancelled().into()));
            }
            None => {
                // What the planner could not compute is tried again when the query runs.
                let last = async {
                    match schema.await {
                        Ok(Ok(_)) => first_error(&mut batches).await,
                        Ok(Err(error)) => Some(error),
                        Err(_) => None,
                    }
                };
                let last = timeout(GRACE, last).await.ok().flatten();
                return Err(running.timed_out(last));
            }
        };
        Ok(Self {
            schema,
            notice: None,
            batches,
            running: Some(running),
        })
    }

    /// A statement that is done, and says what it did.
    pub(super) fn done(notice: Option<String>) -> Self {
        let (_, batches) = mpsc::channel(1);
        Self {
            schema: Arc::new(Schema::empty()),
            notice,
            batches,
            running: None,
        }
    }

    /// A statement whose answer is at hand.
    pub(super) fn answered(batch: RecordBatch) -> Self {
        let schema = batch.schema();
        let (send, batches) = mpsc::channel(1);
        // There is room for one, and the receiver is alive.
        let _ = send.try_send(Ok(batch));
        Self {
            schema,
            notice: None,
            batches,
            running: None,
        }
    }

    /// The columns of the result; none for a statement that has no rows to give.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// For people: what a statement about functions did.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// The next rows.
    ///
    /// # Errors
    ///
    /// What ended the query. There are no more rows after an error.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing; dropping the query ends it.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, QueryError>> {
        let Some(running) = &mut self.running else {
            return self.batches.recv().await;
        };
        match running.within(self.batches.recv()).await {
            Some(Some(batch)) => Some(batch.map_err(|error| running.judge(error))),
            Some(None) => running.ended().await.map(Err),
            None => {
                let last = timeout(GRACE, first_error(&mut self.batches))
                    .await
                    .ok()
                    .flatten();
                self.batches.close();
                Some(Err(running.timed_out(last)))
            }
        }
    }

    /// All rows that are left.
    ///
    /// # Errors
    ///
    /// What ended the query early.
    pub async fn collect(&mut self) -> Result<Vec<RecordBatch>, QueryError> {
        let mut batches = Vec::new();
        while let Some(batch) = self.next().await {
            batches.push(batch?);
        }
        Ok(batches)
    }

    /// What the functions of this query did so far.
    pub fn figures(&self) -> Vec<FunctionFigures> {
        self.running
            .as_ref()
            .map(|running| running.scope.figures())
            .unwrap_or_default()
    }

    /// How far each host is, of those that run parts of this query.
    pub fn progress(&self) -> Vec<Stage> {
        let running = self.running.as_ref();
        running
            .map(|running| running.course.progress())
            .unwrap_or_default()
    }

    /// What the query took so far, on all machines.
    pub fn statistics(&self) -> Statistics {
        let Some(running) = &self.running else {
            return Statistics::default();
        };
        Statistics {
            functions: running.scope.figures(),
            replayed: running.course.replayed(),
            hosts: running.course.hosts(),
        }
    }

    /// Stops the query's functions, wherever they run, and has it end with an error.
    pub fn cancel(&self) {
        if let Some(running) = &self.running {
            running.cancel();
        }
    }
}

impl Running {
    fn cancel(&self) {
        self.scope.cancel();
        self.course.cancel();
    }

    /// Waits for `what`, but not beyond the deadline.
    async fn within<T>(&mut self, what: impl Future<Output = T>) -> Option<T> {
        match self.deadline {
            None => Some(what.await),
            Some(deadline) => timeout_at(deadline.at.into(), what).await.ok(),
        }
    }

    /// A function can see that the time is over before the query does: that is the same thing.
    fn judge(&mut self, error: QueryError) -> QueryError {
        if passed_deadline(&error) {
            self.timed_out(Some(error))
        } else {
            error
        }
    }

    /// The time is over. `last` is what the query said then: functions that were running say so.
    fn timed_out(&mut self, last: Option<QueryError>) -> QueryError {
        let limit = self
            .deadline
            .take()
            .map_or(Span(Duration::ZERO), |deadline| deadline.limit);
        self.cancel();
        let stopped = match last {
            Some(QueryError::Engine(error)) => Some(error),
            _ => None,
        };
        QueryError::TimedOut { limit, stopped }
    }

    /// How the task ended, if not well.
    async fn ended(&mut self) -> Option<QueryError> {
        match self.task.0.take()?.await {
            Ok(()) => None,
            Err(error) if error.is_panic() => Some(QueryError::Panicked(error)),
            Err(_) => Some(cancelled().into()),
        }
    }
}

/// Whether a function stopped because of the query's deadline.
fn passed_deadline(error: &QueryError) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(function) = error.downcast_ref::<FunctionError>() {
            return function.cause.stop() == Some(Stopped::Deadline);
        }
        cause = error.source();
    }
    false
}

async fn first_error(
    batches: &mut mpsc::Receiver<Result<RecordBatch, QueryError>>,
) -> Option<QueryError> {
    while let Some(batch) = batches.recv().await {
        if let Err(error) = batch {
            return Some(error);
        }
    }
    None
}

pub(super) fn cancelled() -> DataFusionError {
    DataFusionError::Execution("the query was cancelled".to_owned())
}

/// What a query does.
#[derive(Debug)]
pub(super) enum Work {
    /// What a statement says.
    Statement(Box<SqlStatement>),
    /// What was planned already.
    Plan(Box<LogicalPlan>),
}

/// What planning needs to know of the query.
struct Planning {
    scope: Arc<QueryScope>,
    spread: Option<(Spread, Arc<Course>)>,
    deadline: Option<Instant>,
}

/// A query that was planned.
enum Ready {
    /// It runs here.
    Here(SendableRecordBatchStream),
    /// It may run on hosts.
    Spread(Box<Run>),
}

impl Planning {
    async fn plan(
        self,
        context: SessionContext,
        functions: Arc<Functions>,
        work: Work,
    ) -> Result<Ready, QueryError> {
        let mut state = context.state();
        self.scope.install(state.config_mut().options_mut());
        let plan = match work {
            Work::Statement(statement) => read(*statement, &functions, &mut state).await?,
            Work::Plan(plan) => {
                state.mark_start_execution();
                *plan
            }
        };
        let plan = match plan {
            LogicalPlan::Ddl(DdlStatement::CreateFunction(_) | DdlStatement::DropFunction(_)) => {
                return Err(DataFusionError::NotImplemented(
                    "functions within other statements".to_owned(),
                )
                .into());
            }
            // These run queries of their own, which belong to this scope. The tables that they make are
            // those of the session.
            LogicalPlan::Ddl(ddl) => {
                let scoped = SessionContext::new_with_state(state.clone());
                let plan = match ddl {
                    DdlStatement::CreateMemoryTable(create) if self.spread.is_some() => {
                        let run = |plan| self.run(state.clone(), plan);
                        spread::create_table(create, &scoped, run).await?
                    }
                    ddl => LogicalPlan::Ddl(ddl),
                };
                scoped.execute_logical_plan(plan).await?.into_parts().1
            }
            // These change the session itself.
            LogicalPlan::Statement(_) => context.execute_logical_plan(plan).await?.into_parts().1,
            plan => plan,
        };
        if self.spread.is_some() {
            let run = self.run(state, plan).await?;
            return Ok(Ready::Spread(Box::new(run)));
        }
        let physical = state.create_physical_plan(&plan).await?;
        Ok(Ready::Here(execute_stream(physical, state.task_ctx())?))
    }

    async fn run(&self, state: SessionState, plan: LogicalPlan) -> Result<Run, DataFusionError> {
        let Some((spread, course)) = &self.spread else {
            return internal_err!("a query without a cluster is spread");
        };
        let (spread, course) = (spread.clone(), Arc::clone(course));
        let scope = Arc::clone(&self.scope);
        Run::new(spread, state, plan, scope, self.deadline, course).await
    }
}

impl Ready {
    fn schema(&self) -> SchemaRef {
        match self {
            Self::Here(stream) => stream.schema(),
            Self::Spread(run) => run.schema(),
        }
    }

    /// Sends all rows, and the error that ended them.
    async fn give(self, rows: mpsc::Sender<Result<RecordBatch, QueryError>>) {
        match self {
            Self::Here(mut stream) => {
                while let Some(batch) = stack::poll(stream.next()).await {
                    // A plan that has failed is not asked again.
                    let failed = batch.is_err();
                    let batch = batch.map_err(QueryError::Engine);
                    if rows.send(batch).await.is_err() || failed {
                        return;
                    }
                }
            }
            Self::Spread(run) => {
                if let Err(error) = stack::poll(run.give(&rows)).await {
                    // Nobody may listen any more.
                    let _ = rows.send(Err(error.into())).await;
                }
            }
        }
    }
}

/// The plan of a statement, whose functions are those of the moment.
async fn read(
    mut statement: SqlStatement,
    functions: &Functions,
    state: &mut SessionState,
) -> Result<LogicalPlan, QueryError> {
    let names = Names::of(&statement);
    let called = functions.resolve(&names.all())?;
    names.check(&called).map_err(DataFusionError::from)?;
    let is_table = |name: &str| matches!(called.get(name), Some(Function::Table(_)));
    fold(&mut statement, &is_table).map_err(DataFusionError::from)?;
    register(&called, state)?;
    // Functions of constants are computed by the planner, with the options that are taken here.
    state.mark_start_execution();
    let relations = Relations {
        opened: Opened::of(&statement, &called, state).await?,
        constants: Constants::of(state),
        functions: called.clone(),
    };
    state.register_relation_planner(Arc::new(relations))?;
    Ok(external::plan(statement, &called, state).await?)
}

/// Makes the functions that give values known to DataFusion, and what they hide unknown.
fn register(functions: &Resolved, state: &mut SessionState) -> Result<(), DataFusionError> {
    for (name, function) in functions {
        // DataFusion looks for scalar functions first: one of another kind must not be in its way.
        match function {
            Function::Scalar(udf) => {
                state.register_udf(Arc::clone(udf))?;
            }
            Function::Aggregate(udaf) => {
                state.deregister_udf(name)?;
                state.deregister_higher_order_function(name)?;
                state.register_udaf(Arc::clone(udaf))?;
            }
            Function::Window(udwf) => {
                state.deregister_udf(name)?;
                state.deregister_higher_order_function(name)?;
                state.deregister_udaf(name)?;
                state.register_udwf(Arc::clone(udwf))?;
            }
            // Their planner looks at them.
            _ => {}
        }
    }
    Ok(())
}
