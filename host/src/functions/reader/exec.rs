//! The node of a physical plan that reads splits.

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use datafusion::{
    common::{Statistics, stats::Precision, tree_node::TreeNodeRecursion},
    error::{DataFusionError, Result},
    execution::{SendableRecordBatchStream, TaskContext},
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties, StatisticsArgs,
        stream::{RecordBatchReceiverStream, RecordBatchStreamAdapter},
    },
};
use futures::TryStreamExt;
use tokio::sync::mpsc;

use super::{
    ReaderBreach, Source, call,
    splits::{EMPTY_BATCHES, Split, Wanted},
};
use crate::{
    functions::{error::Failure, guest::Guest, relation::properties},
    query::{Figures, QueryScope},
    storage::Files,
};

/// Batches of a partition that are ready and not yet asked for.
const AHEAD: usize = 2;
/// Files that `EXPLAIN` names.
const NAMED: usize = 3;

/// Reads splits, each in whichever partition is free.
#[derive(Debug)]
pub(super) struct ReaderExec {
    source: Source,
    files: Files,
    splits: Arc<Vec<Arc<Split>>>,
    wanted: Arc<Wanted>,
    properties: Arc<PlanProperties>,
    run: Mutex<Run>,
}

/// One execution of the node.
#[derive(Debug, Default)]
struct Run {
    progress: Arc<Progress>,
    /// Partitions that have begun. One that begins again begins another run.
    begun: HashSet<usize>,
}

/// What the partitions of one run share.
#[derive(Debug, Default)]
struct Progress {
    /// Splits that were handed out.
    taken: AtomicUsize,
    /// Rows that were read.
    rows: AtomicU64,
}

impl ReaderExec {
    pub(super) fn new(
        source: Source,
        files: Files,
        splits: Vec<Arc<Split>>,
        wanted: Wanted,
        partitions: usize,
    ) -> Result<Self> {
        let schema = Arc::new(source.schema.project(&wanted.projection)?);
        Ok(Self {
            properties: properties(&schema, splits.len().min(partitions).max(1)),
            source,
            files,
            splits: Arc::new(splits),
            wanted: Arc::new(wanted),
            run: Mutex::default(),
        })
    }

    fn begin(&self, partition: usize) -> Arc<Progress> {
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        if run.begun.contains(&partition) {
            *run = Run::default();
        }
        run.begun.insert(partition);
        Arc::clone(&run.progress)
    }

    fn named_files(&self) -> String {
        let mut names: Vec<_> = self.files.paths().take(NAMED).collect();
        let count = self.files.len();
        let more = format!("… {count} in all");
        if count > NAMED {
            names.push(&more);
        }
        names.join(", ")
    }
}

impl DisplayAs for ReaderExec {
    fn fmt_as(&self, t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schema = self.schema();
        let columns: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        let filters: Vec<_> = self
            .wanted
            .filters
            .iter()
            .map(ToString::to_string)
            .collect();
        let mut parts = vec![
            format!("function={}", self.source.bound.name()),
            format!("files=[{}]", self.named_files()),
            format!("splits={}", self.splits.len()),
            format!("projection=[{}]", columns.join(", ")),
        ];
        if !filters.is_empty() {
            parts.push(format!("filters=[{}]", filters.join(", ")));
        }
        if let Some(limit) = self.wanted.limit {
            parts.push(format!("limit={limit}"));
        }
        match t {
            DisplayFormatType::TreeRender => f.write_str(&parts.join("\n")),
            _ => write!(f, "ReaderExec: {}", parts.join(", ")),
        }
    }
}

impl ExecutionPlan for ReaderExec {
    fn name(&self) -> &str {
        "ReaderExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let bound = &self.source.bound;
        let query = Arc::clone(bound.query(context.session_config().options())?);
        let reading = Reading {
            source: self.source.clone(),
            files: self.files.clone(),
            splits: Arc::clone(&self.splits),
            wanted: Arc::clone(&self.wanted),
            progress: self.begin(partition),
            schema: self.schema(),
            query,
        };
        let schema = self.schema();
        // A thread is taken when somebody asks for rows.
        let rows = futures::stream::once(async move { Ok::<_, DataFusionError>(reading.start()) })
            .try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }

    fn statistics_from_inputs(
        &self,
        _inputs: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema());
        // Nobody knows which partition reads which splits.
        if args.partition().is_none() {
            let mut rows = self.splits.iter().map(|split| split.wire.rows);
            let rows = rows.try_fold(0_u64, |sum, rows| Some(sum.saturating_add(rows?)));
            let rows = rows.and_then(|rows| usize::try_from(rows).ok());
            statistics.num_rows = rows.map_or(Precision::Absent, Precision::Inexact);
        }
        Ok(Arc::new(statistics))
    }
}

/// One partition while it reads.
struct Reading {
    source: Source,
    files: Files,
    splits: Arc<Vec<Arc<Split>>>,
    wanted: Arc<Wanted>,
    progress: Arc<Progress>,
    schema: SchemaRef,
    query: Arc<QueryScope>,
}

impl Reading {
    fn start(self) -> SendableRecordBatchStream {
        let mut rows = RecordBatchReceiverStream::builder(Arc::clone(&self.schema), AHEAD);
        let out = rows.tx();
        rows.spawn_blocking(move || self.run(&out));
        rows.build()
    }

    fn run(&self, out: &mpsc::Sender<Result<RecordBatch>>) -> Result<()> {
        let mut guest = None;
        while !self.is_enough() {
            let next = self.progress.taken.fetch_add(1, Relaxed);
            let Some(split) = self.splits.get(next) else {
                break;
            };
            let mut read = || {
                let guest = match &mut guest {
                    Some(guest) => guest,
                    none => none.insert(self.source.guest(&self.query, &self.files)?),
                };
                self.read(guest, split, out)
            };
            match read().map_err(|cause| self.failed(split, cause))? {
                Heard::Yes => {}
                Heard::No => break,
            }
        }
        Ok(())
    }

    fn failed(&self, split: &Split, cause: Failure) -> DataFusionError {
        let name = self.source.bound.name();
        let error = self.source.failed(&self.query, cause);
        error.context(format!("`{name}` does not read {split}"))
    }

    fn is_enough(&self) -> bool {
        let rows = self.progress.rows.load(Relaxed);
        self.wanted.limit.is_some_and(|limit| rows >= limit)
    }

    fn read(
        &self,
        guest: &mut Guest,
        split: &Split,
        out: &mpsc::Sender<Result<RecordBatch>>,
    ) -> Result<Heard, Failure> {
        let request = self.wanted.request(guest, &self.source)?;
        let reader = call(guest, |instance, handle| {
            instance.read_split(handle, &split.wire, &request)
        })?;
        let mut empty = 0;
        while !self.is_enough() {
            let next = call(guest, |instance, _| instance.next_split(reader))?;
            let Some(batch) = guest.record(next, &self.schema)? else {
                break;
            };
            let rows = batch.num_rows();
            if rows == 0 {
                empty += 1;
                if empty == EMPTY_BATCHES {
                    return Err(ReaderBreach::EmptyBatches.into());
                }
                continue;
            }
            empty = 0;
            Figures::add(&guest.scope.figures.rows, rows);
            self.progress.rows.fetch_add(rows as u64, Relaxed);
            if out.blocking_send(Ok(batch)).is_err() {
                return Ok(Heard::No);
            }
        }
        guest.opened.instance.close(reader)?;
        Ok(Heard::Yes)
    }
}

/// Whether anybody still wants rows.
enum Heard {
    Yes,
    No,
}
