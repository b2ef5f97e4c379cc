//! Hosts in this process, and one attempt at a query on them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use arrow::array::RecordBatch;
use arrowbox_host::{
    AttemptControl, AttemptLink, Distributed, Function, LocalChannels, QueryScope, SplitQueues,
    Staging, TaskSession, controlled, differing_options, distributable,
};
use arrowbox_tests::engine::{self, Query};
use async_trait::async_trait;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::common::collect;
use datafusion::physical_plan::{ExecutionPlan, displayable, execute_stream};
use datafusion::prelude::DataFrame;
use datafusion_distributed::{
    DistributedExt, NetworkBoundaryExt, SessionStateBuilderExt, Worker, WorkerPlanRewriteEvent,
    WorkerPlanRewriteEventResponse, WorkerQueryContext,
};
use url::Url;
use uuid::Uuid;

/// Where an attempt stands, for its hosts and its coordinator.
#[derive(Debug, Default)]
struct Attempt {
    functions: Arc<BTreeMap<String, Function>>,
    splits: SplitQueues,
    options: Vec<(String, String)>,
    scopes: Vec<Arc<QueryScope>>,
    staged: Vec<(Uuid, Arc<Staging>)>,
    /// How many splits each host took.
    taken: BTreeMap<String, usize>,
    committed: usize,
    /// The plans that hosts have got.
    decoded: BTreeSet<String>,
    /// Whether nothing may be committed.
    refuses: bool,
}

#[derive(Debug, Default, Clone)]
struct Shared(Arc<Mutex<Attempt>>);

impl Shared {
    fn attempt(&self) -> MutexGuard<'_, Attempt> {
        self.0.lock().expect("nobody panics with it")
    }
}

#[derive(Debug)]
struct Link {
    host: String,
    shared: Shared,
}

#[async_trait]
impl AttemptLink for Link {
    async fn take_split(&self, scan: Uuid) -> Result<Option<Vec<u8>>> {
        let mut attempt = self.shared.attempt();
        let split = attempt.splits.take(scan);
        if split.is_some() {
            *attempt.taken.entry(self.host.clone()).or_default() += 1;
        }
        Ok(split)
    }

    fn stage(&self, write: Uuid, staging: Arc<Staging>) {
        self.shared.attempt().staged.push((write, staging));
    }
}

#[async_trait]
impl AttemptControl for Shared {
    fn commit(&self, _: Uuid) -> Result<()> {
        let mut attempt = self.attempt();
        if attempt.refuses {
            return Err(DataFusionError::Execution("a host is lost".to_owned()));
        }
        attempt.committed += 1;
        Ok(())
    }

    async fn publish(&self, _: Uuid) -> Result<()> {
        panic!("files that all can see need no host")
    }
}

/// Hosts that run parts of one query after the other.
pub(super) struct Machines {
    channels: LocalChannels,
    shared: Shared,
}

/// A query that was run.
pub(super) struct Ran {
    pub(super) rows: Vec<RecordBatch>,
    /// Stages that ran on hosts.
    pub(super) stages: usize,
    /// Hosts that ran a task.
    pub(super) hosts: BTreeSet<String>,
    /// How many splits each host took.
    pub(super) taken: BTreeMap<String, usize>,
    /// How many writes were made visible.
    pub(super) committed: usize,
}

impl Machines {
    pub(super) fn new(count: usize) -> Self {
        let shared = Shared::default();
        let reached = Arc::new(OnceLock::new());
        let workers = (0..count).map(|number| {
            let host = format!("host-{number}");
            let url = Url::parse(&format!("local://{host}")).expect("a URL");
            (url, worker(host, shared.clone(), Arc::clone(&reached)))
        });
        let channels = LocalChannels::new(workers);
        assert!(reached.set(channels.clone()).is_ok(), "it is set once");
        Self { channels, shared }
    }

    /// Hosts that write what may not be committed.
    pub(super) fn refusing(self) -> Self {
        self.shared.attempt().refuses = true;
        self
    }

    fn session(&self, query: &Query) -> SessionState {
        let state = query.context().state();
        // Its tables are those of the query.
        let config = state.config().clone();
        let config = distributable(config.with_create_default_catalog_and_schema(false));
        let config = controlled(config, Arc::new(self.shared.clone()));
        SessionStateBuilder::new_from_existing(state)
            .with_config(config)
            .with_distributed_planner()
            .with_distributed_worker_resolver(self.channels.clone())
            .with_distributed_channel_resolver(self.channels.clone())
            .build()
    }

    /// What a text means to a session that has these hosts.
    pub(super) async fn plan(&self, query: &Query, sql: &str) -> Result<LogicalPlan> {
        self.session(query).create_logical_plan(sql).await
    }

