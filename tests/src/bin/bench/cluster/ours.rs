//! Our side of a shuffle: rows of a host's plan over QUIC.

use std::error::Error;
use std::path::Path as Folder;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use arrowbox_host::protocol::{HostRequest, Limit, Role};
use arrowbox_host::{Endpoint, EndpointOptions, Identity, QuicChannels, Sent, serve_rows};
use clap::ValueEnum;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::prelude::SessionContext;
use datafusion_distributed::{
    ChannelResolver, ExecuteTaskRequest, MaybeEncoded, ProducerHead, SetPlanRequest, TaskKey,
    Worker,
};
use futures::StreamExt;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use tokio::runtime::{Builder, Runtime};
use url::Url;
use uuid::Uuid;

use super::program::Program;
use super::source;

/// The way of the packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Path {
    /// As over an Ethernet.
    Standard,
    /// Packets as large as loopback takes.
    Loopback,
}

impl Path {
    fn options(self) -> EndpointOptions {
        let options = EndpointOptions::default();
        match self {
            Self::Standard => options,
            Self::Loopback => EndpointOptions {
                mtu: 65_000,
                ..options
            },
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Loopback => "loopback",
        }
    }
}

/// A process that gives rows, and this one, which reads them.
pub(super) struct Shuffle {
    source: Program,
    url: Url,
    endpoint: Endpoint,
    runtime: Runtime,
    /// What drives the connections.
    _network: Runtime,
}

impl Shuffle {
    pub(super) fn start(certificates: &Folder, path: Path) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["shuffle-source", "--path", path.name()]);
        let mut source = Program::start(command.arg("--certs").arg(certificates))?;
        let url = source.line()?.parse()?;
        let (runtime, network) = runtimes()?;
        let identity = Identity::load(certificates, Role::Coordinator)?;
        let endpoint = Endpoint::with(path.options(), identity, "bench".into(), network.handle())?;
        Ok(Self {
            source,
            url,
            endpoint,
            runtime,
            _network: network,
        })
    }

    /// The seconds that all rows of one turn take.
    pub(super) fn turn(
        &mut self,
        batches: usize,
        partitions: usize,
    ) -> Result<f64, Box<dyn Error>> {
        let task = Uuid::new_v4();
        self.source.ask(&format!("source {task} {batches}"))?;
        let began = Instant::now();
        let pulling = pull(self.endpoint.clone(), self.url.clone(), task, partitions);
        let rows = self
            .runtime
            .block_on(async { self.runtime.spawn(pulling).await })??;
        match rows == batches * source::ROWS {
            true => Ok(began.elapsed().as_secs_f64()),
            false => Err(format!("QUIC gave {rows} rows").into()),
        }
    }
}

/// Reads all partitions of a task at once.
async fn pull(
    endpoint: Endpoint,
    url: Url,
    task: Uuid,
    partitions: usize,
) -> Result<usize, DataFusionError> {
    let mut channel = QuicChannels::new(endpoint, task)
        .get_worker_client_for_url(&url)
        .await?;
    let request = ExecuteTaskRequest {
        task_key: key(task),
        target_partition_start: 0,
        target_partition_end: partitions,
        producer_head: ProducerHead::RepartitionExec {
            partitioning: MaybeEncoded::Decoded(source::partitioning(partitions)),
        },
    };
    let metrics = ExecutionPlanMetricsSet::new();
    let context = SessionContext::new().task_ctx();
    let streams = channel
        .execute_task(Default::default(), request, metrics, &context)
        .await?;
    let counts = streams.into_iter().map(|mut stream| {
        tokio::spawn(async move {
            let mut rows = 0;
            while let Some(batch) = stream.next().await {
                rows += batch?.num_rows();
            }
            Ok::<_, DataFusionError>(rows)
        })
    });
    let mut rows = 0;
    for count in counts.collect::<Vec<_>>() {
        rows += count
            .await
            .map_err(|error| DataFusionError::External(error.into()))??;
    }
    Ok(rows)
}

/// The process that gives rows: it says where, and takes requests as the baseline does.
pub(crate) fn source(certificates: &Folder, path: Path) -> Result<(), Box<dyn Error>> {
    let (runtime, network) = runtimes()?;
    let identity = Identity::load(certificates, Role::Host)?;
    let options = EndpointOptions {
        listen: Some(([127, 0, 0, 1], 0).into()),
        ..path.options()
    };
    let endpoint = Endpoint::with(options, identity, "source".into(), network.handle())?;
    let url = format!("quic://{}", endpoint.local_addr());
    println!("{url}");
    let worker = Worker::default();
    let serving = serve(endpoint, worker.clone());
    runtime.spawn(serving);
    runtime.block_on(requests(worker, url))
}

async fn serve(endpoint: Endpoint, worker: Worker) {
    while let Some(peer) = endpoint.accept().await {
        let worker = worker.clone();
        tokio::spawn(async move {
            while let Some((sender, mut receiver)) = peer.accept().await {
                let worker = worker.clone();
                tokio::spawn(async move {
                    if let Ok(HostRequest::Execute(execute)) = receiver.receive(Limit::PLAN).await {
                        let sent = Arc::new(Sent::default());
                        serve_rows(
                            &worker,
                            *execute,
                            sender,
                            receiver,
                            std::future::pending::<()>(),
                            &sent,
                        )
                        .await;
                    }
                });
            }
        });
    }
}

async fn requests(worker: Worker, url: String) -> Result<(), Box<dyn Error>> {
    let mut requests = BufReader::new(stdin()).lines();
    // Tasks end when their channel does.
    let mut channels = Vec::new();
    while let Some(request) = requests.next_line().await? {
        let words: Vec<_> = request.split_whitespace().collect();
        let ["source", task, batches] = words[..] else {
            return Err(format!("`{request}` is no request").into());
        };
        channels.clear();
        let (hold, held) = tokio::sync::oneshot::channel::<()>();
        let plan = SetPlanRequest {
            task_key: key(Uuid::parse_str(task)?),
            task_count: 1,
            plan: MaybeEncoded::Decoded(source::plan(batches.parse()?)?),
            work_unit_feed_declarations: vec![],
            target_worker_url: url.parse()?,
            query_start_time_ns: 0,
        };
        let orders = futures::stream::once(held)
            .filter_map(|_| async { None })
            .boxed();
        let answers = worker
            .coordinator_channel(Default::default(), plan, orders)
            .await?;
        channels.push((hold, answers));
        println!("{}", json!({"ready": true}));
    }
    Ok(())
}

fn key(task: Uuid) -> TaskKey {
    TaskKey {
        query_id: task,
        stage_id: 1,
        task_number: 0,
    }
}

/// One thread that computes, as the baseline has it, and what drives the connections.
fn runtimes() -> Result<(Runtime, Runtime), Box<dyn Error>> {
    let runtime = |name: &str| {
        Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name(name)
            .enable_all()
            .build()
    };
    Ok((runtime("query")?, runtime("network")?))
}
