//! A host and whoever talks to it, over loopback.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use datafusion::{
    execution::SessionStateBuilder,
    physical_plan::{ExecutionPlan, metrics::ExecutionPlanMetricsSet},
    prelude::{SessionConfig, SessionContext},
};
use datafusion_distributed::{
    ChannelResolver, ExecuteTaskRequest, MaybeEncoded, ProducerHead, SetPlanRequest, TaskKey,
    WorkerChannel,
};
use futures::{StreamExt, stream};
use http::HeaderMap;
use tempfile::TempDir;
use tokio::{
    runtime::{Handle, Runtime},
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};
use url::Url;
use uuid::Uuid;

use super::{HostError, HostEvent, HostOptions, HostServer, attempts::Refusal, host::Host};
use crate::{
    functions::{AttemptLink, Binding, distributable},
    protocol::{
        AttemptAnswer, AttemptOrder, AttemptPlan, CoordinatorRequest, Execute, Head, HostRequest,
        HostStatus, JoinAnswer, Limit, Load, Missing, PutBlob, Role, Stored, Task, WireFailure,
    },
    store::{Digest, StoreLimits},
    transport::{
        Endpoint, Peer, QuicChannels, Receiver, Sender, TransportError, Window,
        testing::{Authority, local},
    },
};

/// Where hosts compute, so that they can always be heard.
fn queries() -> &'static Handle {
    static QUERIES: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    QUERIES.handle()
}

/// A host that runs.
struct Running {
    authority: Authority,
    url: Url,
    host: Arc<Host>,
    stop: oneshot::Sender<()>,
    run: JoinHandle<Result<(), HostError>>,
    heard: mpsc::UnboundedReceiver<HostEvent>,
    _dir: TempDir,
}

impl Running {
    async fn start() -> Self {
        Self::joining(Authority::new(), Vec::new()).await
    }

    async fn joining(authority: Authority, join: Vec<Url>) -> Self {
        let dir = TempDir::new().unwrap();
        let options = HostOptions {
            listen: local(),
            advertise: None,
            join,
            name: "h1".to_owned(),
            identity: authority.identity(Role::Host),
            dir: dir.path().to_owned(),
            spill: None,
            store: StoreLimits::default(),
            cores: 2,
            memory: 1 << 30,
            grace: Duration::from_secs(10),
        };
        let here = Handle::current();
        let server = HostServer::start(options, &here, queries()).await.unwrap();
        let url = Url::parse(&format!("quic://{}", server.local_addr())).unwrap();
        let host = Arc::clone(server.host());
        let (stop, stopped) = oneshot::channel::<()>();
        let (hear, heard) = mpsc::unbounded_channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let run = tokio::spawn(server.run(shutdown, move |event| drop(hear.send(event))));
        Self {
            authority,
            url,
            host,
            stop,
            run,
            heard,
            _dir: dir,
        }
    }

    /// Somebody who has dialled the host on a connection of their own.
    async fn peer(&self, role: Role) -> (Endpoint, Peer) {
        let endpoint = self.authority.dialling(role);
        let peer = endpoint.connect(&self.url, Role::Host, Window::CONTROL);
        let peer = peer.await.unwrap();
        (endpoint, peer)
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.run.await.unwrap().unwrap();
    }
}

fn plan(id: Uuid, functions: Vec<Binding>) -> AttemptPlan {
    AttemptPlan {
        id,
        functions,
        options: Vec::new(),
        time_left: None,
    }
}

/// Opens an attempt, and gives what the host lacks for it.
async fn open(peer: &Peer, plan: AttemptPlan) -> (Sender, Receiver, AttemptAnswer) {
    let request = HostRequest::Open(Box::new(plan));
    let (sender, mut receiver) = peer.open(&request).await.unwrap();
    let answer = receiver.receive(Limit::MESSAGE).await.unwrap();
    (sender, receiver, answer)
}

