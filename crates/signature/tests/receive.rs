//! The layer in front of an axum handler.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Response, StatusCode},
    response::IntoResponse,
    routing::post,
};
use bytes::Bytes;
use hookledger_signature::{
    MemoryReplayGuard, MessageId, OnRepeat, Repeated, ReplayGuard, Secret, Signer, SigningKey, UnixSeconds,
    Verified, Verifier, VerifyLayer, header,
    replay::{Claim, Ticket},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::Notify,
};
use tower::ServiceExt as _;

const NOW_S: u64 = 1_790_000_000;
const BODY_BYTES_MAX: usize = 64;

/// A receiver with a handler that counts and answers what it is told to, and a clock that is set by hand.
#[derive(Clone)]
struct Receiver {
    handled: Arc<AtomicUsize>,
    answer: Arc<AtomicUsize>,
    now_s: Arc<AtomicU64>,
    entered: Arc<Notify>,
}

/// Answers of the handler that are no status.
const PANIC: usize = 1;
const NEVER: usize = 2;

impl Receiver {
    fn new() -> Self {
        let answer = Arc::new(AtomicUsize::new(200));
        let now_s = Arc::new(AtomicU64::new(NOW_S));
        Self { handled: Arc::default(), answer, now_s, entered: Arc::default() }
    }

    fn layer(&self) -> VerifyLayer {
        let verifier: Verifier = secret().reveal().parse().expect("a verifier");
        let now_s = Arc::clone(&self.now_s);
        let layer = VerifyLayer::new(verifier).body_bytes_max(BODY_BYTES_MAX);
        layer.clock(move || UnixSeconds::new(now_s.load(SeqCst)))
    }

    fn remembering(&self) -> VerifyLayer<MemoryReplayGuard> {
        self.layer().remember_with(MemoryReplayGuard::default())
    }

    fn router<G: ReplayGuard>(&self, layer: VerifyLayer<G>) -> Router {
        let receiver = self.clone();
        let handler = move |request: Request| async move { receiver.handle(request).await };
        Router::new().route("/webhooks", post(handler).layer(layer))
    }

    async fn handle(self, request: Request) -> impl IntoResponse {
        self.handled.fetch_add(1, SeqCst);
        self.entered.notify_one();
        let repeated = request.extensions().get::<Repeated>().is_some();
        match self.answer.load(SeqCst) {
            PANIC => panic!("the handler was told to"),
            NEVER => pending().await,
            status => {
                let status = u16::try_from(status).expect("a status");
                (StatusCode::from_u16(status).expect("a status"), if repeated { "repeated" } else { "new" })
            }
        }
    }

    fn answers(&self, answer: usize) -> &Self {
        self.answer.store(answer, SeqCst);
        self
    }

    fn handled(&self) -> usize {
        self.handled.load(SeqCst)
    }

    fn pass(&self, seconds: u64) {
        self.now_s.fetch_add(seconds, SeqCst);
    }

    /// An attempt to deliver that message, signed now.
    fn attempt(&self, id: &str) -> Request {
        request(signed(id, self.now_s.load(SeqCst), b"{}"), "{}")
    }
}

fn secret() -> Secret {
    Secret::from_bytes(&[1; 32]).expect("32 bytes")
}

fn signed(id: &str, timestamp_s: u64, body: &[u8]) -> HeaderMap {
    let signer = Signer::new([SigningKey::hmac_sha256(&secret())]).expect("a signer");
    let mut headers = HeaderMap::new();
    let id = MessageId::new(id).expect("an id");
    signer.sign(&id, UnixSeconds::new(timestamp_s), body).insert_into(&mut headers);
    headers
}

fn request(headers: HeaderMap, body: impl Into<Body>) -> Request {
    let mut request = Request::post("/webhooks").body(body.into()).expect("a request");
    *request.headers_mut() = headers;
    request
}

async fn send(router: &Router, request: Request) -> Response<Body> {
    router.clone().oneshot(request).await.expect("routers do not fail")
}

async fn status(router: &Router, request: Request) -> u16 {
    send(router, request).await.status().as_u16()
}

/// The status and the reason of a refusal.
async fn refusal(router: &Router, request: Request) -> (u16, String) {
    let response = send(router, request).await;
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 4096).await.expect("a body");
    let problem: serde_json::Value = serde_json::from_slice(&body).expect("a problem");
    (status, problem["reason"].as_str().expect("a reason").to_owned())
}

