//! `access_log`: a reader of files.

use std::{
    collections::BTreeMap,
    fmt,
    fs::File,
    io::{self, BufWriter, Write},
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use access_log::{Column, OnMalformed, Scan};
use arrow::{array::RecordBatch, datatypes::SchemaRef};
use arrowbox_host::Function;
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::tree_node::TreeNodeRecursion,
    datasource::TableType,
    error::{DataFusionError, Result},
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::Expr,
    physical_expr::PhysicalExpr,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties,
        stream::RecordBatchReceiverStream,
    },
};
use tokio::sync::mpsc::Sender;

use super::{
    data::{mixed, uniform},
    engine::{Engine, Outcome, PARTITIONS, Query, Setup},
    lines::Lines,
    operator::properties,
    same::Tolerance,
};
use crate::record::Record;

/// As the example cuts files, in bytes.
const SPLIT: u64 = 32 << 20;
/// Batches of a partition that are ready and not yet asked for, as the host has it.
const AHEAD: usize = 2;

pub(super) fn measure(engine: &Engine, bytes: u64) -> Outcome<Vec<Record>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("access.log");
    let rows = write(&path, bytes)?;
    let size = std::fs::metadata(&path)?.len();
    let megabytes = size as f64 / 1e6;
    eprintln!("access_log of {rows} lines, {megabytes:.0} MB");

    let Function::Reader(reader) = engine.function("access-log", "access_log")? else {
        return Err("access_log is no reader".into());
    };
    let location = path.to_str().ok_or("the folder's name is not text")?;
    let sandboxed = engine.wait(|context| async move {
        let state = context.state();
        let locations = vec![location.to_owned()];
        reader.table(&state, locations, BTreeMap::new()).await
    })?;
    let native: Arc<dyn TableProvider> = Arc::new(Log { path, size });
    let table = |table: &Arc<dyn TableProvider>| {
        let table = Arc::clone(table);
        move |context: &datafusion::prelude::SessionContext| -> Outcome<()> {
            context.register_table("log", Arc::clone(&table))?;
            Ok(())
        }
    };
    let (native, sandboxed): (Box<Setup<'_>>, Box<Setup<'_>>) =
        (Box::new(table(&native)), Box::new(table(&sandboxed)));
    let compare = |sql| {
        engine.compare(&Query {
            sql,
            rows,
            native: &native,
            sandboxed: &sandboxed,
            tolerance: Tolerance::Exact,
        })
    };
    let all = compare("SELECT * FROM log")?;
    eprintln!("access_log, one column");
    let one = compare("SELECT status FROM log")?;

    let speed = |figure, time: std::time::Duration| {
        Record::new(figure, megabytes / time.as_secs_f64(), "MB/s")
    };
    let throughput = Record::new(
        "access-log reader, MB/s to those of native",
        1.0 / all.ratio,
        "×",
    );
    let columns = Column::ALL.len();
    let part = one.sandboxed.as_secs_f64() / all.sandboxed.as_secs_f64();
    let projected = format!("access-log reader, time for 1 of {columns} columns to that for all");
    Ok(vec![
        all.with(throughput.at_least(0.85)),
        speed("access-log reader, native", all.native),
        speed("access-log reader, sandboxed", all.sandboxed),
        one.with(Record::new(projected, part, "×").at_most(0.5)),
        Record::new(
            format!("the same, native: time for 1 of {columns} columns to that for all"),
            one.native.as_secs_f64() / all.native.as_secs_f64(),
            "×",
        ),
    ])
}

