//! One partition while it is written, on a thread that may block.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use datafusion::{
    error::{DataFusionError, Result},
    execution::SendableRecordBatchStream,
};
use futures::StreamExt;
use tokio::sync::mpsc;

use super::attempt::{Attempt, call};
use crate::{
    functions::{blocking::joined, error::Failure, guest::Guest},
    query::QueryScope,
    sandbox::{FileSink, Handle, SinkFile},
};

/// Batches that wait for the guest.
const AHEAD: usize = 2;

/// What a partition leaves for the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) partition: u32,
    /// What the guest said.
    pub(super) content: Vec<u8>,
    pub(super) rows: u64,
    /// What was created, where whoever commits has not seen it.
    pub(super) files: Vec<String>,
}

/// Files that a partition has created on a machine that does not commit.
pub(super) struct Created {
    sink: Arc<dyn FileSink>,
    files: Mutex<Vec<String>>,
}

impl Created {
    pub(super) fn new(sink: Arc<dyn FileSink>) -> Arc<Self> {
        Arc::new(Self {
            sink,
            files: Mutex::default(),
        })
    }

    fn files(&self) -> Vec<String> {
        self.files
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl FileSink for Created {
    fn create(&self, path: &str) -> std::result::Result<Box<dyn SinkFile>, String> {
        let file = self.sink.create(path)?;
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.push(path.to_owned());
        Ok(file)
    }
}

/// A partition of a write.
#[derive(Clone)]
pub(super) struct Partition {
    pub(super) attempt: Arc<Attempt>,
    pub(super) query: Arc<QueryScope>,
    pub(super) sink: Arc<dyn FileSink>,
    /// Which is the sink then.
    pub(super) created: Option<Arc<Created>>,
    pub(super) number: u32,
}

enum Message {
    Rows(RecordBatch),
    /// There are no more. Without it, nobody wants the rest.
    End,
}

impl Partition {
    /// Writes what comes from `input`. A partition without rows writes nothing, and has no manifest.
    pub(super) async fn write(
        self,
        mut input: SendableRecordBatchStream,
    ) -> Result<Option<Manifest>> {
        let first = loop {
            match input.next().await.transpose()? {
                None => return Ok(None),
                Some(batch) if batch.num_rows() == 0 => {}
                Some(batch) => break batch,
            }
        };
        let (rows, inbox) = mpsc::channel(AHEAD);
        let writing = tokio::task::spawn_blocking(move || self.run(inbox));
        let mut batch = first;
        loop {
            if batch.num_rows() > 0 && rows.send(Message::Rows(batch)).await.is_err() {
                // It has failed, and says why below.
                break;
            }
            match input.next().await.transpose()? {
                Some(next) => batch = next,
                None => {
                    // It may have failed since, too.
                    let _ = rows.send(Message::End).await;
                    break;
                }
            }
        }
        drop(rows);
        joined(writing.await)
    }

    /// Writes a partition that has no rows.
    pub(super) fn write_nothing(&self) -> Result<Manifest> {
        let written = || self.finish(self.begin()?);
        written().map_err(|cause| self.failed(cause))
    }

    fn run(&self, mut inbox: mpsc::Receiver<Message>) -> Result<Option<Manifest>> {
        let mut written = || {
            let mut writing = self.begin()?;
            while let Some(message) = inbox.blocking_recv() {
                match message {
                    Message::Rows(batch) => writing.push(&batch)?,
                    Message::End => return self.finish(writing).map(Some),
                }
            }
            Ok(None)
        };
        written().map_err(|cause| self.failed(cause))
    }

    fn begin(&self) -> Result<Writing, Failure> {
        let mut guest = self.attempt.guest(&self.query, &self.sink)?;
        let writer = call(&mut guest, 0, |instance, handle| {
            instance.begin_partition(handle, self.number)
        })?;
        Ok(Writing {
            guest,
            writer,
            rows: 0,
        })
    }

    fn finish(&self, mut writing: Writing) -> Result<Manifest, Failure> {
        let content = call(&mut writing.guest, 0, |instance, _| {
            instance.finish_partition(writing.writer)
        })?;
        let created = self.created.as_ref();
        Ok(Manifest {
            partition: self.number,
            content,
            rows: writing.rows,
            files: created.map_or_else(Vec::new, |created| created.files()),
        })
    }

    fn failed(&self, cause: Failure) -> DataFusionError {
        let what = format!("partition {} failed", self.number);
        self.attempt.failed(&self.query, cause, &what)
    }
}

struct Writing {
    guest: Guest,
    writer: Handle,
    rows: u64,
}

impl Writing {
    fn push(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let rows = batch.num_rows();
        let sent = self.guest.send(batch.columns(), rows)?;
        call(&mut self.guest, rows, |instance, _| {
            instance.write_partition(self.writer, sent)
        })?;
        self.rows += rows as u64;
        Ok(())
    }
}
