//! `arrowbox coordinator`: takes queries from clients and runs them on hosts.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrowbox_host::Endpoint;
use arrowbox_host::protocol::Role;

use super::address::{Address, PORT};
use super::remote::CertsFlag;
use super::runtimes::Runtimes;
use super::shutdown::{AttachedFlag, Shutdown};
use super::{Exit, Failure, Global};
use crate::cluster::Cluster;
use crate::quantity::{Bytes, Span};
use crate::service::Service;
use crate::session::Session;

/// Take queries from clients, plan them and have hosts run them
///
/// The catalogue and the components are those of the data directory. Hosts join by themselves (`arrowbox host
/// --join`) or are listed here. Ends when it is told to (Ctrl-C, SIGTERM), and tells clients so.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  arrowbox certs init certs && arrowbox coordinator --certs certs
  arrowbox coordinator --listen 10.0.0.1:7432 --memory-limit 8GiB --timeout 1h
  arrowbox coordinator --host quic://10.0.0.2:7433 --host quic://10.0.0.3:7433")]
pub(super) struct Coordinator {
    /// Where clients and hosts find it
    #[arg(long, value_name = "ADDRESS", default_value_t = default_listen())]
    listen: SocketAddr,
    #[command(flatten)]
    certs: CertsFlag,
    /// A host that takes part whenever it answers; can be repeated. Others join
    #[arg(long, value_name = "URL")]
    host: Vec<Address>,
    /// What all queries together may take on this machine, as in 4GiB
    #[arg(long, value_name = "SIZE")]
    memory_limit: Option<Bytes>,
    /// How long one statement may take, as in 1h; clients can say less
    #[arg(long, value_name = "TIME")]
    timeout: Option<Span>,
    /// How many parts of a query run at once on this machine [default: the number of processors]
    #[arg(long, value_name = "N")]
    partitions: Option<NonZeroUsize>,
    #[command(flatten)]
    attached: AttachedFlag,
}

/// What hosts and clients call it.
const NAME: &str = "coordinator";

fn default_listen() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT))
}

impl Coordinator {
    pub(super) fn execute(self, global: &Global) -> Result<Exit, Failure> {
        let runtimes = Runtimes::with_network(self.partitions)?;
        let mut session = Session::builder()
            .data_dir(global.data_dir()?)
            .handle(runtimes.queries());
        if let Some(limit) = self.memory_limit {
            session = session.memory_limit(limit);
        }
        if let Some(partitions) = self.partitions {
            session = session.partitions(partitions);
        }
        if let Some(limit) = self.timeout {
            session = session.timeout(limit);
        }
        let identity = self.certs.identity(global, Role::Coordinator)?;
        let network = runtimes.network();
        let endpoint = Endpoint::bind(self.listen, identity, NAME.to_owned(), &network)?;
        let cluster = Cluster::new(endpoint.clone(), &network);
        for Address(url) in self.host {
            cluster.add_host(url);
        }
        let session = session.cluster(Arc::clone(&cluster)).build()?;
        let address = endpoint.local_addr();
        let service = Service::new(endpoint, cluster, session);
        network.block_on(async {
            let mut shutdown = Shutdown::new(self.attached)?;
            let mut stdout = io::stdout();
            writeln!(stdout, "listening on quic://{address}")?;
            stdout.flush()?;
            service.run(shutdown.requested()).await;
            Ok(Exit::Done)
        })
    }
}
