//! What the parts of a plan ask of the rest of their attempt while they run.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use datafusion::{error::Result, prelude::SessionConfig};
use uuid::Uuid;

use crate::storage::Staging;

/// What a host asks of the coordinator of an attempt.
#[async_trait]
pub trait AttemptLink: Send + Sync + Debug {
    /// The next split of a scan, if there are any left.
    ///
    /// # Errors
    ///
    /// If the attempt has ended.
    ///
    /// # Cancellation
    ///
    /// A split that was on its way is lost, and its attempt with it.
    async fn take_split(&self, scan: Uuid) -> Result<Option<Vec<u8>>>;

    /// Something is staged here for a write: it is to be completed when the coordinator says so, and given up
    /// when the attempt ends without that. Called once for each write of each task.
    fn stage(&self, write: Uuid, staging: Arc<Staging>);
}

/// What a coordinator asks of the hosts of an attempt.
#[async_trait]
pub trait AttemptControl: Send + Sync + Debug {
    /// A write is about to be made visible, wherever its files are. Called once for each write, before
    /// anything of it can be seen and before [`publish`](Self::publish). From then on the query is not begun
    /// again, and a host that is lost does not end it: only the commit decides.
    ///
    /// # Errors
    ///
    /// If the attempt is over, for instance because it has lost a host: nothing may be made visible then.
    fn commit(&self, write: Uuid) -> Result<()>;

    /// Has every host complete what it staged for a write.
    ///
    /// # Errors
    ///
    /// If one of them can not.
    async fn publish(&self, write: Uuid) -> Result<()>;
}

/// The configuration of a session whose plans run in the attempt that `control` directs.
pub fn controlled(config: SessionConfig, control: Arc<dyn AttemptControl>) -> SessionConfig {
    config.with_extension(Arc::new(Control(control)))
}

/// Where nodes of a plan find an [`AttemptControl`].
pub(in crate::functions) struct Control(pub(in crate::functions) Arc<dyn AttemptControl>);

/// Where nodes of a plan find an [`AttemptLink`].
pub(in crate::functions) struct Link(pub(in crate::functions) Arc<dyn AttemptLink>);