#[tokio::test]
async fn the_handler_gets_the_bytes_that_were_sent_and_who_sent_them() {
    const BODY: &[u8] = b"{ \"a\": 1.10,\r\n \"a\": \"\xF0\x9F\xA6\x80 \xFF\" }";
    let echo = |Extension(verified): Extension<Verified>, body: Bytes| async move {
        ([("seen", format!("{} {}", verified.id, verified.timestamp))], body)
    };
    let layer = Receiver::new().layer();
    let router = Router::new().route("/webhooks", post(echo).layer(layer));
    let response = send(&router, request(signed("msg_1", NOW_S, BODY), BODY)).await;
    assert_eq!(response.headers()["seen"], "msg_1 1790000000");
    assert_eq!(to_bytes(response.into_body(), 4096).await.unwrap(), BODY);
}

#[tokio::test]
async fn the_layer_fits_around_a_whole_router() {
    let receiver = Receiver::new();
    let router = Router::new().route("/webhooks", post(|| async { "handled" })).layer(receiver.remembering());
    assert_eq!(status(&router, receiver.attempt("msg_1")).await, 200);
    assert_eq!(status(&router, request(HeaderMap::new(), "{}")).await, 400);
}

#[tokio::test]
async fn what_is_not_signed_does_not_reach_the_handler() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.layer());
    let refused = refusal(&router, request(HeaderMap::new(), "{}")).await;
    assert_eq!(refused, (400, "missing_header".to_owned()));
    assert_eq!(receiver.handled(), 0);
}

#[tokio::test]
async fn what_was_altered_does_not_reach_the_handler() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.layer());
    let refused = refusal(&router, request(signed("msg_1", NOW_S, b"{}"), "{ }")).await;
    assert_eq!(refused, (401, "no_match".to_owned()));
    assert_eq!(receiver.handled(), 0);
}

#[tokio::test]
async fn what_is_too_old_does_not_reach_the_handler() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.layer());
    let attempt = receiver.attempt("msg_1");
    receiver.pass(301);
    assert_eq!(refusal(&router, attempt).await, (401, "too_old".to_owned()));
    assert_eq!(receiver.handled(), 0);
}

#[tokio::test]
async fn a_body_at_the_bound_passes_and_one_beyond_it_does_not() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.layer());
    let fits = vec![b'x'; BODY_BYTES_MAX];
    assert_eq!(status(&router, request(signed("msg_1", NOW_S, &fits), fits)).await, 200);
    let beyond = vec![b'x'; BODY_BYTES_MAX + 1];
    let refused = refusal(&router, request(signed("msg_1", NOW_S, &beyond), beyond)).await;
    assert_eq!(refused, (413, "body_too_long".to_owned()));
}

#[tokio::test]
async fn a_body_of_unannounced_length_is_read_up_to_the_bound_only() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.layer());
    // One frame after the other, for ever; the test ends only if reading does.
    let frames = std::iter::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 16])));
    let endless = Body::from_stream(futures_util::stream::iter(frames));
    let refused = refusal(&router, request(signed("msg_1", NOW_S, b"{}"), endless)).await;
    assert_eq!(refused, (413, "body_too_long".to_owned()));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_message() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.layer());
    let frames = [Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("reset"))];
    let broken = Body::from_stream(futures_util::stream::iter(frames));
    let refused = refusal(&router, request(signed("msg_1", NOW_S, b"{}"), broken)).await;
    assert_eq!(refused, (400, "body_broken".to_owned()));
}

#[tokio::test]
async fn without_a_memory_every_attempt_is_handled() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.layer());
    for _ in 0..2 {
        assert_eq!(status(&router, receiver.attempt("msg_1")).await, 200);
    }
    assert_eq!(receiver.handled(), 2);
}

#[tokio::test]
async fn a_repeat_of_what_was_handled_is_acknowledged_and_not_handled_again() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.remembering());
    assert_eq!(status(&router, receiver.attempt("msg_1")).await, 200);
    assert_eq!(status(&router, receiver.attempt("msg_1")).await, 204);
    assert_eq!(status(&router, receiver.attempt("msg_2")).await, 200);
    assert_eq!(receiver.handled(), 2);
}

