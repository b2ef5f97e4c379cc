//! The node of a physical plan that reads splits.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use datafusion::{
    common::{Statistics, exec_err, stats::Precision, tree_node::TreeNodeRecursion},
    error::{DataFusionError, Result},
    execution::{SendableRecordBatchStream, TaskContext},
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties, StatisticsArgs,
        stream::RecordBatchStreamAdapter,
    },
};
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Source, external,
    reading::{Origin, Progress, Reading},
    splits::{EncodedWanted, Split, Wanted},
};
use crate::{
    functions::{
        Function,
        bound::Bound,
        distributed::{Columns, Decoder, Link},
        relation::properties,
    },
    storage::{EncodedFiles, Files},
};

/// Files that `EXPLAIN` names.
const NAMED: usize = 3;

/// Reads splits, each in whichever partition is free.
#[derive(Debug)]
pub(in crate::functions) struct ReaderExec {
    source: Source,
    files: Files,
    /// Names the scan to whoever hands out its splits.
    scan: Uuid,
    /// `None` on a host, which asks for them one by one.
    splits: Option<Arc<Vec<Arc<Split>>>>,
    planned: Planned,
    wanted: Arc<Wanted>,
    properties: Arc<PlanProperties>,
    run: Mutex<Run>,
}

/// What is known of all splits together.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Planned {
    splits: usize,
    /// About how many rows they have, if each of them says so.
    rows: Option<u64>,
}

/// A [`ReaderExec`] for a host: without its splits.
#[derive(Serialize, Deserialize)]
pub(in crate::functions) struct EncodedReader {
    function: String,
    parameters: BTreeMap<String, String>,
    schema: Columns,
    files: EncodedFiles,
    scan: Uuid,
    planned: Planned,
    wanted: EncodedWanted,
    partitions: usize,
}

/// One execution of the node.
#[derive(Debug, Default)]
struct Run {
    progress: Arc<Progress>,
    /// Partitions that have begun. One that begins again begins another run.
    begun: HashSet<usize>,
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
        let mut rows = splits.iter().map(|split| split.wire.rows);
        let planned = Planned {
            splits: splits.len(),
            rows: rows.try_fold(0_u64, |sum, rows| Some(sum.saturating_add(rows?))),
        };
        Ok(Self {
            properties: properties(&schema, splits.len().min(partitions).max(1)),
            source,
            files,
            scan: Uuid::new_v4(),
            splits: Some(Arc::new(splits)),
            planned,
            wanted: Arc::new(wanted),
            run: Mutex::default(),
        })
    }

    pub(in crate::functions) fn encode(&self) -> Result<EncodedReader> {
        let bound = &self.source.bound;
        Ok(EncodedReader {
            function: bound.name().to_owned(),
            parameters: bound.given.clone(),
            schema: Columns::schema(&self.source.schema)?,
            files: self.files.encode().map_err(external)?,
            scan: self.scan,
            planned: self.planned,
            wanted: self.wanted.encode(&self.source)?,
            partitions: self.properties.partitioning.partition_count(),
        })
    }

    pub(in crate::functions) fn decode(encoded: EncodedReader, from: &Decoder<'_>) -> Result<Self> {
        let function = from.function(&encoded.function, |function| match function {
            Function::Reader(function) => Some(function),
            _ => None,
        })?;
        let source = Source {
            bound: Arc::new(function.bound.with(encoded.parameters)),
            schema: encoded.schema.read_schema()?,
        };
        let wanted = Wanted::decode(encoded.wanted, &source)?;
        let schema = Arc::new(source.schema.project(&wanted.projection)?);
        Ok(Self {
            properties: properties(&schema, encoded.partitions),
            source,
            // Each query puts its own stop button to them.
            files: Files::decode(encoded.files, &Arc::default()).map_err(external)?,
            scan: encoded.scan,
            splits: None,
            planned: encoded.planned,
            wanted: Arc::new(wanted),
            run: Mutex::default(),
        })
    }

    pub(in crate::functions) fn function(&self) -> &Bound {
        &self.source.bound
    }

    /// The scan, and its splits for hosts.
    pub(in crate::functions) fn scan(&self) -> Result<(Uuid, Vec<Vec<u8>>)> {
        let splits = self.splits.iter().flat_map(|splits| splits.iter());
        let splits = splits.map(|split| split.encode());
        Ok((self.scan, splits.collect::<Result<_>>()?))
    }

    /// On how many machines splits can be read at once. Where there is one partition, whatever stands above
    /// takes it for all of the table, and there can not be another on another machine.
    pub(in crate::functions) fn tasks(&self) -> Option<usize> {
        let partitions = self.properties.partitioning.partition_count();
        (partitions > 1).then_some(self.planned.splits)
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
            format!("splits={}", self.planned.splits),
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
        let origin = match &self.splits {
            Some(splits) => Origin::Here(Arc::clone(splits)),
            None => match context.session_config().get_extension::<Link>() {
                Some(link) => Origin::There {
                    link: Arc::clone(&link.0),
                    scan: self.scan,
                },
                None => {
                    return exec_err!(
                        "a reader that was planned elsewhere has nobody to ask for splits"
                    );
                }
            },
        };
        let reading = Reading {
            source: self.source.clone(),
            files: self.files.clone(),
            wanted: Arc::clone(&self.wanted),
            progress: self.begin(partition),
            schema: self.schema(),
            query,
        };
        let schema = self.schema();
        // A thread is taken when somebody asks for rows.
        let rows =
            futures::stream::once(async move { Ok::<_, DataFusionError>(reading.start(origin)) })
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
            let rows = self.planned.rows;
            let rows = rows.and_then(|rows| usize::try_from(rows).ok());
            statistics.num_rows = rows.map_or(Precision::Absent, Precision::Inexact);
        }
        Ok(Arc::new(statistics))
    }
}
