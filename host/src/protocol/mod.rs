//! What clients, coordinators and hosts say to each other. No I/O is done here.
//!
//! Every connection begins with a [`Hello`] on its first stream. From then on each bidirectional stream is
//! one request: it begins with a [`HostRequest`] or a [`CoordinatorRequest`], whose docs say what follows on
//! it. Messages are postcard in frames ([`frame`]); batches are Arrow IPC between frames.

mod attempt;
mod blob;
mod coordinator;
mod failure;
pub mod frame;
mod hello;
mod host;
mod metrics;

pub use attempt::{AttemptAnswer, AttemptOrder, AttemptPlan, Progress};
pub use blob::{Missing, PutBlob, Stored};
pub use coordinator::{
    AddComponent, AddTable, ClientMessage, CoordinatorRequest, FailureKind, HostEntry, HostState,
    Join, JoinAnswer, JoinOrder, Load, QueryAnswer, QueryEntry, RunStatements, Stage,
    StatementFailure, Statistics, Terms, Upload,
};
pub use failure::{RemoteError, WireFailure};
pub use frame::{FrameError, Limit};
pub use hello::{ALPN, Greeting, Hello, Role, VERSION};
pub use host::{
    ChannelAnswer, ChannelOrder, Execute, Head, HostRequest, HostStatus, RowsOrder, SetPlan,
    StreamEvent, Task, UnitFeed, WorkUnit,
};
pub use metrics::WireMetrics;
