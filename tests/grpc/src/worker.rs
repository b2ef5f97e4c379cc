//! Runs tasks for whoever asks.

use std::error::Error;

use datafusion::config::ConfigExtension;
use datafusion_distributed::{DistributedConfig, MaybeEncoded, SetPlanRequest, TaskKey, Worker};
use futures::StreamExt;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use tokio::net::TcpListener;
use tonic::transport::{Server, ServerTlsConfig};
use uuid::Uuid;

use crate::{Certificates, source};

pub(crate) async fn run(certificates: Option<Certificates>) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let worker = Worker::default();
    let mut server = Server::builder();
    let scheme = match certificates {
        Some(certificates) => {
            let tls = ServerTlsConfig::new()
                .identity(certificates.identity("host")?)
                .client_ca_root(certificates.authority()?);
            server = server.tls_config(tls)?;
            "https"
        }
        None => "http",
    };
    let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
    let serving = server
        .add_service(worker.clone().into_worker_server())
        .serve_with_incoming(incoming);
    tokio::spawn(serving);
    println!("{scheme}://127.0.0.1:{port}");

    let mut requests = BufReader::new(stdin()).lines();
    // Tasks end when their channel does.
    let mut channels = Vec::new();
    while let Some(request) = requests.next_line().await? {
        // `source <task> <batches>`
        let words: Vec<_> = request.split_whitespace().collect();
        let ["source", task, batches] = words[..] else {
            return Err(format!("`{request}` is no request").into());
        };
        channels.clear();
        let (hold, held) = tokio::sync::oneshot::channel::<()>();
        let plan = SetPlanRequest {
            task_key: TaskKey {
                query_id: Uuid::parse_str(task)?,
                stage_id: 1,
                task_number: 0,
            },
            task_count: 1,
            plan: MaybeEncoded::Decoded(source::plan(batches.parse()?)?),
            work_unit_feed_declarations: vec![],
            target_worker_url: format!("{scheme}://127.0.0.1:{port}").parse()?,
            query_start_time_ns: 0,
        };
        let orders = futures::stream::once(held).filter_map(|_| async { None }).boxed();
        let answers = worker.coordinator_channel(uncompressed()?, plan, orders).await?;
        channels.push((hold, answers));
        println!("{}", json!({"ready": true}));
    }
    Ok(())
}

/// The options of a task that is not to be compressed, as its coordinator would send them.
fn uncompressed() -> Result<http::HeaderMap, Box<dyn Error>> {
    let mut headers = http::HeaderMap::new();
    let prefix = "x-datafusion-distributed-config-";
    let option = format!("{prefix}{}.compression", DistributedConfig::PREFIX);
    headers.insert(http::HeaderName::try_from(option)?, "none".parse()?);
    Ok(headers)
}
