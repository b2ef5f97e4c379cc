//! Whole queries on both sides: the same SQL, with what is native registered or what is sandboxed.

use std::{
    collections::BTreeMap,
    error::Error,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use arrow::array::RecordBatch;
use arrowbox_host::{
    BindScope, Binding, Digest, Function, FunctionFigures, PublishFigures, QueryScope,
    RelationPlanner, Store,
};
use arrowbox_tests::component::component;
use async_trait::async_trait;
use datafusion::{
    catalog::Session,
    error::Result,
    execution::{
        SendableRecordBatchStream, SessionStateBuilder, context::QueryPlanner,
        memory_pool::UnboundedMemoryPool,
    },
    logical_expr::LogicalPlan,
    physical_plan::{ExecutionPlan, ExecutionPlanProperties},
    physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner},
    prelude::{SessionConfig, SessionContext},
};
use futures::{StreamExt, TryStreamExt};
use tempfile::TempDir;

use super::same::{Tolerance, check};
use crate::{record::Record, timing::median};

pub(super) type Outcome<T> = std::result::Result<T, Box<dyn Error>>;

/// Puts tables and functions into a session.
pub(super) type Setup<'s> = dyn Fn(&SessionContext) -> Outcome<()> + 's;

/// Pairs of runs that are counted.
const TURNS: usize = 5;
/// Partitions of every plan.
pub(super) const PARTITIONS: usize = 2;

/// What runs queries, and the components in them.
pub(super) struct Engine {
    tokio: tokio::runtime::Runtime,
    sandbox: Arc<arrowbox_host::Runtime>,
    stored: BTreeMap<&'static str, Digest>,
    _dir: TempDir,
}

/// One query, and what makes its two sides.
pub(super) struct Query<'s> {
    pub(super) sql: &'s str,
    /// Rows of its input.
    pub(super) rows: usize,
    pub(super) native: &'s Setup<'s>,
    pub(super) sandboxed: &'s Setup<'s>,
    /// How far results can be apart.
    pub(super) tolerance: Tolerance,
}

/// Medians over the turns.
pub(super) struct Comparison {
    rows: usize,
    pub(super) native: Duration,
    pub(super) sandboxed: Duration,
    /// Of the turns' ratios, sandboxed to native.
    pub(super) ratio: f64,
    /// Of the last run.
    figures: Option<FunctionFigures>,
}

#[derive(Clone, Copy)]
enum Side {
    Native,
    Sandboxed,
}

impl Engine {
    /// With these components.
    pub(super) fn new(components: &[&'static str]) -> Outcome<Self> {
        let dir = tempfile::tempdir()?;
        let sandbox = arrowbox_host::Runtime::new(Store::open(dir.path())?)?;
        let mut stored = BTreeMap::new();
        for name in components {
            stored.insert(*name, sandbox.store().put(&component(name))?);
        }
        Ok(Self {
            tokio: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(PARTITIONS)
                .enable_all()
                .build()?,
            sandbox,
            stored,
            _dir: dir,
        })
    }

    /// A function of a component.
    pub(super) fn function(&self, component: &str, function: &str) -> Outcome<Function> {
        let digest = self.stored.get(component).ok_or("no such component")?;
        Ok(Function::bind(
            &self.sandbox,
            Binding::new(*digest, function),
        )?)
    }

    /// What comes of work in a session that no query belongs to.
    pub(super) fn wait<T, F: Future<Output = Result<T>>>(
        &self,
        work: impl FnOnce(SessionContext) -> F,
    ) -> Result<T> {
        self.tokio.block_on(work(SessionContext::new()))
    }

    /// Sees that both sides of `query` have the same plan but for the function, and give the same rows; then
    /// measures them in turn.
    pub(super) fn compare(&self, query: &Query<'_>) -> Outcome<Comparison> {
        self.tokio.block_on(async {
            let native = shape(query, Side::Native).await?;
            let sandboxed = shape(query, Side::Sandboxed).await?;
            if native != sandboxed {
                let plans = format!("{native:#?}\nand {sandboxed:#?}");
                return Err(format!("{} has two plans: {plans}", query.sql).into());
            }
            let expected = rows(query, Side::Native).await?;
            let found = rows(query, Side::Sandboxed).await?;
            check(&expected, &found, query.tolerance)
                .map_err(|what| format!("{}: {what} in the sandbox", query.sql))?;
            drop((expected, found));
            let mut turns = Vec::with_capacity(TURNS);
            let mut figures = None;
            for _ in 0..TURNS {
                let (native, _) = time(query, Side::Native).await?;
                let (sandboxed, done) = time(query, Side::Sandboxed).await?;
                eprintln!(
                    "  native {:.3} s, sandboxed {:.3} s",
                    native.as_secs_f64(),
                    sandboxed.as_secs_f64()
                );
                turns.push((native, sandboxed));
                figures = done;
            }
            Ok(Comparison {
                rows: query.rows,
                native: middle(turns.iter().map(|turn| turn.0)),
                sandboxed: middle(turns.iter().map(|turn| turn.1)),
                ratio: median(turns.iter().map(|(n, s)| s.as_secs_f64() / n.as_secs_f64())),
                figures,
            })
        })
    }
}

impl Comparison {
    /// The ratio as a figure.
    pub(super) fn record(&self, figure: impl Into<String>) -> Record {
        self.with(Record::new(figure, self.ratio, "× native"))
    }

