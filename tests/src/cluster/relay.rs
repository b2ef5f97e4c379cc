//! A network between two processes that can be made worse.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep_until};

use super::stranger::address;

/// The largest that a datagram can be.
const DATAGRAM: usize = 64 << 10;

/// Carries datagrams to a server and its answers back, and loses, delays or swallows them as it is told.
///
/// A stand-in for the traffic control of the kernel, which not every kernel has. It carries on for as long as
/// the process runs.
#[derive(Debug, Clone)]
pub struct Relay {
    address: SocketAddr,
    road: Arc<Road>,
}

/// What datagrams meet on their way.
#[derive(Debug, Default)]
struct Road {
    /// Where to.
    server: OnceLock<SocketAddr>,
    cut: AtomicBool,
    /// Of a thousand.
    lost: AtomicU32,
    /// Microseconds.
    delay: AtomicU64,
    /// Datagrams that came this way.
    seen: AtomicU64,
}

/// Threads for all relays of a process.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("relay")
            .enable_all()
            .build()
            .expect("a thread")
    })
}

impl Relay {
    /// A relay on loopback whose server is told later, since a server may have to know its relay first.
    ///
    /// # Panics
    ///
    /// When there is no port for it.
    pub fn new() -> Self {
        runtime().block_on(async {
            let front = bind().await.expect("a port");
            let address = front.local_addr().expect("a bound socket has an address");
            let road = Arc::new(Road::default());
            tokio::spawn(carry(Arc::new(front), Arc::clone(&road)));
            Self { address, road }
        })
    }

    /// Where it is reached.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is reached, as a cluster says it.
    pub fn url(&self) -> String {
        format!("quic://{}", self.address)
    }

    /// What comes from now on goes there.
    ///
    /// # Panics
    ///
    /// When that was said before, or is no address.
    pub fn leads_to(&self, url: &str) {
        self.road
            .server
            .set(address(url))
            .expect("it leads nowhere yet");
    }

    /// Swallows everything, in both directions.
    pub fn cut(&self) {
        self.road.cut.store(true, Relaxed);
    }

    /// Swallows nothing any more.
    pub fn mend(&self) {
        self.road.cut.store(false, Relaxed);
    }

    /// Loses so many datagrams of a thousand, in each direction.
    pub fn lose(&self, of_a_thousand: u32) {
        self.road.lost.store(of_a_thousand, Relaxed);
    }

    /// Keeps every datagram for so long, in each direction.
    pub fn delay(&self, by: Duration) {
        self.road.delay.store(by.as_micros() as u64, Relaxed);
    }

    /// Datagrams that came this way.
    pub fn seen(&self) -> u64 {
        self.road.seen.load(Relaxed)
    }
}

impl Default for Relay {
    fn default() -> Self {
        Self::new()
    }
}

async fn bind() -> io::Result<UdpSocket> {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await
}

/// Carries from whoever sends to `front`, each through a socket of its own that the answers come back to.
async fn carry(front: Arc<UdpSocket>, road: Arc<Road>) {
    let mut back: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
    let mut datagram = vec![0; DATAGRAM];
    loop {
        // What a socket says of an earlier datagram that nobody wanted is not about this one.
        let Ok((length, from)) = front.recv_from(&mut datagram).await else {
            continue;
        };
        let Some(&server) = road.server.get() else {
            continue;
        };
        let socket = match back.get(&from) {
            Some(socket) => Arc::clone(socket),
            None => {
                let Ok(socket) = bind().await.map(Arc::new) else {
                    continue;
                };
                let (answers, front, road) =
                    (Arc::clone(&socket), Arc::clone(&front), Arc::clone(&road));
                tokio::spawn(answer(answers, front, from, road));
                back.insert(from, Arc::clone(&socket));
                socket
            }
        };
        road.pass(&datagram[..length], socket, server).await;
    }
}

/// Carries what comes back.
async fn answer(socket: Arc<UdpSocket>, front: Arc<UdpSocket>, to: SocketAddr, road: Arc<Road>) {
    let mut datagram = vec![0; DATAGRAM];
    loop {
        if let Ok(length) = socket.recv(&mut datagram).await {
            road.pass(&datagram[..length], Arc::clone(&front), to).await;
        }
    }
}

impl Road {
    async fn pass(&self, datagram: &[u8], through: Arc<UdpSocket>, to: SocketAddr) {
        let number = self.seen.fetch_add(1, Relaxed);
        if self.cut.load(Relaxed) || chance(number) < self.lost.load(Relaxed) {
            return;
        }
        let delay = Duration::from_micros(self.delay.load(Relaxed));
        if delay.is_zero() {
            // One that can not be sent is lost, as on any network.
            let _ = through.send_to(datagram, to).await;
            return;
        }
        let (datagram, arrival) = (datagram.to_vec(), Instant::now() + delay);
        tokio::spawn(async move {
            sleep_until(arrival).await;
            let _ = through.send_to(&datagram, to).await;
        });
    }
}

/// The same number below a thousand for the same datagram in each run (splitmix64, G. L. Steele et al.).
fn chance(number: u64) -> u32 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) % 1000) as u32
}
