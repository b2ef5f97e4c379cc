//! Connections that are shared, lost and made again.

use std::{
    thread,
    time::{Duration, Instant},
};

use futures::future::join_all;
use tokio::{
    runtime::{Handle, Runtime},
    time::timeout,
};

use super::super::{
    Endpoint, EndpointError, Loss, TransportError, Window,
    testing::{Authority, local, url},
};
use crate::protocol::{Limit, Role};

/// The longest that a loss may take to be noticed.
const NOTICED: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread")]
async fn those_who_dial_the_same_share_a_connection() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    let coordinator = authority.dialling(Role::Coordinator);
    let to = url(&host);
    // Who gives up does not spoil it for the others.
    let given_up = coordinator.connect(&to, Role::Host, Window::CONTROL);
    let _ = timeout(Duration::from_micros(1), given_up).await;
    let dialled = join_all(
        (0..50).map(|_| async { coordinator.connect(&to, Role::Host, Window::CONTROL).await }),
    );
    for peer in dialled.await {
        assert!(!peer.unwrap().is_closed());
    }
    let rows = coordinator.connect(&to, Role::Host, Window::for_partitions(100));
    rows.await.unwrap();

    assert!(host.accept().await.is_some());
    assert!(host.accept().await.is_some(), "another window");
    let third = timeout(Duration::from_millis(100), host.accept()).await;
    assert!(third.is_err(), "there are two connections");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_connection_is_replaced() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    let coordinator = authority.dialling(Role::Coordinator);
    let to = url(&host);
    let connect = || coordinator.connect(&to, Role::Host, Window::CONTROL);
    let first = connect().await.unwrap();
    host.accept().await.unwrap().close("enough");
    let error = first.closed().await;
    assert_eq!(error.lost(), Some(to.as_str()));
    assert!(error.to_string().contains("enough"), "{error}");
    assert!(!connect().await.unwrap().is_closed());

    // Another process at the same address.
    let address = host.local_addr();
    host.close("for good");
    host.drained().await;
    drop(host);
    let identity = authority.identity(Role::Host);
    let again = || {
        Endpoint::bind(
            address,
            identity.clone(),
            "again".into(),
            &Handle::current(),
        )
    };
    let _again = bound(again).await;
    assert_eq!(connect().await.unwrap().name(), "again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_endpoint_is_lost() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    let coordinator = authority.dialling(Role::Coordinator);
    let to = url(&host);
    let peer = coordinator
        .connect(&to, Role::Host, Window::CONTROL)
        .await
        .unwrap();
    let (_sender, mut receiver) = peer.open(&1_u8).await.unwrap();
    drop(host);
    let error = timeout(NOTICED, receiver.receive::<u8>(Limit::MESSAGE))
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.lost(), Some(to.as_str()), "{error}");
}

#[test]
fn a_killed_process_is_noticed() {
    let here = Runtime::new().unwrap();
    let there = Runtime::new().unwrap();
    let authority = Authority::new();
    let host = Endpoint::bind(
        local(),
        authority.identity(Role::Host),
        "host".into(),
        there.handle(),
    );
    let host = host.unwrap();
    let to = url(&host);
    here.block_on(async {
        let coordinator = authority.dialling(Role::Coordinator);
        let peer = coordinator
            .connect(&to, Role::Host, Window::CONTROL)
            .await
            .unwrap();
        let (_sender, mut receiver) = peer.open(&1_u8).await.unwrap();
        kill(there);
        let begun = Instant::now();
        let error = timeout(NOTICED, receiver.receive::<u8>(Limit::MESSAGE))
            .await
            .unwrap()
            .unwrap_err();
        assert!(
            matches!(&error, TransportError::Lost { why: Loss::Silent, peer } if *peer == to.as_str()),
            "{error}"
        );
        assert!(begun.elapsed() > Duration::from_secs(1), "it was patient");
        drop(host);
    });
}

#[test]
fn a_process_that_was_started_anew_says_so() {
    let here = Runtime::new().unwrap();
    let there = Runtime::new().unwrap();
    let identity = Authority::new().identity(Role::Host);
    let bind = |address, runtime: &Handle| {
        Endpoint::bind(address, identity.clone(), "host".into(), runtime)
    };
    let host = bind(local(), there.handle()).unwrap();
    let to = url(&host);
    here.block_on(async {
        let coordinator = super::super::testing::dialling(identity.clone());
        let peer = coordinator
            .connect(&to, Role::Host, Window::CONTROL)
            .await
            .unwrap();
        kill(there);
        let begun = Instant::now();
        let address = host.local_addr();
        drop(host);
        let _anew = bound(|| bind(address, &Handle::current())).await;
        let error = timeout(NOTICED, peer.closed()).await.unwrap();
        assert!(
            matches!(
                &error,
                TransportError::Lost {
                    why: Loss::Forgotten,
                    ..
                }
            ),
            "{error}"
        );
        assert!(begun.elapsed() < Duration::from_secs(2), "it was told");
    });
}

/// Ends whatever runs there, in the middle of it.
fn kill(runtime: Runtime) {
    // A runtime can not be dropped within another.
    thread::spawn(|| drop(runtime)).join().unwrap();
}

/// What is bound as soon as the socket of the one before has gone with its last packet.
async fn bound(bind: impl Fn() -> Result<Endpoint, EndpointError>) -> Endpoint {
    let bound = timeout(NOTICED, async {
        loop {
            match bind() {
                Ok(endpoint) => break endpoint,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    });
    bound.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_where_nobody_is_is_lost() {
    let authority = Authority::new();
    let nobody = std::net::UdpSocket::bind(local()).unwrap();
    let coordinator = authority.dialling(Role::Coordinator);
    let dial = |to: String| {
        let coordinator = coordinator.clone();
        async move {
            let to = url::Url::parse(&to).unwrap();
            let dialled = coordinator.connect(&to, Role::Host, Window::CONTROL);
            timeout(NOTICED, dialled).await.unwrap().unwrap_err()
        }
    };
    let to = format!("quic://{}", nobody.local_addr().unwrap());
    let error = dial(to.clone()).await;
    assert_eq!(error.lost(), Some(to.as_str()), "{error}");

    let error = dial("quic://nowhere.invalid:1".to_owned()).await;
    assert!(
        matches!(
            error,
            TransportError::Lost {
                why: Loss::Unresolved(_),
                ..
            }
        ),
        "{error}"
    );
    for wrong in ["quic://127.0.0.1", "http://127.0.0.1:1"] {
        let error = dial(wrong.to_owned()).await;
        assert!(matches!(error, TransportError::Address { .. }), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_ipv6_are_dialled() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    let coordinator = authority.dialling(Role::Coordinator);
    let to = format!("quic://localhost:{}", host.local_addr().port());
    let to = url::Url::parse(&to).unwrap();
    coordinator
        .connect(&to, Role::Host, Window::CONTROL)
        .await
        .unwrap();

    let identity = authority.identity(Role::Host);
    let address = "[::1]:0".parse().unwrap();
    // Not every machine has IPv6.
    if let Ok(host) = Endpoint::bind(address, identity, "six".into(), &Handle::current()) {
        let to = url(&host);
        let peer = coordinator.connect(&to, Role::Host, Window::CONTROL);
        assert_eq!(peer.await.unwrap().name(), "six");
    }
}
