//! Whoever knocks at a port without being of the cluster, or without keeping to its rules, gets nowhere and
//! disturbs nobody.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::time::Duration;

use arrowbox_host::protocol::{
    AttemptAnswer, AttemptPlan, CoordinatorRequest, Greeting, Hello, HostRequest, Join, Limit,
    Missing, PutBlob, QueryAnswer, Role, RunStatements, Stored,
};
use arrowbox_host::{Digest, TransportError};
use arrowbox_tests::cluster::stranger::{
    Papers, Reaction, Stranger, address, greet, hello, message, say,
};
use arrowbox_tests::cluster::{self, Observer, Relay, Start, TestCluster, certificates};
use arrowbox_tests::command::Arrowbox;
use tokio::runtime::Runtime;

use super::{Running, SPREAD, busy, components, embedded, long_query, tables, three, words};

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Both kinds of servers.
fn servers(cluster: &TestCluster) -> [(String, Role); 2] {
    [
        (cluster.coordinator().url().to_owned(), Role::Coordinator),
        (cluster.host(0).url().to_owned(), Role::Host),
    ]
}

/// A folder with the cluster's authority and certificates that it issued, valid in these years.
fn issued(years: std::ops::Range<i32>) -> tempfile::TempDir {
    let folder = cluster::folder();
    let read = |name: &str| fs::read_to_string(certificates().join(name)).expect("a file");
    let key = rcgen::KeyPair::from_pem(&read("ca.key")).expect("a key");
    let issuer = rcgen::Issuer::from_ca_cert_pem(&read("ca.pem"), key).expect("an authority");
    fs::write(folder.path().join("ca.pem"), read("ca.pem")).expect("a file");
    for role in Role::ALL {
        let key = rcgen::KeyPair::generate().expect("a key");
        let names = vec![role.dns_name().to_owned()];
        let mut certificate = rcgen::CertificateParams::new(names).expect("a name");
        certificate.not_before = rcgen::date_time_ymd(years.start, 1, 1);
        certificate.not_after = rcgen::date_time_ymd(years.end, 1, 1);
        certificate.extended_key_usages = vec![
            rcgen::ExtendedKeyUsagePurpose::ClientAuth,
            rcgen::ExtendedKeyUsagePurpose::ServerAuth,
        ];
        let certificate = certificate.signed_by(&key, &issuer).expect("a certificate");
        let file = |ending: &str| folder.path().join(format!("{}.{ending}", role.name()));
        fs::write(file("pem"), certificate.pem()).expect("a file");
        fs::write(file("key"), key.serialize_pem()).expect("a file");
        private(&file("key"));
    }
    folder
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("it is ours");
}

/// What a user with these certificates is told, by a command that ends so.
fn client(cluster: &TestCluster, folder: &Path, exit: i32) -> String {
    let data = cluster::folder();
    let url = cluster.coordinator().url();
    let words = ["sql", "--coordinator", url, "--timeout", "20s", "SELECT 1"];
    let run = Arrowbox::new(data.path(), words).env("ARROWBOX_CERTS", folder);
    run.run().fails(exit, &["certificate"])
}

#[test]
fn who_has_no_proper_certificate_is_refused_and_told_why() {
    let (cluster, _witness) = three();
    let others = cluster::folder();
    let others = others.path().join("certs");
    cluster::issue(&others);
    let expired = issued(2001..2002);
    let future = issued(2090..2091);
    let proper = issued(2001..2090);

    assert!(client(cluster, &others, 7).contains("another CA"));
    assert!(client(cluster, expired.path(), 1).contains("expired"));
    assert!(client(cluster, future.path(), 1).contains("not valid yet"));
    let none = cluster::folder();
    let data = cluster::folder();
    let url = cluster.coordinator().url();
    Arrowbox::new(data.path(), ["sql", "--coordinator", url, "SELECT 1"])
        .env("ARROWBOX_CERTS", none.path())
        .run()
        .fails(1, &["certs"]);

    runtime().block_on(async {
        for (url, role) in servers(cluster) {
            for (what, papers, accepted) in [
                ("none", Papers::None, false),
                (
                    "another CA's",
                    Papers::Of(&others, Role::Coordinator),
                    false,
                ),
                (
                    "expired",
                    Papers::Of(expired.path(), Role::Coordinator),
                    false,
                ),
                (
                    "future",
                    Papers::Of(future.path(), Role::Coordinator),
                    false,
                ),
                // Or else the others are refused for something else.
                ("proper", Papers::Of(proper.path(), Role::Coordinator), true),
            ] {
                let stranger = Stranger::new(certificates(), papers);
                let greeted = match stranger.connect(&url, role).await {
                    Ok(connection) => greet(&connection, &hello(Role::Coordinator)).await.is_ok(),
                    Err(_) => false,
                };
                assert_eq!(greeted, accepted, "{what} at the {role}");
            }
            let papers = Papers::Of(certificates(), Role::Coordinator);
            let other = Stranger::speaking(certificates(), papers, b"h3");
            assert!(
                other.connect(&url, role).await.is_err(),
                "another protocol at the {role}"
            );
        }
    });
}

