//! The runtimes of a process: functions compute on the threads of one, the user is heard on another, and
//! other machines on a third.

use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

/// Plans nest deeply, and so do the calls that run them.
const STACK: usize = 128 << 20;
/// How long the end of the process waits for what was cancelled.
const GRACE: Duration = Duration::from_millis(200);
/// Enough for encrypting what a machine of some ten processors sends.
const NETWORK_THREADS: usize = 2;

/// The runtimes of a command that runs queries.
#[derive(Debug)]
pub(super) struct Runtimes {
    control: Runtime,
    queries: Option<Runtime>,
    network: Option<Runtime>,
}

/// The system gives no threads.
#[derive(Debug, thiserror::Error)]
#[error("no threads can be started")]
pub(super) struct NoThreads(#[from] io::Error);

impl Runtimes {
    pub(super) fn new(partitions: Option<NonZeroUsize>) -> Result<Self, NoThreads> {
        let control = Builder::new_current_thread().enable_all().build()?;
        let mut queries = Builder::new_multi_thread();
        queries
            .enable_all()
            .thread_name("query")
            .thread_stack_size(STACK);
        if let Some(partitions) = partitions {
            queries.worker_threads(partitions.get());
        }
        Ok(Self {
            control,
            queries: Some(queries.build()?),
            network: None,
        })
    }

    /// The same for a command that talks to other machines: they are heard whatever this one does.
    pub(super) fn with_network(partitions: Option<NonZeroUsize>) -> Result<Self, NoThreads> {
        let mut network = Builder::new_multi_thread();
        network
            .enable_all()
            .thread_name("network")
            .worker_threads(NETWORK_THREADS);
        let mut runtimes = Self::new(partitions)?;
        runtimes.network = Some(network.build()?);
        Ok(runtimes)
    }

    /// Where other machines are heard.
    pub(super) fn network(&self) -> Handle {
        let network = self.network.as_ref().unwrap_or(&self.control);
        network.handle().clone()
    }

    /// Where queries run.
    pub(super) fn queries(&self) -> Handle {
        let queries = self.queries.as_ref().unwrap_or(&self.control);
        queries.handle().clone()
    }

    /// Runs `future` here, responsive whatever queries do.
    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.control.block_on(future)
    }
}

impl Drop for Runtimes {
    fn drop(&mut self) {
        if let Some(queries) = self.queries.take() {
            queries.shutdown_timeout(GRACE);
        }
        if let Some(network) = self.network.take() {
            network.shutdown_timeout(GRACE);
        }
    }
}
