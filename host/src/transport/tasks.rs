//! Tasks as a host serves them: plans that it takes, rows that it gives.

use std::{
    any::Any,
    future::{Future, poll_fn, ready},
    panic::AssertUnwindSafe,
    pin::pin,
    sync::atomic::{AtomicU64, Ordering},
    task::Poll,
    time::{SystemTime, UNIX_EPOCH},
};

use datafusion::{
    error::{DataFusionError, Result},
    execution::{SendableRecordBatchStream, TaskContext},
};
use datafusion_distributed::{
    CoordinatorToWorkerMsg, DistributedConfig, ExecuteTaskRequest, MaybeEncoded, ProducerHead,
    SetPlanRequest, TaskKey, WorkUnitBatch, WorkUnitFeedDeclaration, WorkUnitMsg, Worker,
    WorkerToCoordinatorMsg,
};
use futures::{FutureExt, Stream, StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::oneshot;
use url::Url;
use uuid::Uuid;

use super::{BatchWriter, Compression, Encoded, Receiver, Sender, TransportError, pieces};
use crate::protocol::{
    ChannelAnswer, ChannelOrder, Execute, Head, Limit, RowsOrder, SetPlan, StreamEvent, Task,
    UnitFeed, WireFailure, WireMetrics, WorkUnit,
};

/// Names the attempt that a plan belongs to, for whoever makes the session that it is decoded in.
pub const ATTEMPT_HEADER: &str = "arrowbox-attempt";

/// What was sent, counted while it is sent.
#[derive(Debug, Default)]
pub struct Sent {
    /// Rows.
    pub rows: AtomicU64,
    /// Bytes of Arrow IPC.
    pub bytes: AtomicU64,
    /// Of those, bytes that were copied on the way to QUIC.
    pub copied: AtomicU64,
}

/// How the rows of a partition ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All were sent.
    Sent,
    /// The plan failed, and the peer has been told.
    Failed,
    /// The peer wants no more of them, or is gone.
    Unwanted,
    /// The attempt ended.
    Cancelled,
}

/// Gives a worker the plan of a task, and speaks with the coordinator as long as the task is there.
///
/// # Cancellation
///
/// The worker forgets the task.
pub async fn serve_plan(worker: &Worker, plan: SetPlan, mut sender: Sender, receiver: Receiver) {
    // The worker reads orders on a task of its own, which ends when this function does.
    let (here, gone) = oneshot::channel::<()>();
    let orders = orders(receiver).take_until(gone);
    let set = async {
        let (headers, request) = request(plan)?;
        worker
            .coordinator_channel(headers, request, orders.boxed())
            .await
    };
    let Some(set) = unless_stopped(&sender, guarded(set)).await else {
        return;
    };
    let taken = set.as_ref().map(drop).map_err(WireFailure::from);
    if sender.send(&ChannelAnswer::Taken(taken)).await.is_err() {
        return;
    }
    let Ok(mut answers) = set else {
        return sender.finish();
    };
    while let Some(answer) = unless_stopped(&sender, answers.next()).await {
        let answer = match answer {
            Some(Ok(answer)) => answer_of(answer),
            Some(Err(error)) => ChannelAnswer::Taken(Err(WireFailure::of(&error))),
            None => {
                sender.finish();
                break;
            }
        };
        if sender.send(&answer).await.is_err() {
            break;
        }
    }
    drop(here);
}

/// Gives the rows of a partition of a task, until they are all sent, the peer has enough, or `cancelled` is
/// ready. A failure of the plan, and a panic in it, are told to the peer.
///
/// # Cancellation
///
/// Ends the stream; the peer sees that it was given up.
pub async fn serve_rows(
    worker: &Worker,
    execute: Execute,
    sender: Sender,
    receiver: Receiver,
    cancelled: impl Future,
    sent: &Sent,
) -> Outcome {
    let mut serving = pin!(rows(worker, execute, sender, receiver, sent));
    let mut cancelled = pin!(cancelled);
    // Not `select!`: what is cancelled is dropped where it is, and nothing has to be told apart.
    poll_fn(|context| {
        if cancelled.as_mut().poll(context).is_ready() {
            return Poll::Ready(Outcome::Cancelled);
        }
        serving.as_mut().poll(context)
    })
    .await
}

