//! Room for recursion: expressions can be nested deeply, and most of what is done with them recurses.

use std::future::poll_fn;
use std::pin::pin;

/// Where less is left, there is a new stack.
const LEAST: usize = 4 << 20;
/// Address space; memory is taken only as far as it is used.
const NEW: usize = 128 << 20;

/// Calls `operation` with room for recursion.
pub(crate) fn call<T>(operation: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(LEAST, NEW, operation)
}

/// Polls `future` with room for recursion.
pub(super) async fn poll<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| call(|| future.as_mut().poll(context))).await
}
