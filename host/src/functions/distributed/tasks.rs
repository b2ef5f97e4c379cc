//! How many tasks the nodes of functions can be spread over.

use datafusion::prelude::SessionConfig;
use datafusion_distributed::DistributedExt;

use super::codec::Codec;

/// The configuration of a session that plans for many machines, or that runs a part of such a plan.
pub fn distributable(config: SessionConfig) -> SessionConfig {
    config.with_distributed_user_codec(Codec)
}
