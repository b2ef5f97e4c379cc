//! How much may be on its way.

use std::{sync::Arc, time::Duration};

use quinn::{IdleTimeout, MtuDiscoveryConfig, TransportConfig, VarInt};

/// Bytes that may be on their way to one reader of an exchange, over all of its partitions.
const BUDGET: usize = 64 << 20;
/// Bytes of a connection that wait to be acknowledged.
const SENT: u64 = 16 << 20;
/// How often something is heard from a peer that is there.
const KEEP_ALIVE: Duration = Duration::from_millis(500);
/// How long a peer can be silent, in milliseconds. A killed process says nothing over UDP.
const IDLE: u32 = 2500;
/// The round trip that is assumed before one is measured. QUIC's third of a second is that of the
/// internet; with it one lost packet takes a second of a handshake.
const ROUND_TRIP: Duration = Duration::from_millis(100);
/// Streams that a peer can have open at first; [`super::Peer::accept`] lets it have more as it uses them.
pub(super) const FIRST_STREAMS: u32 = 64;

/// How much a peer can send on one stream before what came was read. Connections are shared by those who
/// ask for the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// For messages and blobs, on a connection of their own.
    Control,
    /// 64 KiB.
    Kib64,
    /// 256 KiB.
    Kib256,
    /// 1 MiB.
    Mib1,
    /// 4 MiB.
    Mib4,
}

impl Window {
    /// For everything but rows.
    pub const CONTROL: Self = Self::Control;

    /// For rows that are read from `partitions` streams at once: together they hold no more than 64 MiB,
    /// if 64 KiB for each is not more already.
    pub fn for_partitions(partitions: usize) -> Self {
        match BUDGET / partitions.max(1) {
            share if share >= 4 << 20 => Self::Mib4,
            share if share >= 1 << 20 => Self::Mib1,
            share if share >= 256 << 10 => Self::Kib256,
            _ => Self::Kib64,
        }
    }

    /// Bytes.
    pub const fn bytes(self) -> u32 {
        match self {
            Self::Kib64 => 64 << 10,
            Self::Kib256 => 256 << 10,
            Self::Control | Self::Mib1 => 1 << 20,
            Self::Mib4 => 4 << 20,
        }
    }

    /// QUIC's settings for a connection on which this side reads so much. `streams` is how many the other
    /// side can open.
    pub(super) fn transport(self, streams: u32, mtu: u16) -> Arc<TransportConfig> {
        let mut discovery = MtuDiscoveryConfig::default();
        discovery.upper_bound(mtu);
        let mut config = TransportConfig::default();
        config
            .max_concurrent_bidi_streams(streams.into())
            .max_concurrent_uni_streams(VarInt::from_u32(0))
            .datagram_receive_buffer_size(None)
            .stream_receive_window(self.bytes().into())
            // Streams are bounded one by one: together, one that nobody reads would hold up the others.
            .receive_window(VarInt::MAX)
            .send_window(SENT)
            .keep_alive_interval(Some(KEEP_ALIVE))
            .max_idle_timeout(Some(IdleTimeout::from(VarInt::from_u32(IDLE))))
            .initial_rtt(ROUND_TRIP)
            .mtu_discovery_config(Some(discovery));
        Arc::new(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_stay_in_their_budget() {
        let cases = [
            (0, Window::Mib4),
            (16, Window::Mib4),
            (17, Window::Mib1),
            (64, Window::Mib1),
            (256, Window::Kib256),
            (257, Window::Kib64),
            (100_000, Window::Kib64),
        ];
        for (partitions, window) in cases {
            assert_eq!(Window::for_partitions(partitions), window, "{partitions}");
        }
    }
}
