//! What the functions of a query did, in numbers.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::store::Digest;

/// Counters of one function in one query. All instances and partitions add to them.
#[derive(Debug, Default)]
pub struct Figures {
    pub(crate) calls: AtomicU64,
    pub(crate) rows: AtomicU64,
    pub(crate) guest_nanos: AtomicU64,
    pub(crate) boundary_nanos: AtomicU64,
    pub(crate) bytes_copied_in: AtomicU64,
    pub(crate) bytes_copied_out: AtomicU64,
    pub(crate) bytes_read_in_place: AtomicU64,
    pub(crate) peak_memory: AtomicU64,
    pub(crate) instances: AtomicU64,
}

/// What one function did in one query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionFigures {
    /// The function's name in SQL.
    pub function: String,
    /// Its component.
    pub component: Digest,
    /// Calls into the guest with a batch.
    pub calls: u64,
    /// Rows of those batches.
    pub rows: u64,
    /// Time in the guest.
    pub guest_time: Duration,
    /// Time for copying, checking and handing over.
    pub boundary_time: Duration,
    /// Bytes copied into guests, casts for the function included.
    pub bytes_copied_in: u64,
    /// Bytes of results copied out of guests.
    pub bytes_copied_out: u64,
    /// Bytes of results read where they are.
    pub bytes_read_in_place: u64,
    /// The largest linear memory of an instance, in bytes.
    pub peak_memory: u64,
    /// Instances made.
    pub instances: u64,
}

impl FunctionFigures {
    pub(super) fn add(&mut self, more: &Self) {
        self.calls += more.calls;
        self.rows += more.rows;
        self.guest_time += more.guest_time;
        self.boundary_time += more.boundary_time;
        self.bytes_copied_in += more.bytes_copied_in;
        self.bytes_copied_out += more.bytes_copied_out;
        self.bytes_read_in_place += more.bytes_read_in_place;
        self.peak_memory = self.peak_memory.max(more.peak_memory);
        self.instances += more.instances;
    }
}

impl Figures {
    pub(crate) fn add(counter: &AtomicU64, amount: usize) {
        counter.fetch_add(amount as u64, Relaxed);
    }

    pub(crate) fn add_time(counter: &AtomicU64, time: Duration) {
        counter.fetch_add(time.as_nanos() as u64, Relaxed);
    }

    pub(crate) fn snapshot(&self, function: &str, component: Digest) -> FunctionFigures {
        FunctionFigures {
            function: function.to_owned(),
            component,
            calls: self.calls.load(Relaxed),
            rows: self.rows.load(Relaxed),
            guest_time: Duration::from_nanos(self.guest_nanos.load(Relaxed)),
            boundary_time: Duration::from_nanos(self.boundary_nanos.load(Relaxed)),
            bytes_copied_in: self.bytes_copied_in.load(Relaxed),
            bytes_copied_out: self.bytes_copied_out.load(Relaxed),
            bytes_read_in_place: self.bytes_read_in_place.load(Relaxed),
            peak_memory: self.peak_memory.load(Relaxed),
            instances: self.instances.load(Relaxed),
        }
    }
}