/// An attempt without functions that is ready for plans.
async fn ready(peer: &Peer, id: Uuid) -> (Sender, Receiver) {
    let (mut sender, mut receiver, answer) = open(peer, plan(id, Vec::new())).await;
    assert!(
        matches!(&answer, AttemptAnswer::Lacks(lacks) if lacks.is_empty()),
        "{answer:?}"
    );
    sender.send(&AttemptOrder::Prepare).await.unwrap();
    let answer = next(&mut receiver).await;
    assert!(matches!(answer, AttemptAnswer::Ready), "{answer:?}");
    (sender, receiver)
}

/// The next answer that is not progress.
async fn next(receiver: &mut Receiver) -> AttemptAnswer {
    loop {
        let answer = receiver.receive(Limit::MESSAGE).await.unwrap();
        if !matches!(answer, AttemptAnswer::Progress(_)) {
            return answer;
        }
    }
}

async fn put(peer: &Peer, put: PutBlob, bytes: &[u8]) -> Result<Stored, TransportError> {
    let (mut sender, mut receiver) = peer.open(&HostRequest::Put(put)).await?;
    // What is not wanted is told by the answer.
    let _ = sender.send_chunks(vec![bytes.to_vec().into()]).await;
    receiver.receive(Limit::MESSAGE).await
}

