//! Staging in an object store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use futures::{TryStreamExt, stream};
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload, path::Path as Key};
use tokio::{sync::Mutex as AsyncMutex, task::JoinSet};

use super::Shared;
use crate::{
    sandbox::{Interrupt, SinkFile},
    storage::{
        failure::explain,
        place::Remote,
        wait::{requests, wait},
    },
};

/// Bytes of a part of a large file. Stores want at least five MiB, and all but the last of one size.
const PART: usize = 8 << 20;
/// Parts of one file that are under way.
const UNDER_WAY: usize = 2;
/// Bytes of small files of one write that are held in memory.
const HELD: usize = 64 << 20;
/// Uploads that are completed at a time.
const AT_A_TIME: usize = 8;

pub(super) struct Stage {
    store: Arc<dyn ObjectStore>,
    /// The location.
    base: Key,
    attempt: String,
    interrupt: Arc<Interrupt>,
    pool: Arc<dyn MemoryPool>,
    files: Arc<Mutex<Files>>,
}

/// What was created, and what of it is finished.
#[derive(Default)]
struct Files {
    created: usize,
    finished: Vec<Finished>,
    /// Files of other machines, which may show them by themselves.
    adopted: Vec<Key>,
    /// Bytes of small files.
    held: usize,
}

/// A file that waits for being shown.
struct Finished {
    key: Key,
    /// When it was created, among all.
    order: usize,
    /// In the commit phase.
    late: bool,
    content: Content,
    /// Given back when the file is there or gone.
    _memory: MemoryReservation,
}

enum Content {
    Held(Bytes),
    Uploaded(Arc<AsyncMutex<Upload>>),
}

/// Parts of a large file.
struct Upload {
    upload: Box<dyn MultipartUpload>,
    parts: JoinSet<object_store::Result<()>>,
}

impl Stage {
    pub(super) fn new(
        remote: &Remote,
        attempt: &str,
        interrupt: &Arc<Interrupt>,
        pool: &Arc<dyn MemoryPool>,
    ) -> Self {
        Self {
            store: Arc::clone(&remote.store),
            base: remote.base.clone(),
            attempt: attempt.to_owned(),
            interrupt: Arc::clone(interrupt),
            pool: Arc::clone(pool),
            files: Arc::default(),
        }
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        lock(&self.files)
    }

    fn key(&self, path: &str) -> Key {
        let names = [&*self.attempt].into_iter().chain(path.split('/'));
        names.fold(self.base.clone(), |key, name| key.join(name))
    }

    pub(super) fn adopt(&self, paths: &[String]) {
        let keys = paths.iter().map(|path| self.key(path));
        self.files().adopted.extend(keys);
    }

    /// Deletes what other machines have shown.
    pub(super) fn withdraw(&self) {
        let adopted = std::mem::take(&mut self.files().adopted);
        if adopted.is_empty() {
            return;
        }
        let undo = delete(Arc::clone(&self.store), adopted);
        // The query may have been stopped, which must not stop this.
        if let Err(error) = wait(&Interrupt::new(Some(undo_deadline())), undo) {
            tracing::warn!(%error, "what was written under `{}` is not removed", self.attempt);
        }
    }

    pub(super) fn create(&self, path: &str, shared: &Arc<Shared>, late: bool) -> Box<dyn SinkFile> {
        let key = self.key(path);
        let mut files = self.files();
        files.created += 1;
        Box::new(StagedFile {
            store: Arc::clone(&self.store),
            key,
            shown: path.to_owned(),
            order: files.created,
            late,
            buffer: Vec::new(),
            upload: None,
            bytes: 0,
            memory: MemoryConsumer::new(format!("file {path}")).register(&self.pool),
            files: Arc::clone(&self.files),
            interrupt: Arc::clone(&self.interrupt),
            shared: Arc::clone(shared),
        })
    }