async fn rows(
    worker: &Worker,
    execute: Execute,
    mut sender: Sender,
    mut receiver: Receiver,
    sent: &Sent,
) -> Outcome {
    let head = execute.head.clone();
    let Some(opened) = unless_stopped(&sender, guarded(open(worker, execute))).await else {
        return Outcome::Unwanted;
    };
    let answer = opened.as_ref().map(drop).map_err(WireFailure::from);
    if sender.send(&answer).await.is_err() {
        return Outcome::Unwanted;
    }
    let (mut stream, mut writer) = match opened {
        Ok(opened) => opened,
        Err(_) => {
            sender.finish();
            return Outcome::Failed;
        }
    };
    let Ok(Some(RowsOrder::Begin)) = receiver.next(Limit::MESSAGE).await else {
        if head != Head::None {
            // Nodes that give each row to one or all of their readers hold rows for a reader until it has
            // come: only one that came and went needs none.
            let _ = guarded(stream.next().map(Ok)).now_or_never();
        }
        return Outcome::Unwanted;
    };
    loop {
        let next = guarded(stream.next().map(Option::transpose));
        let batch = match unless_stopped(&sender, next).await {
            None => return Outcome::Unwanted,
            Some(Ok(Some(batch))) => batch,
            Some(Ok(None)) => {
                return match sender.send(&StreamEvent::End).await {
                    Ok(()) => {
                        sender.finish();
                        Outcome::Sent
                    }
                    Err(_) => Outcome::Unwanted,
                };
            }
            Some(Err(error)) => {
                return match sender
                    .send(&StreamEvent::Failed(WireFailure::of(&error)))
                    .await
                {
                    Ok(()) => {
                        sender.finish();
                        Outcome::Failed
                    }
                    Err(_) => Outcome::Unwanted,
                };
            }
        };
        for piece in pieces(batch) {
            let rows = piece.num_rows() as u64;
            let encoded = guarded(ready(writer.encode(&piece).map_err(Into::into)));
            let encoded: Encoded = match encoded.await {
                Ok(encoded) => encoded,
                Err(error) => {
                    let _ = sender
                        .send(&StreamEvent::Failed(WireFailure::of(&error)))
                        .await;
                    sender.finish();
                    return Outcome::Failed;
                }
            };
            drop(piece);
            let (bytes, copied) = (encoded.bytes, encoded.copied);
            if write(&mut sender, encoded).await.is_err() {
                return Outcome::Unwanted;
            }
            sent.rows.fetch_add(rows, Ordering::Relaxed);
            sent.bytes.fetch_add(bytes, Ordering::Relaxed);
            sent.copied.fetch_add(copied, Ordering::Relaxed);
        }
    }
}

/// Announces a batch and sends it, at one go: each write has a price of its own in QUIC.
async fn write(sender: &mut Sender, encoded: Encoded) -> Result<(), TransportError> {
    let event = StreamEvent::Batch {
        messages: encoded.messages,
        sent: now(),
    };
    sender.send_with(&event, encoded.chunks).await
}

/// The stream of a partition, and what writes it.
async fn open(
    worker: &Worker,
    execute: Execute,
) -> Result<(SendableRecordBatchStream, BatchWriter)> {
    let partition = execute.partition as usize;
    let request = ExecuteTaskRequest {
        task_key: key(&execute.task),
        target_partition_start: partition,
        target_partition_end: partition.saturating_add(1),
        producer_head: producer_head(execute.head),
    };
    let (mut streams, context) = worker.execute_task(request).await?;
    let stream = streams
        .pop()
        .ok_or_else(|| DataFusionError::Internal(format!("partition {partition} has no stream")))?;
    let writer = BatchWriter::new(&stream.schema(), compression(&context)?)?;
    Ok((stream, writer))
}

fn compression(context: &TaskContext) -> Result<Compression> {
    let config = DistributedConfig::from_session_config(context.session_config())?;
    Compression::named(&config.compression)
}

/// What comes of `future`, unless the peer wants no more before that, or is gone.
async fn unless_stopped<T>(sender: &Sender, future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = sender.stopped() => None,
        output = future => Some(output),
    }
}

/// What comes of `future`, whose panics are errors.
async fn guarded<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    AssertUnwindSafe(future)
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| Err(panicked(panic.as_ref())))
}

fn panicked(panic: &(dyn Any + Send)) -> DataFusionError {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a word");
    DataFusionError::Internal(format!("the engine panicked: {text}"))
}

/// Nanoseconds of Unix time.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}