async fn lacks(peer: &Peer, digest: Digest) -> Vec<Missing> {
    let request = HostRequest::Lacks(vec![digest]);
    peer.ask(&request, Limit::MESSAGE).await.unwrap()
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(20);
    timeout(limit, future).await.expect("it happens soon")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_arrives_over_two_connections() {
    let running = Running::start().await;
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|i| i as u8).collect();
    let digest = Digest::of(&bytes);
    let size = bytes.len() as u64;
    let whole = PutBlob {
        digest,
        size,
        offset: 0,
    };

    let (first_endpoint, first) = running.peer(Role::Coordinator).await;
    let request = HostRequest::Put(whole);
    let (mut sender, receiver) = first.open(&request).await.unwrap();
    let half = bytes[..400_000].to_vec();
    sender.send_chunks(vec![half.into()]).await.unwrap();
    let here = Missing {
        digest,
        present: 400_000,
    };
    soon(async { while lacks(&first, digest).await != [here] {} }).await;
    first_endpoint.close("the cable is cut");
    drop((sender, receiver));

    let (_endpoint, second) = running.peer(Role::Coordinator).await;
    assert_eq!(lacks(&second, digest).await, [here]);
    let rest = PutBlob {
        offset: 400_000,
        ..whole
    };
    let stored = soon(put(&second, rest, &bytes[400_000..])).await.unwrap();
    assert_eq!(stored, Ok(()));
    assert_eq!(lacks(&second, digest).await, []);
    // It is there, and nobody has to send all of it.
    let stored = soon(put(&second, whole, &bytes[..10])).await.unwrap();
    assert_eq!(stored, Ok(()));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_with_another_name_are_not_kept() {
    let running = Running::start().await;
    let (_endpoint, peer) = running.peer(Role::Coordinator).await;
    let digest = Digest::of(b"what was promised");
    let bad = PutBlob {
        digest,
        size: 7,
        offset: 0,
    };
    let failure = soon(put(&peer, bad, b"garbage"))
        .await
        .unwrap()
        .unwrap_err();
    let text = failure.text();
    let found = Digest::of(b"garbage").to_string();
    assert!(
        text.contains(&digest.to_string()) && text.contains(&found),
        "{text}"
    );
    let huge = PutBlob {
        digest,
        size: u64::MAX,
        offset: 0,
    };
    let failure = soon(put(&peer, huge, b"x")).await.unwrap().unwrap_err();
    assert!(failure.text().contains("too large"), "{}", failure.text());
    let here = Missing { digest, present: 0 };
    assert_eq!(lacks(&peer, digest).await, [here]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_is_open_as_long_as_its_stream() {
    let running = Running::start().await;
    let (_endpoint, peer) = running.peer(Role::Coordinator).await;
    let id = Uuid::new_v4();
    let never = running.host.attempts.find(id).err();
    assert_eq!(never, Some(Refusal::Unknown(id)));

    let component = Digest::of(b"no component");
    let functions = vec![Binding::new(component, "f")];
    let (sender, receiver, answer) = open(&peer, plan(id, functions)).await;
    let lacking = Missing {
        digest: component,
        present: 0,
    };
    assert!(
        matches!(&answer, AttemptAnswer::Lacks(lacks) if *lacks == [lacking]),
        "{answer:?}"
    );
    let status: HostStatus = peer
        .ask(&HostRequest::Status, Limit::MESSAGE)
        .await
        .unwrap();
    assert_eq!((status.name.as_str(), status.load.attempts), ("h1", 1));
    let (_, _, again) = open(&peer, plan(id, Vec::new())).await;
    assert!(
        matches!(&again, AttemptAnswer::Failed(failure) if failure.text().contains("open here already")),
        "{again:?}"
    );

    drop((sender, receiver));
    soon(running.host.attempts.all_ended()).await;
    let over = running.host.attempts.find(id).err();
    assert_eq!(over, Some(Refusal::Ended(id)));
    let (_, _, late) = open(&peer, plan(id, Vec::new())).await;
    assert!(
        matches!(&late, AttemptAnswer::Failed(failure) if failure.lost().is_some()),
        "{late:?}"
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_component_is_told_before_plans_come() {
    let running = Running::start().await;
    let (_endpoint, peer) = running.peer(Role::Coordinator).await;
    let digest = Digest::of(b"garbage");
    let functions = vec![Binding::new(digest, "f")];
    let (mut sender, mut receiver, _) = open(&peer, plan(Uuid::new_v4(), functions.clone())).await;
    // Without it, and with it.
    sender.send(&AttemptOrder::Prepare).await.unwrap();
    let AttemptAnswer::Failed(failure) = next(&mut receiver).await else {
        panic!("it can not be ready");
    };
    assert!(failure.text().contains("h1"), "{}", failure.text());
    let whole = PutBlob {
        digest,
        size: 7,
        offset: 0,
    };
    put(&peer, whole, b"garbage").await.unwrap().unwrap();
    let (mut sender, mut receiver, answer) = open(&peer, plan(Uuid::new_v4(), functions)).await;
    assert!(matches!(&answer, AttemptAnswer::Lacks(lacks) if lacks.is_empty()));
    sender.send(&AttemptOrder::Prepare).await.unwrap();
    let answer = next(&mut receiver).await;
    assert!(matches!(answer, AttemptAnswer::Failed(_)), "{answer:?}");
    soon(running.host.attempts.all_ended()).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_blob_is_sent_again() {
    let running = Running::start().await;
    let digest = running.host.runtime.store().put(b"as it was").unwrap();
    let file = running.host.runtime.store().dir().join("blobs");
    std::fs::write(file.join(digest.to_string()), b"as it is").unwrap();
    let (_endpoint, peer) = running.peer(Role::Coordinator).await;
    let functions = vec![Binding::new(digest, "f")];
    let (sender, receiver, answer) = open(&peer, plan(Uuid::new_v4(), functions)).await;
    let missing = Missing { digest, present: 0 };
    assert!(
        matches!(&answer, AttemptAnswer::Lacks(lacks) if *lacks == [missing]),
        "{answer:?}"
    );
    drop((sender, receiver));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_asks_what_is_not_theirs_to_ask() {
    let running = Running::start().await;
    let (_one, client) = running.peer(Role::Client).await;
    let (_two, other) = running.peer(Role::Host).await;
    for (peer, role) in [(&client, "client"), (&other, "host")] {
        let (_, _, answer) = open(peer, plan(Uuid::new_v4(), Vec::new())).await;
        assert!(matches!(answer, AttemptAnswer::Failed(_)), "{answer:?}");
        let blob = PutBlob {
            digest: Digest::of(b"x"),
            size: 1,
            offset: 0,
        };
        let stored = soon(put(peer, blob, b"x")).await.unwrap();
        assert!(stored.unwrap_err().text().contains(role));
    }
    let status: Result<HostStatus, _> = client.ask(&HostRequest::Status, Limit::MESSAGE).await;
    assert!(status.is_ok());
    let execute = HostRequest::Execute(Box::new(Execute {
        task: Task {
            attempt: Uuid::new_v4(),
            query: Uuid::new_v4(),
            stage: 1,
            number: 0,
        },
        partition: 0,
        head: Head::None,
    }));
    let rows: Result<(), WireFailure> = client.ask(&execute, Limit::MESSAGE).await.unwrap();
    assert_eq!(rows.unwrap_err().lost(), None);
    let rows: Result<(), WireFailure> = other.ask(&execute, Limit::MESSAGE).await.unwrap();
    assert!(rows.unwrap_err().lost().is_some(), "it was started anew");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn splits_are_answered_in_order() {
    let running = Running::start().await;
    let (_endpoint, peer) = running.peer(Role::Coordinator).await;
    let id = Uuid::new_v4();
    let (mut sender, mut receiver) = ready(&peer, id).await;
    let scan = Uuid::new_v4();
    let attempt = running.host.attempts.find(id).unwrap();
    let taking = tokio::spawn({
        let attempt = Arc::clone(&attempt);
        async move {
            let first = attempt.link().take_split(scan).await?;
            let second = attempt.link().take_split(scan).await?;
            Ok::<_, datafusion::error::DataFusionError>((first, second))
        }
    });
    for split in [Some(vec![1]), None] {
        let asked = next(&mut receiver).await;
        assert!(matches!(asked, AttemptAnswer::TakeSplit { scan: s } if s == scan));
        let order = AttemptOrder::Split { scan, split };
        sender.send(&order).await.unwrap();
    }
    let taken = soon(taking).await.unwrap().unwrap();
    assert_eq!(taken, (Some(vec![1]), None));

    // What is asked when the attempt ends is not waited for.
    let asking = tokio::spawn(async move { attempt.link().take_split(scan).await });
    let asked = next(&mut receiver).await;
    assert!(matches!(asked, AttemptAnswer::TakeSplit { .. }));
    sender.send(&AttemptOrder::Finish).await.unwrap();
    let last = next(&mut receiver).await;
    assert!(matches!(last, AttemptAnswer::Figures(figures) if figures.is_empty()));
    let error = soon(asking).await.unwrap().unwrap_err();
    assert!(error.to_string().contains("has ended"), "{error}");
    running.stop().await;
}

/// A join whose table takes megabytes as long as its plan is there.
async fn joined() -> (SessionContext, Arc<dyn ExecutionPlan>) {
    let config = distributable(SessionConfig::new().with_target_partitions(1));
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_default_features()
        .build();
    let context = SessionContext::new_with_state(state);
    let text = "SELECT a.value, b.value FROM generate_series(1, 200000) a \
                JOIN generate_series(1, 200000000) b ON a.value = b.value % 200000";
    let plan = context.sql(text).await.unwrap();
    let plan = plan.create_physical_plan().await.unwrap();
    (context, plan)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_an_attempt_ends_its_plans_and_gives_memory_back() {
    let running = Running::start().await;
    let (endpoint, peer) = running.peer(Role::Coordinator).await;
    let (context, plan) = joined().await;
    let task_ctx = context.task_ctx();
    for orderly in [true, false] {
        let id = Uuid::new_v4();
        let (mut sender, receiver) = ready(&peer, id).await;
        let channels = QuicChannels::new(endpoint.clone(), id);
        let channel = channels.get_worker_client_for_url(&running.url).await;
        let mut channel: Box<dyn WorkerChannel> = channel.unwrap();
        let task_key = TaskKey {
            query_id: Uuid::new_v4(),
            stage_id: 1,
            task_number: 0,
        };
        let set = SetPlanRequest {
            task_key,
            task_count: 1,
            plan: MaybeEncoded::Decoded(Arc::clone(&plan)),
            work_unit_feed_declarations: Vec::new(),
            target_worker_url: running.url.clone(),
            query_start_time_ns: 0,
        };
        let metrics = ExecutionPlanMetricsSet::new();
        let orders = stream::pending().boxed();
        let answers = channel
            .coordinator_channel(HeaderMap::new(), set, orders, metrics.clone(), &task_ctx)
            .await
            .unwrap();
        let execute = ExecuteTaskRequest {
            task_key,
            target_partition_start: 0,
            target_partition_end: 1,
            producer_head: ProducerHead::None,
        };
        let rows = channel.execute_task(HeaderMap::new(), execute, metrics, &task_ctx);
        let mut rows = rows.await.unwrap().remove(0);
        let batch = soon(rows.next()).await.unwrap().unwrap();
        assert!(batch.num_rows() > 0);
        let load = running.host.load();
        assert!(
            (load.attempts, load.tasks) == (1, 1) && load.memory > 1 << 20,
            "{load:?}"
        );

        match orderly {
            true => sender.send(&AttemptOrder::Finish).await.unwrap(),
            false => drop((sender, receiver)),
        }
        soon(running.host.attempts.all_ended()).await;
        // Whoever reads is told, or has been sent all that was on its way.
        soon(async { while let Some(Ok(_)) = rows.next().await {} }).await;
        drop(answers);
        soon(async {
            while running.host.load() != Load::default() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_takes_part_until_it_leaves() {
    let authority = Authority::new();
    let coordinator = authority.listening(Role::Coordinator);
    let url = crate::transport::testing::url(&coordinator);
    let mut running = Running::joining(authority, vec![url.clone()]).await;
    for round in 0..2 {
        let peer = soon(coordinator.accept()).await.unwrap();
        let (mut sender, mut receiver) = soon(peer.accept()).await.unwrap();
        let request = receiver.receive(Limit::MESSAGE).await.unwrap();
        let CoordinatorRequest::Join(join) = request else {
            panic!("{request:?}");
        };
        assert_eq!((join.name.as_str(), join.cores), ("h1", 2));
        assert_eq!(format!("quic://{}", join.listen), running.url.to_string());
        sender.send(&JoinAnswer::Ok(())).await.unwrap();
        let load: Load = soon(receiver.receive(Limit::MESSAGE)).await.unwrap();
        assert_eq!(load, Load::default());
        let joined = soon(running.heard.recv()).await.unwrap();
        assert_eq!(joined, HostEvent::Joined(url.clone()));
        if round == 0 {
            peer.close("the coordinator is started anew");
            let lost = soon(running.heard.recv()).await.unwrap();
            assert!(matches!(lost, HostEvent::Lost { .. }), "{lost:?}");
            continue;
        }

        // An attempt holds it up, and no other is opened.
        let (_endpoint, asking) = running.peer(Role::Coordinator).await;
        let (attempt, _answers) = ready(&asking, Uuid::new_v4()).await;
        let Running {
            stop, run, heard, ..
        } = &mut running;
        let (unused, _) = oneshot::channel();
        std::mem::replace(stop, unused).send(()).unwrap();
        let draining = soon(heard.recv()).await.unwrap();
        assert!(matches!(draining, HostEvent::Draining { attempts: 1, .. }));
        // It says so at once.
        soon(async { while let Ok(Some(_)) = receiver.next::<Load>(Limit::MESSAGE).await {} })
            .await;
        let (_, _, refused) = open(&asking, plan(Uuid::new_v4(), Vec::new())).await;
        assert!(
            matches!(&refused, AttemptAnswer::Failed(failure) if failure.lost().is_some()),
            "{refused:?}"
        );
        assert!(!run.is_finished());
        drop(attempt);
        soon(run).await.unwrap().unwrap();
        return;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_of_others_is_not_tried_again() {
    let stranger = Authority::new();
    let coordinator = stranger.listening(Role::Coordinator);
    let url = crate::transport::testing::url(&coordinator);
    let running = Running::joining(Authority::new(), vec![url]).await;
    let ended = soon(running.run).await.unwrap();
    assert!(matches!(ended, Err(HostError::Join { .. })), "{ended:?}");
}