    /// Shows everything, what was created in the commit phase last and in order.
    pub(super) fn publish(&self, interrupt: &Interrupt) -> Result<(), String> {
        let (mut finished, adopted) = {
            let mut files = self.files();
            let finished = std::mem::take(&mut files.finished);
            (finished, std::mem::take(&mut files.adopted))
        };
        finished.sort_by_key(|file| (file.late, file.order));
        let own = finished.iter().map(|file| file.key.clone());
        let keys: Vec<Key> = adopted.into_iter().chain(own).collect();
        let uploads: Vec<_> = finished.iter().filter_map(Finished::upload).collect();
        let late = finished.partition_point(|file| !file.late);
        let last = finished.split_off(late);
        let store = Arc::clone(&self.store);
        let published = wait(interrupt, async move {
            let first = finished.into_iter().map(Ok::<_, object_store::Error>);
            stream::iter(first)
                .try_for_each_concurrent(AT_A_TIME, |file| file.show(&store))
                .await?;
            for file in last {
                file.show(&store).await?;
            }
            Ok(())
        });
        let reason = match published {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => explain(&error),
            Err(error) => error.to_string(),
        };
        // What cannot be known to have failed is taken for shown.
        let store = Arc::clone(&self.store);
        let undo = async move {
            delete(store, keys).await;
            for upload in uploads {
                give_up(&upload).await;
            }
        };
        // The query may have been stopped, which must not stop this.
        if let Err(error) = wait(&Interrupt::new(Some(undo_deadline())), undo) {
            tracing::warn!(%error, "what was written under `{}` is not removed", self.attempt);
        }
        Err(reason)
    }

    /// Gives up every upload, in the background: nobody has seen any. What others have shown goes, too.
    pub(super) fn remove(&self) {
        let finished = std::mem::take(&mut self.files().finished);
        for upload in finished.iter().filter_map(Finished::upload) {
            give_up_later(upload);
        }
        let adopted = std::mem::take(&mut self.files().adopted);
        if let Ok(requests) = requests()
            && !adopted.is_empty()
        {
            requests.spawn(delete(Arc::clone(&self.store), adopted));
        }
    }
}

/// Deletes objects, the last first. Some may not be there.
async fn delete(store: Arc<dyn ObjectStore>, keys: Vec<Key>) {
    for key in keys.into_iter().rev() {
        match store.delete(&key).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => tracing::warn!(%error, "`{key}` can not be deleted"),
        }
    }
}

/// How long what was shown in vain is deleted.
fn undo_deadline() -> std::time::Instant {
    std::time::Instant::now() + std::time::Duration::from_secs(30)
}

fn lock(files: &Mutex<Files>) -> MutexGuard<'_, Files> {
    // What it guards is whole between any two statements.
    files.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Finished {
    fn upload(&self) -> Option<Arc<AsyncMutex<Upload>>> {
        match &self.content {
            Content::Uploaded(upload) => Some(Arc::clone(upload)),
            Content::Held(_) => None,
        }
    }

    async fn show(self, store: &Arc<dyn ObjectStore>) -> object_store::Result<()> {
        match self.content {
            Content::Held(bytes) => {
                let put = store.put(&self.key, PutPayload::from(bytes));
                put.await.map(drop)
            }
            Content::Uploaded(upload) => upload.lock().await.upload.complete().await.map(drop),
        }
    }
}

impl Upload {
    /// Waits until at most `most` parts are under way.
    async fn until(&mut self, most: usize) -> object_store::Result<()> {
        while self.parts.len() > most {
            match self.parts.join_next().await {
                Some(Ok(put)) => put?,
                Some(Err(error)) => return Err(error.into()),
                None => break,
            }
        }
        Ok(())
    }
}

async fn give_up(upload: &AsyncMutex<Upload>) {
    let mut upload = upload.lock().await;
    upload.parts.shutdown().await;
    // One that is completed can not be given up: then it was deleted.
    if let Err(error) = upload.upload.abort().await {
        tracing::debug!(%error, "an upload can not be given up");
    }
}

