//! Hosts as a distributed plan reaches them.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Poll, ready},
    time::Duration,
};

use arrow::array::RecordBatch;
use async_trait::async_trait;
use datafusion::{
    error::{DataFusionError, Result},
    execution::TaskContext,
    physical_plan::metrics::{
        Count, ExecutionPlanMetricsSet, Label, MetricBuilder, MetricValue, MetricsSet, Time,
    },
};
use datafusion_distributed::{
    AvgLatencyMetric, BytesCounterMetric, BytesMetricExt, ChannelResolver, CoordinatorToWorkerMsg,
    DISTRIBUTED_DATAFUSION_TASK_ID_LABEL, ExecuteTaskRequest, GetWorkerInfoRequest,
    GetWorkerInfoResponse, LatencyMetricExt, LoadInfo, MaxLatencyMetric, MaybeEncoded,
    MinLatencyMetric, ProducerHead, SetPlanRequest, TaskMetrics, WorkUnitMsg, WorkerChannel,
    WorkerToCoordinatorMsg,
};
use futures::{
    FutureExt, StreamExt,
    stream::{self, BoxStream},
};
use http::HeaderMap;
use url::Url;
use uuid::Uuid;

use super::{
    BatchReader, Endpoint, Peer, Receiver, Sender, TransportError, Window,
    tasks::{now, task},
};
use crate::protocol::{
    ChannelAnswer, ChannelOrder, Execute, Head, HostRequest, HostStatus, Limit, Role, RowsOrder,
    SetPlan, StreamEvent, UnitFeed, VERSION, WireFailure, WireMetrics, WorkUnit,
};

/// Reaches the hosts of one attempt over QUIC.
#[derive(Clone)]
pub struct QuicChannels {
    endpoint: Endpoint,
    attempt: Uuid,
}

impl QuicChannels {
    /// For plans and rows of `attempt`, over connections of `endpoint`.
    pub fn new(endpoint: Endpoint, attempt: Uuid) -> Self {
        Self { endpoint, attempt }
    }
}

#[async_trait]
impl ChannelResolver for QuicChannels {
    async fn get_worker_client_for_url(&self, url: &Url) -> Result<Box<dyn WorkerChannel>> {
        Ok(Box::new(QuicChannel {
            channels: self.clone(),
            host: url.clone(),
        }))
    }
}

/// One host of an attempt.
struct QuicChannel {
    channels: QuicChannels,
    host: Url,
}

impl QuicChannel {
    async fn connect(&self, window: Window) -> Result<Peer, TransportError> {
        let endpoint = &self.channels.endpoint;
        endpoint.connect(&self.host, Role::Host, window).await
    }
}

#[async_trait]
impl WorkerChannel for QuicChannel {
    async fn coordinator_channel(
        &mut self,
        headers: HeaderMap,
        request: SetPlanRequest,
        orders: BoxStream<'static, CoordinatorToWorkerMsg>,
        metrics: ExecutionPlanMetricsSet,
        context: &Arc<TaskContext>,
    ) -> Result<BoxStream<'static, Result<WorkerToCoordinatorMsg>>> {
        let plan = request.plan.encode(context)?;
        let bytes = plan.len();
        let feeds = request.work_unit_feed_declarations.iter();
        let set_plan = SetPlan {
            task: task(self.channels.attempt, request.task_key),
            task_count: request.task_count as u64,
            plan,
            feeds: feeds
                .map(|feed| UnitFeed {
                    id: feed.id,
                    partitions: feed.partitions as u64,
                })
                .collect(),
            target: request.target_worker_url.to_string(),
            started: request.query_start_time_ns as u64,
            headers: (headers.iter())
                .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
                .collect(),
        };
        let peer = self.connect(Window::CONTROL).await?;
        let request = HostRequest::SetPlan(Box::new(set_plan));
        let (sender, mut receiver) = peer.open(&request).await?;
        MetricBuilder::new(&metrics)
            .with_label(Label::new(DISTRIBUTED_DATAFUSION_TASK_ID_LABEL, "0"))
            .bytes_counter("plan_bytes_sent")
            .add_bytes(bytes);
        match receiver.receive(Limit::PLAN).await? {
            ChannelAnswer::Taken(taken) => taken.map_err(DataFusionError::from)?,
            _ => return Err(out_of_turn(&self.host)),
        }
        Ok(conversation(orders, sender, receiver, self.host.clone()))
    }

    async fn execute_task(
        &mut self,
        _headers: HeaderMap,
        request: ExecuteTaskRequest,
        metrics: ExecutionPlanMetricsSet,
        context: &Arc<TaskContext>,
    ) -> Result<Vec<BoxStream<'static, Result<RecordBatch>>>> {
        let partitions = request.target_partition_start..request.target_partition_end;
        let head = head(request.producer_head, context)?;
        let task = task(self.channels.attempt, request.task_key);
        let figures = Figures::new(&metrics);
        let peer = self
            .connect(Window::for_partitions(partitions.len()))
            .await?;
        let mut streams = Vec::with_capacity(partitions.len());
        // The host makes each stream at once, for a task that nobody asks for is forgotten there after a
        // while. It computes nothing until the first row is wanted.
        for partition in partitions {
            let execute = Execute {
                task,
                partition: partition as u64,
                head: head.clone(),
            };
            let request = HostRequest::Execute(Box::new(execute));
            let (sender, receiver) = peer.open(&request).await?;
            let rows = Rows {
                sender,
                receiver,
                batches: BatchReader::new(),
                figures: figures.clone(),
            };
            streams.push(rows.into_stream());
        }
        Ok(streams)
    }

    async fn get_worker_info(&mut self, _: GetWorkerInfoRequest) -> Result<GetWorkerInfoResponse> {
        let peer = self.connect(Window::CONTROL).await?;
        let _: HostStatus = peer.ask(&HostRequest::Status, Limit::MESSAGE).await?;
        // Connections between versions are refused.
        Ok(GetWorkerInfoResponse {
            version: VERSION.to_owned(),
        })
    }
}

