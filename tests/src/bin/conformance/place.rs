//! Where cases run: in this process, and on hosts.

use std::error::Error;
use std::fmt;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrowbox::{
    Client, ClientError, ComponentOptions, DataDir, QueryError, RunOptions, Session, TableSource,
};
use arrowbox_host::protocol::{FailureKind, Role};
use arrowbox_host::{BindError, FunctionError};
use arrowbox_tests::cluster::{Observer, SPREAD, TestCluster};
use arrowbox_tests::engine::{lines, said};
use datafusion::error::DataFusionError;
use tokio::runtime::Runtime;

use crate::case::Kind;

/// How long a case may take: components are compiled before, and nothing waits for more than seconds.
const LIMIT: Duration = Duration::from_secs(120);

/// What a text gave.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Vec<RecordBatch>,
}

/// How a text failed.
#[derive(Debug, Clone)]
pub(crate) struct Failed {
    pub(crate) kind: Kind,
    pub(crate) message: String,
}

/// Where cases run.
pub(crate) trait Place {
    /// In the grid.
    fn name(&self) -> &'static str;

    /// Begins anew, with these tables and the functions of this component.
    fn begin(&mut self, tables: &[TableSource], component: Option<&Path>);

    /// Runs statements to their ends, and gives the rows of the last.
    fn run(&mut self, sql: &str) -> Result<Rows, Failed>;
}

fn all_of(component: &Path) -> ComponentOptions {
    ComponentOptions {
        source: component.display().to_string(),
        ..ComponentOptions::default()
    }
}

/// The library in this process.
pub(crate) struct Embedded {
    runtime: Runtime,
    base: Session,
    session: Session,
}

impl Embedded {
    /// What is compiled is kept in a folder.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub(crate) fn new(data: &Path) -> Self {
        let runtime = Runtime::new().expect("threads");
        let data = DataDir::open(Some(data)).expect("a folder");
        let partitions = NonZeroUsize::new(2).expect("it is not zero");
        let base = Session::builder()
            .data_dir(data)
            .without_catalog()
            .partitions(partitions)
            .handle(runtime.handle().clone())
            .build()
            .expect("a session");
        Self {
            session: base.clone(),
            base,
            runtime,
        }
    }
}

impl Place for Embedded {
    fn name(&self) -> &'static str {
        "embedded"
    }

    fn begin(&mut self, tables: &[TableSource], component: Option<&Path>) {
        let session = Session::builder()
            .beside(&self.base)
            .build()
            .expect("a session");
        self.runtime.block_on(async {
            for table in tables {
                session
                    .add_table(table)
                    .await
                    .unwrap_or_else(|error| panic!("{}", said(&error)));
            }
            if let Some(component) = component {
                let added = session.add_component(all_of(component)).await;
                added.unwrap_or_else(|error| panic!("{}", said(&error)));
            }
        });
        self.session = session;
    }

    fn run(&mut self, sql: &str) -> Result<Rows, Failed> {
        self.runtime.block_on(in_time(async {
            let mut query = self.session.sql(sql).await?;
            let schema = query.schema().clone();
            Ok(Rows {
                schema,
                batches: query.collect().await?,
            })
        }))
    }
}

impl From<QueryError> for Failed {
    fn from(error: QueryError) -> Self {
        let limit = matches!(error, QueryError::TimedOut { .. });
        let kind = match function(&error) {
            _ if limit => Kind::Limit,
            Some(failure) if failure.cause.is_limit() || failure.cause.is_stop() => Kind::Limit,
            Some(_) => Kind::Function,
            None => Kind::Statement,
        };
        Self {
            kind,
            message: said(&error),
        }
    }
}

