//! Distributed plans over hosts of this process, with and without a network between them.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, LazyLock},
    time::Duration,
};

use arrow::{
    array::{
        Array, ArrayData, ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray,
        StringViewArray,
    },
    datatypes::{DataType, Field, Schema},
    error::ArrowError,
    util::pretty::pretty_format_batches,
};
use datafusion::{
    dataframe::DataFrameWriteOptions,
    error::{DataFusionError, Result},
    execution::{SessionStateBuilder, TaskContext},
    physical_expr::Partitioning,
    physical_plan::{
        ExecutionPlan, metrics::ExecutionPlanMetricsSet, placeholder_row::PlaceholderRowExec,
    },
    prelude::{ParquetReadOptions, SessionConfig, SessionContext},
};
use datafusion_distributed::{
    ChannelResolver, DistributedConfig, DistributedExt, ExecuteTaskRequest, GetWorkerInfoRequest,
    MaybeEncoded, ProducerHead, SessionStateBuilderExt, SetPlanRequest, TaskKey, Worker,
    WorkerQueryContext, WorkerResolver,
};
use futures::{StreamExt, TryStreamExt, stream};
use http::HeaderMap;
use tempfile::TempDir;
use tokio::{
    runtime::{Handle, Runtime},
    sync::watch,
    time::timeout,
};
use url::Url;
use uuid::Uuid;

use crate::{
    protocol::{HostRequest, HostStatus, Limit, Load, Role, VERSION, WireFailure},
    transport::{
        ATTEMPT_HEADER, BatchError, BatchReader, BatchWriter, Compression, Endpoint, LocalChannels,
        Outcome, QuicChannels, Sent, Window, serve_plan, serve_rows,
        testing::{Authority, local, url},
    },
};

/// What nothing here takes, unless it hangs.
const LONG: Duration = Duration::from_secs(60);

#[derive(Clone)]
struct Urls(Vec<Url>);

impl WorkerResolver for Urls {
    fn get_urls(&self) -> Result<Vec<Url>> {
        Ok(self.0.clone())
    }
}

/// Streams of rows that a host serves, and what came of those that ended.
#[derive(Debug, Default)]
struct Served {
    now: usize,
    ended: Vec<Outcome>,
}

/// Where connections are driven: not where queries run, which may keep all threads for seconds.
fn network() -> &'static Handle {
    static NETWORK: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    NETWORK.handle()
}

struct Host {
    endpoint: Endpoint,
    url: Url,
    sent: Arc<Sent>,
    served: watch::Sender<Served>,
    cancel: watch::Sender<bool>,
}

impl Host {
    fn start(authority: &Authority, attempt: Uuid) -> Self {
        let identity = authority.identity(Role::Host);
        let endpoint = Endpoint::bind(local(), identity, "host".to_owned(), network()).unwrap();
        let channels = QuicChannels::new(endpoint.clone(), attempt);
        let session = move |context: WorkerQueryContext| {
            let channels = channels.clone();
            let named = context.headers.get(ATTEMPT_HEADER).cloned();
            async move {
                assert_eq!(named.unwrap(), attempt.to_string().as_str());
                let builder = context.builder.with_distributed_channel_resolver(channels);
                Ok(builder.build())
            }
        };
        let host = Self {
            url: url(&endpoint),
            endpoint: endpoint.clone(),
            sent: Arc::default(),
            served: watch::Sender::default(),
            cancel: watch::Sender::default(),
        };
        let worker = Worker::from_session_builder(session);
        let (sent, served) = (Arc::clone(&host.sent), host.served.clone());
        let cancel = host.cancel.clone();
        tokio::spawn(async move {
            while let Some(peer) = endpoint.accept().await {
                let (worker, sent) = (worker.clone(), Arc::clone(&sent));
                let (served, cancel) = (served.clone(), cancel.clone());
                tokio::spawn(async move {
                    while let Some((mut sender, mut receiver)) = peer.accept().await {
                        let (worker, sent) = (worker.clone(), Arc::clone(&sent));
                        let (served, mut cancel) = (served.clone(), cancel.subscribe());
                        tokio::spawn(async move {
                            match receiver.receive(Limit::PLAN).await.unwrap() {
                                HostRequest::SetPlan(plan) => {
                                    serve_plan(&worker, *plan, sender, receiver).await;
                                }
                                HostRequest::Execute(execute) => {
                                    served.send_modify(|served| served.now += 1);
                                    let cancelled = cancel.wait_for(|cancelled| *cancelled);
                                    let outcome = serve_rows(
                                        &worker, *execute, sender, receiver, cancelled, &sent,
                                    );
                                    let outcome = outcome.await;
                                    served.send_modify(|served| {
                                        served.now -= 1;
                                        served.ended.push(outcome);
                                    });
                                }
                                HostRequest::Status => {
                                    sender.send(&status()).await.unwrap();
                                    sender.finish();
                                }
                                other => panic!("{other:?}"),
                            }
                        });
                    }
                });
            }
        });
        host
    }