    /// What was measured beside a figure.
    pub(super) fn with(&self, mut record: Record) -> Record {
        let per_row = |time: Duration| time.as_nanos() as f64 / self.rows as f64;
        record.rows = Some(self.rows);
        record.native_ns_per_row = Some(per_row(self.native));
        record.wasm_ns_per_row = Some(per_row(self.sandboxed));
        record.ratio = Some(self.ratio);
        if let Some(figures) = &self.figures {
            record.function = Some(figures.function.clone());
            record.calls = Some(figures.calls);
            record.instances = Some(figures.instances);
            record.bytes_copied_in = Some(figures.bytes_copied_in);
            record.bytes_copied_out = Some(figures.bytes_copied_out);
        }
        record
    }
}

/// The nodes of the plan of one side, with how deep they are and how many partitions they have. Those of
/// either side alone have one name.
async fn shape(query: &Query<'_>, side: Side) -> Outcome<Vec<(usize, String, usize)>> {
    let run = Run::new(query, side)?;
    let plan = run.context.sql(run.sql).await?;
    let mut nodes = Vec::new();
    add_nodes(&plan.create_physical_plan().await?, 0, &mut nodes);
    Ok(nodes)
}

fn add_nodes(plan: &Arc<dyn ExecutionPlan>, depth: usize, nodes: &mut Vec<(usize, String, usize)>) {
    let mut below = depth;
    if plan.name() != "FunctionsExec" {
        let name = match plan.name() {
            "OperatorExec" | "MapBatchesExec" | "GroupedMapExec" => "map",
            "LogExec" | "ReaderExec" => "reader",
            name => name,
        };
        let partitions = plan.output_partitioning().partition_count();
        nodes.push((depth, name.to_owned(), partitions));
        below += 1;
    }
    for child in plan.children() {
        add_nodes(child, below, nodes);
    }
}

/// All rows of one side.
async fn rows(query: &Query<'_>, side: Side) -> Outcome<Vec<RecordBatch>> {
    let run = Run::new(query, side)?;
    Ok(run.start().await?.try_collect().await?)
}

/// What one side takes from its plan to its last row, and what its function did.
async fn time(query: &Query<'_>, side: Side) -> Outcome<(Duration, Option<FunctionFigures>)> {
    let run = Run::new(query, side)?;
    let began = Instant::now();
    let mut stream = run.start().await?;
    while let Some(batch) = stream.next().await {
        drop(black_box(batch?));
    }
    let took = began.elapsed();
    let figures = run.scope.and_then(|scope| scope.figures().pop());
    Ok((took, figures))
}

/// A session for one query.
struct Run<'q> {
    sql: &'q str,
    context: SessionContext,
    scope: Option<Arc<QueryScope>>,
}

impl<'q> Run<'q> {
    fn new(query: &Query<'q>, side: Side) -> Outcome<Self> {
        let mut config = SessionConfig::new().with_target_partitions(PARTITIONS);
        let mut state = SessionStateBuilder::new().with_default_features();
        let mut scope = None;
        let setup = match side {
            Side::Native => query.native,
            Side::Sandboxed => {
                let pool = Arc::new(UnboundedMemoryPool::default());
                let made = QueryScope::new(pool, PARTITIONS, None);
                made.install(config.options_mut());
                scope = Some(made);
                state = state
                    .with_query_planner(Arc::new(Planner))
                    .with_analyzer_rule(Arc::new(BindScope))
                    .with_physical_optimizer_rule(Arc::new(PublishFigures));
                query.sandboxed
            }
        };
        let state = state.with_config(config).build();
        let context = SessionContext::new_with_state(state);
        setup(&context)?;
        Ok(Self {
            sql: query.sql,
            context,
            scope,
        })
    }

    async fn start(&self) -> Result<SendableRecordBatchStream> {
        let stream = self.context.sql(self.sql).await?.execute_stream().await?;
        Ok(match &self.scope {
            Some(scope) => scope.run(stream),
            None => stream,
        })
    }
}

/// As a session of the product plans.
#[derive(Debug)]
struct Planner;

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(RelationPlanner)])
            .create_physical_plan(plan, session)
            .await
    }
}

fn middle(times: impl Iterator<Item = Duration>) -> Duration {
    Duration::from_secs_f64(median(times.map(|time| time.as_secs_f64())))
}
