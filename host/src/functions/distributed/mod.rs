//! Functions in plans that run on many machines.
//!
//! A coordinator plans a query with a session that is [`distributable`], and [prepares](Distributed::prepare)
//! the plan: every scan gets a queue of splits, and every stage says what its functions did. A host decodes
//! its part of the plan in a [`TaskSession`], which has the functions that the plan calls. What the two say to
//! each other while the plan runs goes through an [`AttemptLink`] on the host, and an [`AttemptControl`] at the
//! coordinator.

mod called;
mod codec;
mod columns;
mod link;
mod options;
mod prepare;
mod session;
mod tasks;

pub use link::{AttemptControl, AttemptLink, controlled};
pub use options::differing_options;
pub use prepare::{Distributed, SplitQueues};
pub use session::TaskSession;
pub use tasks::distributable;

pub(super) use codec::{Decoder, EncodedExpr, EncodedSortExpr, Encoder};
pub(super) use columns::Columns;
pub(super) use link::{Control, Link};
pub(super) use tasks::is_distributable;
