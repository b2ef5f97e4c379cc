//! Functions with DataFusion's data frames: what SQL says, said in Rust.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrowbox_host::{Function, GroupedInput, GroupedMap};
use datafusion::catalog::TableProvider;
use datafusion::common::{ScalarValue, TableReference};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::provider_as_source;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::expr_rewriter::{normalize_cols, normalize_sorts};
use datafusion::logical_expr::{
    AggregateUDF, Expr, LogicalPlan, LogicalPlanBuilder, ScalarUDF, SortExpr, WindowUDF,
};

use super::functions::FunctionsError;
use super::query::{Query, QueryError, Work};
use super::relations::CallError;
use super::{Session, forms};

/// Rows, and the columns whose equal values make groups of them.
#[derive(Debug, Clone)]
pub struct Grouping {
    frame: DataFrame,
    keys: Vec<Expr>,
    order: Vec<SortExpr>,
}

impl Grouping {
    /// Groups by the values of `keys`.
    pub fn by(frame: DataFrame, keys: Vec<Expr>) -> Self {
        Self {
            frame,
            keys,
            order: Vec::new(),
        }
    }

    /// The order of the rows within each group. Without it, they come in any.
    pub fn ordered(self, order: Vec<SortExpr>) -> Self {
        Self { order, ..self }
    }

    fn input(self) -> Result<GroupedInput, DataFusionError> {
        let plan = self.frame.into_parts().1;
        Ok(GroupedInput {
            keys: normalize_cols(self.keys, &plan)?,
            order: normalize_sorts(self.order, &plan)?,
            plan,
        })
    }
}

/// Functions with data frames.
///
/// Frames come from [`context`](Session::context), from here, or from each other; [`run_frame`](Session::run_frame)
/// runs them, with a scope of their own. Functions go by their names in this session, in lower case unless
/// they were quoted.
///
/// ```no_run
/// use arrowbox::{Grouping, Session};
/// use datafusion::prelude::{col, lit};
/// # async fn example(session: Session) -> Result<(), Box<dyn std::error::Error>> {
/// let logs = session
///     .read("access_log", ["logs/".to_owned()], [("malformed".to_owned(), "skip".to_owned())])
///     .await?;
/// let scored = session.map_batches(logs, "score", vec![0.5.into()]).await?;
/// let fits = session
///     .grouped_map(Grouping::by(scored, vec![col("host")]), "linear_regression", vec![])
///     .await?;
/// // Functions that give values are DataFusion's own.
/// let mean = session.aggregate("geometric_mean").await?;
/// let fits = fits.aggregate(vec![], vec![mean.call(vec![col("slope")])])?;
/// let mut query = session.write(fits, "json_lines", "means/", []).await?;
/// query.collect().await?;
/// # Ok(())
/// # }
/// ```
impl Session {
    /// The function of this name, of whatever kind.
    ///
    /// # Errors
    ///
    /// If there is none, or its component can not be used.
    pub async fn function(&self, name: &str) -> Result<Function, QueryError> {
        let names = BTreeSet::from([name.to_owned()]);
        let mut found = self
            .blocking(move |functions| functions.resolve(&names))
            .await?;
        found.remove(name).ok_or_else(|| {
            let name = name.to_owned();
            FunctionsError::NotFound { name }.into()
        })
    }

    /// The scalar function of this name, for [`call`](datafusion::logical_expr::ScalarUDF::call).
    ///
    /// # Errors
    ///
    /// If there is none, or it is of another kind.
    pub async fn scalar(&self, name: &str) -> Result<Arc<ScalarUDF>, QueryError> {
        match self.function(name).await? {
            Function::Scalar(udf) => Ok(udf),
            other => Err(of_another_kind(name, &other)),
        }
    }

    /// The aggregate function of this name, for [`call`](datafusion::logical_expr::AggregateUDF::call).
    ///
    /// # Errors
    ///
    /// If there is none, or it is of another kind.
    pub async fn aggregate(&self, name: &str) -> Result<Arc<AggregateUDF>, QueryError> {
        match self.function(name).await? {
            Function::Aggregate(udaf) => Ok(udaf),
            other => Err(of_another_kind(name, &other)),
        }
    }

    /// The window function of this name, for [`call`](datafusion::logical_expr::WindowUDF::call).
    ///
    /// # Errors
    ///
    /// If there is none, or it is of another kind.
    pub async fn window(&self, name: &str) -> Result<Arc<WindowUDF>, QueryError> {
        match self.function(name).await? {
            Function::Window(udwf) => Ok(udwf),
            other => Err(of_another_kind(name, &other)),
        }
    }

    /// The rows that a table function gives for constants.
    ///
    /// # Errors
    ///
    /// If there is no such table function, or it does not take these arguments.
    pub async fn table_of(
        &self,
        function: &str,
        arguments: Vec<ScalarValue>,
    ) -> Result<DataFrame, QueryError> {
        let table = match self.function(function).await? {
            Function::Table(table) => table,
            other => return Err(of_another_kind(function, &other)),
        };
        self.scan(function, table.table(&arguments)?)
    }

