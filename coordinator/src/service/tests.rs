//! Clients on a loopback connection, and a coordinator that runs what they ask by itself.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use arrowbox_host::protocol::{CoordinatorRequest, FailureKind, Limit, QueryEntry, Role};
use arrowbox_host::{Endpoint, Identity, Peer, Window};
use datafusion::arrow::util::pretty::pretty_format_batches;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

use super::Service;
use crate::client::{Answers, Client, ClientError, RunOptions};
use crate::cluster::{Cluster, testing};
use crate::data_dir::DataDir;
use crate::quantity::Span;
use crate::session::{QueryError, Session, TableSource};

/// Takes longer than anybody waits, and can be ended at any time.
const ENDLESS: &str = "SELECT count(*) FROM generate_series(1, 1000000000) AS a (x), \
                       generate_series(1, 1000000) AS b (y) WHERE x + y = 0";
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

struct Server {
    url: Url,
    certificates: TempDir,
    shutdown: oneshot::Sender<()>,
    served: JoinHandle<()>,
    _data: TempDir,
}

impl Server {
    fn start() -> Self {
        let certificates = testing::certificates();
        let data = tempfile::tempdir().unwrap();
        let identity = Identity::load(certificates.path(), Role::Coordinator).unwrap();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let endpoint = Endpoint::bind(any, identity, "c".to_owned(), &Handle::current()).unwrap();
        let url = Url::parse(&format!("quic://{}", endpoint.local_addr())).unwrap();
        let data_dir = DataDir::open(Some(data.path())).unwrap();
        let session = Session::builder().data_dir(data_dir).build().unwrap();
        let cluster = Cluster::new(endpoint.clone(), &Handle::current());
        let service = Service::new(endpoint, cluster, session);
        let (shutdown, told) = oneshot::channel();
        let served = tokio::spawn(service.run(async { drop(told.await) }));
        Self {
            url,
            certificates,
            shutdown,
            served,
            _data: data,
        }
    }

    fn endpoint(&self, role: Role) -> Endpoint {
        let identity = Identity::load(self.certificates.path(), role).unwrap();
        Endpoint::dialer(identity, "test".to_owned(), &Handle::current()).unwrap()
    }

    async fn client(&self) -> Client {
        let endpoint = self.endpoint(Role::Client);
        Client::connect(endpoint, &self.url).await.unwrap()
    }

    /// A connection that says what a client never would.
    async fn peer(&self, role: Role) -> (Endpoint, Peer) {
        let endpoint = self.endpoint(role);
        let window = Window::CONTROL;
        let peer = endpoint.connect(&self.url, Role::Coordinator, window);
        let peer = peer.await.unwrap();
        (endpoint, peer)
    }
}

async fn run(client: &Client, text: &str) -> Answers {
    client.run(text, RunOptions::default()).await.unwrap()
}

/// The rows of all statements, as tables.
async fn tables(client: &Client, text: &str) -> Result<Vec<String>, ClientError> {
    let mut answers = run(client, text).await;
    let mut tables = Vec::new();
    while let Some(begun) = answers.begin().await? {
        let mut batches = Vec::new();
        while let Some(batch) = answers.next().await? {
            assert_eq!(batch.schema(), begun.schema);
            batches.push(batch);
        }
        tables.push(pretty_format_batches(&batches).unwrap().to_string());
    }
    Ok(tables)
}

/// Waits until the queries that run are as they should be.
async fn until(client: &Client, are: impl Fn(&[QueryEntry]) -> bool) -> Vec<QueryEntry> {
    let end = Instant::now() + PATIENCE;
    loop {
        let queries = client.queries().await.unwrap();
        if are(&queries) {
            return queries;
        }
        assert!(Instant::now() < end, "{queries:?}");
        tokio::task::yield_now().await;
    }
}