/// Says what is ordered and gives what is answered, until the host has nothing more to say. Dropping it ends
/// the task.
fn conversation(
    orders: BoxStream<'static, CoordinatorToWorkerMsg>,
    sender: Sender,
    receiver: Receiver,
    host: Url,
) -> BoxStream<'static, Result<WorkerToCoordinatorMsg>> {
    let mut saying = Some(say(orders, sender).boxed());
    let mut answers = answers(receiver, host).boxed();
    stream::poll_fn(move |context| {
        if let Some(said) = &mut saying
            && let Poll::Ready(outcome) = said.poll_unpin(context)
        {
            saying = None;
            // A host that does not listen any more says why, if there is a reason.
            if let Err(error) = outcome
                && !matches!(error, TransportError::Stopped)
            {
                return Poll::Ready(Some(Err(error.into())));
            }
        }
        answers.poll_next_unpin(context)
    })
    .boxed()
}

async fn say(
    mut orders: BoxStream<'static, CoordinatorToWorkerMsg>,
    mut sender: Sender,
) -> Result<(), TransportError> {
    while let Some(order) = orders.next().await {
        sender.send(&order_of(order)).await?;
    }
    sender.finish();
    Ok(())
}

fn answers(
    receiver: Receiver,
    host: Url,
) -> impl stream::Stream<Item = Result<WorkerToCoordinatorMsg>> + Send {
    stream::unfold(Some((receiver, host)), |state| async {
        let (mut receiver, host) = state?;
        match receiver.next(Limit::PLAN).await {
            Ok(None) => None,
            Ok(Some(answer)) => {
                let answer = answer_of(answer, &host);
                let state = answer.is_ok().then_some((receiver, host));
                Some((answer, state))
            }
            Err(error) => Some((Err(error.into()), None)),
        }
    })
}

fn order_of(order: CoordinatorToWorkerMsg) -> ChannelOrder {
    match order {
        CoordinatorToWorkerMsg::WorkUnitEos => ChannelOrder::UnitsEnd,
        CoordinatorToWorkerMsg::WorkUnitBatch(units) => {
            ChannelOrder::Units(units.batch.into_iter().map(unit_of).collect())
        }
    }
}

fn unit_of(unit: WorkUnitMsg) -> WorkUnit {
    WorkUnit {
        id: unit.id,
        partition: unit.partition as u64,
        body: match unit.body {
            MaybeEncoded::Encoded(body) => body,
            MaybeEncoded::Decoded(body) => body.encode_to_bytes(),
        },
        created: unit.created_timestamp_unix_nanos as u64,
        sent: unit.sent_timestamp_unix_nanos as u64,
    }
}

fn answer_of(answer: ChannelAnswer, host: &Url) -> Result<WorkerToCoordinatorMsg> {
    Ok(match answer {
        ChannelAnswer::Taken(Err(failure)) => return Err(failure.into()),
        ChannelAnswer::Taken(Ok(())) => return Err(out_of_turn(host)),
        ChannelAnswer::Load {
            partition,
            rows,
            bytes,
            distinct,
            nulls,
            pulled,
            complete,
        } => WorkerToCoordinatorMsg::LoadInfo(LoadInfo {
            partition: partition as usize,
            rows_ready: rows as usize,
            per_column_bytes_ready: bytes.into_iter().map(|bytes| bytes as usize).collect(),
            per_column_ndv_percentage: distinct,
            per_column_null_percentage: nulls,
            rows_pulled_from_leaf: pulled as usize,
            reached_eos: complete,
        }),
        ChannelAnswer::LoadEnd => WorkerToCoordinatorMsg::LoadInfoEos,
        ChannelAnswer::Metrics { nodes, task } => {
            let nodes = nodes.into_iter().map(WireMetrics::into_set);
            WorkerToCoordinatorMsg::TaskMetrics(TaskMetrics {
                pre_order_plan_metrics: nodes.collect::<Vec<MetricsSet>>(),
                task_metrics: task.into_set(),
            })
        }
    })
}

