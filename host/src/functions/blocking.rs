//! Work that blocks: guests that read and write files wait in host calls.

use datafusion::error::{DataFusionError, Result};
use tokio::task::JoinError;

/// Runs `work` on a thread that may block.
///
/// # Panics
///
/// If `work` does.
///
/// # Cancellation
///
/// Dropping the future does not stop `work`; the query's stop button does.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    joined(tokio::task::spawn_blocking(work).await)
}

/// What a task on such a thread returned.
///
/// # Panics
///
/// If the task did.
pub(super) fn joined<T>(done: Result<Result<T>, JoinError>) -> Result<T> {
    match done {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(DataFusionError::External(Box::new(error))),
        },
    }
}
