//! A host and DataFusion around it, without a session: what tests of the sandbox need.

mod planner;
mod ran;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrowbox_host::{
    BindScope, Binding, Digest, Function, FunctionError, FunctionFigures, PublishFigures,
    QueryScope, Runtime, Store, scalar_udf,
};
use datafusion::catalog::TableProvider;
use datafusion::datasource::{MemTable, ViewTable};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryPool, UnboundedMemoryPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, SessionStateBuilder};
use datafusion::logical_expr::{LogicalPlan, ScalarUDF};
use datafusion::physical_plan::common::collect;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};

pub use ran::Ran;

use planner::Planner;

use crate::component::component;
use crate::workspace::target;

/// The host that the tests of one process share. Its store outlives the process, so that fixtures are
/// compiled once.
///
/// # Panics
///
/// When there is no host on this machine.
pub fn runtime() -> &'static Arc<Runtime> {
    static RUNTIME: OnceLock<Arc<Runtime>> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let folder = target().join("test-store");
        Runtime::new(Store::open(&folder).expect("a store")).expect("a host")
    })
}

/// The digest of a built component, by the name of its package, in the store of the shared host.
///
/// # Panics
///
/// When it is not built or not stored.
pub fn stored(name: &str) -> Digest {
    static STORED: OnceLock<std::sync::Mutex<BTreeMap<String, Digest>>> = OnceLock::new();
    let stored = STORED.get_or_init(Default::default);
    let mut stored = stored.lock().expect("nobody panics with it");
    *stored.entry(name.to_owned()).or_insert_with(|| {
        runtime()
            .store()
            .put(&component(name))
            .expect("the component is stored")
    })
}

/// A function of a built component, with nothing granted.
///
/// # Panics
///
/// When there is none.
pub fn function(component: &str, function: &str) -> ScalarUDF {
    bound(Binding::new(stored(component), function))
}

/// A function of the shared host.
///
/// # Panics
///
/// When there is none.
pub fn bound(binding: Binding) -> ScalarUDF {
    let name = binding.function.clone();
    scalar_udf(runtime(), binding).unwrap_or_else(|error| panic!("{name}: {}", said(&error)))
}

/// A function of any kind of the shared host.
///
/// # Panics
///
/// When there is none.
pub fn any(binding: Binding) -> Function {
    let name = binding.function.clone();
    Function::bind(runtime(), binding).unwrap_or_else(|error| panic!("{name}: {}", said(&error)))
}

/// One query with its scope.
pub struct Query {
    context: SessionContext,
    scope: Arc<QueryScope>,
}

impl Query {
    /// A query of so many partitions that charges nobody.
    pub fn new(partitions: usize) -> Self {
        Self::charging(Arc::new(UnboundedMemoryPool::default()), partitions)
    }

    /// A query that charges a memory pool.
    pub fn charging(pool: Arc<dyn MemoryPool>, partitions: usize) -> Self {
        let scope = QueryScope::new(Arc::clone(&pool), partitions, None);
        Self::within(scope, pool, SessionConfig::new(), partitions)
    }

    /// A query of so many partitions that charges a memory pool, with other settings than the usual.
    pub fn configured(pool: Arc<dyn MemoryPool>, partitions: usize, config: SessionConfig) -> Self {
        let scope = QueryScope::new(Arc::clone(&pool), partitions, None);
        Self::within(scope, pool, config, partitions)
    }

    /// A query that ends at a deadline.
    pub fn until(deadline: Instant) -> Self {
        let pool: Arc<dyn MemoryPool> = Arc::new(UnboundedMemoryPool::default());
        let scope = QueryScope::new(Arc::clone(&pool), 1, Some(deadline));
        Self::within(scope, pool, SessionConfig::new(), 1)
    }

    /// A query in which at most `parked` instances of a function wait for their results.
    pub fn parking(parked: usize, partitions: usize) -> Self {
        let pool: Arc<dyn MemoryPool> = Arc::new(UnboundedMemoryPool::default());
        let scope = QueryScope::with_parked(Arc::clone(&pool), parked, None);
        Self::within(scope, pool, SessionConfig::new(), partitions)
    }

    fn within(
        scope: Arc<QueryScope>,
        pool: Arc<dyn MemoryPool>,
        config: SessionConfig,
        partitions: usize,
    ) -> Self {
        let environment = RuntimeEnvBuilder::new().with_memory_pool(pool);
        let state = SessionStateBuilder::new()
            .with_config(config.with_target_partitions(partitions))
            .with_runtime_env(environment.build_arc().expect("a directory to spill to"))
            .with_default_features()
            .with_query_planner(Arc::new(Planner))
            .with_analyzer_rule(Arc::new(BindScope))
            .with_physical_optimizer_rule(Arc::new(PublishFigures))
            .build();
        let context = SessionContext::new_with_state(state);
        scope.install(context.state_ref().write().config_mut().options_mut());
        Self { context, scope }
    }

    /// With a function.
    pub fn with(self, function: ScalarUDF) -> Self {
        self.context.register_udf(function);
        self
    }

    /// The next query, with the same functions and tables and a scope of its own.
    pub fn again(self) -> Self {
        let Self { context, scope } = self;
        let partitions = context.copied_config().target_partitions();
        let pool = Arc::clone(&context.runtime_env().memory_pool);
        // What the guests of the query before still hold is given back first.
        drop(scope);
        let scope = QueryScope::new(pool, partitions, None);
        scope.install(context.state_ref().write().config_mut().options_mut());
        Self { context, scope }
    }

