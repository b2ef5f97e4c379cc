//! Being a client of a coordinator.

use std::path::PathBuf;
use std::process;

use arrowbox_host::protocol::Role;
use arrowbox_host::{Endpoint, Identity};
use tokio::runtime::{Builder, Handle};
use url::Url;

use super::address::Address;
use super::runtimes::NoThreads;
use super::{Failure, Global};
use crate::client::Client;

/// The environment variable that names the coordinator.
pub(super) const COORDINATOR_VARIABLE: &str = "ARROWBOX_COORDINATOR";
/// The environment variable that names the folder of certificates.
pub(super) const CERTS_VARIABLE: &str = "ARROWBOX_CERTS";

/// Which certificates are used.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct CertsFlag {
    /// The folder of certificates [default: `certs` in the data directory]
    #[arg(long, value_name = "DIR", env = CERTS_VARIABLE, hide_env_values = true)]
    certs: Option<PathBuf>,
}

impl CertsFlag {
    /// The certificate of this process as a `role`.
    pub(super) fn identity(&self, global: &Global, role: Role) -> Result<Identity, Failure> {
        let folder = match &self.certs {
            Some(folder) => folder.clone(),
            None => global.data_dir()?.certs(),
        };
        Ok(Identity::load(&folder, role)?)
    }
}

/// Which coordinator is asked.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct CoordinatorFlags {
    /// The coordinator, as in quic://host:7432
    #[arg(long, value_name = "URL", env = COORDINATOR_VARIABLE, hide_env_values = true)]
    coordinator: Address,
    #[command(flatten)]
    certs: CertsFlag,
}

impl CoordinatorFlags {
    /// Asks the coordinator something.
    pub(super) fn ask<T>(
        self,
        global: &Global,
        what: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(NoThreads::from)?;
        runtime.block_on(async {
            let network = Handle::current();
            let client = connect(&self.coordinator.0, &self.certs, global, &network).await?;
            let answer = what(&client).await;
            client.close().await;
            answer
        })
    }
}

/// Connects to the coordinator at `url`.
pub(super) async fn connect(
    url: &Url,
    certs: &CertsFlag,
    global: &Global,
    network: &Handle,
) -> Result<Client, Failure> {
    let identity = certs.identity(global, Role::Client)?;
    let name = format!("client {}", process::id());
    let endpoint = Endpoint::dialer(identity, name, network)?;
    Ok(Client::connect(endpoint, url).await?)
}
