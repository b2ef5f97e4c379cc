//! Runs a plan so that whoever waits for it can always walk away.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use datafusion::{
    error::Result,
    execution::{RecordBatchStream, SendableRecordBatchStream},
    physical_plan::stream::RecordBatchReceiverStream,
};
use futures::{Stream, StreamExt};

use super::scope::{CancelOnDrop, QueryScope};

/// Batches that are ready and not yet asked for.
const AHEAD: usize = 2;

impl QueryScope {
    /// Runs `input` as a task of its own and ends the query when the returned stream is dropped.
    ///
    /// Guests run inline on the thread that polls, so a stream that was polled directly could not be
    /// dropped while a guest computes. This one can, at any time; guests stop within milliseconds.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn run(
        self: &Arc<Self>,
        mut input: SendableRecordBatchStream,
    ) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStream::builder(input.schema(), AHEAD);
        let batches = builder.tx();
        builder.spawn(async move {
            while let Some(batch) = input.next().await {
                // A plan that has failed is not asked again.
                let failed = batch.is_err();
                if batches.send(batch).await.is_err() || failed {
                    break;
                }
            }
            Ok(())
        });
        Box::pin(Guarded {
            batches: builder.build(),
            _guard: self.guard(),
        })
    }
}

struct Guarded {
    batches: SendableRecordBatchStream,
    _guard: CancelOnDrop,
}

impl Stream for Guarded {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.batches.poll_next_unpin(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.batches.size_hint()
    }
}

impl RecordBatchStream for Guarded {
    fn schema(&self) -> SchemaRef {
        self.batches.schema()
    }
}
