//! HTTP/2, negotiated by TLS: the same promises over one shared connection.

use std::net::SocketAddr;

use bytes::Bytes;
use hookledger_egress::{BodyEnd, Client, FailureKind, Limits};
use http::Version;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
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

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

fn settings() -> Vec<u8> {
    frame(4, 0, 0, &[])
}

/// Reads until the request has certainly begun: the preface and something after it.
async fn read_some(stream: &mut TlsStream<TcpStream>) {
    let mut some = [0; 1024];
    let _gone = stream.read(&mut some).await;
}

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
    assert_eq!((failure.kind, failure.sent), (FailureKind::Http2Error, true));
    assert!(failure.detail.is_some());
}

#[tokio::test]
async fn a_connection_that_has_gone_silent_is_not_given_to_the_next_request() {
    let (at, seen, client) = speaking(|mut stream| async move {
        let _gone = stream.write_all(&settings()).await;
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
async fn breaking_the_rules_of_http2_has_a_class() {
    for junk in [
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec(),
        [settings(), frame(0, 0, 1, b"data before headers")].concat(),
        [settings(), frame(7, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 2])].concat(),
        [settings(), frame(1, 4, 1, &[0xff; 20])].concat(),
        [settings(), frame(3, 0, 1, &[0, 0, 0, 7])].concat(),
    ] {
        let sent = junk.clone();
        let (at, _, client) = speaking(move |mut stream| {
            let junk = sent.clone();
            async move {
                read_some(&mut stream).await;
                let _gone = stream.write_all(&junk).await;
                hang(stream).await;
            }
        })
        .await;
        assert_eq!(kind(send(&client, https_at(at)).await), Ok(FailureKind::Http2Error), "{junk:?}");
    }
}

#[tokio::test]
async fn floods_of_frames_are_cut_off() {
    for (name, flood) in [
        ("pings", frame(6, 0, 0, &[0; 8])),
        ("settings", settings()),
        ("window updates", frame(8, 0, 0, &[0, 0, 0, 1])),
        ("unknown frames", frame(0xfe, 0, 0, &[0; 64])),
        ("priorities", frame(2, 0, 1, &[0, 0, 0, 0, 1])),
        ("continuations", [frame(1, 0, 1, &[0; 16]), frame(9, 0, 1, &[0x40; 1024]).repeat(100)].concat()),
    ] {
        let (at, _, client) = speaking(move |mut stream| {
            let flood = flood.clone();
            async move {
                let _gone = stream.write_all(&settings()).await;
                read_some(&mut stream).await;
                let many = flood.repeat(50);
                while stream.write_all(&many).await.is_ok() {}
            }
        })
        .await;
        let outcome = kind(send(&client, https_at(at)).await);
        let plausible = [FailureKind::HeadersTooLarge, FailureKind::Http2Error, FailureKind::ClosedEarly];
        assert!(outcome.is_ok_and(|kind| plausible.contains(&kind)), "{name}: {outcome:?}");
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
