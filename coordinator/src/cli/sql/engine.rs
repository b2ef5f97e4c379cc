//! What runs statements: this process, alone or with hosts of its own, or a coordinator.

use std::fmt;
use std::vec;

use arrow::array::RecordBatch;
use arrowbox_host::protocol::{Stage, Statistics};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::cli::Failure;
use crate::client::{Answers, Begun, Client, RunOptions};
use crate::session::{ComponentOptions, Query, QueryError, Session, Statement, TableSource};

/// What runs statements.
#[derive(Debug)]
pub(super) enum Engine {
    /// A session of this process.
    Here(Box<Session>),
    /// A coordinator.
    There(Client, RunOptions),
}

/// The statements of a text, on their way.
pub(super) enum Statements {
    Here(Box<Local>),
    There(Box<Answers>),
}

/// Statements in a session of this process.
pub(super) struct Local {
    session: Session,
    rest: vec::IntoIter<Statement>,
    /// Kept while nobody polls it.
    starting: Option<BoxFuture<'static, Result<Query, QueryError>>>,
    query: Option<Query>,
}

impl Engine {
    /// Makes the functions of a component known, and gives their names.
    pub(super) async fn add_component(
        &self,
        options: ComponentOptions,
    ) -> Result<Vec<String>, Failure> {
        match self {
            Self::Here(session) => {
                let added = session.add_component(options).await?;
                Ok(added.into_iter().map(|added| added.name).collect())
            }
            Self::There(client, _) => Ok(client.add_component(&options).await?),
        }
    }

    /// Makes files a table.
    pub(super) async fn add_table(&self, table: &TableSource) -> Result<(), Failure> {
        match self {
            Self::Here(session) => Ok(session.add_table(table).await?),
            Self::There(client, _) => Ok(client.add_table(table).await?),
        }
    }

    /// Begins with the statements of `text`.
    pub(super) async fn run(&self, text: &str) -> Result<Statements, Failure> {
        Ok(match self {
            Self::Here(session) => Statements::Here(Box::new(Local {
                session: session.as_ref().clone(),
                rest: session.parse(text)?.into_iter(),
                starting: None,
                query: None,
            })),
            Self::There(client, options) => {
                Statements::There(Box::new(client.run(text, *options).await?))
            }
        })
    }
}

impl Statements {
    /// Begins the next statement, if there is one.
    ///
    /// # Cancellation
    ///
    /// Loses nothing; called again, it goes on.
    pub(super) async fn begin(&mut self) -> Result<Option<Begun>, Failure> {
        match self {
            Self::Here(local) => local.begin().await,
            Self::There(answers) => Ok(answers.begin().await?),
        }
    }

    /// The next rows of the statement that has begun.
    ///
    /// # Cancellation
    ///
    /// Loses nothing; called again, it goes on.
    pub(super) async fn next(&mut self) -> Result<Option<RecordBatch>, Failure> {
        match self {
            Self::Here(local) => match &mut local.query {
                Some(query) => Ok(query.next().await.transpose()?),
                None => Ok(None),
            },
            Self::There(answers) => Ok(answers.next().await?),
        }
    }

    /// How far the statement is, on each host.
    pub(super) fn progress(&self) -> Vec<Stage> {
        match self {
            Self::Here(local) => local.query.as_ref().map(Query::progress),
            Self::There(answers) => Some(answers.progress()),
        }
        .unwrap_or_default()
    }

    /// What the statement took.
    pub(super) fn statistics(&self) -> Statistics {
        match self {
            Self::Here(local) => local.query.as_ref().map(Query::statistics),
            Self::There(answers) => Some(answers.statistics()),
        }
        .unwrap_or_default()
    }
}

impl Local {
    async fn begin(&mut self) -> Result<Option<Begun>, Failure> {
        if self.starting.is_none() {
            self.query = None;
            let Some(statement) = self.rest.next() else {
                return Ok(None);
            };
            let session = self.session.clone();
            let starting = async move { session.run(statement).await };
            self.starting = Some(starting.boxed());
        }
        let Some(starting) = &mut self.starting else {
            return Ok(None);
        };
        let begun = starting.await;
        self.starting = None;
        let query = self.query.insert(begun?);
        Ok(Some(Begun {
            notice: query.notice().map(str::to_owned),
            schema: query.schema().clone(),
        }))
    }
}

impl fmt::Debug for Statements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statements").finish_non_exhaustive()
    }
}
