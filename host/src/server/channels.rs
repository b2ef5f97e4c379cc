//! From the plans of an attempt to the rows of its other tasks.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use datafusion::{
    arrow::record_batch::RecordBatch,
    common::not_impl_err,
    error::{DataFusionError, Result},
    execution::{SendableRecordBatchStream, TaskContext},
    physical_plan::metrics::ExecutionPlanMetricsSet,
};
use datafusion_distributed::{
    ChannelResolver, CoordinatorToWorkerMsg, ExecuteTaskRequest, GetWorkerInfoRequest,
    GetWorkerInfoResponse, LocalWorkerContext, SetPlanRequest, Worker, WorkerChannel,
    WorkerToCoordinatorMsg,
};
use futures::{StreamExt, stream::BoxStream};
use http::HeaderMap;
use url::Url;

use super::attempt::Attempt;
use crate::{
    protocol::Task,
    transport::{Endpoint, QuicChannels},
};

/// Reads what this host itself has without a detour, and the rest from other hosts. Does not keep the attempt.
pub(super) struct AttemptChannels {
    attempt: Weak<Attempt>,
    others: QuicChannels,
}

impl AttemptChannels {
    pub(super) fn new(attempt: &Arc<Attempt>, endpoint: Endpoint) -> Self {
        Self {
            attempt: Arc::downgrade(attempt),
            others: QuicChannels::new(endpoint, attempt.id()),
        }
    }
}

#[async_trait]
impl ChannelResolver for AttemptChannels {
    async fn get_worker_client_for_url(&self, url: &Url) -> Result<Box<dyn WorkerChannel>> {
        let attempt = self.attempt.upgrade();
        let own = attempt
            .as_ref()
            .and_then(|attempt| Some((attempt, attempt.own_worker(url)?)));
        match own {
            Some((attempt, worker)) => Ok(Box::new(OwnTasks {
                worker,
                attempt: Arc::downgrade(attempt),
            })),
            None => self.others.get_worker_client_for_url(url).await,
        }
    }
}

/// The tasks of an attempt on the host that reads them.
struct OwnTasks {
    worker: Worker,
    attempt: Weak<Attempt>,
}

#[async_trait]
impl WorkerChannel for OwnTasks {
    async fn coordinator_channel(
        &mut self,
        _headers: HeaderMap,
        _set_plan_request: SetPlanRequest,
        _c2w_stream: BoxStream<'static, CoordinatorToWorkerMsg>,
        _metrics: ExecutionPlanMetricsSet,
        _task_ctx: &Arc<TaskContext>,
    ) -> Result<BoxStream<'static, Result<WorkerToCoordinatorMsg>>> {
        not_impl_err!("plans come from coordinators, not from hosts")
    }

    async fn execute_task(
        &mut self,
        _headers: HeaderMap,
        request: ExecuteTaskRequest,
        _metrics: ExecutionPlanMetricsSet,
        _task_ctx: &Arc<TaskContext>,
    ) -> Result<Vec<BoxStream<'static, Result<RecordBatch>>>> {
        let key = request.task_key;
        let (streams, _) = self.worker.execute_task(request).await?;
        let attempt = self.attempt.upgrade().ok_or_else(|| {
            DataFusionError::Execution("the attempt at this query has ended".to_owned())
        })?;
        let task = Task {
            attempt: attempt.id(),
            query: key.query_id,
            stage: key.stage_id as u64,
            number: key.task_number as u64,
        };
        let read = |stream: SendableRecordBatchStream| {
            let reading = attempt.reading(task);
            let stream = stream.map(move |batch| {
                let _held = &reading;
                batch
            });
            stream.boxed()
        };
        Ok(streams.into_iter().map(read).collect())
    }

    async fn get_worker_info(
        &mut self,
        _request: GetWorkerInfoRequest,
    ) -> Result<GetWorkerInfoResponse> {
        Ok(GetWorkerInfoResponse {
            version: self.worker.version().to_owned(),
        })
    }
}

/// A local worker that is never the one that is looked for on the host `own`.
pub(super) fn nobody(mut own: Url) -> LocalWorkerContext {
    // No plan has such an address.
    own.set_fragment(Some("nobody"));
    Worker::default().to_local_worker_context(own)
}