fn give_up_later(upload: Arc<AsyncMutex<Upload>>) {
    if let Ok(requests) = requests() {
        requests.spawn(async move { give_up(&upload).await });
    }
}

/// A file while it is written.
struct StagedFile {
    store: Arc<dyn ObjectStore>,
    key: Key,
    shown: String,
    order: usize,
    late: bool,
    buffer: Vec<u8>,
    upload: Option<Arc<AsyncMutex<Upload>>>,
    bytes: u64,
    /// For the buffer and the parts that are under way.
    memory: MemoryReservation,
    files: Arc<Mutex<Files>>,
    interrupt: Arc<Interrupt>,
    shared: Arc<Shared>,
}

impl StagedFile {
    fn failed(&self, reason: impl std::fmt::Display) -> String {
        format!("the file `{}` can not be written: {reason}", self.shown)
    }

    /// Sends what is in the buffer as a part, and waits until others are done.
    fn send(&mut self, most: usize) -> Result<(), String> {
        let part = Bytes::from(std::mem::take(&mut self.buffer));
        let known = self.upload.clone();
        let (store, key) = (Arc::clone(&self.store), self.key.clone());
        let sent = wait(&self.interrupt, async move {
            let upload = match known {
                Some(upload) => upload,
                None => Arc::new(AsyncMutex::new(Upload {
                    upload: store.put_multipart(&key).await?,
                    parts: JoinSet::new(),
                })),
            };
            let mut open = upload.lock().await;
            if !part.is_empty() {
                let put = open.upload.put_part(part.into());
                open.parts.spawn(put);
            }
            let waited = open.until(most).await;
            drop(open);
            Ok::<_, object_store::Error>((upload, waited))
        });
        let (upload, waited) = sent
            .map_err(|error| self.failed(error))?
            .map_err(|error| self.failed(explain(&error)))?;
        self.upload = Some(upload);
        waited.map_err(|error| self.failed(explain(&error)))
    }
}

impl SinkFile for StagedFile {
    fn write(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        self.shared.open()?;
        self.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PART - self.buffer.len()));
            let under_way = if self.upload.is_some() {
                UNDER_WAY * PART
            } else {
                0
            };
            self.memory
                .try_resize(under_way + self.buffer.len() + now.len())
                .map_err(|error| self.failed(error))?;
            self.buffer.extend_from_slice(now);
            if self.buffer.len() == PART {
                self.memory
                    .try_resize(UNDER_WAY * PART)
                    .map_err(|error| self.failed(error))?;
                self.send(UNDER_WAY - 1)?;
            }
            bytes = later;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<u64, String> {
        self.shared.open()?;
        let small = self.upload.is_none() && {
            let mut files = lock(&self.files);
            let fits = files.held + self.buffer.len() <= HELD;
            if fits {
                files.held += self.buffer.len();
            }
            fits
        };
        let content = if small {
            Content::Held(std::mem::take(&mut self.buffer).into())
        } else {
            self.send(0)?;
            match self.upload.take() {
                Some(upload) => Content::Uploaded(upload),
                None => return Err(self.failed("nothing was sent")),
            }
        };
        let memory = match &content {
            Content::Held(_) => self.memory.take(),
            Content::Uploaded(_) => self.memory.new_empty(),
        };
        let finished = Finished {
            key: self.key.clone(),
            order: self.order,
            late: self.late,
            content,
            _memory: memory,
        };
        // Whoever gives up sees either the phase or the file.
        let state = self.shared.state();
        if let Err(closed) = state.phase.late() {
            self.upload = finished.upload();
            drop(state);
            return Err(self.failed(closed));
        }
        lock(&self.files).finished.push(finished);
        Ok(self.bytes)
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if let Some(upload) = self.upload.take() {
            give_up_later(upload);
        }
    }
}
