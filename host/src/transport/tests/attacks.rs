//! What must not hurt.

use std::{net::UdpSocket, sync::Arc, time::Duration};

use quinn::crypto::rustls::QuicClientConfig;
use tokio::time::timeout;

use super::super::{
    Endpoint, Window, greeting,
    testing::{Authority, local, url},
    tls,
};
use crate::protocol::Role;

/// Whether somebody honest gets in.
async fn is_well(host: &Endpoint, authority: &Authority) -> bool {
    let coordinator = authority.dialling(Role::Coordinator);
    let to = url(host);
    let dialled = coordinator.connect(&to, Role::Host, Window::CONTROL);
    let dialled = timeout(Duration::from_secs(10), dialled).await;
    dialled.is_ok_and(|dialled| dialled.is_ok())
}

fn raw_config(authority: &Authority) -> quinn::ClientConfig {
    let config: QuicClientConfig = tls::client(&authority.identity(Role::Client)).unwrap();
    quinn::ClientConfig::new(Arc::new(config))
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_at_the_port() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    let socket = UdpSocket::bind(local()).unwrap();
    let mut noise = blake3::Hasher::new().finalize_xof();
    for length in 0..3000 {
        let mut bytes = vec![0; length % 1500];
        noise.fill(&mut bytes);
        if let Some(first) = bytes.first_mut() {
            // Some look like QUIC at first.
            *first |= if length % 2 == 0 { 0xc0 } else { 0 };
        }
        socket.send_to(&bytes, host.local_addr()).unwrap();
    }
    assert!(is_well(&host, &authority).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_nobody_goes_on_with() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    // Passes on what goes to the host, and nothing back.
    let one_way = tokio::net::UdpSocket::bind(local()).await.unwrap();
    let (address, to) = (one_way.local_addr().unwrap(), host.local_addr());
    let passing = tokio::spawn(async move {
        let mut bytes = vec![0; 2000];
        loop {
            let Ok((length, from)) = one_way.recv_from(&mut bytes).await else {
                continue;
            };
            if from != to {
                let _ = one_way.send_to(&bytes[..length], to).await;
            }
        }
    });
    let attacker = quinn::Endpoint::client(local()).unwrap();
    let handshakes: Vec<_> = (0..300)
        .map(|_| {
            let config = raw_config(&authority);
            attacker
                .connect_with(config, address, Role::Host.dns_name())
                .unwrap()
        })
        .collect();
    assert!(is_well(&host, &authority).await);
    drop(handshakes);
    passing.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_that_say_nothing() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    let attacker = quinn::Endpoint::client(local()).unwrap();
    let mut silent = Vec::new();
    for _ in 0..20 {
        let connecting = attacker
            .connect_with(
                raw_config(&authority),
                host.local_addr(),
                Role::Host.dns_name(),
            )
            .unwrap();
        silent.push(connecting.await.unwrap());
    }
    assert!(is_well(&host, &authority).await);
    // They keep the connection alive, and are put out for saying nothing.
    let put_out = silent[0].closed();
    let patience = greeting::PATIENCE + Duration::from_secs(3);
    assert!(timeout(patience, put_out).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_only_stay() {
    let authority = Authority::new();
    let host = authority.listening(Role::Host);
    let identity = authority.identity(Role::Client);
    let to = url(&host);
    let mut guests = Vec::new();
    for _ in 0..100 {
        let guest = super::super::testing::dialling(identity.clone());
        let peer = guest.connect(&to, Role::Host, Window::CONTROL).await;
        guests.push((guest, peer.unwrap()));
        host.accept().await.unwrap();
    }
    assert!(is_well(&host, &authority).await);
}
