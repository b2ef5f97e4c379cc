//! Components and data that clients bring.

use std::sync::Arc;

use arrowbox_host::protocol::{Missing, PutBlob, Stored, WireFailure};
use arrowbox_host::{Digest, Incoming, Runtime, StoreError};
use arrowbox_host::{Receiver, TransportError};
use tokio::task::spawn_blocking;

/// Bytes that are written at a time.
const CHUNK: usize = 1 << 20;

/// Those that are not here.
pub(super) async fn missing(runtime: &Arc<Runtime>, digests: Vec<Digest>) -> Vec<Missing> {
    let runtime = Arc::clone(runtime);
    let looked = spawn_blocking(move || runtime.store().missing(&digests)).await;
    // Looking does not panic, and the runtime is there as long as this is.
    looked.unwrap_or_default()
}

/// Takes a blob into the store. What came of one that breaks off is kept.
pub(super) async fn receive(
    runtime: &Arc<Runtime>,
    blob: PutBlob,
    receiver: &mut Receiver,
) -> Result<Stored, TransportError> {
    let store = Arc::clone(runtime);
    let begun = blocking(move || store.store().receive(blob.digest, blob.size, blob.offset)).await;
    let mut incoming = match begun {
        Ok(Some(incoming)) => incoming,
        Ok(None) => return Ok(Ok(())),
        Err(failure) => return Ok(Err(failure)),
    };
    while incoming.left() > 0 {
        let most = usize::try_from(incoming.left()).unwrap_or(CHUNK).min(CHUNK);
        let Some(bytes) = receiver.read_chunk(most).await? else {
            break;
        };
        let written = blocking(move || {
            incoming.write(&bytes)?;
            Ok(incoming)
        });
        incoming = match written.await {
            Ok(incoming) => incoming,
            Err(failure) => return Ok(Err(failure)),
        };
    }
    Ok(blocking(move || Incoming::finish(incoming)).await)
}

/// Disks take their time.
async fn blocking<T: Send + 'static>(
    operation: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, WireFailure> {
    match spawn_blocking(operation).await {
        Ok(done) => done.map_err(|error| WireFailure::of(&error)),
        Err(error) => Err(WireFailure::of(&error)),
    }
}
