//! Connections that are kept, lost, limited and made room for.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener};
use std::sync::mpsc;
use std::thread;

use hookledger_egress::{FailureKind, Limits};
use tokio::io::AsyncWriteExt;
use tokio::net::UdpSocket;

use crate::support::*;

const NO_CONTENT: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    let (at, seen) = web(|_| status(200)).await;
    let client = client();
    assert!(!send(&client, http_at(at)).await.unwrap().timing.reused);
    for _ in 0..5 {
        let timing = send(&client, http_at(at)).await.unwrap().timing;
        assert!(timing.reused);
        assert_eq!((timing.dns, timing.connect, timing.tls), (None, None, None));
    }
    assert_eq!((seen.connections(), seen.requests()), (1, 6));
}

#[tokio::test]
async fn a_connection_that_the_receiver_wants_closed_is_not_used_again() {
    let (at, seen) = web(|_| {
        let mut answer = status(200);
        answer.headers_mut().insert("connection", "close".parse().unwrap());
        answer
    })
    .await;
    let client = client();
    for _ in 0..3 {
        assert!(!send(&client, http_at(at)).await.unwrap().timing.reused);
    }
    assert_eq!(seen.connections(), 3);
}

#[tokio::test]
async fn a_request_that_meets_a_closed_pooled_connection_goes_to_a_fresh_one() {
    // The receiver has a thread of its own and closes its connection while this one is blocked; then it rings a
    // bell. Both arrive here in one turn of the runtime, which polls the test before the connection: the next
    // request is in the connection's hands when the connection finds out that it is closed.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let at = listener.local_addr().unwrap();
    let bell = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let bell_at = bell.local_addr().unwrap();
    let (close, told_to_close) = mpsc::channel::<()>();
    let (tell, closed) = mpsc::channel();
    let receiver = thread::spawn(move || {
        let ringer = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut requests = 0;
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut some = [0; 4096];
            while stream.read(&mut some).is_ok_and(|read| read > 0) {
                requests += 1;
                stream.write_all(NO_CONTENT).unwrap();
                told_to_close.recv().unwrap();
                stream.shutdown(Shutdown::Write).unwrap();
                ringer.send_to(b"!", bell_at).unwrap();
                tell.send(()).unwrap();
            }
        }
        requests
    });
    let client = client();
    assert_eq!(send(&client, http_at(at)).await.unwrap().status, 204);
    for _ in 0..10 {
        tokio::task::yield_now().await; // The connection goes back to the pool.
    }
    close.send(()).unwrap();
    closed.recv().unwrap();
    bell.recv(&mut [0]).await.unwrap();
    let second = send(&client, http_at(at)).await.unwrap();
    assert_eq!((second.status.as_u16(), second.timing.reused), (204, false));
    close.send(()).unwrap();
    closed.recv().unwrap();
    drop(client);
    while !receiver.is_finished() {
        tokio::task::yield_now().await; // Our side closes as well.
    }
    assert_eq!(receiver.join().unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_with_a_receiver_that_closes_never_sends_a_request_twice() {
    const ROUNDS: usize = 200;
    let counted = Seen::default();
    let in_receiver = counted.clone();
    let (at, _) = raw(move |mut stream| {
        let counted = in_receiver.clone();
        async move {
            if !read_request(&mut stream).await.is_empty() {
                counted.request();
                let _gone = stream.write_all(NO_CONTENT).await;
            }
        }
    })
    .await;
    let client = client();
    let mut answered = 0;
    for _ in 0..ROUNDS {
        match send(&client, http_at(at)).await {
            Ok(_) => answered += 1,
            Err(failure) => {
                let plausible = [FailureKind::ClosedEarly, FailureKind::Reset, FailureKind::WriteFailed];
                assert!(failure.sent && plausible.contains(&failure.kind), "{failure:?}");
            }
        }
    }
    assert_eq!(
        counted.requests(),
        answered,
        "each request that was read got its answer, and none came twice"
    );
}

#[tokio::test]
async fn a_request_that_was_read_is_never_repeated_though_its_connection_was_reused() {
    let counted = Seen::default();
    let in_receiver = counted.clone();
    let (at, seen) = raw(move |mut stream| {
        let counted = in_receiver.clone();
        async move {
            read_request(&mut stream).await;
            counted.request();
            stream.write_all(NO_CONTENT).await.unwrap();
            read_request(&mut stream).await;
            counted.request();
        }
    })
    .await;
    let client = client();
    assert_eq!(send(&client, http_at(at)).await.unwrap().status, 204);
    let failure = failed(send(&client, http_at(at)).await);
    assert_eq!((failure.kind, failure.sent), (FailureKind::ClosedEarly, true));
    assert!(failure.timing.reused);
    assert_eq!((counted.requests(), seen.connections()), (2, 1));
}

#[tokio::test]
async fn idle_connections_make_room_for_others() {
    let limits = Limits { connections: 2, idle_per_host: 2, ..Limits::default() };
    let client = builder().limits(limits).build().unwrap();
    for _ in 0..6 {
        let (at, _) = web(|_| status(200)).await;
        assert_eq!(send(&client, http_at(at)).await.unwrap().status, 200);
        assert!(client.open_connections() <= 2);
    }
}

#[tokio::test]
async fn a_connection_that_becomes_idle_goes_to_whoever_waits() {
    let (tell, told) = tokio::sync::watch::channel(false);
    let (slow, seen) = raw(move |mut stream| {
        let mut told = told.clone();
        async move {
            read_request(&mut stream).await;
            told.wait_for(|go| *go).await.unwrap();
            stream.write_all(NO_CONTENT).await.unwrap();
            hang(stream).await;
        }
    })
    .await;
    let (quick, _) = web(|_| status(200)).await;
    let limits = Limits { connections: 1, idle_per_host: 1, ..Limits::default() };
    let client = builder().limits(limits).build().unwrap();
    let first = tokio::spawn({
        let client = client.clone();
        async move { send(&client, http_at(slow)).await }
    });
    while seen.connections() == 0 {
        tokio::task::yield_now().await;
    }
    let mut second = Box::pin(send(&client, http_at(quick)));
    assert!(futures_util::poll!(&mut second).is_pending());
    tell.send(true).unwrap();
    assert_eq!(second.await.unwrap().status, 200);
    assert_eq!(first.await.unwrap().unwrap().status, 204);
}

#[tokio::test]
async fn connections_are_counted_back_when_they_close() {
    let (at, _) = raw(|mut stream| async move {
        read_request(&mut stream).await;
    })
    .await;
    let client = client();
    for _ in 0..10 {
        failed(send(&client, http_at(at)).await);
    }
    while client.open_connections() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn giving_up_on_a_request_closes_its_connection() {
    let (at, seen) = answering("").await;
    let client = client();
    for expected in 1..=3 {
        failed(send_within(&client, http_at(at), first_byte_within(ms(30))).await);
        assert_eq!(seen.connections(), expected);
    }
    while client.open_connections() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn many_at_once_all_arrive_exactly_once() {
    let (at, seen) = web(|request| ok(request.into_body())).await;
    let client = client();
    let sends: Vec<_> = (0..200)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { send(&client, http_at(at)).await.unwrap().status })
        })
        .collect();
    for sent in sends {
        assert_eq!(sent.await.unwrap(), 200);
    }
    assert_eq!(seen.requests(), 200);
}

