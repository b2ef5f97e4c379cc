//! Messages and bytes on streams.

use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt, future::join_all};
use tokio::time::timeout;

use super::super::{
    Endpoint, Peer, Receiver, Sender, TransportError, Window,
    testing::{Authority, url},
};
use crate::protocol::{Limit, Role, frame};

/// Both ends of a connection from a coordinator to a host.
struct Pair {
    dialled: Peer,
    accepted: Peer,
    _endpoints: (Endpoint, Endpoint),
}

impl Pair {
    async fn new(window: Window) -> Self {
        let authority = Authority::new();
        let host = authority.listening(Role::Host);
        let coordinator = authority.dialling(Role::Coordinator);
        let to = url(&host);
        let (dialled, accepted) =
            tokio::join!(coordinator.connect(&to, Role::Host, window), host.accept());
        Self {
            dialled: dialled.unwrap(),
            accepted: accepted.unwrap(),
            _endpoints: (host, coordinator),
        }
    }

    /// Both ends of a stream, its request read.
    async fn stream(&self) -> ((Sender, Receiver), (Sender, Receiver)) {
        let (here, there) = tokio::join!(self.dialled.open(&7_u8), self.accepted.accept());
        let (sender, mut receiver) = there.unwrap();
        assert_eq!(receiver.receive::<u8>(Limit::MESSAGE).await.unwrap(), 7);
        (here.unwrap(), (sender, receiver))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_bytes_come_as_they_were_sent() {
    let pair = Pair::new(Window::CONTROL).await;
    let ((mut here, _), (_, mut there)) = pair.stream().await;
    let long = "long ".repeat(1 << 20);
    let chunks = vec![
        Bytes::from_static(b"some "),
        Bytes::new(),
        Bytes::from(vec![7; 1 << 20]),
    ];
    let send = async {
        here.send(&long).await.unwrap();
        here.send(&()).await.unwrap();
        here.send_chunks(chunks).await.unwrap();
        here.finish();
    };
    let receive = async {
        assert_eq!(there.receive::<String>(Limit::PLAN).await.unwrap(), long);
        there.receive::<()>(Limit::PLAN).await.unwrap();
        let mut bytes = vec![0; 5 + (1 << 20)];
        there.read_exact(&mut bytes).await.unwrap();
        assert_eq!(
            (&bytes[..5], bytes[5], bytes[1 << 20]),
            (&b"some "[..], 7, 7)
        );
        assert!(there.next::<()>(Limit::PLAN).await.unwrap().is_none());
        assert!(there.read_chunk(10).await.unwrap().is_none());
        let error = there.receive::<()>(Limit::PLAN).await.unwrap_err();
        assert!(matches!(error, TransportError::Ended { .. }), "{error}");
    };
    tokio::join!(send, receive);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_a_message_outlives_a_cancelled_wait() {
    let pair = Pair::new(Window::CONTROL).await;
    let ((mut here, _), (_, mut there)) = pair.stream().await;
    let bytes = frame::encode(&"whole").unwrap();
    for byte in bytes {
        // Nothing is complete yet: polled once more, the wait is dropped.
        let _ = there.receive::<String>(Limit::MESSAGE).now_or_never();
        here.send_chunks(vec![vec![byte].into()]).await.unwrap();
    }
    assert_eq!(
        there.receive::<String>(Limit::MESSAGE).await.unwrap(),
        "whole"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_streams_are_open_at_once() {
    const STREAMS: u32 = 3000;
    let pair = Pair::new(Window::Kib64).await;
    let accepted = pair.accepted.clone();
    let serve = tokio::spawn(async move {
        let mut open = Vec::new();
        for _ in 0..STREAMS {
            open.push(accepted.accept().await.unwrap());
        }
        for (mut sender, mut receiver) in open {
            let request: u32 = receiver.receive(Limit::MESSAGE).await.unwrap();
            sender.send(&(request + 1)).await.unwrap();
            sender.finish();
        }
        accepted.closed().await
    });
    let asked = (0..STREAMS).map(|number| {
        let peer = pair.dialled.clone();
        async move { peer.ask::<u32, u32>(&number, Limit::MESSAGE).await.unwrap() }
    });
    let answers = join_all(asked).await;
    assert!(answers.into_iter().eq(1..=STREAMS));
    serve.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_sender_is_not_an_end() {
    let pair = Pair::new(Window::CONTROL).await;
    let ((here, _receiver), (_, mut there)) = pair.stream().await;
    drop(here);
    let error = there.next::<u8>(Limit::MESSAGE).await.unwrap_err();
    assert!(matches!(error, TransportError::Reset { .. }), "{error}");
    assert!(error.lost().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_message_can_not_be_finished() {
    let pair = Pair::new(Window::Kib64).await;
    let ((_, mut here), (mut there, _)) = pair.stream().await;
    // More than the window: it can not be complete.
    let sent = there.send(&vec![7_u8; 1 << 20]).now_or_never();
    assert!(sent.is_none(), "nobody reads");
    assert!(there.send(&7_u8).await.is_err());
    there.finish();
    let error = here.receive::<Vec<u8>>(Limit::PLAN).await.unwrap_err();
    assert!(matches!(error, TransportError::Reset { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_receiver_stops_who_sends() {
    let pair = Pair::new(Window::Kib64).await;
    // It was never read: whoever sends to it must hear of it all the same.
    let ((_sender, receiver), (mut there, _request)) = pair.stream().await;
    assert!(there.stopped().now_or_never().is_none());
    drop(receiver);
    let stopped = timeout(Duration::from_secs(2), there.stopped());
    stopped.await.unwrap();
    let error = there.send(&7_u8).await.unwrap_err();
    assert!(matches!(error, TransportError::Stopped), "{error}");

    // It waits for the window.
    let ((_sender, receiver), (mut there, _request)) = pair.stream().await;
    let sending = tokio::spawn(async move { there.send(&vec![7_u8; 1 << 20]).await });
    drop(receiver);
    let error = sending.await.unwrap().unwrap_err();
    assert!(matches!(error, TransportError::Stopped), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_slow_reader_holds_up_nobody() {
    let pair = Pair::new(Window::Kib64).await;
    let ((_, _slow), (mut blocked, _)) = pair.stream().await;
    let sending = tokio::spawn(async move { blocked.send(&vec![7_u8; 8 << 20]).await });
    let ((_, mut fast), (mut free, _)) = pair.stream().await;
    let rows = vec![7_u8; 4 << 20];
    let (sent, received) = tokio::join!(free.send(&rows), fast.receive::<Vec<u8>>(Limit::PLAN));
    sent.unwrap();
    assert_eq!(received.unwrap(), rows);
    assert!(!sending.is_finished());
    sending.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn lengths_are_not_believed() {
    let pair = Pair::new(Window::CONTROL).await;
    let claim = |length: u32, bytes: &[u8]| {
        let mut claim = length.to_le_bytes().to_vec();
        claim.extend_from_slice(bytes);
        vec![Bytes::from(claim)]
    };

    let ((mut here, _), (_, mut there)) = pair.stream().await;
    here.send_chunks(claim(u32::MAX, b"")).await.unwrap();
    let error = there.receive::<u8>(Limit::PLAN).await.unwrap_err();
    assert!(matches!(error, TransportError::Frame { .. }), "{error}");

    let ((mut here, _), (_, mut there)) = pair.stream().await;
    here.send_chunks(claim(200 << 20, b"short")).await.unwrap();
    here.finish();
    let error = there.receive::<String>(Limit::PLAN).await.unwrap_err();
    assert!(matches!(error, TransportError::Ended { .. }), "{error}");

    let ((mut here, _), (_, mut there)) = pair.stream().await;
    here.send_chunks(claim(2, &[1, 2])).await.unwrap();
    let error = there.receive::<u8>(Limit::PLAN).await.unwrap_err();
    assert!(matches!(error, TransportError::Frame { .. }), "{error}");
}
