//! Waiting for what gives no signal.

use std::thread;
use std::time::{Duration, Instant};

/// Looks again and again until there is something, and gives up at a deadline.
///
/// For what happens in another process, or in the operating system; in this process await a signal.
pub fn poll<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(Duration::from_millis(2));
    }
}
