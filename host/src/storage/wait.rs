//! Waits for object stores, on a thread that may block.

use std::{
    sync::{LazyLock, mpsc},
    time::Duration,
};

use tokio::{runtime, task::AbortHandle};

use crate::sandbox::{Interrupt, Stopped};

/// How often a wait looks at the stop button.
const TICK: Duration = Duration::from_millis(20);

/// Why a wait has no answer.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// The query ended.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The machine has no thread for it.
    #[error("no thread can be made to wait for an object store: {0}")]
    Runtime(&'static std::io::Error),
    /// A bug in the client of the object store.
    #[error("the client of the object store failed")]
    Panicked,
}

/// Requests run on threads of their own: whoever waits blocks, and may be what would drive them otherwise.
static REQUESTS: LazyLock<std::io::Result<runtime::Runtime>> = LazyLock::new(|| {
    runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("arrowbox-requests")
        .enable_all()
        .build()
});

/// Where requests run.
pub(super) fn requests() -> Result<&'static runtime::Handle, WaitError> {
    match &*REQUESTS {
        Ok(runtime) => Ok(runtime.handle()),
        Err(error) => Err(WaitError::Runtime(error)),
    }
}

/// Waits until `work` is done, or `interrupt` says to stop: then `work` is dropped.
///
/// # Errors
///
/// See [`WaitError`].
pub(super) fn wait<T: Send + 'static>(
    interrupt: &Interrupt,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, WaitError> {
    interrupt.check()?;
    let (answer, answers) = mpsc::sync_channel(1);
    let task = requests()?.spawn(async move {
        // Nobody listens any more: then nobody minds.
        let _ = answer.send(work.await);
    });
    let _task = AbortOnDrop(task.abort_handle());
    loop {
        match answers.recv_timeout(TICK) {
            Ok(answer) => return Ok(answer),
            Err(mpsc::RecvTimeoutError::Timeout) => interrupt.check()?,
            Err(mpsc::RecvTimeoutError::Disconnected) => return Err(WaitError::Panicked),
        }
    }
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Arc, thread, time::Instant};

    use super::*;

    #[test]
    fn a_request_that_never_ends_does_not_hold_a_cancelled_query() {
        let interrupt = Arc::new(Interrupt::default());
        let waiting = {
            let interrupt = Arc::clone(&interrupt);
            thread::spawn(move || wait(&interrupt, pending::<()>()))
        };
        let began = Instant::now();
        interrupt.cancel();
        let ended = waiting.join().unwrap();
        assert!(matches!(ended, Err(WaitError::Stopped(Stopped::Cancelled))));
        assert!(began.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_wait_works_on_the_only_thread_of_a_runtime() {
        let answer = wait(&Interrupt::default(), async { 7 });
        assert_eq!(answer.unwrap(), 7);
    }

    #[test]
    fn a_panic_is_an_error() {
        let ended = wait(&Interrupt::default(), async {
            assert_eq!(1, 2, "on purpose");
        });
        assert!(matches!(ended, Err(WaitError::Panicked)));
    }
}
