//! The hosts that run queries together, as their coordinator sees them.
//!
//! A [`Cluster`] knows which hosts there are: those that [join](Cluster::serve_join) and those that were
//! [listed](Cluster::add_host). A query that is spread over them is an [`Attempt`]: it is open on every host
//! before any part of the plan is sent there, with every function [shipped](shipping) and compiled. The rows of
//! an attempt are [`Held`] until all of it has ended, so that an attempt that loses a host can be given up, and
//! another begun, without anybody seeing it ([`Tries`]).

mod attempt;
mod error;
mod handle;
mod held;
mod host;
mod join;
mod listed;
mod membership;
mod recovery;
mod shipping;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use attempt::{Attempt, Control, Opening};
pub use error::{ClusterError, LostHost};
pub use handle::Cluster;
pub(crate) use held::Held;
pub(crate) use host::Host;
pub(crate) use recovery::{Tries, lost_host};
pub(crate) use shipping::Sources;
