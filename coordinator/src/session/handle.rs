use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arrowbox_host::Runtime;
use datafusion::arrow::error::ArrowError;
use datafusion::common::plan_datafusion_err;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::dialect::dialect_from_str;
use tokio::runtime::Handle;

use super::builder::Shared;
use super::ddl::{self, CreateFunction, ParseError, Statement};
use super::declared::DeclaredTypes;
use super::functions::{ComponentOptions, Functions, FunctionsError};
use super::known::{AddedFunction, Known};
use super::query::{Deadline, Query, QueryError, Work};
use super::spread::{Release, Spread};
use super::tables::{TableError, TableSource};
use super::{SessionBuilder, show, stack};
use crate::catalog::Catalog;
use crate::cluster::Cluster;
use crate::quantity::Span;

/// Tables, functions and settings, and the statements that use them.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use arrowbox::Session;
///
/// let session = Session::builder().build()?;
/// let mut query = session.sql("CREATE TABLE t AS VALUES (1), (2); SELECT sum(column1) FROM t").await?;
/// assert_eq!(query.collect().await?[0].num_rows(), 1);
/// # Ok(())
/// # }
/// ```
///
/// A clone is the same session: it has the same tables, functions and settings. Only its
/// [time limit](Self::set_timeout) and when it [gives out rows](Self::set_stream) are its own.
#[derive(Clone)]
pub struct Session {
    context: SessionContext,
    functions: Arc<Functions>,
    handle: Handle,
    timeout: Option<Span>,
    shared: Shared,
    spread: Option<Spread>,
}

