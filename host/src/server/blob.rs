//! Components and data that somebody sends.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::mpsc,
    task::spawn_blocking,
    time::{error::Elapsed, timeout},
};

use crate::{
    protocol::{PutBlob, Stored, WireFailure},
    runtime::Runtime,
    store::StoreError,
    transport::{Receiver, Sender},
};

/// Bytes that are taken from the network at once.
const CHUNK: usize = 256 << 10;
/// Chunks that wait for the disk.
const WAITING: usize = 4;
/// How long a sender can send nothing while it is connected.
const PATIENCE: Duration = Duration::from_secs(30);

/// Takes a blob into the store of `runtime`, and answers whether it was kept.
///
/// # Cancellation
///
/// What has arrived is kept, to be gone on with.
pub(super) async fn receive_blob(
    runtime: &Arc<Runtime>,
    put: PutBlob,
    mut sender: Sender,
    mut receiver: Receiver,
) {
    let (chunks, arrived) = mpsc::channel(WAITING);
    let runtime = Arc::clone(runtime);
    let keeping = spawn_blocking(move || keep(&runtime, put, arrived));
    let came = feed(&mut receiver, put, chunks).await;
    let kept = keeping.await;
    let stored: Stored = match (came, kept) {
        (_, Ok(Ok(()))) => Ok(()),
        (Ok(()), Ok(Err(error))) => {
            tracing::warn!(blob = %put.digest, %error, "a blob was not kept");
            Err(WireFailure::of(&error))
        }
        (Ok(()), Err(error)) => Err(WireFailure::of(&error)),
        // Nobody is there to hear.
        (Err(NotAll), _) => return,
    };
    if sender.send(&stored).await.is_ok() {
        sender.finish();
    }
}

/// The sender went away.
struct NotAll;

impl From<Elapsed> for NotAll {
    fn from(_: Elapsed) -> Self {
        Self
    }
}

/// Hands on what comes, until that is all, or nobody wants it.
async fn feed(
    receiver: &mut Receiver,
    put: PutBlob,
    chunks: mpsc::Sender<Bytes>,
) -> Result<(), NotAll> {
    let mut left = put.size.saturating_sub(put.offset);
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let chunk = tokio::select! {
            chunk = timeout(PATIENCE, receiver.read_chunk(most)) => chunk?,
            () = chunks.closed() => return Ok(()),
        };
        let Ok(Some(chunk)) = chunk else {
            return Err(NotAll);
        };
        left -= chunk.len() as u64;
        if chunks.send(chunk).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Writes what arrives. Blocks.
fn keep(
    runtime: &Runtime,
    put: PutBlob,
    mut arrived: mpsc::Receiver<Bytes>,
) -> Result<(), StoreError> {
    let incoming = runtime.store().receive(put.digest, put.size, put.offset)?;
    let Some(mut incoming) = incoming else {
        return Ok(());
    };
    while let Some(chunk) = arrived.blocking_recv() {
        incoming.write(&chunk)?;
    }
    incoming.finish()
}