    /// Waits until so many streams of rows have ended, and no other is served.
    async fn idle(&self, ended: usize) -> Vec<Outcome> {
        let mut served = self.served.subscribe();
        let idle = served.wait_for(|served| served.now == 0 && served.ended.len() >= ended);
        let served = timeout(LONG, idle).await.unwrap().unwrap();
        served.ended.clone()
    }
}

fn status() -> HostStatus {
    HostStatus {
        name: "host".to_owned(),
        cores: 1,
        memory: 1,
        load: Load::default(),
        stored: 0,
        partial: Vec::new(),
    }
}

struct Cluster {
    hosts: Vec<Host>,
    channels: QuicChannels,
}

impl Cluster {
    fn start(hosts: usize) -> Self {
        let authority = Authority::new();
        let attempt = Uuid::from_u128(7);
        let hosts = (0..hosts)
            .map(|_| Host::start(&authority, attempt))
            .collect();
        let identity = authority.identity(Role::Coordinator);
        let coordinator = Endpoint::dialer(identity, "coordinator".to_owned(), network()).unwrap();
        Self {
            hosts,
            channels: QuicChannels::new(coordinator, attempt),
        }
    }

    fn urls(&self) -> Urls {
        Urls(self.hosts.iter().map(|host| host.url.clone()).collect())
    }

    fn session(&self, config: SessionConfig) -> SessionContext {
        session(config, self.urls(), self.channels.clone())
    }
}

fn session(
    config: SessionConfig,
    urls: impl WorkerResolver + 'static,
    channels: impl ChannelResolver + Send + Sync + 'static,
) -> SessionContext {
    let mut state = SessionStateBuilder::new()
        .with_default_features()
        .with_config(config)
        .with_distributed_planner()
        .with_distributed_worker_resolver(urls)
        .with_distributed_channel_resolver(channels)
        .with_distributed_file_scan_config_bytes_per_partition(1)
        .unwrap()
        .build();
    let options = state.config_mut().options_mut();
    let distributed = DistributedConfig::from_config_options_mut(options).unwrap();
    "none".clone_into(&mut distributed.compression);
    SessionContext::new_with_state(state)
}

fn config() -> SessionConfig {
    SessionConfig::new().with_target_partitions(3)
}