#[tokio::test]
async fn a_retry_of_what_failed_is_handled() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.remembering());
    for failure in [500, 503, 404, 302] {
        assert_eq!(
            status(&router, receiver.answers(failure).attempt("msg_1")).await,
            u16::try_from(failure).unwrap()
        );
    }
    assert_eq!(status(&router, receiver.answers(200).attempt("msg_1")).await, 200);
    assert_eq!(receiver.handled(), 5);
}

#[tokio::test]
async fn the_same_request_is_recognised_for_as_long_as_it_would_be_accepted() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.remembering().remember_for(Duration::ZERO));
    // From a sender whose clock is ahead, so that it stays acceptable for twice the tolerance.
    let ahead = || request(signed("msg_1", NOW_S + 300, b"{}"), "{}");
    assert_eq!(status(&router, ahead()).await, 200);
    receiver.pass(600);
    assert_eq!(status(&router, ahead()).await, 204);
    receiver.pass(1);
    assert_eq!(refusal(&router, ahead()).await, (401, "too_old".to_owned()));
}

#[tokio::test]
async fn a_late_retry_of_what_was_handled_is_recognised_for_as_long_as_configured() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.remembering().remember_for(Duration::from_hours(1)));
    assert_eq!(status(&router, receiver.attempt("msg_1")).await, 200);
    receiver.pass(3600);
    assert_eq!(status(&router, receiver.attempt("msg_1")).await, 204);
    receiver.pass(1);
    assert_eq!(status(&router, receiver.attempt("msg_1")).await, 200);
}

#[tokio::test]
async fn repeats_can_be_refused() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.remembering().on_repeat(OnRepeat::Refuse));
    assert_eq!(status(&router, receiver.attempt("msg_1")).await, 200);
    assert_eq!(refusal(&router, receiver.attempt("msg_1")).await, (409, "replayed".to_owned()));
}

#[tokio::test]
async fn repeats_can_be_handed_on_marked() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.remembering().on_repeat(OnRepeat::HandOn));
    for expected in ["new", "repeated"] {
        let response = send(&router, receiver.attempt("msg_1")).await;
        assert_eq!(to_bytes(response.into_body(), 4096).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_forged_message_does_not_use_up_the_id_of_a_genuine_one() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.remembering());
    assert_eq!(status(&router, request(signed("msg_1", NOW_S, b"{}"), "forged")).await, 401);
    assert_eq!(status(&router, receiver.attempt("msg_1")).await, 200);
}

#[tokio::test]
async fn while_a_message_is_being_handled_a_second_attempt_is_asked_to_wait() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.remembering());
    let first = tokio::spawn(router.clone().oneshot(receiver.answers(NEVER).attempt("msg_1")));
    receiver.entered.notified().await;
    assert_eq!(refusal(&router, receiver.attempt("msg_1")).await, (409, "in_progress".to_owned()));
    first.abort();
}

#[tokio::test]
async fn an_attempt_that_is_cut_off_gives_its_message_back() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.remembering());
    let first = tokio::spawn(router.clone().oneshot(receiver.answers(NEVER).attempt("msg_1")));
    receiver.entered.notified().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!(status(&router, receiver.answers(200).attempt("msg_1")).await, 200);
}

#[tokio::test]
async fn a_handler_that_panics_gives_its_message_back() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.remembering());
    let first = tokio::spawn(router.clone().oneshot(receiver.answers(PANIC).attempt("msg_1")));
    assert!(first.await.unwrap_err().is_panic());
    assert_eq!(status(&router, receiver.answers(200).attempt("msg_1")).await, 200);
}

