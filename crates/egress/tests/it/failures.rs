//! Every class of failure before a response, made by a receiver that really does it.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookledger_egress::{Answer, Failure, FailureKind, FixedResolver, Limits, ResolveError};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::support::*;

/// Hangs up on a connection with a reset instead of a proper close.
fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
    drop(stream);
}

/// A receiver that answers with these bytes forever, until the peer hangs up.
async fn flooding(first: &'static [u8], then: &'static [u8]) -> std::net::SocketAddr {
    let (at, _) = raw(move |mut stream| async move {
        read_request(&mut stream).await;
        let _gone = stream.write_all(first).await;
        let many = then.repeat(100);
        while stream.write_all(&many).await.is_ok() {}
    })
    .await;
    at
}

#[tokio::test]
async fn names_that_do_not_exist_or_do_not_answer_have_a_class_each() {
    let deadlines = patient().with_dns(ms(50)).unwrap();
    for (answer, expected) in [
        (Answer::Error(ResolveError::NotFound), FailureKind::DnsNotFound),
        (Answer::Addresses(vec![]), FailureKind::DnsNotFound),
        (Answer::Error(ResolveError::Failed), FailureKind::DnsFailed),
        (Answer::Error(ResolveError::Timeout), FailureKind::DnsTimeout),
        (Answer::Silence, FailureKind::DnsTimeout),
        (Answer::Error(ResolveError::Busy), FailureKind::LocalLimit),
    ] {
        let resolver = FixedResolver::new().answering(HOST, answer);
        let client = builder().resolver(Arc::new(resolver)).build().unwrap();
        let failure = failed(send_within(&client, endpoint("http://hooks.test:8080/"), deadlines).await);
        assert_eq!((failure.kind, failure.sent, failure.peer), (expected, false, None));
    }
}

#[tokio::test]
async fn the_total_deadline_covers_dns_and_names_the_phase() {
    let resolver = FixedResolver::new().answering(HOST, Answer::Silence);
    let client = builder().resolver(Arc::new(resolver)).build().unwrap();
    let deadlines = patient().with_total(ms(50)).unwrap();
    let outcome = send_within(&client, endpoint("http://hooks.test:8080/"), deadlines).await;
    assert_eq!(kind(outcome), Ok(FailureKind::DnsTimeout));
}

#[tokio::test]
async fn a_port_on_which_nobody_listens_is_refused() {
    let (listener, at) = listener().await;
    drop(listener);
    let failure = failed(send(&client(), http_at(at)).await);
    assert_eq!((failure.kind, failure.sent, failure.peer), (FailureKind::ConnectRefused, false, Some(at)));
    assert!(failure.timing.dns.is_some() && failure.timing.connect.is_none());
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_given_up_within_the_connect_deadline() {
    // The queue of this listener is full, so the system drops further attempts silently.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(1).unwrap();
    let at = listener.local_addr().unwrap();
    let queued: Vec<_> =
        (0..8).map(|_| tokio::spawn(async move { TcpSocket::new_v4().unwrap().connect(at).await })).collect();
    while queued.iter().filter(|attempt| attempt.is_finished()).count() < 2 {
        tokio::task::yield_now().await;
    }
    let deadlines = patient().with_connect(ms(100)).unwrap();
    let failure = failed(send_within(&client(), http_at(at), deadlines).await);
    assert_eq!((failure.kind, failure.sent, failure.peer), (FailureKind::ConnectTimeout, false, Some(at)));
    for attempt in queued {
        attempt.abort();
    }
}

#[tokio::test]
async fn a_reset_after_the_request_may_have_been_handled() {
    let (at, _) = raw(|mut stream| async move {
        read_request(&mut stream).await;
        reset(stream);
    })
    .await;
    let failure = failed(send(&client(), http_at(at)).await);
    assert_eq!((failure.kind, failure.sent, failure.peer), (FailureKind::Reset, true, Some(at)));
}

#[tokio::test]
async fn a_close_without_a_response_may_have_been_handled() {
    let (at, seen) = raw(|mut stream| async move {
        read_request(&mut stream).await;
    })
    .await;
    let failure = failed(send(&client(), http_at(at)).await);
    assert_eq!((failure.kind, failure.sent), (FailureKind::ClosedEarly, true));
    assert_eq!(seen.connections(), 1, "it is not tried again");
}

#[tokio::test]
async fn a_receiver_that_hangs_up_at_once_is_not_tried_again() {
    for _ in 0..20 {
        let (at, seen) = raw(|stream| async move { drop(stream) }).await;
        let kind = kind(send(&client(), http_at(at)).await);
        let plausible = [FailureKind::ClosedEarly, FailureKind::Reset, FailureKind::WriteFailed];
        assert!(kind.is_ok_and(|kind| plausible.contains(&kind)), "{kind:?}");
        assert_eq!(seen.connections(), 1);
    }
}

#[tokio::test]
async fn a_receiver_that_takes_the_request_and_says_nothing_meets_the_first_byte_deadline() {
    let (at, _) = answering("").await;
    let failure = failed(send_within(&client(), http_at(at), first_byte_within(ms(60))).await);
    assert_eq!((failure.kind, failure.sent), (FailureKind::FirstByteTimeout, true));
    assert!(failure.timing.total >= 60_000, "{:?}", failure.timing);
}

#[tokio::test]
async fn a_receiver_that_never_accepts_meets_the_first_byte_deadline() {
    let (_listener, at) = listener().await;
    let outcome = send_within(&client(), http_at(at), first_byte_within(ms(60))).await;
    assert_eq!(kind(outcome), Ok(FailureKind::FirstByteTimeout));
}

#[tokio::test]
async fn the_total_deadline_cuts_a_longer_first_byte_deadline_and_names_the_phase() {
    let (at, _) = answering("").await;
    let outcome = send_within(&client(), http_at(at), patient().with_total(ms(60)).unwrap()).await;
    assert_eq!(kind(outcome), Ok(FailureKind::FirstByteTimeout));
}

#[tokio::test]
async fn a_head_that_drips_byte_by_byte_gains_no_time() {
    let (at, _) = raw(|mut stream| async move {
        read_request(&mut stream).await;
        for byte in b"HTTP/1.1 200 OK\r\nx-long: ".iter().chain(std::iter::repeat(&b'a')) {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(ms(10)).await; // The receiver's manner, not the test's patience.
        }
    })
    .await;
    let began = Instant::now();
    let outcome = send_within(&client(), http_at(at), first_byte_within(ms(100))).await;
    assert_eq!(kind(outcome), Ok(FailureKind::FirstByteTimeout));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn what_is_not_http_is_an_invalid_response() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.9\r\n",
        "220 mail.example ESMTP\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/7.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: \0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcde",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "\r\n\r\n<html>hello</html>\r\n\r\n",
        "\u{1}\u{2}\u{3}\u{4}\r\n\r\n",
    ] {
        let (at, _) = answering(bytes).await;
        let failure = failed(send(&client(), http_at(at)).await);
        assert_eq!((failure.kind, failure.sent), (FailureKind::InvalidResponse, true), "{bytes:?}");
    }
}