/// The failure of a function among the causes of an error.
fn function<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a FunctionError> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    if let Some(found) = error.downcast_ref::<Box<FunctionError>>() {
        return Some(found);
    }
    match error.downcast_ref() {
        Some(QueryError::Engine(inner)) => return function(inner),
        Some(QueryError::Functions(inner)) => return function(inner),
        _ => {}
    }
    let bind = error.downcast_ref::<Box<BindError>>().map(AsRef::as_ref);
    if let Some(BindError::Constructor(inner)) = bind.or_else(|| error.downcast_ref()) {
        return Some(inner);
    }
    match error.downcast_ref() {
        Some(DataFusionError::External(inner)) => return function(inner.as_ref()),
        Some(DataFusionError::ArrowError(inner, _)) => return function(inner.as_ref()),
        Some(DataFusionError::Shared(inner)) => return function(inner.as_ref()),
        _ => {}
    }
    function(error.source()?)
}

/// A coordinator and two hosts, each a process.
pub(crate) struct Hosts {
    cluster: TestCluster,
    observer: Observer,
    client: Client,
}

impl Hosts {
    /// What is compiled is kept in a folder.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub(crate) fn new(data: &Path) -> Self {
        fs::create_dir_all(data).unwrap_or_else(|error| panic!("{}: {error}", data.display()));
        let cluster = TestCluster::start(2);
        let observer = Observer::new(Role::Client);
        let client = observer.client(cluster.coordinator().url());
        Self {
            cluster,
            observer,
            client,
        }
    }
}

impl Place for Hosts {
    fn name(&self) -> &'static str {
        "two hosts"
    }

    fn begin(&mut self, tables: &[TableSource], component: Option<&Path>) {
        // A session is that of a connection, which an observer keeps.
        self.observer = Observer::new(Role::Client);
        self.client = self.observer.client(self.cluster.coordinator().url());
        self.observer.wait(async {
            for table in tables {
                let added = self.client.add_table(table).await;
                added.unwrap_or_else(|error| panic!("{}", said(&error)));
            }
            if let Some(component) = component {
                let added = self.client.add_component(&all_of(component)).await;
                added.unwrap_or_else(|error| panic!("{}", said(&error)));
            }
        });
        let spread = format!("{SPREAD} EXPLAIN SELECT n FROM numbers");
        let plan = self
            .run(&spread)
            .unwrap_or_else(|failed| panic!("{failed}"));
        assert!(is_spread(&plan), "queries do not run on hosts: {plan:?}");
    }

    fn run(&mut self, sql: &str) -> Result<Rows, Failed> {
        self.observer.wait(in_time(async {
            let mut answers = self.client.run(sql, RunOptions::default()).await?;
            let mut last = None;
            while let Some(begun) = answers.begin().await? {
                let mut batches = Vec::new();
                while let Some(batch) = answers.next().await? {
                    batches.push(batch);
                }
                last = Some(Rows {
                    schema: begun.schema,
                    batches,
                });
            }
            Ok(last.expect("every text of the table has a statement"))
        }))
    }
}

/// Gives up what does not end.
async fn in_time(run: impl Future<Output = Result<Rows, Failed>>) -> Result<Rows, Failed> {
    let ended = tokio::time::timeout(LIMIT, run).await;
    ended.unwrap_or_else(|_| {
        Err(Failed {
            kind: Kind::Other,
            message: format!("it has not ended after {LIMIT:?}"),
        })
    })
}

/// Whether a plan has parts between which rows go over the network.
fn is_spread(plan: &Rows) -> bool {
    lines(&plan.batches)
        .iter()
        .any(|line| line.contains("Network"))
}

impl From<ClientError> for Failed {
    fn from(error: ClientError) -> Self {
        let kind = match &error {
            ClientError::Failed { kind, .. } => match kind {
                FailureKind::Statement => Kind::Statement,
                FailureKind::Function => Kind::Function,
                FailureKind::Limit => Kind::Limit,
                _ => Kind::Other,
            },
            ClientError::Statement(_) => Kind::Limit,
            _ => Kind::Other,
        };
        Self {
            kind,
            message: said(&error),
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.message)
    }
}
