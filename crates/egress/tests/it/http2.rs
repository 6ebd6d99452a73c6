//! HTTP/2, negotiated by TLS: the same promises over one shared connection.

use std::net::SocketAddr;

use bytes::Bytes;
use hookledger_egress::{BodyEnd, Client, FailureKind, Limits};
use http::Version;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::support::*;
use crate::tls::{Authority, acceptor, certificate_for};

/// A receiver that negotiates HTTP/2 and then does whatever `behaviour` does.
async fn speaking_as<F, Fut>(authority: &Authority, behaviour: F) -> (SocketAddr, Seen)
where
    F: Fn(TlsStream<TcpStream>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let acceptor = acceptor(authority.issue(&certificate_for(HOST)), &[b"h2"]);
    raw(move |stream| {
        let (acceptor, behaviour) = (acceptor.clone(), behaviour.clone());
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                behaviour(stream).await;
            }
        }
    })
    .await
}

/// Such a receiver, and a client that trusts it.
async fn speaking<F, Fut>(behaviour: F) -> (SocketAddr, Seen, Client)
where
    F: Fn(TlsStream<TcpStream>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let authority = Authority::new();
    let (at, seen) = speaking_as(&authority, behaviour).await;
    (at, seen, authority.client())
}

async fn web2<F>(answer: F) -> (SocketAddr, Seen, Client)
where
    F: Fn(http::Request<Bytes>) -> Answer + Clone + Send + Sync + 'static,
{
    speaking(move |stream| serve(stream, Seen::default(), answer.clone())).await
}

/// What a server of HTTP/2 begins with.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

#[tokio::test]
async fn a_request_is_answered_over_http2() {
    let (at, _, client) = web2(|request| {
        assert_eq!(request.version(), Version::HTTP_2);
        assert_eq!(request.headers()["content-length"], "10");
        assert!(!request.headers().contains_key("host"));
        assert_eq!(request.uri().host(), Some(HOST));
        ok(request.into_body())
    })
    .await;
    let response = send(&client, https_at(at)).await.unwrap();
    assert_eq!((response.version, response.status.as_u16()), (Version::HTTP_2, 200));
    assert_eq!((&response.body[..], response.body_end), (&br#"{"n":1.10}"#[..], BodyEnd::Complete));
    assert_eq!(response.peer, at);
    assert!(send(&client, https_at(at)).await.unwrap().timing.reused);
}

#[tokio::test]
async fn many_requests_share_one_connection() {
    let (at, seen, client) = web2(|_| status(200)).await;
    send(&client, https_at(at)).await.unwrap();
    let sends: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { send(&client, https_at(at)).await.unwrap().status })
        })
        .collect();
    for sent in sends {
        assert_eq!(sent.await.unwrap(), 200);
    }
    assert_eq!(seen.connections(), 1);
}

#[tokio::test]
async fn first_requests_at_the_same_moment_all_arrive() {
    let (at, _, client) = web2(|_| status(200)).await;
    let sends: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { send(&client, https_at(at)).await.unwrap().status })
        })
        .collect();
    for sent in sends {
        assert_eq!(sent.await.unwrap(), 200);
    }
}

#[tokio::test]
async fn a_long_body_is_left_without_harm_to_the_connection() {
    let (at, seen, client) = web2(|_| ok(vec![b'x'; 1 << 20])).await;
    for _ in 0..3 {
        let response = send(&client, https_at(at)).await.unwrap();
        assert_eq!((response.body.len(), response.body_end), (16 * 1024, BodyEnd::TooLong));
    }
    assert_eq!(seen.connections(), 1);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let (at, _, client) = web2(|_| {
        let mut answer = status(200);
        for n in 0..200 {
            let name: http::HeaderName = format!("x-{n}").parse().unwrap();
            answer.headers_mut().insert(name, "y".repeat(1000).parse().unwrap());
        }
        answer
    })
    .await;
    let failure = failed(send(&client, https_at(at)).await);
    assert_eq!((failure.kind, failure.sent), (FailureKind::HeadersTooLarge, true));
}

#[tokio::test]
async fn a_connection_that_has_gone_silent_is_not_given_to_the_next_request() {
    let (at, seen, client) = speaking(|mut stream| async move {
        let _gone = stream.write_all(SETTINGS).await;
        hang(stream).await;
    })
    .await;
    for expected in 1..=2 {
        let outcome = send_within(&client, https_at(at), first_byte_within(ms(80))).await;
        assert_eq!(kind(outcome), Ok(FailureKind::FirstByteTimeout));
        assert_eq!(seen.connections(), expected);
    }
}

#[tokio::test]
async fn an_idle_http2_connection_makes_room_for_others() {
    let authority = Authority::new();
    let limits = Limits { connections: 1, idle_per_host: 1, ..Limits::default() };
    let client = authority.builder().limits(limits).build().unwrap();
    for _ in 0..3 {
        let (at, _) = speaking_as(&authority, |stream| serve(stream, Seen::default(), |_| status(200))).await;
        assert_eq!(send(&client, https_at(at)).await.unwrap().version, Version::HTTP_2);
        assert!(client.open_connections() <= 1);
    }
}

#[tokio::test]
async fn when_the_shared_connection_is_lost_one_new_connection_is_opened_for_all() {
    let (tell, told) = tokio::sync::watch::channel(());
    let (at, seen, client) = speaking(move |stream| {
        let mut told = told.clone();
        told.mark_unchanged();
        async move {
            tokio::select! {
                () = serve(stream, Seen::default(), |_| status(200)) => {}
                _ = told.changed() => {}
            }
        }
    })
    .await;
    send(&client, https_at(at)).await.unwrap();
    tell.send(()).unwrap();
    while client.open_connections() > 0 {
        tokio::task::yield_now().await;
    }
    let sends: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { send(&client, https_at(at)).await.unwrap().status })
        })
        .collect();
    for sent in sends {
        assert_eq!(sent.await.unwrap(), 200);
    }
    assert_eq!(seen.connections(), 2);
}

#[tokio::test]
async fn a_request_that_is_given_up_leaves_the_others_on_its_connection_alone() {
    let (at, seen, client) = web2(|_| status(200)).await;
    send(&client, https_at(at)).await.unwrap();
    for _ in 0..5 {
        let mut dropped = Box::pin(send(&client, https_at(at)));
        assert!(futures_util::poll!(&mut dropped).is_pending());
        drop(dropped);
        assert_eq!(send(&client, https_at(at)).await.unwrap().status, 200);
    }
    assert_eq!(seen.connections(), 1);
}