impl Session {
    /// A session that keeps nothing, unless told otherwise.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::default()
    }

    pub(super) fn new(
        context: SessionContext,
        functions: Arc<Functions>,
        handle: Handle,
        timeout: Option<Span>,
        shared: Shared,
        spread: Option<Spread>,
    ) -> Self {
        Self {
            context,
            functions,
            handle,
            timeout,
            shared,
            spread,
        }
    }

    /// Changes how long one query may take.
    pub fn set_timeout(&mut self, limit: Option<Span>) {
        self.timeout = limit;
    }

    /// How long one query may take, if that is limited.
    pub fn timeout(&self) -> Option<Span> {
        self.timeout
    }

    /// Whether rows are given out as they come, or when all hosts are done: see
    /// [`SessionBuilder::stream`].
    pub fn set_stream(&mut self, stream: bool) {
        if let Some(spread) = &mut self.spread {
            spread.release = Release::of(stream);
        }
    }

    /// The hosts that queries run on, if they do not run here.
    pub fn cluster(&self) -> Option<&Arc<Cluster>> {
        self.spread.as_ref().map(|spread| &spread.cluster)
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The statements of `text`, which are separated by semicolons.
    ///
    /// # Errors
    ///
    /// If any of them does not read.
    pub fn parse(&self, text: &str) -> Result<Vec<Statement>, ParseError> {
        let state = self.context.state();
        let options = &state.config_options().sql_parser;
        let dialect = dialect_from_str(options.dialect)
            .ok_or_else(|| plan_datafusion_err!("there is no SQL dialect {}", options.dialect))?;
        stack::call(|| ddl::parse(text, dialect.as_ref(), options.recursion_limit.get()))
    }

    /// Begins one statement.
    ///
    /// # Errors
    ///
    /// If it can not be planned, or, for a statement about functions, carried out.
    ///
    /// # Cancellation
    ///
    /// Dropping the future ends the statement; one about functions may have been carried out.
    pub async fn run(&self, statement: Statement) -> Result<Query, QueryError> {
        match statement {
            Statement::Sql(statement) => self.start(Work::Statement(statement)).await,
            Statement::CreateFunction(create) => {
                let added = self.create_function(*create).await?;
                Ok(Query::done(Some(added.to_string())))
            }
            Statement::DropFunction(drop) => {
                let name = drop.name.clone();
                let dropped = self
                    .blocking(move |functions| functions.drop(&drop))
                    .await?;
                let notice = if dropped {
                    format!("dropped function `{name}`")
                } else {
                    format!("there is no function `{name}`")
                };
                Ok(Query::done(Some(notice)))
            }
            Statement::ShowFunctions(which) => {
                let known = self.functions().await?;
                let batch = show::functions(&known, &which).map_err(engine)?;
                Ok(Query::answered(batch))
            }
        }
    }

    /// Runs all statements of `text`, each to its end but the last, and gives the last.
    ///
    /// # Errors
    ///
    /// At the first that fails; nothing is run if any does not read, or there is none.
    pub async fn sql(&self, text: &str) -> Result<Query, QueryError> {
        let mut statements = self.parse(text)?;
        let last = statements
            .pop()
            .ok_or_else(|| ParseError::Sql(plan_datafusion_err!("there is no statement")))?;
        for statement in statements {
            let mut query = self.run(statement).await?;
            while let Some(batch) = query.next().await {
                batch?;
            }
        }
        self.run(last).await
    }

    /// Makes a function known, as `CREATE FUNCTION` does.
    ///
    /// # Errors
    ///
    /// If there is one of this name already, or the component is not there, is refused, or does not have
    /// the function as it is declared.
    pub async fn create_function(
        &self,
        create: CreateFunction,
    ) -> Result<AddedFunction, FunctionsError> {
        let declared = DeclaredTypes::resolve(&create, &self.context.state())?;
        self.blocking(move |functions| functions.create(&create, &declared))
            .await
    }

    /// Makes all functions of a component known to this session. They hide functions of the catalogue,
    /// and built-in ones, that have the same names.
    ///
    /// # Errors
    ///
    /// If the component is not there or is refused.
    pub async fn add_component(
        &self,
        options: ComponentOptions,
    ) -> Result<Vec<AddedFunction>, FunctionsError> {
        self.blocking(move |functions| functions.add_component(&options))
            .await
    }

    /// Makes files a table, with a reader if one is named.
    ///
    /// # Errors
    ///
    /// If they are not there, or do not read.
    pub async fn add_table(&self, table: &TableSource) -> Result<(), TableError> {
        let provider = match &table.reader {
            None => table.open(&self.context.state()).await?,
            Some(reader) => {
                let locations = vec![table.path.to_string_lossy().into_owned()];
                let opened = self.reader_table(reader, locations, BTreeMap::new());
                opened.await.map_err(|source| TableError::Reader {
                    name: table.name.clone(),
                    reader: reader.clone(),
                    source: Box::new(source),
                })?
            }
        };
        self.context
            .register_table(table.name.as_str(), provider)
            .map_err(|source| TableError::Register {
                name: table.name.clone(),
                source: Box::new(source),
            })?;
        Ok(())
    }

    /// All functions that can be called, but those of the engine.
    ///
    /// # Errors
    ///
    /// If the catalogue can not be read.
    pub async fn functions(&self) -> Result<Vec<Known>, FunctionsError> {
        self.blocking(|functions| functions.list()).await
    }

    /// DataFusion's side of the session, for what this one does not say.
    ///
    /// A query that is run on it has no scope, and sees no functions but built-in ones.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Where functions are kept; none if nothing is kept.
    pub fn catalog(&self) -> Option<&Catalog> {
        self.functions.catalog()
    }

    /// What runs the components of this session.
    pub fn components(&self) -> &Arc<Runtime> {
        self.functions.runtime()
    }

    /// Plans and begins `work`.
    pub(super) async fn start(&self, work: Work) -> Result<Query, QueryError> {
        let deadline = self.timeout.map(Deadline::of);
        let context = self.context.clone();
        let functions = Arc::clone(&self.functions);
        let spread = self.spread.clone();
        Query::start(&self.handle, context, functions, work, deadline, spread).await
    }

    /// Compiling takes its time, and the catalogue can be in use elsewhere.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Functions) -> Result<T, FunctionsError> + Send + 'static,
    ) -> Result<T, FunctionsError> {
        let functions = Arc::clone(&self.functions);
        let task = self.handle.spawn_blocking(move || operation(&functions));
        task.await.map_err(FunctionsError::Ended)?
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.context.session_id())
            .finish_non_exhaustive()
    }
}

fn engine(error: ArrowError) -> QueryError {
    DataFusionError::from(error).into()
}

#[cfg(test)]
mod tests;