/// Files of a table of numbers, and of one of texts and nulls for some of them.
async fn tables() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let context = SessionContext::new();
    for file in 0..6 {
        let rows = file * 1000..(file + 1) * 1000;
        let schema = Schema::new(vec![
            Field::new("id", DataType::Int64, false),
            Field::new("kind", DataType::Int32, true),
            Field::new("text", DataType::Utf8, true),
            Field::new("view", DataType::Utf8View, true),
        ]);
        let kind = |row: i64| (row % 7 > 0).then_some((row % 50) as i32);
        let text = |row: i64| (row % 5 > 0).then(|| format!("text {}", row % 100));
        let view = |row: i64| (row % 3 > 0).then(|| format!("a longer text, to be viewed: {row}"));
        let batch = RecordBatch::try_new(
            Arc::new(schema),
            vec![
                Arc::new(rows.clone().collect::<Int64Array>()),
                Arc::new(rows.clone().map(kind).collect::<Int32Array>()),
                Arc::new(rows.clone().map(text).collect::<StringArray>()),
                Arc::new(rows.map(view).collect::<StringViewArray>()),
            ],
        );
        let path = folder.path().join(format!("{file}.parquet"));
        let path = path.to_str().unwrap();
        let frame = context.read_batch(batch.unwrap()).unwrap();
        let written = frame.write_parquet(path, DataFrameWriteOptions::new(), None);
        written.await.unwrap();
    }
    folder
}

async fn register(context: &SessionContext, folder: &Path) {
    let path = folder.to_str().unwrap();
    let options = ParquetReadOptions::default();
    context.register_parquet("t", path, options).await.unwrap();
}

async fn run(context: &SessionContext, sql: &str) -> Result<Vec<RecordBatch>> {
    let collected = async { context.sql(sql).await?.collect().await };
    timeout(LONG, collected).await.unwrap()
}

async fn shown(context: &SessionContext, sql: &str) -> String {
    let batches = run(context, sql).await.unwrap();
    pretty_format_batches(&batches).unwrap().to_string()
}

