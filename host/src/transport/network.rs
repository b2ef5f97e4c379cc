//! The socket, and the runtime that drives it.

use std::{
    fmt, io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    pin::Pin,
    sync::Arc,
    time::Instant,
};

use quinn::{AsyncTimer, AsyncUdpSocket, Runtime, TokioRuntime};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::runtime::Handle;

/// What is asked of the system for each direction of a socket; it gives what it allows.
const SOCKET_BUFFER: usize = 16 << 20;

/// Drives connections on one runtime, whoever dials or reads them on whichever other.
pub(super) struct Network(pub(super) Handle);

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

impl Runtime for Network {
    fn new_timer(&self, at: Instant) -> Pin<Box<dyn AsyncTimer>> {
        let _inside = self.0.enter();
        TokioRuntime.new_timer(at)
    }

    fn spawn(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.0.spawn(future);
    }

    fn wrap_udp_socket(&self, socket: UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        let _inside = self.0.enter();
        TokioRuntime.wrap_udp_socket(socket)
    }

    fn now(&self) -> Instant {
        TokioRuntime.now()
    }
}

/// A socket that listens at `address`.
pub(super) fn listening(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    if address.is_ipv6() {
        // Where the system has no IPv4 this says so, and there is nothing to do about it.
        let _ = socket.set_only_v6(false);
    }
    for set in [Socket::set_recv_buffer_size, Socket::set_send_buffer_size] {
        if let Err(error) = set(&socket, SOCKET_BUFFER) {
            tracing::debug!(%error, "the socket keeps the buffers that it has");
        }
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// A socket that reaches every address that the system reaches.
pub(super) fn dialling() -> io::Result<UdpSocket> {
    listening((Ipv6Addr::UNSPECIFIED, 0).into())
        .or_else(|_| listening((Ipv4Addr::UNSPECIFIED, 0).into()))
}