fn key(task: &Task) -> TaskKey {
    TaskKey {
        query_id: task.query,
        stage_id: task.stage as usize,
        task_number: task.number as usize,
    }
}

/// The task of an attempt that a plan calls `key`.
pub(super) fn task(attempt: Uuid, key: TaskKey) -> Task {
    Task {
        attempt,
        query: key.query_id,
        stage: key.stage_id as u64,
        number: key.task_number as u64,
    }
}

fn producer_head(head: Head) -> ProducerHead {
    match head {
        Head::None => ProducerHead::None,
        Head::Broadcast { partitions } => ProducerHead::BroadcastExec {
            output_partitions: partitions as usize,
        },
        Head::Repartition(partitioning) => ProducerHead::RepartitionExec {
            partitioning: MaybeEncoded::Encoded(partitioning),
        },
    }
}

fn request(plan: SetPlan) -> Result<(HeaderMap, SetPlanRequest)> {
    let mut headers = HeaderMap::with_capacity(plan.headers.len() + 1);
    for (name, value) in plan.headers {
        let name: HeaderName = name.parse().map_err(external)?;
        let value = HeaderValue::from_bytes(&value).map_err(external)?;
        headers.append(name, value);
    }
    let attempt = plan.task.attempt.to_string();
    let attempt = HeaderValue::from_str(&attempt).map_err(external)?;
    headers.insert(ATTEMPT_HEADER, attempt);
    let feed = |feed: UnitFeed| WorkUnitFeedDeclaration {
        id: feed.id,
        partitions: feed.partitions as usize,
    };
    let request = SetPlanRequest {
        task_key: key(&plan.task),
        task_count: plan.task_count as usize,
        plan: MaybeEncoded::Encoded(plan.plan),
        work_unit_feed_declarations: plan.feeds.into_iter().map(feed).collect(),
        target_worker_url: Url::parse(&plan.target).map_err(external)?,
        query_start_time_ns: plan.started as usize,
    };
    Ok((headers, request))
}

/// What the coordinator says of a task, until it has finished, or is gone.
fn orders(receiver: Receiver) -> impl Stream<Item = Result<CoordinatorToWorkerMsg>> + Send {
    stream::unfold(Some(receiver), |receiver| async {
        let mut receiver = receiver?;
        match receiver.next(Limit::PLAN).await {
            Ok(None) => None,
            Ok(Some(order)) => Some((Ok(order_of(order)), Some(receiver))),
            Err(error) => Some((Err(error.into()), None)),
        }
    })
}

fn order_of(order: ChannelOrder) -> CoordinatorToWorkerMsg {
    match order {
        ChannelOrder::UnitsEnd => CoordinatorToWorkerMsg::WorkUnitEos,
        ChannelOrder::Units(units) => {
            let batch = units.into_iter().map(unit).collect();
            CoordinatorToWorkerMsg::WorkUnitBatch(WorkUnitBatch { batch })
        }
    }
}

fn unit(unit: WorkUnit) -> WorkUnitMsg {
    WorkUnitMsg {
        id: unit.id,
        partition: unit.partition as usize,
        body: MaybeEncoded::Encoded(unit.body),
        created_timestamp_unix_nanos: unit.created as usize,
        sent_timestamp_unix_nanos: unit.sent as usize,
        received_timestamp_unix_nanos: 0,
        processed_timestamp_unix_nanos: 0,
    }
}

fn answer_of(answer: WorkerToCoordinatorMsg) -> ChannelAnswer {
    match answer {
        WorkerToCoordinatorMsg::TaskMetrics(metrics) => ChannelAnswer::Metrics {
            nodes: (metrics.pre_order_plan_metrics.iter())
                .map(WireMetrics::of)
                .collect(),
            task: WireMetrics::of(&metrics.task_metrics),
        },
        WorkerToCoordinatorMsg::LoadInfo(load) => ChannelAnswer::Load {
            partition: load.partition as u64,
            rows: load.rows_ready as u64,
            bytes: (load.per_column_bytes_ready.iter())
                .map(|&bytes| bytes as u64)
                .collect(),
            distinct: load.per_column_ndv_percentage,
            nulls: load.per_column_null_percentage,
            pulled: load.rows_pulled_from_leaf as u64,
            complete: load.reached_eos,
        },
        WorkerToCoordinatorMsg::LoadInfoEos => ChannelAnswer::LoadEnd,
    }
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
