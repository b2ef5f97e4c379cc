//! Plans queries, and reads what workers shuffle.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionStateBuilder;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use datafusion_distributed::grpc::{BoxCloneSyncChannel, DefaultChannelResolver, create_worker_client};
use datafusion_distributed::{
    ChannelResolver, DistributedExt, ExecuteTaskRequest, MaybeEncoded, ProducerHead, SessionStateBuilderExt,
    TaskKey, WorkerChannel, WorkerResolver,
};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use tonic::transport::{Channel, ClientTlsConfig};
use url::Url;
use uuid::Uuid;

use crate::{Certificates, source};

pub(crate) async fn run(
    certificates: Option<Certificates>,
    workers: Vec<Url>,
    tables: Option<PathBuf>,
    partitions: usize,
) -> std::result::Result<(), Box<dyn Error>> {
    let channels = Channels::connect(certificates, &workers).await?;
    let session = session(workers.clone(), channels.clone(), partitions)?;
    if let Some(tables) = tables {
        for table in std::fs::read_dir(tables)? {
            let path = table?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let location = path.to_str().unwrap_or_default();
            session
                .register_parquet(name, location, ParquetReadOptions::default())
                .await?;
        }
    }
    let mut requests = BufReader::new(stdin()).lines();
    while let Some(request) = requests.next_line().await? {
        let request: Value = serde_json::from_str(&request)?;
        let began = Instant::now();
        let rows = match (&request["sql"], &request["pull"]) {
            (Value::String(sql), _) => query(&session, sql).await?,
            (_, Value::String(task)) => {
                let partitions = request["partitions"].as_u64().unwrap_or(1) as usize;
                pull(&channels, &workers[0], Uuid::parse_str(task)?, partitions, &session).await?
            }
            _ => return Err(format!("`{request}` is no request").into()),
        };
        let seconds = began.elapsed().as_secs_f64();
        println!("{}", json!({"seconds": seconds, "rows": rows}));
    }
    Ok(())
}

async fn query(session: &SessionContext, sql: &str) -> Result<usize> {
    let mut rows = 0;
    // Some are a view, its query and its end.
    for statement in sql.split(';').filter(|statement| !statement.trim().is_empty()) {
        let mut stream = session.sql(statement).await?.execute_stream().await?;
        while let Some(batch) = stream.next().await {
            rows += batch?.num_rows();
        }
    }
    Ok(rows)
}

/// Reads all partitions of a task at once.
async fn pull(
    channels: &Channels,
    worker: &Url,
    task: Uuid,
    partitions: usize,
    session: &SessionContext,
) -> Result<usize> {
    let mut channel = channels.get_worker_client_for_url(worker).await?;
    let request = ExecuteTaskRequest {
        task_key: TaskKey {
            query_id: task,
            stage_id: 1,
            task_number: 0,
        },
        target_partition_start: 0,
        target_partition_end: partitions,
        producer_head: ProducerHead::RepartitionExec {
            partitioning: MaybeEncoded::Decoded(source::partitioning(partitions)),
        },
    };
    let metrics = ExecutionPlanMetricsSet::new();
    let context = session.task_ctx();
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

fn session(workers: Vec<Url>, channels: Channels, partitions: usize) -> Result<SessionContext> {
    let state = SessionStateBuilder::new()
        .with_default_features()
        .with_config(SessionConfig::new().with_target_partitions(partitions))
        .with_distributed_planner()
        .with_distributed_worker_resolver(Workers(workers))
        .with_distributed_channel_resolver(channels)
        .with_distributed_compression(None)?
        .build();
    Ok(SessionContext::from(state))
}

struct Workers(Vec<Url>);

impl WorkerResolver for Workers {
    fn get_urls(&self) -> Result<Vec<Url>> {
        Ok(self.0.clone())
    }
}

/// Connections, with TLS or the engine's own without.
#[derive(Clone)]
enum Channels {
    Plain(DefaultChannelResolver),
    Tls(Arc<Vec<(Url, BoxCloneSyncChannel)>>),
}

impl Channels {
    async fn connect(
        certificates: Option<Certificates>,
        workers: &[Url],
    ) -> std::result::Result<Self, Box<dyn Error>> {
        let Some(certificates) = certificates else {
            return Ok(Self::Plain(DefaultChannelResolver::default()));
        };
        let mut channels = Vec::new();
        for worker in workers {
            let tls = ClientTlsConfig::new()
                .ca_certificate(certificates.authority()?)
                .identity(certificates.identity("coordinator")?)
                .domain_name("host.arrowbox");
            let channel = Channel::from_shared(worker.to_string())?
                .tls_config(tls)?
                .connect()
                .await?;
            channels.push((worker.clone(), BoxCloneSyncChannel::new(channel)));
        }
        Ok(Self::Tls(Arc::new(channels)))
    }
}

#[tonic::async_trait]
impl ChannelResolver for Channels {
    async fn get_worker_client_for_url(&self, url: &Url) -> Result<Box<dyn WorkerChannel>> {
        match self {
            Self::Plain(channels) => channels.get_worker_client_for_url(url).await,
            Self::Tls(channels) => {
                let known = channels.iter().find(|(known, _)| known == url);
                let (_, channel) = known.ok_or_else(|| {
                    DataFusionError::Execution(format!("nobody knows the worker {url}"))
                })?;
                Ok(create_worker_client(channel.clone()))
            }
        }
    }
}
