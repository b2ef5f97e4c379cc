//! Time: of the machine, or none that passes.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use wasmtime::component::Resource;
use wasmtime_wasi::{
    async_trait,
    p2::{
        DynPollable, Pollable,
        bindings::clocks::{
            monotonic_clock,
            wall_clock::{self, Datetime},
        },
        subscribe,
    },
};

use super::is_connected;
use crate::sandbox::{grants::Grant, instance::Guest};

/// What it is o'clock where nobody has granted a clock: 2000-01-01T00:00:00Z, in seconds.
const MILLENNIUM: u64 = 946_684_800;
/// What the other clock begins with there: some runtimes take zero for an error. In nanoseconds.
const BEGUN: u64 = 1_000_000_000;

/// Nanoseconds that a guest has slept, which it need not wait for.
#[derive(Clone, Default)]
pub(super) struct Stopwatch(Arc<AtomicU64>);

impl Stopwatch {
    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn sleep_until(&self, when: u64) {
        self.0.fetch_max(when, Ordering::Relaxed);
    }
}

/// When this process began to look at its clock.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Guest {
    fn has_clock(&self) -> bool {
        self.environment.grants.contains(&Grant::Clock)
    }

    /// Nanoseconds of a clock that never goes back.
    fn elapsed(&self) -> u64 {
        match self.has_clock() {
            true => BEGUN.saturating_add(BEGAN.elapsed().as_nanos() as u64),
            false => BEGUN.saturating_add(self.wasi.slept.read()),
        }
    }

    fn subscribe(&mut self, pause: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let sleep = if pause == 0 {
            Sleep::Over { yielded: false }
        } else if self.has_clock() || is_connected(&self.environment.grants) {
            // Whoever waits for a network waits in this world.
            match tokio::time::Instant::now().checked_add(Duration::from_nanos(pause)) {
                Some(until) => Sleep::Until(until),
                None => Sleep::Forever,
            }
        } else {
            let slept = self.wasi.slept.clone();
            let until = slept.read().saturating_add(pause);
            Sleep::Pretended { slept, until }
        };
        let sleep = self.resources.push(sleep)?;
        subscribe(&mut self.resources, sleep)
    }
}

impl wall_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<Datetime> {
        let now = match self.has_clock() {
            true => SystemTime::now().duration_since(UNIX_EPOCH)?,
            false => Duration::from_secs(MILLENNIUM) + Duration::from_nanos(self.wasi.slept.read()),
        };
        Ok(Datetime {
            seconds: now.as_secs(),
            nanoseconds: now.subsec_nanos(),
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<Datetime> {
        Ok(Datetime {
            seconds: 0,
            nanoseconds: 1,
        })
    }
}

impl monotonic_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.elapsed())
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let pause = when.saturating_sub(self.elapsed());
        self.subscribe(pause)
    }

    fn subscribe_duration(&mut self, pause: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.subscribe(pause)
    }
}

/// A guest asleep.
enum Sleep {
    /// It has slept long enough, and lets others do something once.
    Over {
        yielded: bool,
    },
    Until(tokio::time::Instant),
    Forever,
    /// It will believe that it has slept.
    Pretended {
        slept: Stopwatch,
        until: u64,
    },
}

#[async_trait]
impl Pollable for Sleep {
    async fn ready(&mut self) {
        match self {
            Self::Over { yielded: true } => {}
            // A guest that polls in a loop must not keep sockets from being looked at.
            Self::Over { yielded } => {
                *yielded = true;
                tokio::task::yield_now().await;
            }
            Self::Until(until) => tokio::time::sleep_until(*until).await,
            Self::Forever => std::future::pending().await,
            Self::Pretended { slept, until } => slept.sleep_until(*until),
        }
    }
}
