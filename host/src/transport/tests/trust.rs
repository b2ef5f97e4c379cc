//! Who is let in, and what the others are told.

use std::{fs, os::unix::fs::PermissionsExt, sync::Arc};

use quinn::crypto::rustls::QuicClientConfig;
use rustls::version::TLS13;

use super::super::{
    Distrust, Holder, Identity, IdentityError, TransportError, Window,
    testing::{self, Authority, Validity, url},
    tls,
};
use crate::protocol::{Greeting, Hello, Limit, Role, frame};

/// Dials a host of `there` as a coordinator of `here`.
async fn dial(here: Identity, there: Identity) -> Result<(), TransportError> {
    let host = testing::listening(there);
    let coordinator = testing::dialling(here);
    let to = url(&host);
    let dialled = coordinator.connect(&to, Role::Host, Window::CONTROL);
    dialled.await.map(drop)
}

/// A connection with a TLS configuration of the test's own, and its first answer.
async fn raw(config: rustls::ClientConfig, to: &super::super::Endpoint, hello: Hello) -> Answer {
    let endpoint = quinn::Endpoint::client(testing::local()).unwrap();
    let config: QuicClientConfig = config.try_into().unwrap();
    let config = quinn::ClientConfig::new(Arc::new(config));
    let connection = endpoint
        .connect_with(config, to.local_addr(), Role::Host.dns_name())
        .unwrap()
        .await?;
    let (mut send, mut receive) = connection.open_bi().await?;
    send.write_all(&frame::encode(&hello).unwrap())
        .await
        .unwrap();
    let answer = receive.read_to_end(Limit::GREETING.0).await;
    match answer {
        Ok(bytes) => Ok(frame::decode(&bytes[frame::HEADER..]).unwrap()),
        Err(quinn::ReadToEndError::Read(quinn::ReadError::ConnectionLost(error))) => Err(error),
        Err(error) => panic!("{error}"),
    }
}

type Answer = Result<Greeting, quinn::ConnectionError>;

