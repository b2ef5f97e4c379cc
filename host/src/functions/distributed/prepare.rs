//! A distributed plan, before its parts are sent out.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use datafusion::{
    common::{
        internal_err,
        tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    },
    error::Result,
    physical_plan::{ExecutionPlan, repartition::RepartitionExec, replace_children_if_necessary},
};
use datafusion_distributed::{BroadcastExec, DistributedLeafExec, NetworkBoundaryExt};
use uuid::Uuid;

use super::called::Called;
use crate::functions::{Binding, publish::FiguresExec, reader::ReaderExec};

/// A plan whose parts run on hosts.
#[derive(Debug)]
pub struct Distributed {
    /// To be executed instead of what it was made of.
    pub plan: Arc<dyn ExecutionPlan>,
    /// What hosts ask for while it runs.
    pub splits: SplitQueues,
    /// The functions that hosts need, each by the name that it has in the plan.
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
        let mut stages = Stages::default();
        let plan = plan.transform_up(|node| {
            let is_boundary = node.is_network_boundary();
            match (is_boundary, node.children().as_slice()) {
                (true, [stage]) => {
                    let stage = stages.add(stage)?;
                    let node = replace_children_if_necessary(node, vec![stage])?;
                    Ok(Transformed::yes(node))
                }
                _ => Ok(Transformed::no(node)),
            }
        })?;
        if stages.count == 0 {
            return Ok(None);
        }
        Ok(Some(Self {
            plan: plan.data,
            splits: stages.splits,
            functions: stages.called.finish()?,
        }))
    }
}

/// The parts of a plan that run on hosts.
#[derive(Default)]
struct Stages {
    count: usize,
    called: Called,
    splits: SplitQueues,
}

impl Stages {
    /// Takes notice of a stage. Gives what stands for it.
    fn add(&mut self, stage: &Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
        self.count += 1;
        let mut calls = false;
        let mut publishes = false;
        stage.apply(|node| {
            // What is below is another stage.
            if node.is_network_boundary() {
                return Ok(TreeNodeRecursion::Jump);
            }
            publishes |= node.is::<FiguresExec>();
            calls |= self.visit(node)?;
            Ok(TreeNodeRecursion::Continue)
        })?;
        if !calls || publishes {
            return Ok(Arc::clone(stage));
        }
        // What a stage begins with is made anew by its host.
        let is_head = stage.is::<RepartitionExec>() || stage.is::<BroadcastExec>();
        match (is_head, stage.children().as_slice()) {
            (true, [below]) => {
                let below = FiguresExec::around(Arc::clone(below));
                replace_children_if_necessary(Arc::clone(stage), vec![below])
            }
            _ => Ok(FiguresExec::around(Arc::clone(stage))),
        }
    }

    fn visit(&mut self, node: &Arc<dyn ExecutionPlan>) -> Result<bool> {
        // Stands for other leaves, one for each task.
        if let Some(leaf) = node.downcast_ref::<DistributedLeafExec>() {
            return self.visit(leaf.original());
        }
        if let Some(reader) = node.downcast_ref::<ReaderExec>() {
            let (scan, splits) = reader.scan()?;
            self.splits.insert(scan, splits)?;
        }
        self.called.add(node)
    }
}

/// The splits of the scans of a plan, for whoever reads them.
#[derive(Debug, Default)]
pub struct SplitQueues {
    queues: HashMap<Uuid, Mutex<VecDeque<Vec<u8>>>>,
}

impl SplitQueues {
    fn insert(&mut self, scan: Uuid, splits: Vec<Vec<u8>>) -> Result<()> {
        match self.queues.insert(scan, Mutex::new(splits.into())) {
            None => Ok(()),
            // Each of them would get only some of its rows.
            Some(_) => internal_err!("one scan stands at two places of a plan"),
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_split_is_given_once() {
        let mut splits = SplitQueues::default();
        let scan = Uuid::new_v4();
        splits.insert(scan, vec![vec![1], vec![2]]).unwrap();
        assert_eq!(splits.take(scan), Some(vec![1]));
        assert_eq!(splits.take(scan), Some(vec![2]));
        assert_eq!(splits.take(scan), None);
        assert_eq!(splits.take(Uuid::new_v4()), None);
    }
}