const QUERIES: [&str; 6] = [
    "SELECT kind, count(*), sum(id), max(text), min(view) FROM t GROUP BY kind ORDER BY kind",
    "SELECT text, count(DISTINCT view) FROM t GROUP BY text ORDER BY text",
    "SELECT a.id, b.view FROM t a JOIN t b ON a.id = b.id + 1 WHERE a.kind = 3 ORDER BY a.id",
    "SELECT * FROM t ORDER BY id LIMIT 2500",
    "SELECT count(*) FROM t WHERE id < 0",
    "SELECT id, row_number() OVER (PARTITION BY kind ORDER BY id) AS n FROM t ORDER BY id LIMIT 50",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_say_the_same_on_hosts_as_on_one_machine() {
    let tables = tables().await;
    let alone = SessionContext::new_with_config(config());
    register(&alone, tables.path()).await;
    let mut expected = Vec::new();
    for sql in QUERIES {
        expected.push(shown(&alone, sql).await);
    }

    let workers: Vec<_> = (1..4)
        .map(|port| Url::parse(&format!("local://host:{port}")).unwrap())
        .collect();
    // Workers reach each other as the coordinator reaches them.
    let reached = Arc::new(std::sync::OnceLock::<LocalChannels>::new());
    let worker = |url: &Url| {
        let reached = Arc::clone(&reached);
        let session = move |context: WorkerQueryContext| {
            let channels = reached.get().unwrap().clone();
            async move {
                Ok(context
                    .builder
                    .with_distributed_channel_resolver(channels)
                    .build())
            }
        };
        (url.clone(), Worker::from_session_builder(session))
    };
    let channels = LocalChannels::new(workers.iter().map(worker));
    reached.set(channels.clone()).ok().unwrap();
    let local = session(config(), channels.clone(), channels);
    register(&local, tables.path()).await;
    for (sql, expected) in QUERIES.into_iter().zip(&expected) {
        assert_eq!(&shown(&local, sql).await, expected, "{sql}");
    }

    let cluster = Cluster::start(3);
    let context = cluster.session(config());
    register(&context, tables.path()).await;
    for compression in ["none", "lz4", "zstd"] {
        let set = format!("SET distributed.compression = '{compression}'");
        run(&context, &set).await.unwrap();
        for (sql, expected) in QUERIES.into_iter().zip(&expected) {
            assert_eq!(&shown(&context, sql).await, expected, "{sql}");
        }
    }
    for host in &cluster.hosts {
        let ended = host.idle(1).await;
        assert!(!ended.contains(&Outcome::Failed), "{ended:?}");
        assert!(host.sent.rows.load(std::sync::atomic::Ordering::Relaxed) > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_partitions_are_exchanged() {
    let tables = tables().await;
    let cluster = Cluster::start(3);
    let context = cluster.session(SessionConfig::new().with_target_partitions(200));
    register(&context, tables.path()).await;
    let sql = "SELECT count(*) AS n, sum(c) AS c \
               FROM (SELECT id, count(*) AS c FROM t GROUP BY id)";
    let batches = run(&context, sql).await.unwrap();
    let text = pretty_format_batches(&batches).unwrap().to_string();
    assert!(text.contains("6000 | 6000"), "{text}");
    let mut streams = 0;
    for host in &cluster.hosts {
        streams += host.idle(1).await.len();
    }
    assert!(streams > 1000, "{streams}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_stop_when_nobody_wants_more_rows() {
    let tables = tables().await;
    let cluster = Cluster::start(2);
    let context = cluster.session(config().with_batch_size(10));
    register(&context, tables.path()).await;
    let frame = context.sql("SELECT id, text FROM t").await.unwrap();
    let mut rows = frame.execute_stream().await.unwrap();
    timeout(LONG, rows.next()).await.unwrap().unwrap().unwrap();
    drop(rows);
    for host in &cluster.hosts {
        let ended = host.idle(1).await;
        assert!(!ended.contains(&Outcome::Failed), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_of_hosts_arrive_as_what_they_were() {
    let tables = tables().await;
    let cluster = Cluster::start(2);
    let context = cluster.session(config());
    register(&context, tables.path()).await;
    let sql = "SELECT kind, sum(1 / (id - 4321)) FROM t GROUP BY kind";
    let error = run(&context, sql).await.unwrap_err();
    let DataFusionError::ArrowError(root, _) = error.find_root() else {
        panic!("{error:?}");
    };
    assert!(matches!(**root, ArrowError::DivideByZero), "{root:?}");
    assert_eq!(WireFailure::of(&error).lost(), None);
    // The next one does well.
    run(&context, "SELECT count(*) FROM t").await.unwrap();
    // Plans hold what they have not begun to read until they are dropped. The end of an attempt does not wait
    // for that.
    for host in &cluster.hosts {
        host.cancel.send_replace(true);
        host.idle(0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn explain_analyze_shows_what_went_over_the_network() {
    let tables = tables().await;
    let cluster = Cluster::start(2);
    let context = cluster.session(config());
    register(&context, tables.path()).await;
    let sql = "EXPLAIN ANALYZE SELECT text, count(*) FROM t GROUP BY text";
    let text = shown(&context, sql).await;
    for metric in [
        "bytes_transferred",
        "bytes_copied",
        "msg_count",
        "network_latency_max",
    ] {
        assert!(text.contains(metric), "{metric}: {text}");
    }
}

/// A channel to the one host of a cluster, with a plan of one row.
struct OneTask {
    cluster: Cluster,
    context: Arc<TaskContext>,
    _answers: stream::BoxStream<'static, Result<datafusion_distributed::WorkerToCoordinatorMsg>>,
}

const TASK: TaskKey = TaskKey {
    query_id: Uuid::from_u128(1),
    stage_id: 2,
    task_number: 0,
};

impl OneTask {
    async fn start() -> Self {
        let cluster = Cluster::start(1);
        let context = cluster.session(config()).task_ctx();
        let schema = Schema::new(vec![Field::new("placeholder", DataType::Null, true)]);
        let plan: Arc<dyn ExecutionPlan> = Arc::new(PlaceholderRowExec::new(Arc::new(schema)));
        let host = cluster.hosts[0].url.clone();
        let request = SetPlanRequest {
            task_key: TASK,
            task_count: 1,
            plan: MaybeEncoded::Decoded(plan),
            work_unit_feed_declarations: Vec::new(),
            target_worker_url: host.clone(),
            query_start_time_ns: 1,
        };
        let mut channel = cluster
            .channels
            .get_worker_client_for_url(&host)
            .await
            .unwrap();
        let answers = channel
            .coordinator_channel(
                HeaderMap::new(),
                request,
                stream::pending().boxed(),
                ExecutionPlanMetricsSet::new(),
                &context,
            )
            .await
            .unwrap();
        Self {
            cluster,
            context,
            _answers: answers,
        }
    }

    async fn rows(&self) -> Vec<stream::BoxStream<'static, Result<RecordBatch>>> {
        let request = ExecuteTaskRequest {
            task_key: TASK,
            target_partition_start: 0,
            target_partition_end: 2,
            producer_head: ProducerHead::RepartitionExec {
                partitioning: MaybeEncoded::Decoded(Partitioning::RoundRobinBatch(2)),
            },
        };
        let host = &self.cluster.hosts[0].url;
        let channels = &self.cluster.channels;
        let mut channel = channels.get_worker_client_for_url(host).await.unwrap();
        let metrics = ExecutionPlanMetricsSet::new();
        let rows = channel.execute_task(HeaderMap::new(), request, metrics, &self.context);
        rows.await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_that_nobody_wants_is_given_up() {
    let task = OneTask::start().await;
    let mut rows = task.rows().await;
    let host = &task.cluster.hosts[0];
    // The host has both, and waits to be asked.
    let mut served = host.served.subscribe();
    let both = served.wait_for(|served| served.now == 2);
    timeout(LONG, both).await.unwrap().unwrap();
    drop(rows.pop());
    assert_eq!(host.idle_but_one().await, [Outcome::Unwanted]);
    let batches: Vec<_> = rows.remove(0).try_collect().await.unwrap();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 1);
    assert_eq!(host.idle(2).await, [Outcome::Unwanted, Outcome::Sent]);
}

impl Host {
    async fn idle_but_one(&self) -> Vec<Outcome> {
        let mut served = self.served.subscribe();
        let idle = served.wait_for(|served| served.now == 1);
        timeout(LONG, idle).await.unwrap().unwrap().ended.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_an_error_for_who_reads() {
    let task = OneTask::start().await;
    for mut rows in task.rows().await {
        while rows.try_next().await.unwrap().is_some() {}
    }
    // The engine takes it for its own fault if a partition is asked for twice.
    let mut rows = task.rows().await;
    let error = timeout(LONG, rows[0].next())
        .await
        .unwrap()
        .unwrap()
        .unwrap_err();
    assert!(error.to_string().contains("the engine panicked"), "{error}");
    assert!(rows[0].next().await.is_none());
    drop(rows);
    let ended = task.cluster.hosts[0].idle(4).await;
    assert!(ended.contains(&Outcome::Failed), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_ends_gives_up_its_rows() {
    let task = OneTask::start().await;
    let mut rows = task.rows().await;
    let host = &task.cluster.hosts[0];
    host.cancel.send_replace(true);
    let error = timeout(LONG, rows[0].next())
        .await
        .unwrap()
        .unwrap()
        .unwrap_err();
    assert_eq!(WireFailure::of(&error).lost(), None, "{error}");
    assert_eq!(host.idle(2).await, [Outcome::Cancelled; 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_gone_is_known_by_its_url() {
    let task = OneTask::start().await;
    let mut rows = task.rows().await;
    let host = &task.cluster.hosts[0];
    host.endpoint.close("the end of the test");
    let error = timeout(LONG, rows[0].next())
        .await
        .unwrap()
        .unwrap()
        .unwrap_err();
    assert_eq!(
        WireFailure::of(&error).lost(),
        Some(host.url.as_str()),
        "{error}"
    );
}

/// Where the buffers of an array are, and how large the memory is that they are part of.
fn memory(data: &ArrayData, found: &mut BTreeSet<(usize, usize)>) {
    let nulls = data.nulls().map(|nulls| nulls.buffer());
    for buffer in data.buffers().iter().chain(nulls) {
        found.insert((buffer.data_ptr().as_ptr() as usize, buffer.capacity()));
    }
    for child in data.child_data() {
        memory(child, found);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_arrives_is_one_allocation() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    let coordinator = authority.dialling(Role::Coordinator);
    let to = url(&host);
    let dialled = coordinator.connect(&to, Role::Host, Window::for_partitions(1));
    let (dialled, accepted) = tokio::join!(dialled, host.accept());
    let (dialled, accepted) = (dialled.unwrap(), accepted.unwrap());

    // More than fits where nothing has come yet.
    let rows = 700_000;
    let text = (0..rows).map(|row| (row % 9 > 0).then(|| format!("text {row}")));
    let schema = Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("text", DataType::Utf8, true),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new((0..rows).collect::<Int64Array>()),
        Arc::new(text.collect::<StringArray>()),
    ];
    let batch = RecordBatch::try_new(Arc::new(schema), columns).unwrap();
    let mut writer = BatchWriter::new(&batch.schema(), Compression::None).unwrap();
    let encoded = writer.encode(&batch).unwrap();
    let (messages, bytes) = (encoded.messages, encoded.bytes);
    let body = messages.last().unwrap().1;

    let write = async {
        let (mut sender, receiver) = dialled.open(&1_u8).await.unwrap();
        sender.send_chunks(encoded.chunks).await.unwrap();
        sender.finish();
        receiver
    };
    let read = async {
        let (_sender, mut receiver) = accepted.accept().await.unwrap();
        let _: u8 = receiver.receive(Limit::MESSAGE).await.unwrap();
        let mut reader = BatchReader::new();
        let read = reader.read(&mut receiver, &messages).await.unwrap();
        (read, reader.copied())
    };
    let (_receiver, (read, copied)) = timeout(LONG, async { tokio::join!(write, read) })
        .await
        .unwrap();
    assert_eq!(read, batch);
    let mut found = BTreeSet::new();
    for column in read.columns() {
        memory(&column.to_data(), &mut found);
    }
    let found: Vec<_> = found.into_iter().collect();
    let [(begin, size)] = found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(begin % 64, 0);
    assert_eq!(size as u64, body);
    assert!(copied < 2 * bytes, "{copied}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_that_can_not_be_are_not_waited_for() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    let coordinator = authority.dialling(Role::Coordinator);
    let to = url(&host);
    let dialled = coordinator.connect(&to, Role::Host, Window::CONTROL);
    let (dialled, _accepted) = tokio::join!(dialled, host.accept());
    let (_sender, mut receiver) = dialled.unwrap().open(&1_u8).await.unwrap();
    let cases: [&[(u32, u64)]; 5] = [
        &[],
        &[(64, u64::MAX)],
        &[(64, 1 << 30), (64, 1 << 30)],
        &[(u32::MAX, 0)],
        &[(0, 0); 100_000],
    ];
    for messages in cases {
        let mut reader = BatchReader::new();
        let read = timeout(LONG, reader.read(&mut receiver, messages))
            .await
            .unwrap();
        assert!(matches!(
            read,
            Err(BatchError::Broken(_) | BatchError::TooLong { .. })
        ));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_say_their_version() {
    let cluster = Cluster::start(1);
    let host = &cluster.hosts[0].url;
    let mut channel = cluster
        .channels
        .get_worker_client_for_url(host)
        .await
        .unwrap();
    let info = channel
        .get_worker_info(GetWorkerInfoRequest {})
        .await
        .unwrap();
    assert_eq!(info.version, VERSION);
}
