//! A distributed plan, before its parts are sent out.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use datafusion::{common::tree_node::TreeNode, error::Result, physical_plan::ExecutionPlan};
use datafusion_distributed::NetworkBoundaryExt;
use uuid::Uuid;

use crate::functions::Binding;

/// A plan whose parts run on hosts.
#[derive(Debug)]
pub struct Distributed {
    /// To be executed instead of what it was made of.
    pub plan: Arc<dyn ExecutionPlan>,
    /// What hosts ask for while it runs.
    pub splits: SplitQueues,
    /// The functions that hosts need, each with its data.
    pub functions: Vec<Binding>,
}

impl Distributed {
    /// Prepares what a session that is [`distributable`](super::distributable) has planned. None if nothing of
    /// it runs elsewhere.
    ///
    /// # Errors
    ///
    /// If it can not run elsewhere: two functions of one name, say, are in it.
    pub fn prepare(plan: Arc<dyn ExecutionPlan>) -> Result<Option<Self>> {
        if !plan.exists(|node| Ok(node.is_network_boundary()))? {
            return Ok(None);
        }
        Ok(Some(Self {
            plan,
            splits: SplitQueues::default(),
            functions: Vec::new(),
        }))
    }
}

/// The splits of the scans of a plan, for whoever reads them.
#[derive(Debug, Default)]
pub struct SplitQueues {
    queues: HashMap<Uuid, Mutex<VecDeque<Vec<u8>>>>,
}

impl SplitQueues {
    /// The next split of a scan, as its reader's node wrote it. None if there are no more, or there is no such
    /// scan.
    pub fn take(&self, scan: Uuid) -> Option<Vec<u8>> {
        let queue = self.queues.get(&scan)?;
        queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }
}
