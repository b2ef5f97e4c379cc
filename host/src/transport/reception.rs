//! Takes those who dial.

use std::{net::SocketAddr, sync::Arc};

use quinn::{Endpoint, Incoming};
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};

use super::{Loss, Peer, TransportError, greeting, peer::canonical};

/// Connections that can be open at a time.
const CONNECTIONS: usize = 4096;
/// Handshakes that can be under way at a time. They cost memory and signatures before anybody is known.
const HANDSHAKES: usize = 256;
/// From so many handshakes on, a dialler has to show that it receives what is sent to its address.
const SUSPICIOUS: usize = 32;

/// The place where connections arrive.
pub(super) struct Reception {
    endpoint: Endpoint,
    name: Arc<str>,
    greeted: mpsc::Sender<Peer>,
    under_way: Arc<Semaphore>,
}

impl Reception {
    pub(super) fn new(endpoint: Endpoint, name: Arc<str>, greeted: mpsc::Sender<Peer>) -> Self {
        Self {
            endpoint,
            name,
            greeted,
            under_way: Arc::new(Semaphore::new(HANDSHAKES)),
        }
    }

    /// Takes connections until the endpoint is closed. Runs on the runtime of the network.
    pub(super) async fn run(self) {
        while let Some(incoming) = self.endpoint.accept().await {
            if self.endpoint.open_connections() >= CONNECTIONS {
                incoming.refuse();
                continue;
            }
            let Ok(permit) = Arc::clone(&self.under_way).try_acquire_owned() else {
                // Whoever means it tries again in a moment.
                incoming.ignore();
                continue;
            };
            let under_way = HANDSHAKES - self.under_way.available_permits();
            if under_way > SUSPICIOUS
                && !incoming.remote_address_validated()
                && incoming.may_retry()
            {
                // Can not fail: it may.
                let _ = incoming.retry();
                continue;
            }
            let (name, greeted) = (Arc::clone(&self.name), self.greeted.clone());
            tokio::spawn(async move {
                let address = canonical(incoming.remote_address());
                match greet(incoming, address, &name).await {
                    // Fails if the endpoint is gone.
                    Ok(peer) => drop(greeted.send(peer).await),
                    Err(error) if error.lost().is_some() => {
                        tracing::debug!(%address, %error, "a connection was not made");
                    }
                    Err(error) => tracing::warn!(%address, %error, "refused a connection"),
                }
                drop(permit);
            });
        }
    }
}

async fn greet(
    incoming: Incoming,
    address: SocketAddr,
    name: &Arc<str>,
) -> Result<Peer, TransportError> {
    let url = format!("quic://{address}");
    let greeting = timeout(greeting::PATIENCE, async {
        let connection = incoming.await;
        let connection = connection.map_err(|error| TransportError::of(&url, None, error))?;
        greeting::accepted(connection, name).await
    });
    let silent = |_| TransportError::lost_by(&url, Loss::Silent);
    greeting.await.map_err(silent)?
}
