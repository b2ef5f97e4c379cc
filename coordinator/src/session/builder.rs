use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrowbox_host::{BindScope, EngineError, PublishFigures, Runtime, Store, StoreError};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::{GreedyMemoryPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use tempfile::TempDir;
use tokio::runtime::Handle;

use super::Session;
use super::functions::Functions;
use super::planner::Planner;
use super::spread::{Release, Spread, planned_apart, spreadable};
use crate::catalog::{Catalog, CatalogError};
use crate::cluster::{Cluster, Sources};
use crate::data_dir::DataDir;
use crate::quantity::{Bytes, Span};

/// Why a session does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The catalogue.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The store of components.
    #[error("the store of components can not be opened")]
    Store(#[from] StoreError),
    /// What runs components.
    #[error("the sandbox does not start")]
    Runtime(#[from] EngineError),
    /// A place for what is not kept.
    #[error("no temporary directory can be made")]
    Temporary(#[source] io::Error),
    /// The engine.
    #[error("the engine does not start")]
    Engine(#[from] DataFusionError),
}

/// So deep may an expression be nested. Code without optimisation that works on 500 overflows its stack.
const NESTING: &str = "300";
/// Consumers of memory that an error about memory names.
const NAMED_CONSUMERS: NonZeroUsize = NonZeroUsize::new(5).unwrap();

/// What a session is made of.
#[derive(Debug, Default)]
pub struct SessionBuilder {
    data_dir: Option<DataDir>,
    catalog: Keep,
    memory: Option<Bytes>,
    partitions: Option<NonZeroUsize>,
    timeout: Option<Span>,
    handle: Option<Handle>,
    shared: Option<Shared>,
    cluster: Option<Arc<Cluster>>,
    release: Release,
}

/// What sessions of one process can have together.
#[derive(Clone)]
pub(super) struct Shared {
    catalog: Option<Catalog>,
    runtime: Arc<Runtime>,
    scratch: Arc<Runtime>,
    environment: Arc<RuntimeEnv>,
    partitions: Option<NonZeroUsize>,
    /// Goes with the last of them.
    _temporary: Option<Arc<TempDir>>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// Whether the functions of the data directory are those of the session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Keep {
    #[default]
    Catalogue,
    Nothing,
}

impl SessionBuilder {
    /// The catalogue and the components of this directory. Without it, nothing outlives the session.
    pub fn data_dir(mut self, data_dir: DataDir) -> Self {
        self.data_dir = Some(data_dir);
        self
    }

    /// Uses the data directory for compiled components only: its functions are not seen, and none are
    /// added to them.
    pub fn without_catalog(mut self) -> Self {
        self.catalog = Keep::Nothing;
        self
    }

    /// The catalogue, the compiled components, the memory, the hosts, the runtime and the time limit of
    /// another session, but none of its tables, settings and temporary functions. What is said of a data
    /// directory and of memory is not heard then.
    pub fn beside(mut self, other: &Session) -> Self {
        let shared = other.shared().clone();
        self.partitions = shared.partitions;
        self.handle = Some(other.handle().clone());
        self.timeout = other.timeout();
        self.cluster = other.cluster().cloned();
        self.shared = Some(shared);
        self
    }

    /// What all queries together may take, functions included. Unbounded by default.
    pub fn memory_limit(mut self, limit: Bytes) -> Self {
        self.memory = Some(limit);
        self
    }

    /// How many parts of a query run at once. By default as many as there are processors.
    pub fn partitions(mut self, partitions: NonZeroUsize) -> Self {
        self.partitions = Some(partitions);
        self
    }

    /// How long one query may take. Unbounded by default.
    pub fn timeout(mut self, limit: Span) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// The runtime that queries run on. By default the one that [`build`](Self::build) is called on.
    ///
    /// Functions compute on its threads. Whoever waits for queries should do that on another runtime if
    /// it must stay responsive while all of them are busy.
    pub fn handle(mut self, handle: Handle) -> Self {
        self.handle = Some(handle);
        self
    }

    /// The hosts that queries run on. Without them, queries run here.
    ///
    /// A query that loses a host is begun again on the others, with the versions of functions that it began
    /// with. Files are read by the hosts, under the names that they have here.
    pub fn cluster(mut self, cluster: Arc<Cluster>) -> Self {
        self.cluster = Some(cluster);
        self
    }

    /// Gives out rows that hosts make as they come. A query that loses a host after that ends with an error,
    /// where it would be begun again otherwise.
    pub fn stream(mut self, stream: bool) -> Self {
        self.release = Release::of(stream);
        self
    }

    /// Opens the session.
    ///
    /// # Errors
    ///
    /// If the data directory can not be read.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, unless a handle was given.
    pub fn build(mut self) -> Result<Session, OpenError> {
        let shared = match self.shared.take() {
            Some(shared) => shared,
            None => self.open()?,
        };
        let context = self.context(&shared)?;
        let functions = Functions::new(
            shared.catalog.clone(),
            Arc::clone(&shared.runtime),
            Arc::clone(&shared.scratch),
            &context.state(),
        );
        let spread = self.cluster.map(|cluster| Spread {
            cluster,
            release: self.release,
            sources: Sources(vec![
                Arc::clone(&shared.runtime),
                Arc::clone(&shared.scratch),
            ]),
            automatic: match self.partitions {
                Some(_) => None,
                None => automatic_partitions(&context),
            },
        });
        Ok(Session::new(
            context,
            Arc::new(functions),
            self.handle.unwrap_or_else(Handle::current),
            self.timeout,
            shared,
            spread,
        ))
    }

    fn open(&self) -> Result<Shared, OpenError> {
        let mut temporary = None;
        let (catalog, store) = match &self.data_dir {
            Some(data_dir) => {
                let catalog = match self.catalog {
                    Keep::Catalogue => Some(Catalog::open(data_dir.catalog())?),
                    Keep::Nothing => None,
                };
                (catalog, Store::open(data_dir.store())?)
            }
            None => (None, temporary_store(&mut temporary)?),
        };
        let read_only = store.is_read_only();
        let runtime = Runtime::new(store)?;
        let scratch = if read_only {
            Runtime::new(temporary_store(&mut temporary)?)?
        } else {
            Arc::clone(&runtime)
        };
        let mut environment = RuntimeEnvBuilder::new();
        if let Some(Bytes(limit)) = self.memory {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let pool = TrackConsumersPool::new(GreedyMemoryPool::new(limit), NAMED_CONSUMERS);
            environment = environment.with_memory_pool(Arc::new(pool));
        }
        Ok(Shared {
            catalog,
            runtime,
            scratch,
            environment: environment.build_arc()?,
            partitions: self.partitions,
            _temporary: temporary.map(Arc::new),
        })
    }

    fn context(&self, shared: &Shared) -> Result<SessionContext, OpenError> {
        let mut config = SessionConfig::from_env()?
            .with_information_schema(true)
            .set_str("datafusion.sql_parser.recursion_limit", NESTING);
        if let Some(partitions) = self.partitions {
            config = config.with_target_partitions(partitions.get());
        }
        if self.cluster.is_some() {
            config = spreadable(config)?;
        }
        let mut builder = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(Arc::clone(&shared.environment))
            .with_default_features()
            .with_query_planner(Arc::new(Planner))
            .with_analyzer_rule(Arc::new(BindScope))
            .with_physical_optimizer_rule(Arc::new(PublishFigures));
        if self.cluster.is_some() {
            builder = planned_apart(builder)?;
        }
        Ok(SessionContext::new_with_state(builder.build()))
    }
}

/// The number of partitions that plans have because nobody said another.
fn automatic_partitions(context: &SessionContext) -> Option<usize> {
    let partitions = context.copied_config().target_partitions();
    (partitions == SessionConfig::new().target_partitions()).then_some(partitions)
}

fn temporary_store(directory: &mut Option<TempDir>) -> Result<Store, OpenError> {
    let made = TempDir::with_prefix("arrowbox-").map_err(OpenError::Temporary)?;
    let store = Store::open(made.path())?;
    *directory = Some(made);
    Ok(store)
}
