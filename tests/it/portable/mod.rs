//! The portable lane: buffers that cross as bytes, and columns that stay with the host.

mod bytes;
mod columns;
mod wasi;

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrowbox_host::QueryScope;
use arrowbox_tests::poll::poll;
use tokio::task::{JoinHandle, spawn_blocking};

/// Cancels a query when a guest of it has begun. Gives when that was.
fn cancel_begun(scope: Arc<QueryScope>) -> JoinHandle<Instant> {
    spawn_blocking(move || {
        let begun = || scope.figures().iter().any(|figures| figures.instances > 0);
        let begun = poll(Duration::from_secs(120), || begun().then_some(()));
        scope.cancel();
        begun.expect("a guest begins");
        Instant::now()
    })
}
