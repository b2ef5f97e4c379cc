//! Hosts in this process.

use std::{collections::HashMap, sync::Arc};

use arrow::array::RecordBatch;
use async_trait::async_trait;
use datafusion::{
    error::{DataFusionError, Result},
    execution::TaskContext,
    physical_plan::metrics::ExecutionPlanMetricsSet,
};
use datafusion_distributed::{
    ChannelResolver, CoordinatorToWorkerMsg, ExecuteTaskRequest, GetWorkerInfoRequest,
    GetWorkerInfoResponse, MaybeEncoded, SetPlanRequest, Worker, WorkerChannel, WorkerResolver,
    WorkerToCoordinatorMsg,
};
use futures::{StreamExt, stream::BoxStream};
use http::HeaderMap;
use url::Url;

/// Reaches workers of this process as if they were elsewhere: what [`QuicChannels`](super::QuicChannels) is
/// without a network. Plans are encoded and decoded on the way, so that what can not be, fails here too.
#[derive(Clone, Default)]
pub struct LocalChannels {
    workers: Arc<HashMap<Url, Worker>>,
}

impl LocalChannels {
    /// Reaches these workers, each by its URL.
    pub fn new(workers: impl IntoIterator<Item = (Url, Worker)>) -> Self {
        Self {
            workers: Arc::new(workers.into_iter().collect()),
        }
    }
}

impl WorkerResolver for LocalChannels {
    fn get_urls(&self) -> Result<Vec<Url>> {
        let mut urls: Vec<_> = self.workers.keys().cloned().collect();
        urls.sort();
        Ok(urls)
    }
}

#[async_trait]
impl ChannelResolver for LocalChannels {
    async fn get_worker_client_for_url(&self, url: &Url) -> Result<Box<dyn WorkerChannel>> {
        match self.workers.get(url) {
            Some(worker) => Ok(Box::new(LocalChannel(worker.clone()))),
            None => Err(DataFusionError::Execution(format!("no worker at {url}"))),
        }
    }
}

struct LocalChannel(Worker);

#[async_trait]
impl WorkerChannel for LocalChannel {
    async fn coordinator_channel(
        &mut self,
        headers: HeaderMap,
        mut request: SetPlanRequest,
        orders: BoxStream<'static, CoordinatorToWorkerMsg>,
        _: ExecutionPlanMetricsSet,
        context: &Arc<TaskContext>,
    ) -> Result<BoxStream<'static, Result<WorkerToCoordinatorMsg>>> {
        let plan = request.plan.encode(context)?;
        request.plan = MaybeEncoded::Encoded(plan);
        let orders = orders.map(Ok).boxed();
        self.0.coordinator_channel(headers, request, orders).await
    }

    async fn execute_task(
        &mut self,
        _: HeaderMap,
        request: ExecuteTaskRequest,
        _: ExecutionPlanMetricsSet,
        _: &Arc<TaskContext>,
    ) -> Result<Vec<BoxStream<'static, Result<RecordBatch>>>> {
        let (streams, _) = self.0.execute_task(request).await?;
        Ok(streams.into_iter().map(StreamExt::boxed).collect())
    }

    async fn get_worker_info(&mut self, _: GetWorkerInfoRequest) -> Result<GetWorkerInfoResponse> {
        Ok(GetWorkerInfoResponse {
            version: self.0.version().to_owned(),
        })
    }
}
