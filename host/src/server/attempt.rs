//! One attempt at a query, on one of its hosts.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};

use datafusion::{
    error::{DataFusionError, Result},
    execution::{SessionState, SessionStateBuilder, runtime_env::RuntimeEnv},
};
use datafusion_distributed::{DistributedExt, Worker, WorkerQueryContext};
use tokio::{runtime::Handle, sync::watch};
use url::Url;
use uuid::Uuid;

use super::{
    channels::{AttemptChannels, nobody},
    link::Link,
};
use crate::{
    functions::{Binding, Function, TaskSession},
    protocol::{AttemptPlan, Progress, SetPlan, Task, VERSION},
    query::{CancelOnDrop, FunctionFigures, QueryScope},
    store::{Digest, Pinned},
    transport::{Endpoint, Sent},
};

/// Names the task of a plan to the session that is made for it.
const TASK_HEADER: &str = "arrowbox-task";

/// What a host has for an attempt while its stream lives.
pub(super) struct Attempt {
    id: Uuid,
    bindings: Vec<Binding>,
    options: Vec<(String, String)>,
    deadline: Option<Instant>,
    surroundings: Surroundings,
    /// Keeps what it needs in the store.
    _pinned: Pinned,
    functions: OnceLock<Arc<BTreeMap<String, Function>>>,
    link: Arc<Link>,
    cancelled: watch::Sender<bool>,
    sent: Sent,
    state: Mutex<State>,
}

/// What all attempts of a host share.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) host: Arc<str>,
    pub(super) environment: Arc<RuntimeEnv>,
    pub(super) endpoint: Endpoint,
    /// Where its control runs.
    pub(super) network: Handle,
    pub(super) cores: usize,
}

/// What goes when the attempt ends.
#[derive(Default)]
struct State {
    /// Has the plans. `None` when the attempt has ended.
    worker: Option<Worker>,
    tasks: HashMap<Task, TaskState>,
    /// Also of tasks whose plan is still on its way.
    reads: HashMap<Task, Arc<Reads>>,
    /// As plans call this host.
    target: Option<Url>,
}

struct TaskState {
    scope: Arc<QueryScope>,
    _guard: CancelOnDrop,
}

/// How often a task's partitions were and are read.
#[derive(Default)]
struct Reads {
    begun: AtomicU32,
    open: AtomicU32,
}

/// A partition that is being read.
pub(super) struct Reading(Arc<Reads>);

