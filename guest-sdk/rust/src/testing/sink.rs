use crate::sink::target;

/// Runs `body` and gives what it returned, and the files that it made with [`sink`](crate::sink) and finished:
/// path and bytes, in the order in which it began them.
pub fn with_sink<R>(body: impl FnOnce() -> R) -> (R, Vec<(String, Vec<u8>)>) {
    target::with(body)
}