#[test]
fn nobody_is_what_its_certificate_does_not_say() {
    let (cluster, _witness) = three();
    runtime().block_on(async {
        for (url, role) in servers(cluster) {
            for (is, says) in [
                (Role::Client, Role::Coordinator),
                (Role::Client, Role::Host),
                (Role::Host, Role::Coordinator),
            ] {
                let stranger = Stranger::new(certificates(), Papers::Of(certificates(), is));
                let connection = stranger
                    .connect(&url, role)
                    .await
                    .expect("a certificate of ours");
                match greet(&connection, &hello(says)).await {
                    Ok(Greeting::Welcome { .. }) => {
                        panic!("a {is} passes for a {says} at the {role}")
                    }
                    Ok(Greeting::Refused(why)) => {
                        assert!(
                            why.contains(is.name()) || why.contains(says.name()),
                            "{why}"
                        );
                    }
                    Err(reaction) => panic!("{is} as {says}: {reaction:?}"),
                }
            }
            // A server of another role is not who was asked for either.
            let stranger = Stranger::new(
                certificates(),
                Papers::Of(certificates(), Role::Coordinator),
            );
            let other = if role == Role::Host {
                Role::Coordinator
            } else {
                Role::Host
            };
            assert!(
                stranger.connect(&url, other).await.is_err(),
                "the {role} passes for a {other}"
            );
        }
    });

    // Requests that are not for everybody.
    let host = cluster.host(0).url();
    let blob = b"not for hosts to have";
    let digest = Digest::of(blob);
    for role in [Role::Client, Role::Host] {
        // Whatever the host answers, it does not keep it.
        let _ = put(&Observer::new(role), host, digest, blob, blob.len() as u64);
    }
    let lacking = lacks(&Observer::new(Role::Coordinator), host, digest);
    assert_eq!(lacking, [Missing { digest, present: 0 }]);

    let open = || AttemptPlan {
        id: uuid::Uuid::new_v4(),
        functions: Vec::new(),
        options: Vec::new(),
        time_left: None,
    };
    for role in [Role::Client, Role::Host] {
        let observer = Observer::new(role);
        let request = HostRequest::Open(Box::new(open()));
        let answer: Result<AttemptAnswer, _> =
            observer.ask(cluster.host(0).url(), Role::Host, &request);
        let opened = matches!(answer, Ok(AttemptAnswer::Lacks(_) | AttemptAnswer::Ready));
        assert!(!opened, "a {role} opens attempts: {answer:?}");
    }

    let url = cluster.coordinator().url();
    let run = CoordinatorRequest::Run(RunStatements {
        text: "SELECT 1".to_owned(),
        folder: None,
        uploads: Vec::new(),
        stream: false,
        timeout: None,
    });
    let answer = Observer::new(Role::Host).ask::<_, QueryAnswer>(url, Role::Coordinator, &run);
    let failed = !matches!(answer, Ok(QueryAnswer::Begun { .. }));
    assert!(failed, "hosts run statements: {answer:?}");
    let join = CoordinatorRequest::Join(Join {
        name: "intruder".to_owned(),
        listen: "127.0.0.1:9".parse().expect("an address"),
        cores: 1,
        memory: 1 << 30,
        instance: uuid::Uuid::new_v4(),
    });
    let answer =
        Observer::new(Role::Client).ask::<_, Result<(), String>>(url, Role::Coordinator, &join);
    assert!(!matches!(answer, Ok(Ok(()))), "clients join as hosts");
    assert_eq!(cluster.status().len(), 3);
}

/// A host that shows a client's certificate does not come to take part.
#[test]
fn a_host_with_the_certificate_of_a_client_does_not_join() {
    let (cluster, _witness) = three();
    let folder = cluster::folder();
    for (from, to) in [
        ("ca.pem", "ca.pem"),
        ("client.pem", "host.pem"),
        ("client.key", "host.key"),
    ] {
        fs::copy(certificates().join(from), folder.path().join(to)).expect("a file");
    }
    private(&folder.path().join("host.key"));
    let data = cluster::folder();
    let certs = folder.path().to_str().expect("a path of text");
    let url = cluster.coordinator().url();
    let words = [
        "host",
        "--listen",
        "127.0.0.1:0",
        "--join",
        url,
        "--certs",
        certs,
        "--attached",
    ];
    let ran = Arrowbox::new(data.path(), words).run();
    assert_ne!(ran.code, Some(0));
    assert!(ran.stderr.contains("certificate"), "{}", ran.stderr);
    assert_eq!(cluster.status().len(), 3);
}