#[tokio::test]
async fn a_connection_that_idles_too_long_is_closed_without_another_request() {
    let (at, _) = web(|_| status(200)).await;
    let limits = Limits { idle: ms(100), ..Limits::default() };
    let client = builder().limits(limits).build().unwrap();
    send(&client, http_at(at)).await.unwrap();
    assert_eq!(client.open_connections(), 1);
    while client.open_connections() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn without_room_for_idle_ones_each_request_has_its_own_connection() {
    let (at, seen) = web(|_| status(200)).await;
    let limits = Limits { idle_per_host: 0, ..Limits::default() };
    let client = builder().limits(limits).build().unwrap();
    for _ in 0..3 {
        assert!(!send(&client, http_at(at)).await.unwrap().timing.reused);
    }
    assert_eq!(seen.connections(), 3);
}

#[tokio::test]
async fn a_request_that_is_dropped_gives_its_connection_up() {
    let (at, seen) = answering("").await;
    let client = client();
    for expected in 1..=3 {
        let mut dropped = Box::pin(send(&client, http_at(at)));
        while seen.connections() < expected {
            assert!(futures_util::poll!(&mut dropped).is_pending());
            tokio::task::yield_now().await;
        }
        drop(dropped);
    }
    while client.open_connections() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_client_that_is_dropped_closes_its_connections() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let (at, _) = raw(move |mut stream| {
        let tell = tell.clone();
        async move {
            read_request(&mut stream).await;
            stream.write_all(NO_CONTENT).await.unwrap();
            hang(stream).await;
            tell.send(()).unwrap();
        }
    })
    .await;
    let client = client();
    send(&client, http_at(at)).await.unwrap();
    drop(client);
    told.recv().await.unwrap();
}