    /// With a function that SQL calls by its name: one for values, of rows, groups or windows.
    ///
    /// # Panics
    ///
    /// When it is of a kind that is not called so.
    pub fn calling(self, function: &Function) -> Self {
        match function {
            Function::Scalar(udf) => self.context.register_udf(udf.as_ref().clone()),
            Function::Aggregate(udf) => self.context.register_udaf(udf.as_ref().clone()),
            Function::Window(udf) => self.context.register_udwf(udf.as_ref().clone()),
            other => panic!("{other:?} is not called by its name"),
        }
        self
    }

    /// With a table.
    ///
    /// # Panics
    ///
    /// When there is one of that name.
    pub fn provider(self, name: &str, table: Arc<dyn TableProvider>) -> Self {
        let before = self.context.register_table(name, table);
        assert!(
            before.expect("a catalogue").is_none(),
            "{name} is there twice"
        );
        self
    }

    /// With a table that is a plan.
    ///
    /// # Panics
    ///
    /// When there is one of that name.
    pub fn view(self, name: &str, plan: LogicalPlan) -> Self {
        self.provider(name, Arc::new(ViewTable::new(plan, None)))
    }

    /// With a table of these batches, one partition for each of the lists.
    ///
    /// # Panics
    ///
    /// When they differ in their types.
    pub fn table(self, name: &str, schema: SchemaRef, partitions: Vec<Vec<RecordBatch>>) -> Self {
        let table = MemTable::try_new(schema, partitions).expect("batches of one schema");
        self.provider(name, Arc::new(table))
    }

    /// With a table of one column, `x`, in batches of these arrays, in one partition.
    ///
    /// # Panics
    ///
    /// When they differ in their types.
    pub fn column(self, name: &str, arrays: impl IntoIterator<Item = ArrayRef>) -> Self {
        let batches: Vec<_> = arrays.into_iter().map(|array| single("x", array)).collect();
        self.table(name, batches[0].schema(), vec![batches])
    }

    /// The settings, the tables and the functions.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// What belongs to this query.
    pub fn scope(&self) -> &Arc<QueryScope> {
        &self.scope
    }

    /// Plans it and begins it.
    ///
    /// # Errors
    ///
    /// What DataFusion says.
    pub async fn stream(&self, sql: &str) -> Result<SendableRecordBatchStream> {
        let stream = self.context.sql(sql).await?.execute_stream().await?;
        Ok(self.scope.run(stream))
    }

    /// Runs it to its end.
    ///
    /// # Errors
    ///
    /// What DataFusion says.
    pub async fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        collect(self.stream(sql).await?).await
    }

    /// What a text means, not optimised.
    ///
    /// # Errors
    ///
    /// What DataFusion says.
    pub async fn plan(&self, sql: &str) -> Result<LogicalPlan> {
        self.context.state().create_logical_plan(sql).await
    }

    /// Runs a plan to its end.
    ///
    /// # Errors
    ///
    /// What DataFusion says.
    pub async fn run(&self, plan: LogicalPlan) -> Result<Ran> {
        let frame = DataFrame::new(self.context.state(), plan);
        let plan = frame.create_physical_plan().await?;
        let stream = execute_stream(Arc::clone(&plan), self.context.task_ctx())?;
        let rows = collect(self.scope.run(stream)).await?;
        Ok(Ran { plan, rows })
    }

    /// What its only function did so far.
    ///
    /// # Panics
    ///
    /// When there is more than one, or none that was called.
    pub fn figures(&self) -> FunctionFigures {
        let mut figures = self.scope.figures();
        assert_eq!(figures.len(), 1, "{figures:?}");
        figures.remove(0)
    }
}

/// A batch of one column.
///
/// # Panics
///
/// Never: a column is as long as itself.
pub fn single(name: &str, array: ArrayRef) -> RecordBatch {
    let field = arrow::datatypes::Field::new(name, array.data_type().clone(), true);
    RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![array]).expect("one column")
}

/// The first column of all these batches.
///
/// # Panics
///
/// When there are no batches.
pub fn first_column(batches: &[RecordBatch]) -> ArrayRef {
    let arrays: Vec<_> = batches
        .iter()
        .map(|batch| batch.column(0).as_ref())
        .collect();
    datafusion::arrow::compute::concat(&arrays).expect("columns of one type")
}

/// What these batches are, a line for each row, its values with `|` between them and `-` for null. Sorted, since
/// rows come in any order.
///
/// # Panics
///
/// When a value can not be shown.
pub fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::default().with_null("-");
    let mut lines = Vec::new();
    for batch in batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options).expect("it can be shown"))
            .collect();
        for row in 0..batch.num_rows() {
            let values: Vec<_> = columns
                .iter()
                .map(|column| column.value(row).to_string())
                .collect();
            lines.push(values.join("|"));
        }
    }
    lines.sort_unstable();
    lines
}

/// The failure of a function behind an error of a query.
pub fn failure(error: &DataFusionError) -> Option<&FunctionError> {
    match error.find_root() {
        DataFusionError::External(error) => error.downcast_ref(),
        _ => None,
    }
}

/// An error and all that caused it, as a user reads it.
pub fn said(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // Some show their cause themselves.
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