#[test]
fn another_version_is_told_that_versions_have_to_be_the_same() {
    let (cluster, _witness) = three();
    runtime().block_on(async {
        for (url, role) in servers(cluster) {
            let papers = Papers::Of(certificates(), Role::Coordinator);
            let stranger = Stranger::new(certificates(), papers);
            let connection = stranger
                .connect(&url, role)
                .await
                .expect("a certificate of ours");
            let hello = Hello {
                version: "0.0.9".to_owned(),
                role: Role::Coordinator,
            };
            match greet(&connection, &hello).await {
                Ok(Greeting::Refused(why)) => {
                    let both =
                        why.contains("0.0.9") && why.contains(arrowbox_host::protocol::VERSION);
                    assert!(both, "{why}");
                }
                other => panic!("{other:?}"),
            }
        }
    });
}

/// The query beside it does not notice.
#[test]
fn garbage_at_the_ports_of_a_cluster_does_not_disturb_its_queries() {
    let cluster = TestCluster::start(2);
    let flags = [tables(), components(&["reference"])].concat();
    let before: Vec<_> = [cluster.coordinator(), cluster.host(0)]
        .map(|process| process.resident().peak)
        .into();
    let query = format!("{SPREAD}{}", long_query(8));
    let running = Running::begin(cluster.sql(words(&flags).chain(["--stats"]), &query));
    busy(&cluster);

    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let mut garbage = vec![0_u8; 1400];
    for number in 0_u32..4000 {
        for (index, byte) in garbage.iter_mut().enumerate() {
            *byte = (number.wrapping_mul(2_654_435_761) >> (index % 24)) as u8 ^ index as u8;
        }
        // Some look like the beginning of a connection, of this version and of others.
        match number % 4 {
            0 => garbage[0] = 0xC0,
            1 => garbage[..5].copy_from_slice(&[0xC0, 0, 0, 0, 1]),
            _ => {}
        }
        let length = 1 + (number as usize * 37) % garbage.len();
        for (url, _) in servers(&cluster) {
            // A full socket drops it, as it may.
            let _ = socket.send_to(&garbage[..length], address(&url));
        }
    }
    // Their first packets arrive, and no other.
    let relays = servers(&cluster).map(|(url, role)| {
        let relay = Relay::new();
        relay.leads_to(&url);
        (relay, role)
    });
    runtime().block_on(async {
        let papers = Papers::Of(certificates(), Role::Coordinator);
        for (relay, role) in relays {
            for number in 0..100 {
                let stranger = Stranger::new(certificates(), papers);
                relay.mend();
                if number % 2 == 1 {
                    relay.lose(500);
                }
                stranger
                    .half_connect(&relay.url(), role, Duration::from_millis(2))
                    .await;
                relay.cut();
            }
        }
    });
    let ran = running.end();
    assert!(!ran.stderr.contains("lost"), "{}", ran.stderr);
    assert_eq!(ran.ok(), embedded(&flags, &long_query(8)));
    for (process, before) in [cluster.coordinator(), cluster.host(0)]
        .into_iter()
        .zip(before)
    {
        let peak = process.resident().peak;
        assert!(
            peak < before + (600 << 20),
            "{}: {before} bytes before, {peak}",
            process.name()
        );
    }
}