async fn failure(answers: &mut Answers) -> ClientError {
    loop {
        match answers.begin().await {
            Err(error) => return error,
            Ok(begun) => assert!(begun.is_some(), "it has ended well"),
        }
        loop {
            match answers.next().await {
                Err(error) => return error,
                Ok(None) => break,
                Ok(Some(_)) => {}
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_answer_one_after_the_other() {
    let server = Server::start();
    let client = server.client().await;
    let text = "CREATE TABLE t AS VALUES (1), (2); SELECT sum(column1) AS s FROM t; \
                SELECT column1 AS none FROM t WHERE false";
    let answered = tables(&client, text).await.unwrap();
    assert_eq!(answered.len(), 3);
    assert!(answered[1].contains("| 3 |"), "{}", answered[1]);

    // The session lasts as long as the connection, and is nobody else's.
    assert_eq!(tables(&client, "SELECT * FROM t").await.unwrap().len(), 1);
    let other = server.client().await;
    let error = tables(&other, "SELECT * FROM t").await.unwrap_err();
    assert!(error.to_string().contains("t' not found"), "{error}");
    let (begun, text) = (Instant::now(), "SELECT 1");
    assert_eq!(tables(&other, text).await.unwrap().len(), 1);
    assert!(begun.elapsed() < PATIENCE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_those_of_a_session() {
    let server = Server::start();
    let client = server.client().await;
    let here = Session::builder().build().unwrap();
    for text in ["SELEC 1", "SELECT nope", "DROP FUNCTION nope", "SELECT 1/0"] {
        let error = tables(&client, text).await.unwrap_err();
        assert_eq!(error.kind(), Some(FailureKind::Statement), "{text}");
        let mut expected = match here.sql(text).await {
            Err(error) => error.to_string(),
            Ok(mut query) => query.collect().await.unwrap_err().to_string(),
        };
        let mut found = error.to_string();
        for text in [&mut found, &mut expected] {
            text.truncate(text.find("\n\nbacktrace").unwrap_or(text.len()));
        }
        assert!(found.ends_with(&expected), "{found} is not {expected}");
    }
    let missing: TableSource = "t=/no/such/file.csv".parse().unwrap();
    let error = client.add_table(&missing).await.unwrap_err();
    assert_eq!(error.kind(), Some(FailureKind::Statement));
    assert!(error.to_string().contains("/no/such/file.csv"), "{error}");

    let options = RunOptions {
        timeout: Some(Span(Duration::from_millis(50))),
        ..RunOptions::default()
    };
    let mut answers = client.run(ENDLESS, options).await.unwrap();
    let error = failure(&mut answers).await;
    let ClientError::Statement(error) = error else {
        panic!("{error}");
    };
    assert!(matches!(*error, QueryError::TimedOut { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_goes_away_ends_what_they_asked_for() {
    let server = Server::start();
    let (client, other) = (server.client().await, server.client().await);
    let answers = run(&client, ENDLESS).await;
    until(&other, |queries| queries.len() == 1).await;
    drop(answers);
    until(&other, <[_]>::is_empty).await;

    let _answers = run(&client, ENDLESS).await;
    until(&other, |queries| queries.len() == 1).await;
    client.close().await;
    until(&other, <[_]>::is_empty).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_is_killed_says_so() {
    let server = Server::start();
    let (client, other) = (server.client().await, server.client().await);
    let mut answers = run(&client, &format!("SELECT 1; {ENDLESS}; SELECT 2")).await;
    let is_endless = |queries: &[QueryEntry]| queries.iter().any(|q| q.text.contains("count"));
    let queries = until(&other, is_endless).await;
    assert!(other.kill(queries[0].id).await.unwrap());
    let error = failure(&mut answers).await;
    assert!(error.to_string().contains("cluster kill"), "{error}");
    assert!(!other.kill(queries[0].id).await.unwrap());
    assert_eq!(tables(&client, "SELECT 1").await.unwrap().len(), 1);
}

/// Its rows wait in the windows of its connection, and nobody else does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reads_nothing_is_in_nobodys_way() {
    let server = Server::start();
    let (client, other) = (server.client().await, server.client().await);
    let many = "SELECT x, repeat('x', 1000) FROM generate_series(1, 10000000) AS t (x)";
    let answers = run(&client, many).await;
    until(&other, |queries| queries.len() == 1).await;
    for _ in 0..20 {
        assert_eq!(tables(&other, "SELECT 1").await.unwrap().len(), 1);
        // Also on the same connection.
        assert_eq!(tables(&client, "SELECT 1").await.unwrap().len(), 1);
    }
    let running = until(&other, |queries| queries.len() == 1).await;
    assert!(other.kill(running[0].id).await.unwrap());
    until(&other, <[_]>::is_empty).await;
    drop(answers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_are_told_of_a_shutdown() {
    let server = Server::start();
    let (client, idle) = (server.client().await, server.client().await);
    let mut answers = run(&client, ENDLESS).await;
    until(&idle, |queries| queries.len() == 1).await;
    server.shutdown.send(()).unwrap();
    let error = failure(&mut answers).await;
    assert_eq!(error.kind(), Some(FailureKind::Cluster));
    assert!(error.to_string().contains("shut down"), "{error}");
    drop(answers);
    server.served.await.unwrap();
    let error = idle.queries().await.unwrap_err();
    assert_eq!(error.kind(), Some(FailureKind::Cluster));
    let told = std::error::Error::source(&error).unwrap().to_string();
    assert!(told.contains("shut down"), "{told}");
}

/// Those who may not ask, and those who do not speak the protocol.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_sent_away() {
    let server = Server::start();
    let client = server.client().await;
    let (_host, peer) = server.peer(Role::Host).await;
    let answer = peer.ask::<_, Vec<QueryEntry>>(&CoordinatorRequest::Queries, Limit::MESSAGE);
    assert!(answer.await.is_err());
    let error = peer.closed().await.to_string();
    assert!(error.contains("a host may not ask for that"), "{error}");

    let (_garbage, peer) = server.peer(Role::Client).await;
    let garbage = vec![u8::MAX; 1000];
    let answer = peer
        .ask::<_, Vec<QueryEntry>>(&garbage, Limit::MESSAGE)
        .await;
    assert!(answer.is_err());
    let error = peer.closed().await.to_string();
    assert!(error.contains("broke the protocol"), "{error}");

    let (_huge, peer) = server.peer(Role::Client).await;
    let huge = "x".repeat(17 << 20);
    let answer = peer.ask::<_, Vec<QueryEntry>>(&huge, Limit::MESSAGE).await;
    assert!(answer.is_err());
    assert_eq!(tables(&client, "SELECT 1").await.unwrap().len(), 1);
}
