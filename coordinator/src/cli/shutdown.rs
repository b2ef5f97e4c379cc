//! When a server ends.

use std::io::{self, Read};
use std::thread;

use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// What tells a server to end.
#[derive(Debug)]
pub(super) struct Shutdown {
    interrupt: Signal,
    terminate: Signal,
    stdin: Option<oneshot::Receiver<()>>,
}

/// Who ends a server beside signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub(super) struct AttachedFlag {
    /// End when the standard input ends: with the process that has the other end of it
    #[arg(long, hide = true)]
    attached: bool,
}

impl Shutdown {
    /// Signals are heard from now on. Must be called within a runtime.
    pub(super) fn new(flag: AttachedFlag) -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            stdin: flag.attached.then(stdin_ends),
        })
    }

    /// Waits until the process shall end. Can be waited for again: whoever says it twice insists.
    pub(super) async fn requested(&mut self) {
        let stdin = async {
            match &mut self.stdin {
                // The thread has read all, or could not begin.
                Some(ended) => drop(ended.await),
                None => std::future::pending().await,
            }
        };
        select! {
            _ = self.interrupt.recv() => tracing::info!("interrupted: shutting down"),
            _ = self.terminate.recv() => tracing::info!("told to end: shutting down"),
            () = stdin => {
                self.stdin = None;
                tracing::info!("nobody needs this process any more: shutting down");
            }
        }
    }
}

/// A thread of its own waits: one of a runtime would keep that from ending.
fn stdin_ends() -> oneshot::Receiver<()> {
    let (ended, end) = oneshot::channel();
    thread::spawn(move || {
        let mut rest = [0; 512];
        while io::stdin().read(&mut rest).is_ok_and(|read| read > 0) {}
        // Nobody waits any more if the process ends anyway.
        let _ = ended.send(());
    });
    end
}