    /// Runs a plan. None if nothing of it runs on hosts.
    pub(super) async fn run(&self, query: &Query, plan: LogicalPlan) -> Result<Option<Ran>> {
        let state = self.session(query);
        let (context, options) = (state.task_ctx(), differing_options(state.config_options()));
        let plan = DataFrame::new(state, plan).create_physical_plan().await?;
        let Some(distributed) = Distributed::prepare(plan)? else {
            return Ok(None);
        };
        let Distributed {
            plan,
            splits,
            functions,
        } = distributed;
        let bound = |binding: arrowbox_host::Binding| {
            let binding: arrowbox_host::Binding = round(&binding);
            (binding.name.clone(), engine::any(binding))
        };
        {
            let mut attempt = self.shared.attempt();
            let refuses = attempt.refuses;
            *attempt = Attempt {
                functions: Arc::new(functions.into_iter().map(bound).collect()),
                splits,
                options,
                refuses,
                ..Attempt::default()
            };
        }
        let stream = execute_stream(Arc::clone(&plan), context)?;
        let rows = collect(query.scope().run(stream)).await;
        let mut attempt = self.shared.attempt();
        for (_, staging) in attempt.staged.drain(..) {
            staging.abort();
        }
        for scope in &attempt.scopes {
            query.scope().absorb(scope.figures());
        }
        let mut stages = 0;
        let mut sent = BTreeSet::new();
        plan.apply(|node| {
            if node.is_network_boundary() {
                stages += 1;
                sent.insert(outline(node.children()[0])?);
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        for decoded in &attempt.decoded {
            // Each task gets its own of these.
            let own = decoded.contains("DistributedUnionExec");
            assert!(
                own || sent.contains(decoded),
                "{decoded}\nis none of {sent:#?}"
            );
        }
        let hosts = attempt.scopes.iter().map(|scope| scope.host().to_owned());
        Ok(Some(Ran {
            rows: rows?,
            stages,
            hosts: hosts.collect(),
            taken: attempt.taken.clone(),
            committed: attempt.committed,
        }))
    }
}

fn worker(host: String, shared: Shared, channels: Arc<OnceLock<LocalChannels>>) -> Worker {
    Worker::from_session_builder(move |query: WorkerQueryContext| {
        let state = session(&host, &shared, &channels, query);
        async move { state }
    })
}

fn session(
    host: &str,
    shared: &Shared,
    channels: &OnceLock<LocalChannels>,
    query: WorkerQueryContext,
) -> Result<SessionState> {
    let mut attempt = shared.attempt();
    let pool = Arc::new(datafusion::execution::memory_pool::UnboundedMemoryPool::default());
    let scope = QueryScope::on_host(pool, 2, None, host);
    attempt.scopes.push(Arc::clone(&scope));
    let task = TaskSession {
        functions: Arc::clone(&attempt.functions),
        scope,
        link: Arc::new(Link {
            host: host.to_owned(),
            shared: shared.clone(),
        }),
        options: attempt.options.clone(),
    };
    let channels = channels.get().cloned().unwrap_or_default();
    let seen = shared.clone();
    Ok(task
        .install(query.builder)?
        .with_distributed_worker_plan_rewrite_handler(move |event: WorkerPlanRewriteEvent<'_>| {
            seen.attempt().decoded.insert(outline(&event.plan)?);
            Ok(WorkerPlanRewriteEventResponse::new(event.plan))
        })
        .with_distributed_channel_resolver(channels)
        .build())
}

/// What a stage is: every node with its partitions and its columns.
fn outline(stage: &Arc<dyn ExecutionPlan>) -> Result<String> {
    let mut lines = Vec::new();
    stage.apply(|node| {
        // Of the stage below, a host knows only where it is.
        let line = match node.is_network_boundary() {
            true => node.name().to_owned(),
            false => displayable(node.as_ref()).one_line().to_string(),
        };
        let columns = node.schema();
        let columns = columns.fields().iter().map(|field| {
            let null = if field.is_nullable() { "?" } else { "" };
            format!("{} {}{null}", field.name(), field.data_type())
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        let properties = node.properties();
        let order = properties.eq_properties.output_ordering();
        let order = order.map_or_else(String::new, |order| order.to_string());
        let partitions = &properties.partitioning;
        lines.push(format!("{} ({columns}) {partitions} {order}", line.trim()));
        Ok(match node.is_network_boundary() {
            true => TreeNodeRecursion::Jump,
            false => TreeNodeRecursion::Continue,
        })
    })?;
    Ok(lines.join("\n"))
}

/// A binding after its way to another machine.
fn round(binding: &arrowbox_host::Binding) -> arrowbox_host::Binding {
    let bytes = serde_json::to_vec(binding).expect("it is written");
    serde_json::from_slice(&bytes).expect("it reads")
}
