//! `arrowbox host`: runs parts of queries for coordinators.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::thread;

use arrowbox_host::StoreLimits;
use arrowbox_host::protocol::Role;
use arrowbox_host::server::{HostEvent, HostOptions, HostServer};
use tokio::select;
use tokio::sync::watch;

use super::address::Address;
use super::machine;
use super::remote::CertsFlag;
use super::runtimes::Runtimes;
use super::shutdown::{AttachedFlag, Shutdown};
use super::{Exit, Failure, Global};
use crate::quantity::{Bytes, Span};

/// Where hosts listen if nobody says otherwise.
const PORT: u16 = 7433;

/// Run parts of queries for coordinators
///
/// Components and data that queries need are sent by coordinators and kept, checked, in the data directory.
/// Once it listens, it prints `listening on quic://ADDRESS`. When it is told to end (Ctrl-C, SIGTERM), it takes
/// no more work, finishes what it has within the time of --grace, and ends; told a second time, it ends at
/// once.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox certs issue certs host --into host-certs
  arrowbox host --certs host-certs --join quic://coordinator:7432
  arrowbox host --join coordinator --cores 16 --memory 48GiB --disk 100GiB --spill-dir /scratch
  arrowbox host --listen 10.0.0.2:7433 --name big-one

Exit codes:
    0  it was told to end
    1  it can not listen where it should, or its certificates can not be used
    2  the command line is wrong
    6  the data directory can not be used, or another host uses it
    7  a coordinator refuses it: certificates or versions do not fit together
  130  it was told to end twice, and did not wait for what it ran")]
pub(super) struct Host {
    /// Where coordinators and other hosts find it; port 0 leaves the port to the system
    #[arg(long, value_name = "ADDRESS", default_value_t = default_listen())]
    listen: SocketAddr,
    /// Where they find it, if that is another address than it listens at
    #[arg(long, value_name = "ADDRESS")]
    advertise: Option<SocketAddr>,
    /// A coordinator to take part at, as in quic://host:7432; can be repeated
    #[arg(long, value_name = "URL")]
    join: Vec<Address>,
    #[command(flatten)]
    certs: CertsFlag,
    /// What it is called in messages [default: the name of this machine]
    #[arg(long, value_name = "NAME")]
    name: Option<HostName>,
    /// How many parts of queries run at once [default: the number of processors]
    #[arg(long, value_name = "N")]
    cores: Option<NonZeroUsize>,
    /// What all queries together may take, as in 8GiB [default: 80 % of this machine's memory]
    #[arg(long, value_name = "SIZE")]
    memory: Option<Bytes>,
    /// What components and data may take on the disk, as in 10GiB: what was not used for longest goes first
    #[arg(long, value_name = "SIZE")]
    disk: Option<Bytes>,
    /// Where queries write what does not fit into memory [default: in the data directory]
    #[arg(long, value_name = "DIR")]
    spill_dir: Option<PathBuf>,
    /// How long what runs may go on when it is told to end
    #[arg(long, value_name = "TIME", default_value = "30s")]
    grace: Span,
    #[command(flatten)]
    attached: AttachedFlag,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT))
}

/// What a host can be called: it is also the name of its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
struct HostName(String);

/// Not a name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a name has up to 64 letters, digits, `-`, `_` and `.`, and does not begin with `.` or `-`"
)]
struct HostNameError;

impl FromStr for HostName {
    type Err = HostNameError;

    fn from_str(text: &str) -> Result<Self, HostNameError> {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let fits = (1..=64).contains(&text.len())
            && text.chars().all(known)
            && !text.starts_with(['.', '-']);
        match fits {
            true => Ok(Self(text.to_owned())),
            false => Err(HostNameError),
        }
    }
}

/// It was told to end, and told again before it was done.
#[derive(Debug, PartialEq, Eq)]
struct Insisted;

impl Host {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let identity = self.certs.identity(global, Role::Host)?;
        let data_dir = global.data_dir()?;
        let name = self.name.unwrap_or_else(machine_name).0;
        let cores = self.cores.unwrap_or_else(processors);
        let memory = self.memory.unwrap_or_else(machine::usable_memory);
        let options = HostOptions {
            listen: self.listen,
            advertise: self.advertise,
            join: self.join.into_iter().map(|Address(url)| url).collect(),
            dir: data_dir.host(&name),
            name,
            identity,
            spill: self.spill_dir,
            store: StoreLimits {
                disk: self.disk.map(|Bytes(bytes)| bytes),
                ..StoreLimits::default()
            },
            cores: cores.get(),
            memory: usize::try_from(memory.0).unwrap_or(usize::MAX),
            grace: self.grace.0,
        };
        let runtimes = Runtimes::with_network(Some(cores))?;
        let network = runtimes.network();
        let attached = self.attached;
        let ended = network.block_on(async {
            let mut shutdown = Shutdown::new(attached)?;
            let server = HostServer::start(options, &network, &runtimes.queries()).await?;
            let mut stdout = io::stdout();
            writeln!(stdout, "listening on quic://{}", server.local_addr())?;
            stdout.flush()?;

            let told = watch::Sender::new(0_u32);
            let telling = async {
                loop {
                    shutdown.requested().await;
                    told.send_modify(|times| *times += 1);
                }
            };
            let times = |wanted: u32| {
                let mut told = told.subscribe();
                async move {
                    // The sender is there as long as anybody waits.
                    let _ = told.wait_for(|times| *times >= wanted).await;
                }
            };
            select! {
                ended = server.run(times(1), say) => ended.map(|()| None).map_err(Failure::from),
                () = times(2) => Ok(Some(Insisted)),
                () = telling => Ok(None),
            }
        });
        Ok(match ended? {
            None => Exit::Done,
            Some(Insisted) => Exit::Interrupted,
        })
    }
}

/// Tells the user what happens.
fn say(event: HostEvent) {
    let text = match event {
        HostEvent::Joined(url) => format!("joined {url}"),
        HostEvent::Waiting { url, reason } => {
            format!("waiting for {url}: {reason}; trying again")
        }
        HostEvent::Lost { url, reason } => format!("lost {url}: {reason}; trying again"),
        HostEvent::Drained { url, drained: true } => format!("{url} gives no more work"),
        HostEvent::Drained { url, .. } => format!("{url} gives work again"),
        HostEvent::Draining { attempts, grace } => format!(
            "finishing {attempts} queries within {}; told again, it ends at once",
            Span(grace)
        ),
        // Nothing else happens yet.
        _ => return,
    };
    // Whoever started it may be gone, and read no more.
    let _ = writeln!(io::stderr(), "{text}");
}

fn processors() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// What this machine is called, or what is nearest to it that is a name.
fn machine_name() -> HostName {
    let name = machine::name().unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|c| c.to_string().parse::<HostName>().is_ok() || matches!(c, '-' | '.'))
        .take(64)
        .collect();
    let name = name.trim_start_matches(['.', '-']);
    name.parse().unwrap_or_else(|_| HostName("host".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names_of_directories() {
        for (text, fits) in [
            ("host-1", true),
            ("rack.3_b", true),
            ("", false),
            (".", false),
            ("..", false),
            ("-x", false),
            ("a/b", false),
            ("a b", false),
            ("é", false),
            (&"x".repeat(65), false),
        ] {
            assert_eq!(text.parse::<HostName>().is_ok(), fits, "{text}");
        }
    }
}
