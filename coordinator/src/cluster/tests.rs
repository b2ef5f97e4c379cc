use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arrowbox_host::protocol::{
    AttemptAnswer, AttemptOrder, AttemptPlan, CoordinatorRequest, HostState, Join, JoinAnswer,
    JoinOrder, Limit, Load, Progress, Role, WireFailure,
};
use arrowbox_host::{AttemptControl, Digest, Endpoint, Runtime, SplitQueues, Store, Window};
use tempfile::TempDir;
use tokio::join;
use tokio::time::timeout;
use url::Url;
use uuid::Uuid;

use super::testing::{FakeHost, Opened, certificates, listening, url};
use super::{Attempt, Cluster, Opening, Sources, lost_host};

/// For what has to come.
const SOON: Duration = Duration::from_secs(20);

struct Coordinator {
    certificates: TempDir,
    endpoint: Endpoint,
    cluster: Arc<Cluster>,
    sources: Sources,
    blob: Digest,
    _store: TempDir,
}

impl Coordinator {
    fn new() -> Self {
        let certificates = certificates();
        let endpoint = listening(certificates.path(), Role::Coordinator, "coordinator");
        let network = tokio::runtime::Handle::current();
        let cluster = Cluster::new(endpoint.clone(), &network);
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|number| number as u8).collect();
        let blob = store.put(&bytes).unwrap();
        Self {
            certificates,
            endpoint,
            cluster,
            sources: Sources(vec![Runtime::new(store).unwrap()]),
            blob,
            _store: folder,
        }
    }

    /// Hosts that take part.
    async fn hosts(&self, names: &[&str]) -> Vec<FakeHost> {
        let start = |name: &&str| FakeHost::start(self.certificates.path(), name, &[self.blob]);
        let hosts: Vec<_> = names.iter().map(start).collect();
        for host in &hosts {
            self.cluster.add_host(host.url());
        }
        timeout(SOON, self.cluster.wait_for(hosts.len()))
            .await
            .unwrap();
        hosts
    }

    async fn open(&self) -> datafusion::error::Result<Attempt> {
        let opening = Opening {
            plan: AttemptPlan {
                id: Uuid::new_v4(),
                functions: Vec::new(),
                options: Vec::new(),
                time_left: None,
            },
            hosts: self.cluster.live(),
            splits: SplitQueues::default(),
            sources: self.sources.clone(),
        };
        timeout(SOON, Attempt::open(&self.cluster, opening))
            .await
            .unwrap()
    }
}

async fn opened(host: &mut FakeHost) -> Opened {
    timeout(SOON, host.attempts.recv()).await.unwrap().unwrap()
}

