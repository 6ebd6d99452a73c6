//! Requests as they leave, responses as they come back.

use std::process::Command;
use std::sync::mpsc;

use bytes::Bytes;
use hookledger_egress::{BodyEnd, Request, Transport};
use http::{HeaderMap, Method, Version};

use crate::support::*;

#[tokio::test]
async fn a_request_leaves_exactly_as_it_was_given() {
    let (tell, told) = mpsc::channel();
    let (at, _) = raw(move |mut stream| {
        let tell = tell.clone();
        async move {
            tell.send(read_request(&mut stream).await).unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 204 No Content\r\n\r\n")
                .await
                .unwrap();
        }
    })
    .await;
    let response = send(&client(), http_at(at)).await.unwrap();
    assert_eq!(response.status, 204);

    let text = String::from_utf8(told.recv().unwrap()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<&str> = head.split("\r\n").collect();
    assert_eq!(lines.remove(0), "POST /in?x=1 HTTP/1.1");
    lines.sort_unstable();
    let host = format!("host: {HOST}:{}", at.port());
    let agent = concat!("user-agent: Hookledger/", env!("CARGO_PKG_VERSION"));
    assert_eq!(lines, ["content-length: 10", "content-type: application/json", host.as_str(), agent]);
    assert_eq!(body, r#"{"n":1.10}"#);
}

#[tokio::test]
async fn framing_headers_of_the_caller_are_replaced_by_true_ones() {
    let (at, _) = web(|request| {
        let headers = request.headers();
        assert_eq!(headers["content-length"], "3");
        assert!(!headers.contains_key("transfer-encoding"));
        assert_eq!(headers.get_all("host").iter().count(), 1);
        assert!(headers["host"].to_str().unwrap().starts_with(HOST));
        assert_eq!(headers["user-agent"], "Mine/1");
        ok(request.into_body())
    })
    .await;
    let mut headers = HeaderMap::new();
    headers.insert("content-length", "999".parse().unwrap());
    headers.insert("transfer-encoding", "chunked".parse().unwrap());
    headers.insert("host", "evil.example".parse().unwrap());
    headers.insert("user-agent", "Mine/1".parse().unwrap());
    let response =
        client().send(Request::post(http_at(at), headers, Bytes::from_static(b"abc"))).await.unwrap();
    assert_eq!((response.status.as_u16(), &response.body[..]), (200, &b"abc"[..]));
}

#[tokio::test]
async fn a_handshake_may_use_another_method_and_no_body() {
    let (at, _) = web(|request| status(if request.method() == Method::OPTIONS { 200 } else { 405 })).await;
    let request = Request { method: Method::OPTIONS, body: Bytes::new(), ..post(http_at(at)) };
    assert_eq!(client().send(request).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_response_tells_status_headers_body_peer_and_phases() {
    let (at, _) = web(|_| {
        let mut answer = ok("busy");
        *answer.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        answer.headers_mut().insert("retry-after", "7".parse().unwrap());
        answer
    })
    .await;
    let response = send(&client(), http_at(at)).await.unwrap();
    assert_eq!(response.status, 503);
    assert_eq!(response.version, Version::HTTP_11);
    assert_eq!(response.headers["retry-after"], "7");
    assert_eq!((&response.body[..], response.body_end), (&b"busy"[..], BodyEnd::Complete));
    assert_eq!(response.peer, at);
    let timing = response.timing;
    assert!(timing.dns.is_some() && timing.connect.is_some() && timing.first_byte.is_some());
    assert_eq!((timing.tls, timing.reused), (None, false));
    let phases = timing.dns.unwrap() + timing.connect.unwrap() + timing.first_byte.unwrap();
    assert!(timing.total >= phases, "{timing:?}");
}

#[tokio::test]
async fn redirects_are_returned_and_never_followed() {
    let (elsewhere, unseen) = web(|_| status(200)).await;
    for code in [301, 302, 303, 307, 308] {
        let location = format!("http://{HOST}:{}/stolen", elsewhere.port());
        let (at, seen) = web(move |_| {
            let mut answer = status(code);
            answer.headers_mut().insert("location", location.parse().unwrap());
            answer
        })
        .await;
        assert_eq!(send(&client(), http_at(at)).await.unwrap().status, code);
        assert_eq!(seen.requests(), 1);
    }
    assert_eq!(unseen.connections(), 0);
}

#[tokio::test]
async fn compressed_bodies_are_neither_asked_for_nor_unpacked() {
    const GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00";
    let (at, _) = web(|request| {
        assert!(!request.headers().contains_key("accept-encoding"));
        let mut answer = ok(GZIP);
        answer.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        answer
    })
    .await;
    let response = send(&client(), http_at(at)).await.unwrap();
    assert_eq!(&response.body[..], GZIP);
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let (at, _) = web(|request| {
        assert!(!request.headers().contains_key("cookie"));
        let mut answer = status(200);
        answer.headers_mut().insert("set-cookie", "a=b".parse().unwrap());
        answer
    })
    .await;
    let client = client();
    for _ in 0..2 {
        assert_eq!(send(&client, http_at(at)).await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn the_client_serves_behind_the_port() {
    let (at, _) = web(|_| status(202)).await;
    let transport: Box<dyn Transport> = Box::new(client());
    assert_eq!(transport.send(post(http_at(at))).await.unwrap().status, 202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proxies_in_the_environment_are_ignored() {
    let (proxy, seen) = web(|_| status(418)).await;
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "--ignored", "ordinary::child_with_proxies_in_its_environment"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        child.env(name, format!("http://{proxy}"));
    }
    let output = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(seen.connections(), 0);
}

#[tokio::test]
#[ignore = "run by proxies_in_the_environment_are_ignored, in an environment of its own"]
async fn child_with_proxies_in_its_environment() {
    assert!(std::env::var_os("HTTP_PROXY").is_some_and(|proxy| !proxy.is_empty()), "needs its parent");
    let (at, _) = web(|_| status(200)).await;
    assert_eq!(send(&client(), http_at(at)).await.unwrap().status, 200);
}
