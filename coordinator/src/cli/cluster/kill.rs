use uuid::Uuid;

use crate::cli::remote::CoordinatorFlags;
use crate::cli::{Exit, Failure, Global};

/// End a query, whoever asked for it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  arrowbox cluster kill 7d0f6a7e-3c9b-4c87-9a39-2f1d3a7c5b10     # as `arrowbox cluster queries` lists it")]
pub(super) struct Kill {
    /// The query
    #[arg(value_name = "ID")]
    query: Uuid,
    #[command(flatten)]
    coordinator: CoordinatorFlags,
}

/// There is no such query.
#[derive(Debug, thiserror::Error)]
#[error("no query {0} runs; `arrowbox cluster queries` lists those that do")]
struct NotRunning(Uuid);

impl Kill {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let query = self.query;
        let killed = self
            .coordinator
            .ask(global, async |client| Ok(client.kill(query).await?))?;
        if !killed {
            return Err(NotRunning(query).into());
        }
        say!("the query {query} was ended")?;
        Ok(Exit::Done)
    }
}