async fn order(opened: &mut Opened) -> AttemptOrder {
    let order = opened.receiver.receive(Limit::PLAN);
    timeout(SOON, order).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_hosts_lack_is_sent_once() {
    let coordinator = Coordinator::new();
    let hosts = coordinator.hosts(&["a", "b"]).await;
    let (one, other) = join!(coordinator.open(), coordinator.open());
    one.unwrap();
    other.unwrap();
    coordinator.open().await.unwrap();
    for host in &hosts {
        assert_eq!(host.state.puts.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn a_blob_goes_on_where_its_connection_broke() {
    let coordinator = Coordinator::new();
    let hosts = coordinator.hosts(&["a"]).await;
    hosts[0].state.cut.store(2, Ordering::Relaxed);
    // The stream of the attempt breaks with the connection; what was sent is not sent again.
    let error = coordinator.open().await.unwrap_err();
    assert_eq!(lost_host(&error), Some(hosts[0].url().to_string()));
    let coordinated = async {
        coordinator.cluster.wait_for(1).await;
        coordinator.open().await.unwrap()
    };
    timeout(SOON, coordinated).await.unwrap();
    assert_eq!(hosts[0].state.puts.load(Ordering::Relaxed), 3);
    assert_eq!(hosts[0].state.bytes.load(Ordering::Relaxed), 3_000_000);
}

#[tokio::test]
async fn hosts_are_heard_and_told_while_an_attempt_runs() {
    let coordinator = Coordinator::new();
    let mut hosts = coordinator.hosts(&["a"]).await;
    let attempt = coordinator.open().await.unwrap();
    let mut opened = opened(&mut hosts[0]).await;
    let (scan, write) = (Uuid::new_v4(), Uuid::new_v4());
    let take = AttemptAnswer::TakeSplit { scan };
    opened.sender.send(&take).await.unwrap();
    let split = order(&mut opened).await;
    assert!(matches!(split, AttemptOrder::Split { scan: of, split: None } if of == scan));

    let progress = Progress {
        tasks: 2,
        finished: 1,
        rows: 10,
        bytes: 100,
    };
    let answer = AttemptAnswer::Progress(progress);
    opened.sender.send(&answer).await.unwrap();
    let control = Arc::clone(attempt.control());
    let (published, ()) = join!(control.publish(write), async {
        let publish = order(&mut opened).await;
        assert!(matches!(publish, AttemptOrder::Publish { write: of } if of == write));
        let answer = AttemptAnswer::Published { write };
        opened.sender.send(&answer).await.unwrap();
    });
    published.unwrap();
    let [stage] = &control.progress()[..] else {
        panic!("{:?}", control.progress());
    };
    assert_eq!((stage.host.as_str(), stage.progress), ("a", progress));

    let (figures, ()) = join!(attempt.finish(), async {
        assert!(matches!(order(&mut opened).await, AttemptOrder::Finish));
        let answer = AttemptAnswer::Figures(Vec::new());
        opened.sender.send(&answer).await.unwrap();
        let end = opened.receiver.next::<AttemptOrder>(Limit::PLAN).await;
        assert!(end.unwrap().is_none(), "the attempt has ended well");
    });
    assert!(figures.is_empty());
}

#[tokio::test]
async fn an_attempt_ends_with_what_a_host_says() {
    let coordinator = Coordinator::new();
    let mut hosts = coordinator.hosts(&["a", "b"]).await;
    let mut attempt = coordinator.open().await.unwrap();
    let mut failing = opened(&mut hosts[1]).await;
    let failure = WireFailure::message("there is no room");
    let answer = AttemptAnswer::Failed(failure);
    failing.sender.send(&answer).await.unwrap();
    let error = timeout(SOON, attempt.failed()).await.unwrap();
    assert!(error.to_string().contains("there is no room"), "{error}");
    assert_eq!(lost_host(&error), None);
}

#[tokio::test]
async fn an_attempt_ends_with_a_host_that_is_lost() {
    let coordinator = Coordinator::new();
    let mut hosts = coordinator.hosts(&["a", "b"]).await;
    let mut attempt = coordinator.open().await.unwrap();
    let mut other = opened(&mut hosts[0]).await;
    hosts[1].endpoint.close("killed");
    let error = timeout(SOON, attempt.failed()).await.unwrap();
    assert_eq!(lost_host(&error), Some(hosts[1].url().to_string()));
    let commit = attempt.control().commit(Uuid::new_v4());
    assert!(commit.is_err(), "nothing is written by what was given up");
    drop(attempt);
    let end = other.receiver.next::<AttemptOrder>(Limit::PLAN);
    let end = timeout(SOON, end).await.unwrap();
    assert!(end.is_err(), "the other host sees that it is over");
    let gone = coordinator.cluster.until(|live| live.len() == 1);
    timeout(SOON, gone).await.unwrap();
}

#[tokio::test]
async fn a_lost_host_does_not_end_what_commits() {
    let coordinator = Coordinator::new();
    let hosts = coordinator.hosts(&["a"]).await;
    let mut attempt = coordinator.open().await.unwrap();
    attempt.control().commit(Uuid::new_v4()).unwrap();
    hosts[0].endpoint.close("killed");
    let gone = coordinator.cluster.until(|live| live.is_empty());
    timeout(SOON, gone).await.unwrap();
    let failed = timeout(Duration::from_millis(100), attempt.failed());
    assert!(failed.await.is_err());
    let published = attempt.control().publish(Uuid::new_v4());
    assert!(lost_host(&published.await.unwrap_err()).is_some());
    assert!(attempt.finish().await.is_empty());
}

/// Takes hosts that join, as a coordinator does.
async fn serve(endpoint: Endpoint, cluster: Arc<Cluster>) {
    while let Some(peer) = endpoint.accept().await {
        let cluster = Arc::clone(&cluster);
        tokio::spawn(async move {
            while let Some((sender, mut receiver)) = peer.accept().await {
                let (cluster, peer) = (Arc::clone(&cluster), peer.clone());
                tokio::spawn(async move {
                    match receiver.receive(Limit::MESSAGE).await.unwrap() {
                        CoordinatorRequest::Join(join) => {
                            cluster.serve_join(&peer, join, sender, receiver).await;
                        }
                        other => panic!("{other:?}"),
                    }
                });
            }
        });
    }
}

async fn joined(host: &FakeHost, at: &Url, name: &str) -> (Opened, JoinAnswer) {
    let peer = host
        .endpoint
        .connect(at, Role::Coordinator, Window::CONTROL)
        .await
        .unwrap();
    let request = CoordinatorRequest::Join(Join {
        name: name.to_owned(),
        listen: host.endpoint.local_addr(),
        cores: 2,
        memory: 1 << 30,
        instance: Uuid::new_v4(),
    });
    let (sender, mut receiver) = peer.open(&request).await.unwrap();
    let answer = receiver.receive(Limit::MESSAGE);
    let answer = timeout(SOON, answer).await.unwrap().unwrap();
    (Opened { sender, receiver }, answer)
}

#[tokio::test]
async fn hosts_join_and_are_drained_and_leave() {
    let coordinator = Coordinator::new();
    let cluster = &coordinator.cluster;
    let at = url(&coordinator.endpoint);
    tokio::spawn(serve(coordinator.endpoint.clone(), Arc::clone(cluster)));
    let host = FakeHost::start(coordinator.certificates.path(), "a", &[]);

    let (_, answer) = joined(&host, &at, "another").await;
    let reason = answer.unwrap_err();
    assert!(
        reason.contains("the host `a` answers, not `another`"),
        "{reason}"
    );
    assert!(cluster.hosts().is_empty());

    let (mut stream, answer) = joined(&host, &at, "a").await;
    answer.unwrap();
    cluster.wait_for(1).await;
    let load = Load {
        attempts: 3,
        tasks: 9,
        memory: 100,
    };
    stream.sender.send(&load).await.unwrap();
    cluster.drain("a", true).unwrap();
    let order = stream.receiver.receive::<JoinOrder>(Limit::MESSAGE).await;
    assert_eq!(order.unwrap(), JoinOrder::Drain(true));
    let [entry] = &cluster.hosts()[..] else {
        panic!("{:?}", cluster.hosts());
    };
    assert_eq!(entry.state, HostState::Draining);
    assert_eq!(entry.url, host.url().to_string());
    assert!(cluster.live().is_empty());
    assert!(
        cluster
            .drain("b", true)
            .unwrap_err()
            .contains("there are a")
    );

    // Started anew, it is another host.
    let (again, answer) = joined(&host, &at, "a").await;
    answer.unwrap();
    timeout(SOON, cluster.wait_for(1)).await.unwrap();
    let end = stream.receiver.next::<JoinOrder>(Limit::MESSAGE).await;
    assert!(
        end.is_err() || end.unwrap().is_none(),
        "the old one is let go"
    );
    again.sender.finish();
    let gone = cluster.until(|live| live.is_empty());
    timeout(SOON, gone).await.unwrap();
}
