//! Waiting within a call.
//!
//! A guest that waits for a clock or a socket leaves its stack, a fiber, and the thread that called it goes to
//! sleep until what is waited for is there. What belongs to a query stays on the query's threads; timers and sockets
//! belong to a runtime of their own, because a thread of the query's runtime that sleeps drives nothing.

use std::{
    future::Future,
    io,
    pin::pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use tokio::runtime::{Builder, Runtime};

/// How often a thread that sleeps looks whether it has to stop.
const TICK: Duration = Duration::from_millis(10);

/// Runs a future on this thread. While it waits, `stop` is asked every few milliseconds whether to go on.
///
/// Whatever is waited for must have been made within: that is where the runtime of timers and sockets is entered.
pub(super) fn wait<R>(
    future: impl Future<Output = wasmtime::Result<R>>,
    mut stop: impl FnMut() -> wasmtime::Result<()>,
) -> wasmtime::Result<R> {
    let _entered = runtime()?.enter();
    // The thread may be at work for a task that has done its share: that is no reason to wait here.
    let mut future = pin!(tokio::task::unconstrained(future));
    let waker = Waker::from(Arc::new(Sleeper(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        stop()?;
        thread::park_timeout(TICK);
    }
}

/// A thread that is woken.
struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// What drives timers and sockets of all guests of this process: one thread.
fn runtime() -> wasmtime::Result<&'static Runtime> {
    static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(16)
            .thread_name("arrowbox-wasi")
            .enable_all()
            .build()
    });
    runtime.as_ref().map_err(|error| {
        wasmtime::format_err!("there is no thread for timers and sockets: {error}")
    })
}