fn hello(role: Role) -> Hello {
    Hello {
        version: crate::protocol::VERSION.to_owned(),
        role,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_machines_greet_each_other() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    let coordinator = authority.dialling(Role::Coordinator);
    let to = url(&host);
    let dialled = coordinator.connect(&to, Role::Host, Window::CONTROL);
    let (dialled, accepted) = tokio::join!(dialled, host.accept());
    let (dialled, accepted) = (dialled.unwrap(), accepted.unwrap());
    assert_eq!(dialled.name(), "the host");
    assert_eq!(dialled.role(), Role::Host);
    assert_eq!(dialled.address(), host.local_addr());
    assert_eq!(accepted.role(), Role::Coordinator);
    assert_eq!(
        accepted.name(),
        format!("coordinator at {}", accepted.address())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_told_apart() {
    let (ours, others) = (Authority::new(), Authority::new());
    let error = dial(
        others.identity(Role::Coordinator),
        ours.identity(Role::Host),
    )
    .await
    .unwrap_err();
    assert!(
        matches!(
            error,
            TransportError::Certificate {
                holder: Holder::There,
                why: Distrust::OtherCa,
                ..
            }
        ),
        "{error}"
    );

    // Who trusts everybody is not trusted for that.
    let folder = others.folder();
    ours.trust_in(folder.path());
    let here = Identity::read(folder.path(), Role::Coordinator).unwrap();
    let error = dial(here, ours.identity(Role::Host)).await.unwrap_err();
    assert!(
        matches!(
            error,
            TransportError::Certificate {
                holder: Holder::Here,
                why: Distrust::OtherCa,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.lost().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_certificates_are_refused_on_both_sides() {
    let authority = Authority::new();
    let folder = authority.folder();
    authority.issue(folder.path(), Role::Host, Validity::Past);
    authority.issue(folder.path(), Role::Coordinator, Validity::Past);
    let error = Identity::load(folder.path(), Role::Host).unwrap_err();
    assert!(
        matches!(
            error,
            IdentityError::Untrusted {
                why: Distrust::Expired,
                ..
            }
        ),
        "{error}"
    );

    let expired = |role| Identity::read(folder.path(), role).unwrap();
    let cases = [
        (
            authority.identity(Role::Coordinator),
            expired(Role::Host),
            Holder::There,
        ),
        (
            expired(Role::Coordinator),
            authority.identity(Role::Host),
            Holder::Here,
        ),
    ];
    for (here, there, whose) in cases {
        let error = dial(here, there).await.unwrap_err();
        match &error {
            TransportError::Certificate {
                holder,
                why: Distrust::Expired,
                ..
            } => assert_eq!(*holder, whose),
            _ => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_passes_for_another_role() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    let coordinator = authority.dialling(Role::Coordinator);
    let error = coordinator
        .connect(&url(&host), Role::Coordinator, Window::CONTROL)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            TransportError::Certificate {
                holder: Holder::There,
                why: Distrust::NotOf(Role::Coordinator),
                ..
            }
        ),
        "{error}"
    );

    // A client that says it is a coordinator.
    let folder = authority.folder();
    for kind in ["pem", "key"] {
        let from = folder.path().join(format!("client.{kind}"));
        fs::copy(from, folder.path().join(format!("coordinator.{kind}"))).unwrap();
    }
    let error = Identity::load(folder.path(), Role::Coordinator).unwrap_err();
    assert!(
        matches!(
            error,
            IdentityError::Untrusted {
                why: Distrust::NotOf(Role::Coordinator),
                ..
            }
        ),
        "{error}"
    );
    let pretender = Identity::read(folder.path(), Role::Coordinator).unwrap();
    let error = testing::dialling(pretender)
        .connect(&url(&host), Role::Host, Window::CONTROL)
        .await
        .unwrap_err();
    assert!(matches!(error, TransportError::Refused { .. }), "{error}");
    assert!(
        error.to_string().contains("not that of a coordinator"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_anonymous() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    let identity = authority.identity(Role::Client);
    let mut config = rustls::ClientConfig::builder_with_provider(tls::provider())
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_root_certificates(identity.roots.clone())
        .with_no_client_auth();
    config.alpn_protocols = vec![crate::protocol::ALPN.to_vec()];
    let error = raw(config, &host, hello(Role::Client)).await.unwrap_err();
    let error = TransportError::of("quic://host", Some(Role::Host), error);
    assert!(
        matches!(
            error,
            TransportError::Certificate {
                holder: Holder::Here,
                why: Distrust::Missing,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_versions_are_told_so() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    let identity = authority.identity(Role::Client);
    let config = |protocol: &[u8]| {
        let mut config = rustls::ClientConfig::builder_with_provider(tls::provider())
            .with_protocol_versions(&[&TLS13])
            .unwrap()
            .with_root_certificates(identity.roots.clone())
            .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
            .unwrap();
        config.alpn_protocols = vec![protocol.to_vec()];
        config
    };

    let error = raw(config(b"arrowbox/0"), &host, hello(Role::Client))
        .await
        .unwrap_err();
    let error = TransportError::of("quic://host", Some(Role::Host), error);
    assert!(matches!(error, TransportError::Version { .. }), "{error}");

    let old = Hello {
        version: "0.0.1".to_owned(),
        role: Role::Client,
    };
    match raw(config(crate::protocol::ALPN), &host, old).await {
        Ok(Greeting::Refused(reason)) => {
            assert!(
                reason.contains("0.0.1") && reason.contains(crate::protocol::VERSION),
                "{reason}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_that_give_no_identity_are_named() {
    let authority = Authority::new();
    let folder = authority.folder();
    let load = || Identity::load(folder.path(), Role::Host);
    let key = folder.path().join("host.key");
    let load_with_mode = |mode| {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        load()
    };
    assert!(load_with_mode(0o600).is_ok());
    for mode in [0o640, 0o604] {
        let error = load_with_mode(mode).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();

    fs::copy(folder.path().join("client.key"), &key).unwrap();
    assert!(matches!(load(), Err(IdentityError::OtherKey(_))));
    fs::write(&key, "no key").unwrap();
    assert!(matches!(load(), Err(IdentityError::Pem { .. })));
    fs::remove_file(&key).unwrap();
    let error = load().unwrap_err().to_string();
    assert!(error.contains("arrowbox certs issue"), "{error}");

    let expires = authority.identity(Role::Host).expires();
    assert!(expires > std::time::SystemTime::now());
}