#[tokio::test]
async fn a_full_memory_asks_to_come_back_later() {
    let receiver = Receiver::new();
    let one = MemoryReplayGuard::new(1.try_into().unwrap());
    let router = receiver.router(receiver.layer().remember_with(one));
    assert_eq!(status(&router, receiver.attempt("msg_1")).await, 200);
    let response = send(&router, receiver.attempt("msg_2")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(receiver.handled(), 1);
}

/// A shared store that is down, before or after the handler.
struct Broken {
    at_claim: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("the store is at 10.0.0.7 and its password is hunter2")]
struct Outage;

impl ReplayGuard for Broken {
    type Error = Outage;

    async fn claim(&self, id: &MessageId, _: UnixSeconds) -> Result<Claim, Outage> {
        if self.at_claim { Err(Outage) } else { Ok(Claim::Granted(Ticket { id: id.clone(), token: 1 })) }
    }

    async fn commit(&self, _: Ticket, _: UnixSeconds) -> Result<(), Outage> {
        Err(Outage)
    }

    async fn release(&self, _: Ticket) -> Result<(), Outage> {
        Err(Outage)
    }
}

#[tokio::test]
async fn a_memory_out_of_reach_lets_nothing_through_and_tells_nothing_about_itself() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.layer().remember_with(Broken { at_claim: true }));
    let response = send(&router, receiver.attempt("msg_1")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body = to_bytes(response.into_body(), 4096).await.unwrap();
    assert!(!String::from_utf8_lossy(&body).contains("hunter2"));
    assert_eq!(receiver.handled(), 0);
}

#[tokio::test]
async fn a_memory_that_fails_after_the_handler_does_not_change_the_answer() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.layer().remember_with(Broken { at_claim: false }));
    assert_eq!(status(&router, receiver.attempt("msg_1")).await, 200);
    assert_eq!(status(&router, receiver.answers(500).attempt("msg_2")).await, 500);
}

#[tokio::test]
async fn a_refusal_shows_neither_the_secret_nor_what_the_sender_wrote() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.layer());
    let mut headers = signed("msg_1", NOW_S, b"{}");
    headers.insert(header::SIGNATURE, HeaderValue::from_static("v1,<script>alert(1)</script>"));
    let response = send(&router, request(headers, "{}")).await;
    let printed = format!("{:?}", response.headers());
    let body = to_bytes(response.into_body(), 4096).await.unwrap();
    let text = printed + &String::from_utf8_lossy(&body);
    assert!(!text.contains("script") && !text.contains(&secret().reveal()[6..]), "{text}");
}

/// Serves on a real port and says what came back, for each message sent over a connection of its own.
#[expect(clippy::disallowed_methods, reason = "the sender in these tests is a bare socket")]
async fn exchange(router: Router, messages: &[(HeaderMap, &[u8])]) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let mut answers = Vec::new();
    for (headers, body) in messages {
        let lines =
            headers.iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().expect("ASCII")));
        let mut head = vec!["POST /webhooks HTTP/1.1\r\nhost: x\r\nconnection: close\r\n".to_owned()];
        head.extend(lines);
        head.push(format!("content-length: {}\r\n\r\n", body.len()));
        let mut sender = tokio::net::TcpStream::connect(address).await.expect("a connection");
        sender.write_all(head.concat().as_bytes()).await.expect("the head is read");
        sender.write_all(body).await.expect("the body is read");
        let mut answer = String::new();
        sender.read_to_string(&mut answer).await.expect("an answer");
        answers.push(answer);
    }
    server.abort();
    answers
}

#[tokio::test]
async fn a_message_over_a_real_connection_arrives_once() {
    let receiver = Receiver::new();
    let router = receiver.router(receiver.remembering());
    let message = (signed("msg_1", NOW_S, b"{}"), b"{}".as_slice());
    let answers = exchange(router, &[message.clone(), message]).await;
    assert!(answers[0].starts_with("HTTP/1.1 200 OK\r\n"), "{}", answers[0]);
    assert!(answers[1].starts_with("HTTP/1.1 204 No Content\r\n"), "{}", answers[1]);
    assert_eq!(receiver.handled(), 1);
}

#[tokio::test]
async fn a_sender_that_writes_everything_before_it_reads_sees_why_it_was_refused() {
    const LONG: usize = 16 * 1024 * 1024;
    let receiver = Receiver::new();
    let router = receiver.router(receiver.layer().body_bytes_max(LONG));
    // More than the buffers of a connection hold, so that writing it needs somebody who reads.
    let long = vec![b'x'; LONG + 1];
    let unsigned = (HeaderMap::new(), &long[1..]);
    let too_long = (signed("msg_1", NOW_S, b"{}"), long.as_slice());
    let answers = exchange(router, &[unsigned, too_long]).await;
    assert!(answers[0].contains("missing_header"), "{}", answers[0]);
    assert!(answers[1].contains("body_too_long"), "{}", answers[1]);
}