/// Writes a log of about so many bytes. Returns how many lines it has.
fn write(path: &Path, bytes: u64) -> io::Result<usize> {
    const PATHS: [&str; 6] = [
        "/",
        "/index.html",
        "/products/4711?ref=mail&lang=de",
        "/static/css/site.css",
        "/api/v2/orders/19384/items",
        "/search?q=caf%C3%A9&page=3",
    ];
    const AGENTS: [&str; 4] = [
        "Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
        "curl/8.5.0",
        r#"Agent \"Smith\" 1.0"#,
    ];
    const STATUSES: [u16; 5] = [200, 200, 200, 304, 404];
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let (mut lines, mut written) = (0, 0);
    while written < bytes {
        let seed = mixed(lines);
        let pick = |shift: u32, of: usize| (seed >> shift) as usize % of;
        let user = match pick(3, 4) {
            0 => "ann",
            _ => "-",
        };
        let size = match pick(5, 10) {
            0 => "-".to_owned(),
            _ => ((uniform(seed) * 60_000.0) as u64).to_string(),
        };
        let referer = match pick(8, 2) {
            0 => "https://www.example.com/products/",
            _ => "-",
        };
        let line = format!(
            "192.0.2.{} - {user} [{:02}/Mar/2024:{:02}:{:02}:{:02} +0100] \"{} {} HTTP/1.1\" {} {size} \"{referer}\" \"{}\"\n",
            pick(11, 256),
            1 + pick(16, 31),
            pick(20, 24),
            pick(24, 60),
            pick(28, 60),
            ["GET", "GET", "POST"][pick(32, 3)],
            PATHS[pick(36, PATHS.len())],
            STATUSES[pick(40, STATUSES.len())],
            AGENTS[pick(44, AGENTS.len())],
        );
        out.write_all(line.as_bytes())?;
        written += line.len() as u64;
        lines += 1;
    }
    out.flush()?;
    Ok(lines as usize)
}

/// A log as a plain table of DataFusion.
#[derive(Debug)]
struct Log {
    path: PathBuf,
    size: u64,
}

#[async_trait]
impl TableProvider for Log {
    fn schema(&self) -> SchemaRef {
        Column::schema(&Column::ALL)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns: Vec<_> = match projection {
            Some(columns) => columns.iter().map(|index| Column::ALL[*index]).collect(),
            None => Column::ALL.to_vec(),
        };
        let splits: Vec<_> = (0..self.size)
            .step_by(SPLIT as usize)
            .map(|start| start..self.size.min(start + SPLIT))
            .collect();
        Ok(Arc::new(LogExec {
            properties: properties(Column::schema(&columns), splits.len().clamp(1, PARTITIONS)),
            scan: Arc::new(LogScan {
                path: self.path.clone(),
                columns,
                splits,
                taken: AtomicUsize::new(0),
            }),
        }))
    }
}

#[derive(Debug)]
struct LogExec {
    scan: Arc<LogScan>,
    properties: Arc<PlanProperties>,
}

/// What the partitions of a scan share. It is run once.
#[derive(Debug)]
struct LogScan {
    path: PathBuf,
    columns: Vec<Column>,
    splits: Vec<Range<u64>>,
    /// Splits that were handed out.
    taken: AtomicUsize,
}

impl LogScan {
    fn run(&self, out: &Sender<Result<RecordBatch>>) -> Result<()> {
        while let Some(split) = self.splits.get(self.taken.fetch_add(1, Ordering::Relaxed)) {
            let mut scan = Scan::new(&self.columns, Vec::new(), OnMalformed::Error, None);
            let mut lines = Lines::open(&self.path, split.clone())?;
            loop {
                let line = lines.next_line()?;
                let ended = line.is_none();
                if let Some(line) = line {
                    scan.push(line)
                        .map_err(|malformed| DataFusionError::External(Box::new(malformed)))?;
                }
                if (ended || scan.is_full())
                    && let Some(batch) = scan.take()?
                    && out.blocking_send(Ok(batch)).is_err()
                {
                    return Ok(());
                }
                if ended {
                    break;
                }
            }
        }
        Ok(())
    }
}

impl DisplayAs for LogExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogExec")
    }
}

impl ExecutionPlan for LogExec {
    fn name(&self) -> &str {
        "LogExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
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
        _partition: usize,
        _context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let schema = Column::schema(&self.scan.columns);
        let mut rows = RecordBatchReceiverStream::builder(schema, AHEAD);
        let (scan, out) = (Arc::clone(&self.scan), rows.tx());
        rows.spawn_blocking(move || scan.run(&out));
        Ok(rows.build())
    }
}
