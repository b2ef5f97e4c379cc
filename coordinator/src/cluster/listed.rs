//! Hosts that were named, and do not come by themselves.

use std::sync::Arc;
use std::time::Duration;

use arrowbox_host::protocol::{HostRequest, HostStatus, Limit, Role};
use arrowbox_host::{Endpoint, Peer, TransportError, Window};
use tokio::select;
use tokio::time::{sleep, timeout};
use url::Url;

use super::host::Host;
use super::membership::{Member, Membership};

/// How often a host is asked what it does.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_millis(2500);
/// How often one that does not answer is tried.
const RETRIES: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(3),
];

/// Has the host at `url` take part whenever it answers.
pub(super) async fn watch(endpoint: Endpoint, membership: Arc<Membership>, url: Url) {
    let mut failures = 0;
    loop {
        // It may have come by itself.
        membership
            .wait_for(|membership| membership.find(url.as_str()).is_empty())
            .await;
        match reach(&endpoint, &url).await {
            Ok((peer, status)) => {
                failures = 0;
                let host = Host::new(status.name, url.clone(), status.cores, status.memory);
                host.say(status.load);
                let member = membership.admit(host);
                tracing::info!(host = member.host().name, %url, "a host takes part");
                if let Some(error) = attend(&peer, &member).await {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(host = member.host().name, %url, error, "a host was lost");
                }
            }
            Err(error) => {
                if failures == 0 {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(%url, error, "a host does not answer; it is tried again");
                }
                sleep(RETRIES[failures.min(RETRIES.len() - 1)]).await;
                failures += 1;
            }
        }
    }
}

async fn reach(endpoint: &Endpoint, url: &Url) -> Result<(Peer, HostStatus), TransportError> {
    let peer = endpoint.connect(url, Role::Host, Window::CONTROL).await?;
    let status = peer.ask(&HostRequest::Status, Limit::MESSAGE).await?;
    Ok((peer, status))
}

/// Asks the host what it does, until it does not answer: then with the reason, unless another took its place.
async fn attend(peer: &Peer, member: &Member) -> Option<TransportError> {
    let asking = async {
        loop {
            sleep(INTERVAL).await;
            let answer = peer.ask::<_, HostStatus>(&HostRequest::Status, Limit::MESSAGE);
            match timeout(PATIENCE, answer).await {
                Ok(Ok(status)) => member.host().say(status.load),
                Ok(Err(error)) => return error,
                Err(_) => {
                    peer.close("no answer");
                    return peer.closed().await;
                }
            }
        }
    };
    select! {
        error = asking => Some(error),
        error = peer.closed() => Some(error),
        () = member.replaced() => None,
    }
}
