use std::num::NonZeroU32;

use arrowbox_host::protocol::{HostEntry, HostState};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{ListFormat, seconds, table};
use crate::cli::remote::CoordinatorFlags;
use crate::cli::{Exit, Failure, Global};
use crate::client::Client;
use crate::quantity::{Bytes, Span};

/// List the hosts that take part
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox cluster status --coordinator quic://coordinator:7432
  arrowbox cluster status --wait-for 3 --timeout 30s
  arrowbox cluster status --format json")]
pub(super) struct Status {
    #[command(flatten)]
    coordinator: CoordinatorFlags,
    /// Wait until so many hosts get work
    #[arg(long, value_name = "N")]
    wait_for: Option<NonZeroU32>,
    /// How long to wait for them
    #[arg(
        long,
        value_name = "TIME",
        requires = "wait_for",
        default_value = "60s"
    )]
    timeout: Span,
    /// How they are listed
    #[arg(long, value_enum, default_value = "table")]
    format: ListFormat,
}

/// Hosts that did not come.
#[derive(Debug, thiserror::Error)]
#[error("there are {found} hosts after {waited}, not {wanted}")]
pub(in crate::cli) struct TooFew {
    found: usize,
    wanted: NonZeroU32,
    waited: Span,
}

impl Status {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let (wanted, limit) = (self.wait_for, self.timeout);
        let hosts = self.coordinator.ask(global, async |client| match wanted {
            None => Ok(client.hosts(0).await?),
            Some(wanted) => wait(client, wanted, limit).await,
        })?;
        match self.format {
            ListFormat::Json => say!("{}", json!(hosts.iter().map(json).collect::<Vec<_>>()))?,
            ListFormat::Table => say!(
                "{}",
                table(
                    [
                        "host", "address", "state", "cores", "memory", "tasks", "for"
                    ],
                    3..7,
                    hosts.iter().map(row),
                )
            )?,
        }
        Ok(Exit::Done)
    }
}

async fn wait(client: &Client, wanted: NonZeroU32, limit: Span) -> Result<Vec<HostEntry>, Failure> {
    match timeout(limit.0, client.hosts(wanted.get())).await {
        Ok(hosts) => Ok(hosts?),
        Err(_) => Err(TooFew {
            found: client.hosts(0).await?.len(),
            wanted,
            waited: limit,
        }
        .into()),
    }
}

fn state(host: &HostEntry) -> &'static str {
    match host.state {
        HostState::Live => "live",
        HostState::Draining => "draining",
    }
}

fn row(host: &HostEntry) -> [String; 7] {
    [
        host.name.clone(),
        host.url.clone(),
        state(host).to_owned(),
        host.cores.to_string(),
        format!("{} of {}", Bytes(host.load.memory), Bytes(host.memory)),
        host.load.tasks.to_string(),
        seconds(host.since),
    ]
}

fn json(host: &HostEntry) -> Value {
    json!({
        "name": host.name,
        "url": host.url,
        "state": state(host),
        "cores": host.cores,
        "memory": host.memory,
        "load": {
            "attempts": host.load.attempts,
            "tasks": host.load.tasks,
            "memory": host.load.memory,
        },
        "since_seconds": host.since.as_secs_f64(),
    })
}
