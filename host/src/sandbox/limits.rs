//! What an instance may use, and who is charged for it.

use std::{sync::Arc, time::Duration};

use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use serde::{Deserialize, Serialize};
use wasmtime::ResourceLimiter;

use super::lane::Lane;

/// Bounds of one function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limits {
    /// Memory of one instance, in bytes.
    pub memory: u64,
    /// How long one call may take.
    pub timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            timeout: Duration::from_secs(300),
        }
    }
}

/// Elements of all tables of an instance.
const TABLE_ELEMENTS: usize = 1 << 20;
/// What a query's memory pool was charged for one instance. Given back when dropped.
pub(super) struct Charge(MemoryReservation);

impl Charge {
    pub(super) fn new(function: &str, pool: &Arc<dyn MemoryPool>) -> Arc<Self> {
        let consumer = MemoryConsumer::new(format!("function {function}"));
        Arc::new(Self(consumer.register(pool)))
    }
}

/// Why memory was denied. Ends the call that asked for it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Denied {
    #[error("{wanted} bytes of memory wanted, {limit} allowed")]
    Limit { wanted: u64, limit: u64 },
    #[error("the query's memory pool has no {wanted} bytes more")]
    Pool {
        wanted: u64,
        #[source]
        source: Box<datafusion::error::DataFusionError>,
    },
    #[error("{wanted} elements of tables wanted, {TABLE_ELEMENTS} allowed")]
    Tables { wanted: usize },
}

/// Holds an instance to its [`Limits`] and charges its memory to the query.
pub(super) struct Limiter {
    lane: Lane,
    limit: u64,
    /// Bytes of linear memory.
    memory: usize,
    /// Bytes that the host holds for the guest.
    held: usize,
    table_elements: usize,
    charge: Arc<Charge>,
}

impl Limiter {
    pub(super) fn new(lane: Lane, limit: u64, charge: Arc<Charge>) -> Self {
        Self {
            lane,
            limit,
            memory: 0,
            held: 0,
            table_elements: 0,
            charge,
        }
    }

    pub(super) fn charge(&self) -> &Arc<Charge> {
        &self.charge
    }

    /// Bytes of linear memory and what the host holds for the guest.
    pub(super) fn used(&self) -> usize {
        self.memory + self.held
    }

    /// The host is about to hold so many bytes more for the guest.
    pub(super) fn hold(&mut self, bytes: usize) -> Result<(), Denied> {
        self.take(bytes)?;
        self.held += bytes;
        Ok(())
    }

    /// The host has let go of so many bytes.
    pub(super) fn let_go(&mut self, bytes: usize) {
        self.held -= bytes;
        self.charge.0.shrink(bytes);
    }

    fn take(&self, more: usize) -> Result<(), Denied> {
        let wanted = self.used().saturating_add(more) as u64;
        if wanted > self.limit {
            return Err(Denied::Limit {
                wanted,
                limit: self.limit,
            });
        }
        self.charge.0.try_grow(more).map_err(|source| Denied::Pool {
            wanted: more as u64,
            source: Box::new(source),
        })
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // Nothing is charged for what the module does not allow itself.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let more = desired.saturating_sub(current);
        self.take(more).map_err(wasmtime::Error::new)?;
        self.memory += more;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let wanted = self
            .table_elements
            .saturating_add(desired.saturating_sub(current));
        if wanted > TABLE_ELEMENTS {
            return Err(wasmtime::Error::new(Denied::Tables { wanted }));
        }
        self.table_elements = wanted;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.lane.bounds().items
    }

    fn tables(&self) -> usize {
        self.lane.bounds().items
    }

    fn memories(&self) -> usize {
        self.lane.bounds().memories as usize
    }
}