/// Nothing is allocated because somebody says that it will come.
#[test]
fn a_message_that_claims_to_be_huge_takes_no_memory() {
    let (cluster, _witness) = three();
    let role = Role::Coordinator;
    runtime().block_on(async {
        for (url, server) in servers(cluster) {
            let stranger = Stranger::new(certificates(), Papers::Of(certificates(), role));
            // Instead of a hello.
            for claim in [u32::MAX, 4097, 1 << 28] {
                let connection = stranger
                    .connect(&url, server)
                    .await
                    .expect("a certificate of ours");
                let reaction = say(&connection, &claim.to_le_bytes()).await;
                assert!(
                    !matches!(reaction, Reaction::Nothing),
                    "{claim} at the {server}: {reaction:?}"
                );
            }
            // Behind one.
            let process = match server {
                Role::Coordinator => cluster.coordinator(),
                _ => cluster.host(0),
            };
            let before = process.resident().peak;
            let connection = stranger
                .connect(&url, server)
                .await
                .expect("a certificate of ours");
            greet(&connection, &hello(role)).await.expect("a greeting");
            for claim in [u32::MAX, 200 << 20, 1 << 20] {
                let mut bytes = claim.to_le_bytes().to_vec();
                bytes.extend([0; 100]);
                let reaction = say(&connection, &bytes).await;
                assert!(
                    !matches!(reaction, Reaction::Nothing),
                    "{claim} at the {server}"
                );
            }
            // And what is a message, but none that is known.
            for bytes in [
                vec![1, 0, 0, 0, 250],
                vec![0, 0, 0, 0],
                message(&(77_u32, "text")),
            ] {
                let reaction = say(&connection, &bytes).await;
                assert!(
                    !matches!(reaction, Reaction::Nothing),
                    "{bytes:?} at the {server}"
                );
            }
            let after = process.resident().peak;
            assert!(
                after < before + (64 << 20),
                "{before} bytes before, {after} at the {server}"
            );
        }
    });
    assert_eq!(
        cluster.sql([], "SELECT 1 AS one").run().ok().trim(),
        "one\n1"
    );
}

#[test]
fn many_idle_connections_leave_room_for_others() {
    let (cluster, _witness) = three();
    let flags = tables();
    runtime().block_on(async {
        let papers = Papers::Of(certificates(), Role::Client);
        let mut idle = Vec::new();
        for number in 0..300 {
            let stranger = Stranger::new(certificates(), papers);
            let [(url, role), _] = servers(cluster);
            // Some say hello, some say nothing at all.
            let connection = match stranger.connect(&url, role).await {
                Ok(connection) => connection,
                Err(error) => panic!("connection {number}: {error}"),
            };
            if number % 3 != 0 {
                greet(&connection, &hello(Role::Client))
                    .await
                    .expect("a greeting");
            }
            idle.push((stranger, connection));
        }
        let query = format!("{SPREAD}SELECT count(*) AS n FROM lineitem");
        let found = cluster.sql(words(&flags), &query).run().ok();
        assert_eq!(
            found,
            embedded(&flags, "SELECT count(*) AS n FROM lineitem")
        );
        drop(idle);
    });
}

/// Gives a host a blob under a name.
fn put(
    observer: &Observer,
    url: &str,
    digest: Digest,
    bytes: &[u8],
    size: u64,
) -> Result<Stored, TransportError> {
    let peer = observer.connect(url, Role::Host)?;
    observer.wait(async {
        let request = HostRequest::Put(PutBlob {
            digest,
            size,
            offset: 0,
        });
        let (mut sender, mut receiver) = peer.open(&request).await?;
        // One that has seen enough takes no more.
        let _ = sender.send_chunks(vec![bytes.to_vec().into()]).await;
        sender.finish();
        receiver.receive(Limit::MESSAGE).await
    })
}

fn lacks(observer: &Observer, url: &str, digest: Digest) -> Vec<Missing> {
    observer
        .ask(url, Role::Host, &HostRequest::Lacks(vec![digest]))
        .expect("an answer")
}

/// A host keeps nothing that is not what its name says.
#[test]
fn bytes_that_do_not_have_the_hash_that_they_claim_are_refused() {
    let mut cluster = TestCluster::alone(&Start::default());
    cluster.begin_host(Start::default());
    let url = cluster.host(0).url();
    let observer = Observer::new(Role::Coordinator);
    let component = arrowbox_tests::component::component("gcd");
    let digest = Digest::of(&component);
    let mut wrong = component.clone();
    let middle = wrong.len() / 2;
    wrong[middle] ^= 1;
    let put = |bytes: &[u8], size: u64| put(&observer, url, digest, bytes, size);
    let lacks = || lacks(&observer, url, digest);
    let size = component.len() as u64;
    assert!(
        !matches!(put(&wrong, size), Ok(Ok(()))),
        "wrong bytes are kept"
    );
    assert_eq!(lacks(), [Missing { digest, present: 0 }]);
    // What never ends, and more than was announced: what is kept is whole.
    assert!(!matches!(put(&component, u64::MAX), Ok(Ok(()))), "endless");
    let more = [component.as_slice(), b"more"].concat();
    assert!(!matches!(put(&more, size), Ok(Ok(()))) || lacks().is_empty());
    assert!(put(&component, size).is_ok_and(|stored| stored.is_ok()));
    assert_eq!(lacks(), []);
    assert_eq!(observer.host(url).stored, size);
}
