//! Receivers and clients for the tests.

use std::convert::Infallible;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hookledger_egress::{
    AddressPolicy, Builder, Client, Deadlines, Endpoint, Failure, FailureKind, FixedResolver, Outcome,
    Request, Response, UrlPolicy,
};
use http::HeaderMap;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

/// The name under which every receiver of the tests is reached.
pub(crate) const HOST: &str = "hooks.test";

/// A client that may call this machine and finds `hooks.test` there.
pub(crate) fn builder() -> Builder {
    Client::builder()
        .addresses(AddressPolicy::public_only().allowing_loopback())
        .resolver(Arc::new(FixedResolver::new().with(HOST, Ipv4Addr::LOCALHOST)))
}

pub(crate) fn client() -> Client {
    builder().build().unwrap()
}

/// A judge that lets loopback and plain HTTP pass.
pub(crate) fn endpoint(url: &str) -> Endpoint {
    UrlPolicy::https_only(AddressPolicy::public_only().allowing_loopback())
        .allowing_http()
        .check(url)
        .unwrap()
}

pub(crate) fn http_at(at: SocketAddr) -> Endpoint {
    endpoint(&format!("http://{HOST}:{}/in?x=1", at.port()))
}

pub(crate) fn https_at(at: SocketAddr) -> Endpoint {
    endpoint(&format!("https://{HOST}:{}/in", at.port()))
}

pub(crate) fn post(endpoint: Endpoint) -> Request {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    Request::post(endpoint, headers, Bytes::from_static(b"{\"n\":1.10}"))
}

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Short deadlines, for receivers that never answer; long ones elsewhere, so that slow machines pass.
pub(crate) fn first_byte_within(first_byte: Duration) -> Deadlines {
    patient().with_first_byte(first_byte).unwrap()
}

pub(crate) fn patient() -> Deadlines {
    let long = Duration::from_mins(1);
    let deadlines = Deadlines::default().with_dns(long).and_then(|d| d.with_connect(long));
    deadlines.and_then(|d| d.with_first_byte(long)).and_then(|d| d.with_total(long)).unwrap()
}

pub(crate) async fn send(client: &Client, endpoint: Endpoint) -> Outcome {
    send_within(client, endpoint, patient()).await
}

pub(crate) async fn send_within(client: &Client, endpoint: Endpoint, deadlines: Deadlines) -> Outcome {
    client.send(Request { deadlines, ..post(endpoint) }).await
}

pub(crate) fn failed(outcome: Outcome) -> Failure {
    *outcome.expect_err("a failure")
}

/// The failure kind, or the status if there was a response after all.
pub(crate) fn kind(outcome: Outcome) -> Result<FailureKind, u16> {
    match outcome {
        Ok(Response { status, .. }) => Err(status.as_u16()),
        Err(failure) => Ok(failure.kind),
    }
}

/// What a receiver has seen.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Seen {
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Ordering::SeqCst);
    }
}

pub(crate) async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let at = listener.local_addr().unwrap();
    (listener, at)
}

/// A receiver that does whatever `behaviour` does with each connection.
pub(crate) async fn raw<F, Fut>(behaviour: F) -> (SocketAddr, Seen)
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let (listener, at) = listener().await;
    let seen = Seen::default();
    let counted = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(behaviour(stream));
        }
    });
    (at, seen)
}

/// A receiver that reads the request, writes these bytes, and then keeps the connection open.
pub(crate) async fn answering(bytes: impl Into<Bytes>) -> (SocketAddr, Seen) {
    let bytes = bytes.into();
    raw(move |mut stream| {
        let bytes = bytes.clone();
        async move {
            read_request(&mut stream).await;
            let _gone = tokio::io::AsyncWriteExt::write_all(&mut stream, &bytes).await;
            hang(stream).await;
        }
    })
    .await
}

/// Keeps a connection open until the peer closes it.
pub(crate) async fn hang(mut stream: impl AsyncRead + Unpin) {
    let mut sink = [0; 1024];
    while stream.read(&mut sink).await.is_ok_and(|read| read > 0) {}
}

/// Reads one request and its body; what was read, or nothing if the connection closed before.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut read = Vec::new();
    while !is_whole(&read) {
        let mut some = [0; 4096];
        match stream.read(&mut some).await {
            Ok(n) if n > 0 => read.extend_from_slice(&some[..n]),
            _ => break,
        }
    }
    read
}

fn is_whole(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}

/// What a well-behaved receiver answers.
pub(crate) type Answer = http::Response<Full<Bytes>>;

/// Serves HTTP/1.1 or HTTP/2, whichever the peer speaks, on an accepted connection.
pub(crate) async fn serve<S, F>(stream: S, seen: Seen, answer: F)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(http::Request<Bytes>) -> Answer + Clone + Send + 'static,
{
    let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let (seen, answer) = (seen.clone(), answer.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            seen.request();
            Ok::<_, Infallible>(answer(http::Request::from_parts(head, body)))
        }
    });
    let _gone =
        auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

/// A well-behaved receiver without TLS.
pub(crate) async fn web<F>(answer: F) -> (SocketAddr, Seen)
where
    F: Fn(http::Request<Bytes>) -> Answer + Clone + Send + Sync + 'static,
{
    let (listener, at) = listener().await;
    let seen = Seen::default();
    let counted = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream, counted.clone(), answer.clone()));
        }
    });
    (at, seen)
}

pub(crate) fn status(code: u16) -> Answer {
    http::Response::builder().status(code).body(Full::default()).unwrap()
}

pub(crate) fn ok(body: impl Into<Bytes>) -> Answer {
    http::Response::new(Full::new(body.into()))
}

/// Waits until it is so, and fails if it never is.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "waited in vain until {what}");
        tokio::time::sleep(ms(5)).await;
    }
}
