//! The node of a physical plan that makes a write visible.

use std::{fmt, sync::Arc};

use arrow::{
    array::{RecordBatch, UInt64Array},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use datafusion::{
    common::tree_node::TreeNodeRecursion,
    error::Result,
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::Distribution,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PhysicalExpr,
        PlanProperties, coalesce_partitions::CoalescePartitionsExec,
        stream::RecordBatchStreamAdapter,
    },
};
use futures::StreamExt;

use super::{
    attempt::{Attempt, call},
    external,
    partition::{Manifest, Partition},
};
use crate::{
    functions::{
        blocking::blocking,
        bound::Bound,
        distributed::{AttemptControl, Control},
        relation::properties,
    },
    query::QueryScope,
    storage::Staging,
};

/// Commits what its input wrote. Gives the number of rows.
#[derive(Debug)]
pub(in crate::functions) struct CommitExec {
    attempt: Arc<Attempt>,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl CommitExec {
    pub(super) fn new(attempt: Arc<Attempt>, input: Arc<dyn ExecutionPlan>) -> Self {
        Self {
            properties: properties(&counted(), 1),
            attempt,
            input,
        }
    }

    pub(in crate::functions) fn function(&self) -> &Bound {
        &self.attempt.bound
    }
}

/// What COPY and INSERT give.
fn counted() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(
        "count",
        DataType::UInt64,
        false,
    )]))
}

impl DisplayAs for CommitExec {
    fn fmt_as(&self, t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, target) = (self.attempt.bound.name(), &self.attempt.target);
        match t {
            DisplayFormatType::TreeRender => write!(f, "function={name}\ntarget={target}"),
            _ => write!(f, "CommitExec: function={name}, target={target}"),
        }
    }
}

impl ExecutionPlan for CommitExec {
    fn name(&self) -> &str {
        "CommitExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.swap_remove(0);
        Ok(Arc::new(Self::new(Arc::clone(&self.attempt), input)))
    }

    fn execute(
        &self,
        _partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let bound = &self.attempt.bound;
        let config = context.session_config();
        let query = Arc::clone(bound.query(config.options())?);
        let control = config.get_extension::<Control>();
        let commit = Commit {
            staging: AbortOnDrop(self.attempt.begin(&query)),
            attempt: Arc::clone(&self.attempt),
            query,
            control: control.map(|control| Arc::clone(&control.0)),
        };
        let input = match self.input.output_partitioning().partition_count() {
            1 => Arc::clone(&self.input),
            _ => Arc::new(CoalescePartitionsExec::new(Arc::clone(&self.input))) as _,
        };
        let rows = futures::stream::once(commit.run(input, context));
        Ok(Box::pin(RecordBatchStreamAdapter::new(counted(), rows)))
    }
}

/// Gives up what was not published.
struct AbortOnDrop(Arc<Staging>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One execution. Dropped at any time before the end, it leaves nothing.
struct Commit {
    attempt: Arc<Attempt>,
    query: Arc<QueryScope>,
    staging: AbortOnDrop,
    /// Of the hosts, where some of the nodes that write are there.
    control: Option<Arc<dyn AttemptControl>>,
}

impl Commit {
    async fn run(
        self,
        input: Arc<dyn ExecutionPlan>,
        context: Arc<TaskContext>,
    ) -> Result<RecordBatch> {
        match self.commit(input, context).await {
            Ok(rows) => {
                let rows = Arc::new(UInt64Array::from(vec![rows]));
                Ok(RecordBatch::try_new(counted(), vec![rows])?)
            }
            Err(error) => {
                // Before anybody hears of the error.
                self.staged(|staging| {
                    staging.withdraw();
                    staging.abort();
                    Ok(())
                })
                .await?;
                Err(error)
            }
        }
    }

    async fn commit(
        &self,
        input: Arc<dyn ExecutionPlan>,
        context: Arc<TaskContext>,
    ) -> Result<u64> {
        if self.control.is_some() {
            // Hosts begin to write when the input is executed.
            self.staged(|staging| staging.open().map_err(external))
                .await?;
        }
        let mut input = input.execute(0, context)?;
        let mut manifests = Vec::new();
        while let Some(batch) = input.next().await.transpose()? {
            manifests.extend(Manifest::of(&batch));
        }
        drop(input);
        manifests.sort_by_key(|manifest| manifest.partition);
        let rows = manifests.iter().map(|manifest| manifest.rows).sum();
        let created = manifests.iter().flat_map(|manifest| &manifest.files);
        let created: Vec<_> = created.cloned().collect();
        let whole = Partition {
            attempt: Arc::clone(&self.attempt),
            query: Arc::clone(&self.query),
            sink: Arc::clone(&self.staging.0) as _,
            created: None,
            number: 0,
        };
        self.staged(move |staging| finish(&whole, staging, manifests))
            .await?;
        if let Some(control) = &self.control {
            self.staged(|staging| staging.adopt(created).map_err(external))
                .await?;
            control.commit(self.attempt.id)?;
            // Where their files are here already, a host that is lost from now on has done its part.
            if !self.staging.0.is_shared() {
                control.publish(self.attempt.id).await?;
            }
        }
        self.staged(|staging| staging.publish().map_err(external))
            .await?;
        Ok(rows)
    }

    /// Does what may block.
    async fn staged(
        &self,
        work: impl FnOnce(&Staging) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let staging = Arc::clone(&self.staging.0);
        blocking(move || work(&staging)).await
    }
}

/// Has the writer commit. `whole` stands for a table that has no rows.
fn finish(whole: &Partition, staging: &Staging, mut manifests: Vec<Manifest>) -> Result<()> {
    let Partition {
        attempt,
        query,
        sink,
        ..
    } = whole;
    if manifests.is_empty() {
        manifests.push(whole.write_nothing()?);
    }
    staging.commit_phase();
    let manifests: Vec<_> = manifests
        .into_iter()
        .map(|manifest| manifest.content)
        .collect();
    let committed = || {
        let mut guest = attempt.guest(query, sink)?;
        call(&mut guest, 0, |instance, handle| {
            instance.commit_writer(handle, &manifests)
        })
    };
    committed().map_err(|cause| attempt.failed(query, cause, "the commit failed"))
}
