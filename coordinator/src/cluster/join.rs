//! Hosts that come by themselves.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use arrowbox_host::protocol::{HostState, Join, JoinAnswer, JoinOrder, Limit, Load, Role};
use arrowbox_host::{Peer, Receiver, Sender, TransportError, Window};
use futures::FutureExt;
use tokio::select;
use tokio::time::timeout;
use url::Url;

use super::handle::Cluster;
use super::host::Host;

/// How long a host has to be reached at the address that it says.
const REACHED: Duration = Duration::from_secs(5);

/// Lets a host take part as long as its stream lives.
pub(super) async fn serve(
    cluster: &Cluster,
    peer: &Peer,
    join: Join,
    mut sender: Sender,
    receiver: Receiver,
) {
    let url = match admissible(cluster, peer, &join).await {
        Ok(url) => url,
        Err(reason) => {
            tracing::warn!(host = join.name, peer = %peer.address(), reason, "a host was refused");
            // Whoever does not hear it is gone anyway.
            if sender.send(&JoinAnswer::Err(reason)).await.is_ok() {
                sender.finish();
            }
            return;
        }
    };
    let host = Host::new(join.name, url, join.cores, join.memory);
    let member = cluster.membership.admit(host);
    let host = member.host();
    if sender.send(&JoinAnswer::Ok(())).await.is_err() {
        return;
    }
    tracing::info!(host = host.name, url = %host.url, cores = host.cores, "a host takes part");
    let mut part = Part {
        host,
        peer,
        end: None,
    };
    let end = select! {
        ended = hear(receiver, host) => match ended {
            Ok(()) => End::Left,
            Err(error) => End::Lost(error),
        },
        error = tell(sender, host) => End::Lost(error),
        error = peer.closed() => End::Lost(error),
        () = member.replaced() => End::Replaced,
    };
    if let End::Left = end {
        host.leave();
    }
    part.end = Some(end);
}

/// The part of a host, which tells the log how it ended: also if whoever serves the host notices first that it
/// is gone, and drops this.
struct Part<'h> {
    host: &'h Host,
    peer: &'h Peer,
    end: Option<End>,
}

/// How the part of a host ended.
enum End {
    Left,
    Lost(TransportError),
    /// Another is at its address, which was told.
    Replaced,
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        let closed = || self.peer.closed().now_or_never().map(End::Lost);
        let Host { name, url, .. } = self.host;
        match self.end.take().or_else(closed) {
            Some(End::Left) => tracing::info!(host = name, %url, "a host took its leave"),
            // It is this process that ends.
            Some(End::Lost(TransportError::Closed { .. })) => {}
            Some(End::Lost(error)) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(host = name, %url, error, "a host was lost");
            }
            Some(End::Replaced) | None => {}
        }
    }
}

/// Where the host can be reached, or why it can not take part.
async fn admissible(cluster: &Cluster, peer: &Peer, join: &Join) -> Result<Url, String> {
    if peer.role() != Role::Host {
        return Err(format!("only hosts take part; this is a {}", peer.role()));
    }
    let url = address(join.listen, peer.address().ip());
    let url = Url::parse(&url).map_err(|error| format!("{url} is no address: {error}"))?;
    // Queries would find out much later.
    let reached = cluster.endpoint.connect(&url, Role::Host, Window::CONTROL);
    match timeout(REACHED, reached).await {
        Ok(Ok(reached)) if reached.name() == join.name => Ok(url),
        Ok(Ok(reached)) => Err(format!(
            "at {url} the host `{}` answers, not `{}`: listen on an address of your own",
            reached.name(),
            join.name
        )),
        Ok(Err(error)) => Err(format!(
            "the coordinator can not reach it at {url} ({error}): choose another address with --listen"
        )),
        Err(_) => Err(format!(
            "the coordinator can not reach it at {url}: choose another address with --listen"
        )),
    }
}

/// An unspecified address stands for the one that the host was seen to come from.
fn address(listen: SocketAddr, seen: IpAddr) -> String {
    let ip = match listen.ip().is_unspecified() {
        true => seen.to_canonical(),
        false => listen.ip(),
    };
    format!("quic://{}", SocketAddr::new(ip, listen.port()))
}

/// Hears what the host says until it takes its leave.
async fn hear(mut receiver: Receiver, host: &Host) -> Result<(), TransportError> {
    while let Some(load) = receiver.next::<Load>(Limit::MESSAGE).await? {
        host.say(load);
    }
    Ok(())
}

/// Tells the host whether it gets work, whenever that changes, until it does not hear that.
async fn tell(mut sender: Sender, host: &Host) -> TransportError {
    let mut told = HostState::Live;
    loop {
        told = host.other_state(told).await;
        let order = JoinOrder::Drain(told == HostState::Draining);
        if let Err(error) = sender.send(&order).await {
            return error;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unspecified_address_is_where_the_host_comes_from() {
        let cases = [
            ("0.0.0.0:7000", "10.0.0.5", "quic://10.0.0.5:7000"),
            ("[::]:7000", "::ffff:10.0.0.5", "quic://10.0.0.5:7000"),
            ("[::]:7000", "fd00::1", "quic://[fd00::1]:7000"),
            ("10.1.1.1:7000", "10.0.0.5", "quic://10.1.1.1:7000"),
        ];
        for (listen, seen, expected) in cases {
            let found = address(listen.parse().unwrap(), seen.parse().unwrap());
            assert_eq!(found, expected, "{listen} from {seen}");
        }
    }
}
