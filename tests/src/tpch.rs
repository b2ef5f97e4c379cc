//! TPC-H: its tables as Parquet, several files a large table, and its queries.

mod queries;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::WriterProperties;
use thiserror::Error;
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator,
    PartSuppGenerator, RegionGenerator, SupplierGenerator,
};
use tpchgen_arrow::{
    CustomerArrow, LineItemArrow, NationArrow, OrderArrow, PartArrow, PartSuppArrow,
    RecordBatchIterator, RegionArrow, SupplierArrow,
};

use crate::workspace::target;

pub use queries::queries;

/// A table of TPC-H.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// The largest: 6 million rows at scale 1.
    Lineitem,
    /// 1.5 million rows at scale 1.
    Orders,
    /// 800 000 rows at scale 1.
    Partsupp,
    /// 200 000 rows at scale 1.
    Part,
    /// 150 000 rows at scale 1.
    Customer,
    /// 10 000 rows at scale 1.
    Supplier,
    /// 25 rows.
    Nation,
    /// 5 rows.
    Region,
}

impl Table {
    /// Every table, the largest first.
    pub const ALL: [Self; 8] = [
        Self::Lineitem,
        Self::Orders,
        Self::Partsupp,
        Self::Part,
        Self::Customer,
        Self::Supplier,
        Self::Nation,
        Self::Region,
    ];

    /// As SQL calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lineitem => "lineitem",
            Self::Orders => "orders",
            Self::Partsupp => "partsupp",
            Self::Part => "part",
            Self::Customer => "customer",
            Self::Supplier => "supplier",
            Self::Nation => "nation",
            Self::Region => "region",
        }
    }

    /// How many files it is cut into.
    pub fn files(self) -> u32 {
        match self {
            Self::Lineitem | Self::Orders => 4,
            Self::Partsupp | Self::Part | Self::Customer => 2,
            Self::Supplier | Self::Nation | Self::Region => 1,
        }
    }

    /// The rows of one of its files, counted from zero.
    fn rows(self, scale: f64, file: u32) -> Box<dyn RecordBatchIterator> {
        let (part, parts) = (file as i32 + 1, self.files() as i32);
        match self {
            Self::Lineitem => Box::new(LineItemArrow::new(LineItemGenerator::new(
                scale, part, parts,
            ))),
            Self::Orders => Box::new(OrderArrow::new(OrderGenerator::new(scale, part, parts))),
            Self::Partsupp => Box::new(PartSuppArrow::new(PartSuppGenerator::new(
                scale, part, parts,
            ))),
            Self::Part => Box::new(PartArrow::new(PartGenerator::new(scale, part, parts))),
            Self::Customer => Box::new(CustomerArrow::new(CustomerGenerator::new(
                scale, part, parts,
            ))),
            Self::Supplier => Box::new(SupplierArrow::new(SupplierGenerator::new(
                scale, part, parts,
            ))),
            Self::Nation => Box::new(NationArrow::new(NationGenerator::new(scale, part, parts))),
            Self::Region => Box::new(RegionArrow::new(RegionGenerator::new(scale, part, parts))),
        }
    }
}

/// Why tables could not be made.
#[derive(Debug, Error)]
pub enum TpchError {
    /// A folder or a file.
    #[error("{} can not be written", path.display())]
    Write {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What is in a file.
    #[error("{} can not be written", path.display())]
    Parquet {
        /// Which one.
        path: PathBuf,
        /// What the writer said.
        #[source]
        source: ParquetError,
    },
}

/// Makes every table at this scale, in `<folder>/<table>/<file>.parquet`, unless `folder` is there.
///
/// A folder that is there is whole: it appears at once when all of it is written, so that whoever comes at
/// the same time, or after one that was killed, sees all or nothing. `progress` is told the rows written so
/// far and a table that is being written.
///
/// # Errors
///
/// When a file can not be written.
pub fn generate(
    folder: &Path,
    scale: f64,
    progress: &(dyn Fn(u64, Table) + Sync),
) -> Result<(), TpchError> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(written(parent))?;
    let work = tempfile::Builder::new()
        .prefix(".tpch-")
        .tempdir_in(parent)
        .map_err(written(parent))?;

    let files = Table::ALL
        .into_iter()
        .flat_map(|table| (0..table.files()).map(move |file| (table, file)));
    let files = Mutex::new(files);
    let rows = AtomicU64::new(0);
    let next = || files.lock().ok().and_then(|mut files| files.next());
    let work_off = || {
        while let Some((table, file)) = next() {
            write(work.path(), table, file, scale, &|more| {
                progress(rows.fetch_add(more, Relaxed) + more, table);
            })?;
        }
        Ok(())
    };
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(8);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work_off)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| match worker.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
    })?;

    let whole = work.keep();
    match fs::rename(&whole, folder) {
        Ok(()) => Ok(()),
        Err(source) => {
            let removed = fs::remove_dir_all(&whole).map_err(written(&whole));
            match folder.is_dir() {
                // Somebody else was faster.
                true => removed,
                false => Err(written(folder)(source)),
            }
        }
    }
}

/// The tables at this scale that all tests and benchmarks share, made if they are not there.
///
/// # Errors
///
/// When they can not be written.
pub fn shared(scale: f64) -> Result<PathBuf, TpchError> {
    let folder = target().join("tpch").join(format!("sf{scale}"));
    generate(&folder, scale, &|_, _| {})?;
    Ok(folder)
}

fn write(
    folder: &Path,
    table: Table,
    file: u32,
    scale: f64,
    wrote: &dyn Fn(u64),
) -> Result<(), TpchError> {
    let folder = folder.join(table.name());
    fs::create_dir_all(&folder).map_err(written(&folder))?;
    let path = folder.join(format!("{file}.parquet"));
    let parquet = |source| TpchError::Parquet {
        path: path.clone(),
        source,
    };

    let rows = table.rows(scale, file);
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let sink = File::create(&path).map_err(written(&path))?;
    let mut writer =
        ArrowWriter::try_new(sink, rows.schema().clone(), Some(properties)).map_err(parquet)?;
    for batch in rows {
        writer.write(&batch).map_err(parquet)?;
        wrote(batch.num_rows() as u64);
    }
    writer.close().map_err(parquet)?;
    Ok(())
}

fn written(path: &Path) -> impl FnOnce(io::Error) -> TpchError {
    let path = path.to_owned();
    move |source| TpchError::Write { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_there_and_a_second_time_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let tables = folder.path().join("sf0.001");
        let rows = AtomicU64::new(0);
        generate(&tables, 0.001, &|so_far, _| {
            rows.fetch_max(so_far, Relaxed);
        })
        .unwrap();
        assert_eq!(
            rows.load(Relaxed),
            6005 + 1500 + 800 + 200 + 150 + 10 + 25 + 5
        );
        for table in Table::ALL {
            assert_eq!(
                fs::read_dir(tables.join(table.name())).unwrap().count(),
                table.files() as usize
            );
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        generate(&tables, 0.001, &|_, table| {
            panic!("{} was written again", table.name())
        })
        .unwrap();
    }
}
