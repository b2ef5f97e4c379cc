use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrowbox_host::protocol::{HostEntry, HostState, Join};
use arrowbox_host::{Endpoint, Peer, Receiver, Sender};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use url::Url;

use super::error::ClusterError;
use super::host::Host;
use super::membership::Membership;
use super::shipping::Shipping;
use super::{join, listed};

/// Hosts that run queries together. Sessions are [built](crate::SessionBuilder::cluster) on it.
pub struct Cluster {
    pub(super) endpoint: Endpoint,
    /// Where hosts are heard, whatever queries do.
    pub(super) network: Handle,
    pub(super) membership: Arc<Membership>,
    pub(super) shipping: Shipping,
    /// What looks after listed hosts, as long as the cluster is there.
    tasks: Mutex<JoinSet<()>>,
}

impl Cluster {
    /// A cluster without hosts, which are talked to through `endpoint` on the runtime `network`.
    pub fn new(endpoint: Endpoint, network: &Handle) -> Arc<Self> {
        Arc::new(Self {
            shipping: Shipping::new(endpoint.clone()),
            endpoint,
            network: network.clone(),
            membership: Arc::default(),
            tasks: Mutex::default(),
        })
    }

    /// Lets a host take part that asks for it, as long as its stream lives.
    ///
    /// # Cancellation
    ///
    /// Dropping the future ends the host's part.
    pub async fn serve_join(
        self: &Arc<Self>,
        peer: &Peer,
        join: Join,
        sender: Sender,
        receiver: Receiver,
    ) {
        join::serve(self, peer, join, sender, receiver).await;
    }

    /// Lets the host at `url` take part whenever it answers.
    pub fn add_host(&self, url: Url) {
        let membership = Arc::clone(&self.membership);
        let watching = listed::watch(self.endpoint.clone(), membership, url);
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.spawn_on(watching, &self.network);
    }

    /// The hosts that take part, in the order of their addresses.
    pub fn hosts(&self) -> Vec<HostEntry> {
        let hosts = self.membership.all();
        hosts.iter().map(|host| host.entry()).collect()
    }

    /// Gives a host no more work, or work again. It finishes what it has.
    ///
    /// # Errors
    ///
    /// If no host has this name or address, or several have.
    pub fn drain(&self, host: &str, drain: bool) -> Result<(), String> {
        let found = self.membership.find(host);
        match found.as_slice() {
            [host] => {
                host.set_state(match drain {
                    true => HostState::Draining,
                    false => HostState::Live,
                });
                self.membership.note_change();
                Ok(())
            }
            [] => {
                let all = self.membership.all();
                let names: Vec<_> = all.iter().map(|host| host.name.as_str()).collect();
                Err(match names.is_empty() {
                    true => format!("there is no host `{host}`, nor any other"),
                    false => format!("there is no host `{host}`; there are {}", names.join(", ")),
                })
            }
            several => {
                let urls: Vec<_> = several.iter().map(|host| host.url.to_string()).collect();
                Err(format!(
                    "{} hosts are called `{host}`: name one by its address, {}",
                    urls.len(),
                    urls.join(" or ")
                ))
            }
        }
    }

    /// Waits until so many hosts get work.
    pub async fn wait_for(&self, hosts: usize) {
        self.membership
            .wait_for(|membership| membership.live().len() >= hosts)
            .await;
    }

    /// Waits until `holds` for the hosts that get work.
    pub(crate) async fn until(&self, mut holds: impl FnMut(Vec<Arc<Host>>) -> bool) {
        self.membership
            .wait_for(|membership| holds(membership.live()))
            .await;
    }

    /// The hosts that get work.
    pub(crate) fn live(&self) -> Vec<Arc<Host>> {
        self.membership.live()
    }

    /// How many parts of a stage a host runs at once, if every host is to be as busy: what the smallest has
    /// processors for.
    pub(crate) fn partitions(hosts: &[Arc<Host>]) -> Option<usize> {
        let cores = hosts.iter().map(|host| host.cores as usize);
        // A plan of one partition has nothing to spread.
        cores
            .filter(|cores| *cores > 0)
            .min()
            .map(|cores| cores.max(2))
    }

    /// Why a query can not be spread.
    pub(crate) fn nobody(&self) -> ClusterError {
        let join = self.join_url();
        match self.membership.all().len() {
            0 => ClusterError::NoHost { join },
            hosts => ClusterError::Draining { hosts, join },
        }
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn join_url(&self) -> String {
        let address = self.endpoint.local_addr();
        match address.ip().is_unspecified() {
            true => format!("quic://<this machine>:{}", address.port()),
            false => format!("quic://{address}"),
        }
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("hosts", &self.membership.all())
            .finish_non_exhaustive()
    }
}
