//! Bodies of responses: kept up to a bound, read up to another, and never a reason to fail.

use std::fmt::Write as _;

use bytes::Bytes;
use hookledger_egress::{BodyEnd, Client, Limits};
use tokio::io::AsyncWriteExt;

use crate::support::*;

fn small() -> Client {
    let limits = Limits { body_kept_bytes: 100, body_read_bytes: 1000, ..Limits::default() };
    builder().limits(limits).build().unwrap()
}

async fn reads(body: String) -> (usize, BodyEnd, usize) {
    let (at, seen) = web(move |_| ok(body.clone())).await;
    let client = small();
    let first = send(&client, http_at(at)).await.unwrap();
    send(&client, http_at(at)).await.unwrap();
    assert_eq!(first.is_body_truncated(), first.body_end != BodyEnd::Complete);
    (first.body.len(), first.body_end, seen.connections())
}

#[tokio::test]
async fn a_short_body_is_kept_whole_and_its_connection_used_again() {
    assert_eq!(reads(String::new()).await, (0, BodyEnd::Complete, 1));
    assert_eq!(reads("a".repeat(100)).await, (100, BodyEnd::Complete, 1));
}

#[tokio::test]
async fn a_longer_body_is_cut_and_its_connection_used_again() {
    assert_eq!(reads("a".repeat(101)).await, (100, BodyEnd::Cut, 1));
    assert_eq!(reads("a".repeat(1000)).await, (100, BodyEnd::Cut, 1));
}

#[tokio::test]
async fn a_body_beyond_the_bound_costs_its_connection_and_nothing_else() {
    assert_eq!(reads("a".repeat(1_000_000)).await, (100, BodyEnd::TooLong, 2));
}

#[tokio::test]
async fn an_endless_body_is_left_after_the_bound() {
    let (at, _) = raw(|mut stream| async move {
        read_request(&mut stream).await;
        let _gone = stream.write_all(b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n").await;
        let mut chunk = String::new();
        write!(chunk, "{:x}\r\n{}\r\n", 5000, "z".repeat(5000)).unwrap();
        while stream.write_all(chunk.as_bytes()).await.is_ok() {}
    })
    .await;
    let response = send(&client(), http_at(at)).await.unwrap();
    assert_eq!((response.status.as_u16(), response.body_end), (201, BodyEnd::TooLong));
    assert_eq!(response.body.len(), Limits::default().body_kept_bytes);
}

#[tokio::test]
async fn a_huge_announced_length_is_not_waited_for() {
    let mut bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 9999999999999\r\n\r\n".to_vec();
    bytes.extend(vec![b'x'; 101]);
    let (at, _) = answering(bytes).await;
    let response = send(&small(), http_at(at)).await.unwrap();
    assert_eq!((response.body.len(), response.body_end), (100, BodyEnd::TooLong));
}

#[tokio::test]
async fn a_body_that_stalls_after_a_good_status_is_a_response() {
    let (at, _) = answering("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").await;
    let response = send_within(&client(), http_at(at), patient().with_total(ms(80)).unwrap()).await.unwrap();
    assert_eq!((response.status.as_u16(), &response.body[..]), (200, &b"abc"[..]));
    assert_eq!(response.body_end, BodyEnd::Stalled);
}

#[tokio::test]
async fn a_body_that_breaks_off_or_breaks_the_rules_is_a_response() {
    for bytes in [
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nffffffffffffffffffff\r\n",
    ] {
        let (at, _) = raw(move |mut stream| async move {
            read_request(&mut stream).await;
            let _gone = stream.write_all(bytes.as_bytes()).await;
        })
        .await;
        let response = send(&client(), http_at(at)).await.unwrap();
        assert_eq!((&response.body[..], response.body_end), (&b"abc"[..], BodyEnd::Broken), "{bytes:?}");
    }
}

#[tokio::test]
async fn bodies_without_a_length_end_with_the_connection() {
    let (at, _) = raw(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nold school").await.unwrap();
    })
    .await;
    let response = send(&client(), http_at(at)).await.unwrap();
    assert_eq!((response.body, response.body_end), (Bytes::from_static(b"old school"), BodyEnd::Complete));
}

#[tokio::test]
async fn endless_trailers_and_chunk_extensions_are_cut_off() {
    for (head, junk) in [("0\r\n", "x-trailer: yes\r\n"), ("3;", "extension=very-long-")] {
        let (at, _) = raw(move |mut stream| async move {
            read_request(&mut stream).await;
            let head = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{head}");
            let _gone = stream.write_all(head.as_bytes()).await;
            let junk = junk.repeat(100);
            while stream.write_all(junk.as_bytes()).await.is_ok() {}
        })
        .await;
        let response = send(&client(), http_at(at)).await.unwrap();
        assert_eq!((response.status.as_u16(), response.body_end), (200, BodyEnd::Broken), "{head:?}");
    }
}
