use std::fs::File;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use arrowbox_host::protocol::Role;
use arrowbox_host::server::{HostOptions, HostServer};
use arrowbox_host::{Endpoint, Identity, StoreLimits};
use datafusion::arrow::array::{Int64Array, RecordBatch, StringArray};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;
use tempfile::TempDir;
use tokio::runtime::{Handle, Runtime};
use tokio::task::{JoinHandle, yield_now};
use tokio::time::timeout;
use url::Url;

use crate::cluster::Cluster;
use crate::cluster::testing::certificates;
use crate::session::{Query, QueryError, Session};

/// For what has to come.
const SOON: Duration = Duration::from_secs(60);

/// Where machines are heard: not where queries run, which may keep all threads for seconds.
fn network() -> &'static Handle {
    static NETWORK: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    NETWORK.handle()
}

/// Looks again and again until `holds`, which nobody tells.
async fn until(holds: impl Fn() -> bool) {
    let looking = async {
        while !holds() {
            yield_now().await;
        }
    };
    timeout(SOON, looking).await.unwrap();
}

/// A cluster in this process, with tables of files.
struct Place {
    folder: TempDir,
    certificates: TempDir,
    cluster: Arc<Cluster>,
}

/// A host in this process. Dropped, it is gone at once.
struct Running {
    serving: JoinHandle<()>,
    _dir: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Place {
    fn new() -> Self {
        let certificates = certificates();
        let identity = Identity::load(certificates.path(), Role::Coordinator).unwrap();
        let endpoint = Endpoint::dialer(identity, "coordinator".to_owned(), network()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for file in 0..4 {
            write(folder.path(), file);
        }
        Self {
            folder,
            certificates,
            cluster: Cluster::new(endpoint, network()),
        }
    }

    async fn host(&self, name: &str) -> Running {
        let dir = tempfile::tempdir().unwrap();
        let options = HostOptions {
            listen: "127.0.0.1:0".parse().unwrap(),
            advertise: None,
            join: Vec::new(),
            name: name.to_owned(),
            identity: Identity::load(self.certificates.path(), Role::Host).unwrap(),
            dir: dir.path().to_owned(),
            spill: None,
            store: StoreLimits::default(),
            cores: 2,
            memory: 1 << 30,
            grace: Duration::ZERO,
        };
        let queries = Handle::current();
        let server = HostServer::start(options, network(), &queries)
            .await
            .unwrap();
        let url = Url::parse(&format!("quic://{}", server.local_addr())).unwrap();
        let serving = async {
            server.run(std::future::pending(), drop).await.unwrap();
        };
        let serving = network().spawn(serving);
        let there = self.cluster.hosts().len();
        self.cluster.add_host(url);
        timeout(SOON, self.cluster.wait_for(there + 1))
            .await
            .unwrap();
        Running { serving, _dir: dir }
    }

    /// One that runs on the hosts.
    async fn session(&self) -> Session {
        let cluster = Arc::clone(&self.cluster);
        let session = Session::builder().cluster(cluster).build().unwrap();
        let all = "SET distributed.file_scan_config_bytes_per_partition = 1";
        run(&session, all).await.unwrap();
        self.with_table(session).await
    }

    /// One that does not.
    async fn embedded(&self) -> Session {
        self.with_table(Session::builder().build().unwrap()).await
    }

    async fn with_table(&self, session: Session) -> Session {
        let table = format!("t={}/*.parquet", self.folder.path().display());
        session.add_table(&table.parse().unwrap()).await.unwrap();
        session
    }
}

/// Numbers from `1000 * file` on, and seven words.
fn write(folder: &Path, file: i64) {
    let numbers: Int64Array = (1000 * file..1000 * (file + 1)).collect();
    let words: StringArray = numbers
        .iter()
        .map(|number| number.map(|number| format!("word {}", number % 7)))
        .collect();
    let columns = [("n", Arc::new(numbers) as _), ("w", Arc::new(words) as _)];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = File::create(folder.join(format!("{file}.parquet"))).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(100))
        .build();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

async fn start(session: &Session, sql: &str) -> Result<Query, QueryError> {
    timeout(SOON, session.sql(sql)).await.unwrap()
}

async fn finish(query: &mut Query) -> Result<String, QueryError> {
    let batches = timeout(SOON, query.collect()).await.unwrap()?;
    Ok(pretty_format_batches(&batches).unwrap().to_string())
}

async fn run(session: &Session, sql: &str) -> Result<String, QueryError> {
    finish(&mut start(session, sql).await?).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hosts_give_what_one_machine_gives() {
    let place = Place::new();
    let _hosts = (place.host("a").await, place.host("b").await);
    let (spread, embedded) = (place.session().await, place.embedded().await);
    let queries = [
        "SELECT w, count(*) AS c, sum(n) AS s FROM t GROUP BY w ORDER BY w",
        "SELECT n, w FROM t WHERE n % 100 = 3 ORDER BY n LIMIT 20",
        "SELECT count(*) FROM t AS a JOIN t AS b ON a.n = b.n + 1 WHERE a.w = 'word 3'",
        "SELECT w, n, row_number() OVER (PARTITION BY w ORDER BY n DESC) AS r FROM t ORDER BY r, w LIMIT 9",
        "SELECT max(n) FROM t WHERE n < (SELECT avg(n) FROM t)",
        "SELECT 1",
    ];
    for sql in queries {
        let mut query = start(&spread, sql).await.unwrap();
        let found = finish(&mut query).await.unwrap();
        assert_eq!(found, run(&embedded, sql).await.unwrap(), "{sql}");
        let hosts = query.statistics().hosts;
        match sql.contains('t') {
            true => assert_eq!(hosts.len(), 2, "{sql}"),
            false => assert!(hosts.is_empty(), "{sql}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_written_is_written_once() {
    let place = Place::new();
    let _hosts = (place.host("a").await, place.host("b").await);
    let session = place.session().await;
    let copied = place.folder.path().join("copied");
    let sum = "SELECT count(*) AS c, sum(n) AS s FROM";
    let expected = run(&session, &format!("{sum} t")).await.unwrap();

    run(&session, "CREATE TABLE made AS SELECT * FROM t")
        .await
        .unwrap();
    assert_eq!(
        run(&session, &format!("{sum} made")).await.unwrap(),
        expected
    );
    let again = run(&session, "CREATE TABLE made AS SELECT * FROM t").await;
    assert!(again.unwrap_err().to_string().contains("already exists"));
    run(
        &session,
        "CREATE OR REPLACE TABLE made AS SELECT n FROM t WHERE n < 0",
    )
    .await
    .unwrap();
    let counted = run(&session, "INSERT INTO made SELECT n FROM t")
        .await
        .unwrap();
    assert!(counted.contains("4000"), "{counted}");
    assert_eq!(
        run(&session, &format!("{sum} made")).await.unwrap(),
        expected
    );

    let copy = format!(
        "COPY (SELECT * FROM t) TO '{}/' STORED AS parquet",
        copied.display()
    );
    let counted = run(&session, &copy).await.unwrap();
    assert!(counted.contains("4000"), "{counted}");
    let table = format!("copied={}", copied.display());
    session.add_table(&table.parse().unwrap()).await.unwrap();
    assert_eq!(
        run(&session, &format!("{sum} copied")).await.unwrap(),
        expected
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn plans_are_explained_as_they_are_spread() {
    let place = Place::new();
    let _hosts = (place.host("a").await, place.host("b").await);
    let session = place.session().await;
    let grouped = "SELECT w, count(*) FROM t GROUP BY w";
    let explain = format!("EXPLAIN {grouped}");
    let plan = run(&session, &explain).await.unwrap();
    assert!(plan.contains("tasks=2"), "{plan}");
    let explain = format!("EXPLAIN ANALYZE {grouped}");
    let measured = run(&session, &explain).await.unwrap();
    assert!(measured.contains("tasks=2"), "{measured}");
    assert!(measured.contains("output_rows=4.00 K"), "{measured}");
    let explain = format!("EXPLAIN ANALYZE VERBOSE {grouped}");
    let verbose = run(&session, &explain).await.unwrap();
    assert!(verbose.contains("Plan with Full Metrics"), "{verbose}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_query_without_hosts_says_how_to_get_one() {
    let place = Place::new();
    let session = place.session().await;
    let error = run(&session, "SELECT sum(n) FROM t").await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("arrowbox host --join"), "{text}");
    // What needs none works.
    run(&session, "SELECT 1 + 1").await.unwrap();

    let host = place.host("a").await;
    run(&session, "SELECT sum(n) FROM t").await.unwrap();
    place.cluster.drain("a", true).unwrap();
    let error = run(&session, "SELECT sum(n) FROM t").await.unwrap_err();
    assert!(error.to_string().contains("drain"), "{error}");
    drop(host);
}

/// So many rows that a host can be lost before the end.
const LONG: &str = "SELECT a.w, count(*) AS c, sum(b.n) AS s FROM t AS a JOIN t AS b ON a.w = b.w \
     JOIN t AS c ON b.n % 500 = c.n % 500 GROUP BY a.w ORDER BY a.w";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lost_host_is_not_noticed() {
    let place = Place::new();
    let _a = place.host("a").await;
    let b = place.host("b").await;
    let session = place.session().await;
    let mut query = start(&session, LONG).await.unwrap();
    until(|| !query.progress().is_empty()).await;
    drop(b);
    let found = finish(&mut query).await.unwrap();
    let statistics = query.statistics();
    assert_eq!(statistics.hosts, ["a"]);
    let [replayed] = &statistics.replayed[..] else {
        panic!("{statistics:?}");
    };
    assert!(replayed.contains("lost the host `b`"), "{replayed}");
    let expected = run(&place.embedded().await, LONG).await.unwrap();
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cancelled_query_ends_everywhere() {
    let place = Place::new();
    let _hosts = (place.host("a").await, place.host("b").await);
    let session = place.session().await;
    let mut query = start(&session, LONG).await.unwrap();
    until(|| !query.progress().is_empty()).await;
    query.cancel();
    let error = finish(&mut query).await.unwrap_err();
    assert!(error.to_string().contains("cancelled"), "{error}");
    let hosts = || place.cluster.hosts();
    until(|| hosts().iter().all(|host| host.load.attempts == 0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rows_that_are_out_are_not_given_again() {
    let place = Place::new();
    let _a = place.host("a").await;
    let b = place.host("b").await;
    let mut session = place.session().await;
    session.set_stream(true);
    // More than goes through before anybody reads.
    let sql = "SELECT a.n, b.w FROM t AS a JOIN t AS b ON a.w = b.w";
    let mut query = start(&session, sql).await.unwrap();
    timeout(SOON, query.next()).await.unwrap().unwrap().unwrap();
    drop(b);
    let error = finish(&mut query).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("without --stream"), "{text}");
}
