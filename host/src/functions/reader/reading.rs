//! One partition of a reader's node while it reads, on a thread that may block.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use datafusion::{
    error::{DataFusionError, Result},
    execution::SendableRecordBatchStream,
    physical_plan::stream::RecordBatchReceiverStream,
};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    ReaderBreach, Source, call,
    splits::{EMPTY_BATCHES, Split, Wanted},
};
use crate::{
    functions::{distributed::AttemptLink, error::Failure, guest::Guest},
    query::{Figures, QueryScope},
    storage::Files,
};

/// Batches of a partition that are ready and not yet asked for.
const AHEAD: usize = 2;

/// What the partitions of one run share.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Splits that were handed out.
    taken: AtomicUsize,
    /// Rows that were read.
    rows: AtomicU64,
}

/// Where splits come from.
pub(super) enum Origin {
    /// From the list of them, which all partitions share.
    Here(Arc<Vec<Arc<Split>>>),
    /// From the coordinator, which hands them out to all hosts.
    There {
        link: Arc<dyn AttemptLink>,
        scan: Uuid,
    },
}

/// One partition while it reads.
pub(super) struct Reading {
    pub(super) source: Source,
    pub(super) files: Files,
    pub(super) wanted: Arc<Wanted>,
    pub(super) progress: Arc<Progress>,
    pub(super) schema: SchemaRef,
    pub(super) query: Arc<QueryScope>,
}

/// Splits as a thread takes them that may block.
enum Supply {
    Here(Arc<Vec<Arc<Split>>>),
    There(mpsc::Receiver<Vec<u8>>),
}

impl Reading {
    pub(super) fn start(self, origin: Origin) -> SendableRecordBatchStream {
        let mut rows = RecordBatchReceiverStream::builder(Arc::clone(&self.schema), AHEAD);
        let supply = match origin {
            Origin::Here(splits) => Supply::Here(splits),
            Origin::There { link, scan } => {
                // One is fetched while another is read.
                let (splits, fetched) = mpsc::channel(1);
                rows.spawn(fetch(link, scan, splits));
                Supply::There(fetched)
            }
        };
        let out = rows.tx();
        rows.spawn_blocking(move || self.run(supply, &out));
        rows.build()
    }

    fn run(&self, mut supply: Supply, out: &mpsc::Sender<Result<RecordBatch>>) -> Result<()> {
        let mut guest = None;
        while !self.is_enough() {
            let Some(split) = self.next(&mut supply)? else {
                break;
            };
            let mut read = || {
                let guest = match &mut guest {
                    Some(guest) => guest,
                    none => none.insert(self.source.guest(&self.query, &self.files)?),
                };
                self.read(guest, &split, out)
            };
            match read().map_err(|cause| self.failed(&split, cause))? {
                Heard::Yes => {}
                Heard::No => break,
            }
        }
        Ok(())
    }

    fn next(&self, supply: &mut Supply) -> Result<Option<Arc<Split>>> {
        match supply {
            Supply::Here(splits) => {
                let next = self.progress.taken.fetch_add(1, Relaxed);
                Ok(splits.get(next).cloned())
            }
            Supply::There(splits) => {
                let split = splits.blocking_recv();
                let split = split.map(|split| Split::decode(&split, &self.files));
                Ok(split.transpose()?.map(Arc::new))
            }
        }
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

/// Takes splits as long as there are any, and somebody has room for them.
async fn fetch(link: Arc<dyn AttemptLink>, scan: Uuid, out: mpsc::Sender<Vec<u8>>) -> Result<()> {
    while let Ok(room) = out.reserve().await
        && let Some(split) = link.take_split(scan).await?
    {
        room.send(split);
    }
    Ok(())
}
