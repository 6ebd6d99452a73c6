//! Hostile receivers: each ends as its own class, within its deadline, and keeps no connection of ours.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hookledger_egress::{Client, Deadlines, FailureKind, Limits, Outcome, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::hostile::{Ends, Receiver, Receivers};
use crate::support::*;
use crate::tls::{Authority, acceptor, certificate_for};

/// Whether the end only comes with a deadline.
fn is_by_deadline(ends: Ends) -> bool {
    match ends {
        Ends::Failure(class) => class.ends_with("_timeout"),
        Ends::Either(..) => false,
        Ends::Response(_, body_end) => body_end == "stalled",
    }
}

/// Short where the receiver only ends with that deadline, and long everywhere else, so that slow machines pass.
fn deadlines(ends: Ends) -> Deadlines {
    match ends {
        Ends::Failure("connect_timeout" | "tls_timeout") => patient().with_connect(ms(500)).unwrap(),
        Ends::Failure("first_byte_timeout") => patient().with_first_byte(ms(500)).unwrap(),
        Ends::Response(_, "stalled") => patient().with_total(ms(2000)).unwrap(),
        _ => patient(),
    }
}

/// How late a request may end on a machine that is busy with other tests.
const SLACK: Duration = Duration::from_secs(10);

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Ok(response) => format!("a response {} with a body that is {:?}", response.status, response.body_end),
        Err(failure) => format!("{failure}"),
    }
}

fn is_as_expected(outcome: &Outcome, ends: Ends) -> bool {
    match (outcome, ends) {
        (Err(failure), Ends::Failure(class)) => failure.kind.as_str() == class,
        (Err(failure), Ends::Either(one, other)) => [one, other].contains(&failure.kind.as_str()),
        (Ok(response), Ends::Response(status, body_end)) => {
            let found = serde_json::to_value(response.body_end).unwrap();
            response.status.as_u16() == status && found == body_end
        }
        _ => false,
    }
}

/// What is wrong with how a request to this receiver ends.
async fn judge(client: Client, receiver: &Receiver) -> Option<String> {
    let ends = receiver.behaviour.ends;
    let began = Instant::now();
    let outcome = send_within(&client, endpoint(&receiver.url()), deadlines(ends)).await;
    let took = began.elapsed();
    if !is_as_expected(&outcome, ends) {
        return Some(format!("ended with {}, not {ends:?}", describe(&outcome)));
    }
    if is_by_deadline(ends) && took > SLACK {
        return Some(format!("took {took:?}"));
    }
    if let Err(failure) = outcome
        && failure.sent
        && (failure.kind.as_str().starts_with("connect_") || failure.kind.as_str() == "tls_timeout")
    {
        return Some("may have been sent".to_owned());
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_hostile_receiver_ends_as_its_own_class_within_its_deadline() {
    let receivers = Receivers::start(|_| true).await;
    // Those that can serve again idle for a moment only.
    let limits = Limits { idle: ms(200), ..Limits::default() };
    let builder = builder().limits(limits).trusting_pem(receivers.authority_pem.as_bytes()).unwrap();
    let client = builder.build().unwrap();
    let (slow, loud): (Vec<_>, Vec<_>) =
        receivers.all.iter().partition(|receiver| is_by_deadline(receiver.behaviour.ends));
    let mut verdicts = Vec::new();
    for some in [loud, slow] {
        let judged = some.into_iter().map(async |receiver| {
            let verdict = judge(client.clone(), receiver).await;
            verdict.map(|wrong| format!("a receiver that {}: {wrong}", receiver.behaviour.name))
        });
        verdicts.extend(join_all(judged).await);
    }
    let wrong: Vec<_> = verdicts.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), receivers.all.len(), wrong.join("\n"));
    // Whatever their receivers still do.
    until("every connection is given back", || client.open_connections() == 0).await;
}

/// A receiver that reads nothing, behind buffers so small that our side of the connection is stuck.
fn deaf<F, Fut>(behaviour: F) -> std::net::SocketAddr
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(16).unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(behaviour(stream));
        }
    });
    at
}

/// More than the buffers of the system hold.
fn huge(endpoint: hookledger_egress::Endpoint, deadlines: Deadlines) -> Request {
    Request { body: vec![b'x'; 32 << 20].into(), deadlines, ..post(endpoint) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_never_reads_keeps_no_connection_beyond_the_deadline() {
    let authority = Authority::new();
    for alpn in [None, Some(&b"http/1.1"[..]), Some(b"h2")] {
        let acceptor = alpn.map(|alpn| acceptor(authority.issue(&certificate_for(HOST)), &[alpn]));
        let at = deaf(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                match acceptor {
                    None => hold(stream).await,
                    Some(acceptor) => hold(acceptor.accept(stream).await).await,
                }
            }
        });
        let endpoint = if alpn.is_some() { https_at(at) } else { http_at(at) };
        let client = authority.client();
        let failure = failed(client.send(huge(endpoint, first_byte_within(ms(200)))).await);
        assert_eq!((failure.kind, failure.sent), (FailureKind::FirstByteTimeout, true), "{alpn:?}");
        until("its connection is given back", || client.open_connections() == 0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_answers_without_reading_keeps_no_connection() {
    let at = deaf(|mut stream| async move {
        let _ = stream.read(&mut [0; 1024]).await;
        stream.write_all(b"HTTP/1.1 413 No\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        hold(stream).await;
    });
    let client = client();
    let response = client.send(huge(http_at(at), patient())).await.unwrap();
    assert_eq!(response.status, 413);
    until("its connection is given back", || client.open_connections() == 0).await;
}

/// Keeps it open, and reads nothing.
async fn hold<S>(stream: S) {
    std::future::pending::<()>().await;
    drop(stream);
}

#[tokio::test]
async fn a_second_answer_to_a_request_is_never_taken_for_the_answer_to_the_next() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 500 No\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 7\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nabcHTTP/1.1 500 No\r\n\r\n",
    ] {
        let (at, seen) = answering(answer).await;
        let client = client();
        for sent in 1..=5 {
            let response = send(&client, http_at(at)).await.unwrap();
            assert!(response.status.is_success(), "{answer:?}");
            assert_eq!(seen.connections(), sent, "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_receiver_that_vanished_while_its_connection_idled_costs_one_deadline_and_no_more() {
    // It answers once, and then is not there any more: no close, no reset, no answer.
    let (at, seen) = raw(|mut stream| async move {
        read_request(&mut stream).await;
        let _gone = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
        hold(stream).await;
    })
    .await;
    let client = client();
    assert_eq!(send(&client, http_at(at)).await.unwrap().status, 204);
    let failure = failed(send_within(&client, http_at(at), first_byte_within(ms(200))).await);
    assert_eq!((failure.kind, failure.sent), (FailureKind::FirstByteTimeout, true));
    assert_eq!(send(&client, http_at(at)).await.unwrap().status, 204);
    assert_eq!(seen.connections(), 2);
}

#[tokio::test]
async fn a_gzip_bomb_is_kept_as_it_came_and_no_more_of_it_than_of_any_body() {
    let receivers = Receivers::start(|behaviour| behaviour.name == "sends a gzip bomb").await;
    let response = send(&client(), endpoint(&receivers.all[0].url())).await.unwrap();
    assert_eq!(response.body.len(), Limits::default().body_kept_bytes);
    assert_eq!(response.body[..2], [0x1f, 0x8b]);
    assert_eq!(response.headers["content-encoding"], "gzip");
}