fn head(head: ProducerHead, context: &Arc<TaskContext>) -> Result<Head> {
    Ok(match head {
        ProducerHead::None => Head::None,
        ProducerHead::BroadcastExec { output_partitions } => Head::Broadcast {
            partitions: output_partitions as u64,
        },
        ProducerHead::RepartitionExec { partitioning } => {
            Head::Repartition(partitioning.encode(context)?)
        }
    })
}

fn out_of_turn(host: &Url) -> DataFusionError {
    DataFusionError::Execution(format!(
        "{host} broke the protocol: it answered out of turn"
    ))
}

/// The rows of a partition, on their way. Dropping them tells the host that nobody wants the rest.
struct Rows {
    sender: Sender,
    receiver: Receiver,
    batches: BatchReader,
    figures: Figures,
}

/// How far it is with the rows.
enum State {
    Before,
    Amid,
    Behind,
}

impl Rows {
    fn into_stream(self) -> BoxStream<'static, Result<RecordBatch>> {
        let time = self.figures.time.clone();
        let mut rows = stream::unfold((self, State::Before), |(mut rows, state)| async move {
            let next = match state {
                State::Before => match rows.begin().await {
                    Ok(()) => rows.next().await,
                    Err(error) => Err(error),
                },
                State::Amid => rows.next().await,
                State::Behind => return None,
            };
            match next {
                Ok(None) => None,
                Ok(Some(batch)) => Some((Ok(batch), (rows, State::Amid))),
                Err(error) => Some((Err(error), (rows, State::Behind))),
            }
        })
        .boxed();
        stream::poll_fn(move |context| {
            let _timer = time.timer();
            Poll::Ready(ready!(Pin::new(&mut rows).poll_next_unpin(context)))
        })
        .boxed()
    }

    async fn begin(&mut self) -> Result<()> {
        // A host that has failed already may not listen: what it says tells more.
        match self.sender.send(&RowsOrder::Begin).await {
            Ok(()) | Err(TransportError::Stopped) => {}
            Err(error) => return Err(error.into()),
        }
        let opened: Result<(), WireFailure> = self.receiver.receive(Limit::PLAN).await?;
        Ok(opened?)
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        match self.receiver.receive(Limit::PLAN).await? {
            StreamEvent::Batch { messages, sent } => {
                let before = (self.batches.bytes(), self.batches.copied());
                let batch = self.batches.read(&mut self.receiver, &messages).await?;
                let bytes = self.batches.bytes() - before.0;
                let copied = self.batches.copied() - before.1;
                self.figures.count(bytes, copied, sent);
                Ok(Some(batch))
            }
            StreamEvent::End => Ok(None),
            StreamEvent::Failed(failure) => Err(failure.into()),
        }
    }
}

/// What EXPLAIN ANALYZE shows of a network node.
#[derive(Clone)]
struct Figures {
    transferred: BytesCounterMetric,
    copied: BytesCounterMetric,
    messages: Count,
    time: Time,
    min: MinLatencyMetric,
    max: MaxLatencyMetric,
    avg: AvgLatencyMetric,
}

impl Figures {
    fn new(metrics: &ExecutionPlanMetricsSet) -> Self {
        let time = Time::new();
        MetricBuilder::new(metrics).build(MetricValue::ElapsedCompute(time.clone()));
        let builder = || MetricBuilder::new(metrics);
        Self {
            transferred: builder().bytes_counter("bytes_transferred"),
            copied: builder().bytes_counter("bytes_copied"),
            messages: builder().global_counter("msg_count"),
            time,
            min: builder().min_latency("network_latency_min"),
            max: builder().max_latency("network_latency_max"),
            avg: builder().avg_latency("network_latency_avg"),
        }
    }

    fn count(&self, bytes: u64, copied: u64, sent: u64) {
        self.transferred.add_bytes(bytes as usize);
        self.copied.add_bytes(copied as usize);
        self.messages.add(1);
        // Clocks of two machines can differ by more than a message takes.
        let latency = Duration::from_nanos(now().saturating_sub(sent));
        self.min.add_duration(latency);
        self.max.add_duration(latency);
        self.avg.add_duration(latency);
    }
}
