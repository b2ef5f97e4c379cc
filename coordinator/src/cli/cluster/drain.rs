use arrowbox_host::protocol::HostState;

use crate::cli::remote::CoordinatorFlags;
use crate::cli::{Exit, Failure, Global};

/// Give a host no more work, so that it can be shut down when it has finished what it has
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox cluster drain host-3
  arrowbox cluster drain quic://10.0.0.3:7433
  arrowbox cluster drain host-3 --undo")]
pub(super) struct Drain {
    /// The name of the host, or its address
    host: String,
    /// Give it work again
    #[arg(long)]
    undo: bool,
    #[command(flatten)]
    coordinator: CoordinatorFlags,
}

/// The coordinator says no.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotDrained(String);

impl Drain {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let (state, said) = match self.undo {
            true => (HostState::Live, "gets work again"),
            false => (HostState::Draining, "gets no more work"),
        };
        let host = self.host.clone();
        let drained = self
            .coordinator
            .ask(global, async |client| Ok(client.drain(host, state).await?))?;
        drained.map_err(NotDrained)?;
        say!("the host {} {said}", self.host)?;
        Ok(Exit::Done)
    }
}
