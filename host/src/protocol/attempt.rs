//! One attempt at a query, as its coordinator directs it on every host that takes part.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Missing, WireFailure};
use crate::{functions::Binding, query::FunctionFigures};

/// Opens an attempt on a host: everything that its plans need but the plans.
///
/// The stream stays open as long as the attempt runs; when it ends, however it does, the host ends what it
/// does for the attempt. A host knows each id once: what comes later for an attempt that has ended is
/// refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AttemptPlan {
    /// Names the attempt. Another attempt at the same query has another.
    pub id: Uuid,
    /// The functions that its plans call, by the names that they have there.
    pub functions: Vec<Binding>,
    /// Options of the session that differ from their defaults.
    pub options: Vec<(String, String)>,
    /// How long it may take from now on.
    pub time_left: Option<Duration>,
}

/// What the coordinator says on the stream of an attempt, behind its [`AttemptPlan`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum AttemptOrder {
    /// All that was lacking has been sent: load every function and say [`AttemptAnswer::Ready`].
    Prepare,
    /// Answers [`AttemptAnswer::TakeSplit`]: a split, or that there are no more.
    Split {
        /// Which scan.
        scan: Uuid,
        /// The split as its reader's node wrote it.
        split: Option<Vec<u8>>,
    },
    /// Complete what was written here and is staged for this write.
    Publish {
        /// Which write.
        write: Uuid,
    },
    /// All is done: say what the functions did, and forget the attempt.
    Finish,
}

/// What a host says on the stream of an attempt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum AttemptAnswer {
    /// The first answer: which components and data are not here.
    Lacks(Vec<Missing>),
    /// All functions are compiled and bound: plans can come.
    Ready,
    /// The attempt can not run here, or not go on.
    Failed(WireFailure),
    /// A reader's node wants the next split of its scan.
    TakeSplit {
        /// Which scan.
        scan: Uuid,
    },
    /// [`AttemptOrder::Publish`] was carried out.
    Published {
        /// Which write.
        write: Uuid,
    },
    /// How far this host is; said every so often while something changes.
    Progress(Progress),
    /// The answer to [`AttemptOrder::Finish`], and the last: what the functions did here.
    Figures(Vec<FunctionFigures>),
}

/// What a host has done of an attempt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Tasks that have a plan here.
    pub tasks: u32,
    /// Of those, tasks whose rows have all been sent.
    pub finished: u32,
    /// Rows that were sent.
    pub rows: u64,
    /// Bytes that were sent.
    pub bytes: u64,
}