    /// The rows of `frame`, each with the rows that a table function gives for it. Rows for which it gives
    /// none are left out. The function's columns can be qualified with its name.
    ///
    /// # Errors
    ///
    /// If there is no such table function, or it does not take these arguments.
    pub async fn with_rows_of(
        &self,
        frame: DataFrame,
        function: &str,
        arguments: Vec<Expr>,
    ) -> Result<DataFrame, QueryError> {
        let table = match self.function(function).await? {
            Function::Table(table) => table,
            other => return Err(of_another_kind(function, &other)),
        };
        let alias = Some(TableReference::bare(function));
        Ok(self.frame(table.lateral(frame.into_parts().1, arguments, alias, &[])?))
    }

    /// What a batch map makes of the rows of `frame`.
    ///
    /// # Errors
    ///
    /// If there is no such batch map, or it does not take these columns and arguments.
    pub async fn map_batches(
        &self,
        frame: DataFrame,
        function: &str,
        arguments: Vec<ScalarValue>,
    ) -> Result<DataFrame, QueryError> {
        let map = match self.function(function).await? {
            Function::MapBatches(map) => map,
            other => return Err(of_another_kind(function, &other)),
        };
        Ok(self.frame(map.plan(frame.into_parts().1, &arguments, None)?))
    }

    /// What a grouped map makes of each group.
    ///
    /// # Errors
    ///
    /// If there is no such grouped map, or it does not take these columns and arguments.
    pub async fn grouped_map(
        &self,
        groups: Grouping,
        function: &str,
        arguments: Vec<ScalarValue>,
    ) -> Result<DataFrame, QueryError> {
        let map = self.grouped(function, 1).await?;
        Ok(self.frame(map.plan(vec![groups.input()?], &arguments)?))
    }

    /// What a cogrouped map makes of the groups that have equal keys in two frames. The keys of both are as
    /// many, and of the same types.
    ///
    /// # Errors
    ///
    /// If there is no such cogrouped map, or it does not take these columns and arguments.
    pub async fn cogrouped_map(
        &self,
        left: Grouping,
        right: Grouping,
        function: &str,
        arguments: Vec<ScalarValue>,
    ) -> Result<DataFrame, QueryError> {
        let map = self.grouped(function, 2).await?;
        Ok(self.frame(map.plan(vec![left.input()?, right.input()?], &arguments)?))
    }

    /// The table that a reader makes of what lies at `locations`: files, folders or patterns.
    ///
    /// # Errors
    ///
    /// If there is no such reader, or it can not open them.
    pub async fn read(
        &self,
        reader: &str,
        locations: impl IntoIterator<Item = String>,
        options: impl IntoIterator<Item = (String, String)>,
    ) -> Result<DataFrame, QueryError> {
        let locations = locations.into_iter().collect();
        let options = options.into_iter().collect();
        let table = self.reader_table(reader, locations, options).await?;
        self.scan(reader, table)
    }

    /// Has a writer put the rows of `frame` at `location`. All of them are there when the query has ended,
    /// or nothing is.
    ///
    /// # Errors
    ///
    /// If there is no such writer, or it does not take these columns and options.
    pub async fn write(
        &self,
        frame: DataFrame,
        writer: &str,
        location: &str,
        options: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Query, QueryError> {
        let found = match self.function(writer).await? {
            Function::Writer(found) => found,
            other => return Err(of_another_kind(writer, &other)),
        };
        let options = options.into_iter().collect();
        let plan = found.write(frame.into_parts().1, location, options)?;
        self.start(Work::Plan(Box::new(plan))).await
    }

    /// Runs a frame. To collect it itself would run it without a scope, which its functions need.
    ///
    /// # Errors
    ///
    /// If it can not be planned.
    ///
    /// # Cancellation
    ///
    /// Dropping the future ends the query.
    pub async fn run_frame(&self, frame: DataFrame) -> Result<Query, QueryError> {
        let plan = frame.into_parts().1;
        self.start(Work::Plan(Box::new(plan))).await
    }

    pub(super) async fn reader_table(
        &self,
        reader: &str,
        locations: Vec<String>,
        options: BTreeMap<String, String>,
    ) -> Result<Arc<dyn TableProvider>, QueryError> {
        let found = match self.function(reader).await? {
            Function::Reader(found) => found,
            other => return Err(of_another_kind(reader, &other)),
        };
        let state = self.context().state();
        Ok(found.table(&state, locations, options).await?)
    }

    async fn grouped(&self, function: &str, inputs: usize) -> Result<Arc<GroupedMap>, QueryError> {
        match self.function(function).await? {
            Function::GroupedMap(map) if map.inputs() == inputs => Ok(map),
            other => Err(of_another_kind(function, &other)),
        }
    }

    fn scan(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<DataFrame, QueryError> {
        let source = provider_as_source(table);
        let scan = LogicalPlanBuilder::scan(TableReference::bare(name), source, None)?;
        Ok(self.frame(scan.build()?))
    }

    fn frame(&self, plan: LogicalPlan) -> DataFrame {
        DataFrame::new(self.context().state(), plan)
    }
}

fn of_another_kind(name: &str, function: &Function) -> QueryError {
    let error = CallError::Kind {
        name: name.to_owned(),
        kind: forms::kind(function),
    };
    DataFusionError::from(error).into()
}
