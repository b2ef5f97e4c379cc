//! What a host is asked.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AttemptPlan, Load, Missing, PutBlob, WireFailure, WireMetrics};
use crate::store::Digest;

/// The first message of a stream to a host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum HostRequest {
    /// Answered with a [`HostStatus`].
    Status,
    /// Answered with those that are not here, as a `Vec<Missing>`.
    Lacks(Vec<Digest>),
    /// See there.
    Put(PutBlob),
    /// See there: the stream is the attempt's from then on. From coordinators only.
    Open(Box<AttemptPlan>),
    /// Gives a task its plan. [`ChannelOrder`]s follow, and [`ChannelAnswer`]s come. From coordinators only.
    SetPlan(Box<SetPlan>),
    /// Asks for the rows of one partition: a `Result<(), WireFailure>` comes, and once [`RowsOrder::Begin`] is
    /// said, [`StreamEvent`]s. Whoever does not want the rest stops the stream; whoever wants none at all ends
    /// it without that order.
    Execute(Box<Execute>),
}

/// What a host says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostStatus {
    /// Its name.
    pub name: String,
    /// Processors that run queries.
    pub cores: u32,
    /// Bytes that its queries can take together.
    pub memory: u64,
    /// What it does.
    pub load: Load,
    /// Bytes of blobs in its store.
    pub stored: u64,
    /// Blobs that are partly here.
    pub partial: Vec<Missing>,
}

/// A task of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Task {
    /// The attempt.
    pub attempt: Uuid,
    /// The query, as the distributed plan calls it.
    pub query: Uuid,
    /// The stage.
    pub stage: u64,
    /// The task's number in the stage.
    pub number: u64,
}

/// The plan of a task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetPlan {
    /// Which task.
    pub task: Task,
    /// Tasks of the stage.
    pub task_count: u64,
    /// The plan in DataFusion's protobuf.
    pub plan: Vec<u8>,
    /// Feeds of work units that will come.
    pub feeds: Vec<UnitFeed>,
    /// The address that the host is called by in plans.
    pub target: String,
    /// When the query began at its coordinator: nanoseconds of Unix time.
    pub started: u64,
    /// Further headers, which `datafusion-distributed` wants to find again.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// A feed of work units for a node of a plan.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct UnitFeed {
    /// The node's.
    pub id: Uuid,
    /// Its partitions.
    pub partitions: u64,
}

/// What a coordinator says of a task, behind its [`SetPlan`]. The end of the stream is the end of the task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ChannelOrder {
    /// Units for feeds.
    Units(Vec<WorkUnit>),
    /// There will be no more units.
    UnitsEnd,
}

/// A unit for a partition of a feed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorkUnit {
    /// The feed.
    pub id: Uuid,
    /// The partition.
    pub partition: u64,
    /// In the node's own encoding.
    pub body: Vec<u8>,
    /// When it was made, and sent: nanoseconds of Unix time.
    pub created: u64,
    /// See there.
    pub sent: u64,
}

/// What a host says of a task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ChannelAnswer {
    /// The first answer: whether the plan was taken.
    Taken(Result<(), WireFailure>),
    /// How much a partition has ready, for plans that are made while they run.
    Load {
        /// The partition.
        partition: u64,
        /// Rows that are ready.
        rows: u64,
        /// Their bytes, by column.
        bytes: Vec<u64>,
        /// Shares of different values, by column.
        distinct: Vec<f32>,
        /// Shares of nulls, by column.
        nulls: Vec<f32>,
        /// Rows that leaves have given for it.
        pulled: u64,
        /// Whether that is all of the partition.
        complete: bool,
    },
    /// No more loads.
    LoadEnd,
    /// The task is over: what its nodes measured, in pre-order, and what it measured as a whole.
    Metrics {
        /// By node.
        nodes: Vec<WireMetrics>,
        /// Of the task.
        task: WireMetrics,
    },
}

/// Asks for a partition of a task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Execute {
    /// Which task.
    pub task: Task,
    /// Which partition of it.
    pub partition: u64,
    /// What the task's plan begins with.
    pub head: Head,
}

/// The node that a task's plan gets on top, which depends on who reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Head {
    /// None.
    None,
    /// All rows for every reader.
    Broadcast {
        /// Partitions that it gives.
        partitions: u64,
    },
    /// Rows by the hash of some columns: DataFusion's protobuf of the partitioning.
    Repartition(Vec<u8>),
}

/// What the reader of a partition says, behind its [`Execute`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowsOrder {
    /// It wants the rows now.
    Begin,
}

/// What is said between the batches of a partition. A batch is announced with how many bytes of Arrow IPC
/// follow the frame.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum StreamEvent {
    /// Encapsulated Arrow IPC messages follow: the schema before the first, dictionaries, one record batch.
    Batch {
        /// Bytes of each message: its metadata, padded, and its body.
        messages: Vec<(u32, u64)>,
        /// When it was sent: nanoseconds of Unix time.
        sent: u64,
    },
    /// That was all.
    End,
    /// There is no more, because of this.
    Failed(WireFailure),
}
