//! A memory pool that tells when a query begins to use it, and when all of the query is gone.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::error::Result;
use datafusion::execution::memory_pool::{
    GreedyMemoryPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
};
use futures::StreamExt;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::engine::Query;

/// Bytes of the pool.
const POOL: usize = 1 << 30;
/// How long a busy machine is given.
const PATIENCE: Duration = Duration::from_secs(30);

/// A pool for one query, and whoever watches it.
pub fn watched() -> (Arc<dyn MemoryPool>, Watch) {
    let (reserved, watch) = watch::channel(0);
    let pool = GreedyMemoryPool::new(POOL);
    (Arc::new(Watched { pool, reserved }), Watch(watch))
}

/// Sees how much of a pool is reserved, and when its last owner is gone.
pub struct Watch(watch::Receiver<usize>);

/// How long a query took to be gone.
#[derive(Debug)]
pub struct Abandoned {
    /// What whoever dropped it had to wait.
    pub returned: Duration,
    /// Until nothing of it was left: guests, reservations, scope.
    pub ended: Duration,
}

impl Watch {
    /// Runs `sql` in `query`, which charges the pool and has a function that never returns, drops it once a guest
    /// runs, and waits until nothing of it is left.
    ///
    /// # Panics
    ///
    /// When no guest begins, the query gives rows, or it goes on.
    pub async fn abandon(mut self, query: Query, sql: &str) -> Abandoned {
        let mut stream = query.stream(sql).await.expect("a plan");
        drop(query);
        assert!(futures::poll!(stream.next()).is_pending(), "{sql} ends");
        self.used(sql).await;
        let dropped = Instant::now();
        drop(stream);
        let returned = dropped.elapsed();
        self.gone(sql).await;
        Abandoned {
            returned,
            ended: dropped.elapsed(),
        }
    }

    /// Waits until something is reserved.
    async fn used(&mut self, sql: &str) {
        let used = timeout(PATIENCE, self.0.wait_for(|reserved| *reserved > 0)).await;
        assert!(matches!(used, Ok(Ok(_))), "{sql}: the guest has not begun");
    }

    /// Waits until nobody has the pool any more, all of it given back.
    async fn gone(&mut self, sql: &str) {
        let gone = timeout(PATIENCE, async { while self.0.changed().await.is_ok() {} }).await;
        assert!(gone.is_ok(), "{sql} goes on");
        assert_eq!(*self.0.borrow(), 0, "{sql} keeps memory");
    }
}

#[derive(Debug)]
struct Watched {
    pool: GreedyMemoryPool,
    reserved: watch::Sender<usize>,
}

impl Watched {
    fn tell(&self) {
        self.reserved.send_replace(self.pool.reserved());
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl MemoryPool for Watched {
    fn name(&self) -> &str {
        "watched"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.pool.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.pool.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.pool.grow(reservation, additional);
        self.tell();
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.pool.shrink(reservation, shrink);
        self.tell();
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.pool.try_grow(reservation, additional)?;
        self.tell();
        Ok(())
    }

    fn reserved(&self) -> usize {
        self.pool.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.pool.memory_limit()
    }
}