#[tokio::test]
async fn a_hundred_thousand_headers_are_too_many() {
    let at = flooding(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n").await;
    assert_eq!(kind(send(&client(), http_at(at)).await), Ok(FailureKind::HeadersTooLarge));
}

#[tokio::test]
async fn more_headers_than_the_bound_are_too_many_though_short() {
    let fields =
        |count: usize| format!("HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n", "a: b\r\n".repeat(count));
    let (at, _) = answering(fields(hookledger_egress::RESPONSE_FIELDS_MAX)).await;
    assert_eq!(kind(send(&client(), http_at(at)).await), Ok(FailureKind::HeadersTooLarge));
    let (at, _) = answering(fields(hookledger_egress::RESPONSE_FIELDS_MAX - 1)).await;
    assert_eq!(kind(send(&client(), http_at(at)).await), Err(200));
}

#[tokio::test]
async fn one_endless_header_is_too_large() {
    let at = flooding(b"HTTP/1.1 200 OK\r\nx: ", b"aaaaaaaaaaaaaaaa").await;
    assert_eq!(kind(send(&client(), http_at(at)).await), Ok(FailureKind::HeadersTooLarge));
}

#[tokio::test]
async fn a_flood_of_interim_responses_is_cut_off() {
    let at = flooding(b"", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n").await;
    assert_eq!(kind(send(&client(), http_at(at)).await), Ok(FailureKind::Flooded));
}

#[tokio::test]
async fn a_few_interim_responses_are_passed_over() {
    let hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(3);
    let (at, _) = answering(format!("{hints}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")).await;
    assert_eq!(kind(send(&client(), http_at(at)).await), Err(200));
}

#[tokio::test]
async fn without_a_free_connection_a_request_waits_and_then_says_so() {
    let (at, seen) = answering("").await;
    let limits = Limits { connections: 1, idle_per_host: 1, ..Limits::default() };
    let client = builder().limits(limits).build().unwrap();
    let hanging = tokio::spawn({
        let client = client.clone();
        async move { send(&client, http_at(at)).await }
    });
    while seen.connections() == 0 {
        tokio::task::yield_now().await;
    }
    let failure = failed(send_within(&client, http_at(at), patient().with_connect(ms(60)).unwrap()).await);
    assert_eq!((failure.kind, failure.sent), (FailureKind::LocalLimit, false));
    assert!(failure.kind.is_ours());
    assert_eq!(seen.connections(), 1);
    hanging.abort();
}

#[tokio::test]
async fn a_failure_reads_as_a_line_without_secrets() {
    let (listener, at) = listener().await;
    drop(listener);
    let secret = endpoint(&format!("http://{HOST}:{}/s3cret?key=t0ken", at.port()));
    let failure: Failure = failed(send(&client(), secret).await);
    assert_eq!(failure.to_string(), "connect_refused");
    assert!(!format!("{failure:?}").contains("s3cret"));
}
