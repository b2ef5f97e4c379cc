//! What the grant `clock` gives.

use std::time::Duration;
#[cfg(not(target_family = "wasm"))]
use std::time::{SystemTime, UNIX_EPOCH};

use crate::{Nanosecond, Timestamp, Utc};

/// The time now. The function has to be granted `clock`, and says so: `#[scalar(volatile,
/// grants("clock"))]`. Without the grant the query ends here.
pub fn now() -> Timestamp<Nanosecond, Utc> {
    Timestamp::new(nanoseconds())
}

/// The time since 1970-01-01T00:00:00Z; none before that.
pub fn since_epoch() -> Duration {
    Duration::from_nanos(nanoseconds().try_into().unwrap_or_default())
}

#[cfg(target_family = "wasm")]
fn nanoseconds() -> i64 {
    crate::bindings::arrowbox::udf::clock::now()
}

#[cfg(not(target_family = "wasm"))]
fn nanoseconds() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    since_epoch.map_or(0, |time| time.as_nanos().try_into().unwrap_or(i64::MAX))
}
