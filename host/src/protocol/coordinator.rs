//! What a coordinator is asked, by hosts and by clients.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{PutBlob, WireFailure};
use crate::{query::FunctionFigures, sandbox::Grants, store::Digest};

/// The first message of a stream to a coordinator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum CoordinatorRequest {
    /// From hosts: the stream stays open as long as the host belongs to the cluster. The host says
    /// [`Load`]s, the coordinator answers one [`JoinAnswer`] and then gives [`JoinOrder`]s.
    Join(Join),
    /// From clients, as everything below. Answered with those that are not here, as a `Vec<Missing>`.
    Lacks(Vec<Digest>),
    /// See there.
    Put(PutBlob),
    /// Makes files a table of the session of this connection. Answered with a `Result<(), StatementFailure>`.
    AddTable(AddTable),
    /// Makes functions known to the session of this connection. Answered with their names in SQL, as a
    /// `Result<Vec<String>, StatementFailure>`.
    AddComponent(Box<AddComponent>),
    /// Runs statements in the session of this connection. [`QueryAnswer`]s come, batches between them;
    /// a client that says [`ClientMessage::Cancel`], ends the stream or goes away ends them.
    Run(RunStatements),
    /// Answered with a `Vec<HostEntry>`, as soon as there are so many.
    Hosts {
        /// Hosts that take part.
        at_least: u32,
    },
    /// Answered with a `Vec<QueryEntry>`.
    Queries,
    /// Ends a query. Answered with whether there was such a one, as a `bool`.
    Kill(Uuid),
    /// Gives a host no more work, or work again. Answered with a `Result<(), String>`.
    Drain {
        /// Its name or address.
        host: String,
        /// Whether it gets none.
        drain: bool,
    },
}

/// A host that wants to take part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// Names it in messages.
    pub name: String,
    /// Where it listens. An unspecified address stands for the one that it was seen to come from.
    pub listen: std::net::SocketAddr,
    /// Processors that run queries.
    pub cores: u32,
    /// Bytes that its queries can take together.
    pub memory: u64,
    /// Names this run of the program: a host that was started anew is another.
    pub instance: Uuid,
}

/// Whether a host takes part.
pub type JoinAnswer = Result<(), String>;

/// Said by a host every half second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Attempts that it has open.
    pub attempts: u32,
    /// Tasks of those.
    pub tasks: u32,
    /// Bytes that its queries take.
    pub memory: u64,
}

/// What a coordinator tells a host that takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinOrder {
    /// Whether new work comes.
    Drain(bool),
}

/// Files as a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddTable {
    /// As it is called in SQL.
    pub name: String,
    /// A file, a folder of files or a pattern, by the same name on the coordinator's machine and the hosts'.
    pub path: String,
    /// The function that makes a table of it, if its ending does not say what it is.
    pub reader: Option<String>,
}

/// A component whose functions are all made known to a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddComponent {
    /// The path of the component, or its hash in the coordinator's store.
    pub source: String,
    /// Goes before the names of its functions.
    pub prefix: String,
    /// What holds for all its functions.
    pub all: Terms,
    /// What holds for single functions instead, by their names in the component; grants add up.
    pub functions: BTreeMap<String, Terms>,
    /// Files of the client's machine that are named here, which are in the coordinator's store now.
    pub uploads: Vec<Upload>,
}

/// What a function may do and take, and what its constructor is told.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Terms {
    /// What it may do.
    pub grants: Grants,
    /// What one instance may take, in bytes.
    pub memory: Option<u64>,
    /// What one call may take.
    pub timeout: Option<Duration>,
    /// Text for the constructor.
    pub parameters: BTreeMap<String, String>,
    /// Files for the constructor: paths, or hashes in the coordinator's store.
    pub data: BTreeMap<String, String>,
}

/// Statements of a client.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunStatements {
    /// Separated by semicolons.
    pub text: String,
    /// Where relative paths in them begin.
    pub folder: Option<String>,
    /// Files of the client's machine that the statements name, which are in the coordinator's store now.
    pub uploads: Vec<Upload>,
    /// Whether rows come as soon as there are any; a lost host then ends the query once rows are out.
    pub stream: bool,
    /// How long each statement may take.
    pub timeout: Option<Duration>,
}

/// What a path in a statement stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// As it is written there.
    pub path: String,
    /// Its contents.
    pub digest: Digest,
}

/// What a client says while its statements run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientMessage {
    /// It has had enough.
    Cancel,
}

/// What a coordinator says while statements run. Each statement gives `Begun`, its rows, and `Ended`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum QueryAnswer {
    /// A statement runs.
    Begun {
        /// For people: what a statement about functions did.
        notice: Option<String>,
        /// Whether it has columns, whose schema comes with the first batch, or with an empty one.
        rows: bool,
    },
    /// A batch follows the frame, as in [`super::StreamEvent::Batch`].
    Batch {
        /// Bytes of each message: its metadata, padded, and its body.
        messages: Vec<(u32, u64)>,
    },
    /// How far it is.
    Progress(Vec<Stage>),
    /// A statement is done.
    Ended(Statistics),
    /// A statement failed; those behind it are not run.
    Failed(StatementFailure),
    /// All statements are done.
    Done,
}

/// Why a statement has no result, or no more of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementFailure {
    /// What kind of thing went wrong.
    pub kind: FailureKind,
    /// The time that it had, if it did not end within that. The failure is then what was stopped, if it said
    /// so.
    pub time_limit: Option<Duration>,
    /// The error.
    pub failure: Option<WireFailure>,
}

/// What scripts and people look at first when something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// The statement, its data or a file is wrong.
    Statement,
    /// A function failed.
    Function,
    /// A limit of time or memory was reached.
    Limit,
    /// A component was refused.
    Component,
    /// A data directory can not be used.
    DataDir,
    /// Machines of the cluster can not be reached, or were lost.
    Cluster,
}

/// What the hosts have done of a running query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// The host.
    pub host: String,
    /// What it did.
    pub progress: super::Progress,
}

/// What a statement took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// What functions did, on all hosts together.
    pub functions: Vec<FunctionFigures>,
    /// What was tried in vain before, for people: one line for each attempt that lost a host.
    pub replayed: Vec<String>,
    /// Hosts that took part at last.
    pub hosts: Vec<String>,
}

/// A host as the coordinator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostEntry {
    /// Its name.
    pub name: String,
    /// Where it is reached.
    pub url: String,
    /// What it does.
    pub state: HostState,
    /// Processors.
    pub cores: u32,
    /// Bytes that its queries can take together.
    pub memory: u64,
    /// What it said last.
    pub load: Load,
    /// How long it has taken part.
    pub since: Duration,
}

/// Whether a host gets work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HostState {
    /// It does.
    Live,
    /// It finishes what it has.
    Draining,
}

/// A query that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryEntry {
    /// Names it.
    pub id: Uuid,
    /// Who asked.
    pub client: String,
    /// What.
    pub text: String,
    /// How long it has run.
    pub elapsed: Duration,
    /// How often it was begun again.
    pub replayed: u32,
}
