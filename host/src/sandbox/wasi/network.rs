//! The network: hosts and ports that were granted.

use std::net::{IpAddr, SocketAddr};

use wasmtime::component::Resource;
use wasmtime_wasi::{
    WasiCtxBuilder,
    p2::{
        DynPollable, Network, SocketError,
        bindings::sockets::{
            ip_name_lookup::{Host, HostResolveAddressStream, ResolveAddressStream},
            network::{self, ErrorCode, IpAddress},
        },
    },
    sockets::{SocketAddrUse, WasiSocketsView},
};

use super::is_connected;
use crate::sandbox::{
    grants::{Grant, Grants},
    instance::Guest,
};

/// Allows connections to the hosts and ports of `grants`, and nothing else.
pub(super) fn allow(builder: &mut WasiCtxBuilder, grants: &Grants) {
    let connected = is_connected(grants);
    builder
        .allow_tcp(connected)
        .allow_udp(false)
        // Which names can be looked up is said below.
        .allow_ip_name_lookup(connected);
    if !connected {
        return;
    }
    let places: Vec<_> = places(grants)
        .map(|(host, port)| (host.to_owned(), port))
        .collect();
    builder.socket_addr_check(move |address, what| {
        let places = places.clone();
        Box::pin(async move {
            match what {
                SocketAddrUse::TcpConnect => is_granted(&places, address).await,
                // What every connection begins with: any port of this machine.
                SocketAddrUse::TcpBind => address.ip().is_unspecified() && address.port() == 0,
                _ => false,
            }
        })
    });
}

fn places(grants: &Grants) -> impl Iterator<Item = (&str, u16)> {
    grants.iter().filter_map(|grant| match grant {
        Grant::Net { host, port } => Some((host.trim_matches(['[', ']']), *port)),
        _ => None,
    })
}

/// Whether one of the names is that of this address, now.
async fn is_granted(places: &[(String, u16)], address: SocketAddr) -> bool {
    for (host, port) in places {
        if *port != address.port() {
            continue;
        }
        if let Ok(ip) = host.parse::<IpAddr>() {
            if ip == address.ip() {
                return true;
            }
            continue;
        }
        let Ok(mut found) = tokio::net::lookup_host((host.as_str(), *port)).await else {
            continue;
        };
        if found.any(|found| found.ip() == address.ip()) {
            return true;
        }
    }
    false
}

impl Host for Guest {
    /// Names that were granted, and addresses. Others could carry what a guest knows to whoever answers for them.
    fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> Result<Resource<ResolveAddressStream>, SocketError> {
        let granted =
            places(&self.environment.grants).any(|(host, _)| host.eq_ignore_ascii_case(&name));
        if !granted {
            return Err(ErrorCode::AccessDenied.into());
        }
        self.sockets().resolve_addresses(network, name)
    }
}

impl network::Host for Guest {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        self.sockets().convert_error_code(error)
    }

    fn network_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        self.sockets().network_error_code(error)
    }
}

impl network::HostNetwork for Guest {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        network::HostNetwork::drop(&mut self.sockets(), network)
    }
}

impl HostResolveAddressStream for Guest {
    fn resolve_next_address(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> Result<Option<IpAddress>, SocketError> {
        self.sockets().resolve_next_address(stream)
    }

    fn subscribe(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        HostResolveAddressStream::subscribe(&mut self.sockets(), stream)
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        HostResolveAddressStream::drop(&mut self.sockets(), stream)
    }
}