impl Attempt {
    /// An attempt whose blobs are `pinned`.
    pub(super) fn new(
        plan: AttemptPlan,
        link: Arc<Link>,
        pinned: Pinned,
        surroundings: Surroundings,
    ) -> Arc<Self> {
        Arc::new_cyclic(|attempt: &Weak<Self>| {
            let environment = Arc::clone(&surroundings.environment);
            let attempt = Weak::clone(attempt);
            let worker = Worker::from_session_builder(move |query| {
                let attempt = Weak::clone(&attempt);
                async move { session(attempt, query) }
            });
            let worker = worker.with_runtime_env(environment).with_version(VERSION);
            Self {
                id: plan.id,
                bindings: plan.functions,
                options: plan.options,
                // What is too far away to be told is none.
                deadline: plan
                    .time_left
                    .and_then(|left| Instant::now().checked_add(left)),
                surroundings,
                _pinned: pinned,
                functions: OnceLock::new(),
                link,
                cancelled: watch::Sender::new(false),
                sent: Sent::default(),
                state: Mutex::new(State {
                    worker: Some(worker),
                    ..State::default()
                }),
            }
        })
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// The blobs that its functions need.
    pub(super) fn digests(bindings: &[Binding]) -> Vec<Digest> {
        let of = |binding: &Binding| {
            let data = binding.data.values().copied();
            data.chain([binding.component]).collect::<Vec<_>>()
        };
        let mut digests: Vec<_> = bindings.iter().flat_map(of).collect();
        digests.sort_unstable();
        digests.dedup();
        digests
    }

    /// The functions are bound: plans can come.
    pub(super) fn ready(&self, functions: BTreeMap<String, Function>) {
        // The first time counts.
        let _ = self.functions.set(Arc::new(functions));
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    /// Counts what is sent to other machines.
    pub(super) fn sent(&self) -> &Sent {
        &self.sent
    }

    /// Ends when the attempt does.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    pub(super) fn cancelled(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut cancelled = self.cancelled.subscribe();
        async move {
            // If the sender is gone, so is the attempt.
            let _ = cancelled.wait_for(|cancelled| *cancelled).await;
        }
    }

    /// Has the plans of the tasks, as long as the attempt is open.
    pub(super) fn worker(&self) -> Result<Worker> {
        self.state().worker.clone().ok_or_else(|| self.ended())
    }

    /// The worker for reading what this host itself has, if `url` is what plans call it.
    pub(super) fn own_worker(&self, url: &Url) -> Option<Worker> {
        let state = self.state();
        let own = state.target.as_ref() == Some(url);
        state.worker.clone().filter(|_| own)
    }

    /// A task gets its plan.
    pub(super) fn begin(&self, plan: &mut SetPlan) -> Result<Worker> {
        let refused = |reason: String| DataFusionError::Execution(reason);
        if self.functions.get().is_none() {
            let id = self.id;
            return Err(refused(format!("the attempt {id} is not prepared yet")));
        }
        let target: Url = plan.target.parse().map_err(|error| {
            refused(format!(
                "`{}` is no address of a host: {error}",
                plan.target
            ))
        })?;
        let task = plan.task;
        let mut state = self.state();
        let worker = state.worker.clone().ok_or_else(|| self.ended())?;
        if state.tasks.contains_key(&task) {
            return Err(refused(format!(
                "task {} of stage {} has its plan already",
                task.number, task.stage
            )));
        }
        let scope = QueryScope::on_host(
            Arc::clone(&self.surroundings.environment.memory_pool),
            self.surroundings.cores,
            self.deadline,
            &self.surroundings.host,
        );
        let task_state = TaskState {
            _guard: scope.guard(),
            scope,
        };
        state.tasks.insert(task, task_state);
        state.target = Some(target);
        // Only this side says which task it is.
        plan.headers.retain(|(name, _)| name != TASK_HEADER);
        plan.headers.push((TASK_HEADER.to_owned(), name_of(&task)));
        Ok(worker)
    }

    /// Notes that a partition of a task is read, until the result is dropped.
    pub(super) fn reading(&self, task: Task) -> Reading {
        let reads = Arc::clone(self.state().reads.entry(task).or_default());
        reads.begun.fetch_add(1, Ordering::Relaxed);
        reads.open.fetch_add(1, Ordering::Relaxed);
        Reading(reads)
    }

    /// Tasks that have a plan.
    pub(super) fn tasks(&self) -> u32 {
        self.state().tasks.len() as u32
    }

    /// How far it is. A task counts as finished when nobody reads it any more.
    pub(super) fn progress(&self) -> Progress {
        let state = self.state();
        let finished = state.reads.values().filter(|reads| reads.finished());
        Progress {
            tasks: state.tasks.len() as u32,
            finished: finished.count() as u32,
            rows: self.sent.rows.load(Ordering::Relaxed),
            bytes: self.sent.bytes.load(Ordering::Relaxed),
        }
    }

    /// What the functions of all tasks did.
    pub(super) fn figures(&self) -> Vec<FunctionFigures> {
        let state = self.state();
        let mut tasks = state.tasks.values();
        let Some(first) = tasks.next() else {
            return Vec::new();
        };
        for task in tasks {
            first.scope.absorb(task.scope.figures());
        }
        first.scope.figures()
    }

    /// Stops everything and lets go of it. Dropping a plan can take a while, and so that is done elsewhere.
    pub(super) fn end(&self) {
        self.cancelled.send_replace(true);
        let state = std::mem::take(&mut *self.state());
        // Stops the guests.
        drop(state.tasks);
        let (worker, link) = (state.worker, Arc::clone(&self.link));
        self.surroundings.network.spawn_blocking(move || {
            link.give_up();
            drop(worker);
        });
    }

    fn ended(&self) -> DataFusionError {
        DataFusionError::Execution(format!("the attempt {} has ended", self.id))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What it guards is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session in which the plan of a task is read and run.
    fn session(self: &Arc<Self>, query: WorkerQueryContext) -> Result<SessionState> {
        let task = query.headers.get(TASK_HEADER).map(|task| task.as_bytes());
        let (scope, target) = {
            let state = self.state();
            let mut tasks = state.tasks.iter();
            let named = tasks.find(|(known, _)| Some(name_of(known).as_slice()) == task);
            let scope = named.map(|(_, task)| Arc::clone(&task.scope));
            (scope, state.target.clone())
        };
        let (Some(scope), Some(target), Some(functions)) = (scope, target, self.functions.get())
        else {
            return Err(self.ended());
        };
        let task = TaskSession {
            functions: Arc::clone(functions),
            scope,
            link: Arc::clone(&self.link) as _,
            options: self.options.clone(),
        };
        let builder: SessionStateBuilder = task.install(query.builder)?;
        let channels = AttemptChannels::new(self, self.surroundings.endpoint.clone());
        let state = builder
            .with_distributed_channel_resolver(channels)
            // What was there holds the worker, which has the plan, which has this session: none of them
            // would ever go. `AttemptChannels` does the same and holds nothing.
            .with_distributed_local_worker_context(nobody(target))
            .build();
        Ok(state)
    }
}

fn session(attempt: Weak<Attempt>, query: WorkerQueryContext) -> Result<SessionState> {
    match attempt.upgrade() {
        Some(attempt) => attempt.session(query),
        None => Err(DataFusionError::Execution(
            "the attempt at this query has ended".to_owned(),
        )),
    }
}

/// A task as a header has it.
fn name_of(task: &Task) -> Vec<u8> {
    format!("{}/{}/{}", task.query, task.stage, task.number).into_bytes()
}

impl Reads {
    fn finished(&self) -> bool {
        self.begun.load(Ordering::Relaxed) > 0 && self.open.load(Ordering::Relaxed) == 0
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attempt({})", self.id)
    }
}
