//! What an instance may use, and who is charged for it.

use std::{sync::Arc, time::Duration};

use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use serde::{Deserialize, Serialize};
use wasmtime::ResourceLimiter;

/// Bounds of one function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limits {
    /// Linear memory of one instance, in bytes.
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
/// Core instances and tables of a component.
const CORE_ITEMS: usize = 64;

/// What a query's memory pool was charged for one linear memory. Given back when dropped.
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
    memory: u64,
    table_elements: usize,
    charge: Arc<Charge>,
}

impl Limiter {
    pub(super) fn new(memory: u64, charge: Arc<Charge>) -> Self {
        Self {
            memory,
            table_elements: 0,
            charge,
        }
    }

    pub(super) fn charge(&self) -> &Arc<Charge> {
        &self.charge
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired as u64 > self.memory {
            return Err(wasmtime::Error::new(Denied::Limit {
                wanted: desired as u64,
                limit: self.memory,
            }));
        }
        let more = desired.saturating_sub(current);
        self.charge.0.try_grow(more).map_err(|source| {
            wasmtime::Error::new(Denied::Pool {
                wanted: more as u64,
                source: Box::new(source),
            })
        })?;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
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
        CORE_ITEMS
    }

    fn tables(&self) -> usize {
        CORE_ITEMS
    }

    fn memories(&self) -> usize {
        1
    }
}
