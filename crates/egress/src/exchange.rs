//! One request and its response, within its deadlines.
//!
//! A request that hyper hands back unwritten, because the pooled connection turned out to be closed, is given
//! to another connection: the receiver has not seen a byte of it, so it is still the same, one request.
//! Nothing else is ever tried again.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, Entry, HOST, TRANSFER_ENCODING, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

use crate::body;
use crate::classify::{Fault, classify};
use crate::connect::{Connector, Progress};
use crate::deadline::Deadlines;
use crate::endpoint::Endpoint;
use crate::failure::{Failure, FailureKind};
use crate::handshake::Handshake;
use crate::limits::Limits;
use crate::pool::{Lease, Link, Pool, Sender};
use crate::request::Request;
use crate::response::Response;
use crate::timing::{Opening, Timing, micros};
use crate::transport::Outcome;

/// How often a request that was handed back unwritten is given to another connection.
const REDIALS_MAX: u32 = 4;

type Message = http::Request<Full<Bytes>>;
type Answer = Result<http::Response<Incoming>, TrySendError<Message>>;

/// What requests of one client share.
pub(crate) struct Exchange {
    pub(crate) connector: Connector,
    pub(crate) handshake: Handshake,
    pub(crate) pool: Arc<Pool>,
    pub(crate) limits: Limits,
    pub(crate) user_agent: HeaderValue,
}

/// Where and for how long.
struct Course {
    endpoint: Endpoint,
    deadlines: Deadlines,
    started: Instant,
    until: Instant,
    progress: Progress,
}

/// The head of a response, and the connection on which its body follows.
struct Answered {
    head: http::Response<Incoming>,
    lease: Lease,
    first_byte: Duration,
}

/// Why there was no head.
struct Unanswered {
    fault: Fault,
    reused: bool,
    /// The request, if hyper handed it back without having written any of it.
    unwritten: Option<Message>,
}

impl Exchange {
    pub(crate) async fn run(&self, request: Request) -> Outcome {
        let started = Instant::now();
        let mut message = self.message(request.headers, request.body);
        *message.method_mut() = request.method;
        let mut course = Course {
            endpoint: request.endpoint,
            deadlines: request.deadlines,
            started,
            until: started + request.deadlines.total(),
            progress: Progress::default(),
        };
        let mut redials = 0;
        loop {
            let lease = match self.pool.take(course.endpoint.shared_origin()) {
                Some(lease) => lease,
                None => match Box::pin(self.connect(&mut course)).await {
                    Ok(lease) => lease,
                    Err(fault) => return Err(course.failure(fault, false, false)),
                },
            };
            course.progress.peer = Some(lease.link.peer);
            match ask(lease, message, &course).await {
                Ok(answered) => return Ok(self.response(answered, &course).await),
                Err(Unanswered { reused: true, unwritten: Some(unwritten), .. }) if redials < REDIALS_MAX => {
                    redials += 1;
                    message = unwritten;
                }
                Err(Unanswered { fault, reused, unwritten }) => {
                    return Err(course.failure(fault, reused, unwritten.is_none()));
                }
            }
        }
    }

    fn message(&self, headers: HeaderMap, body: Bytes) -> Message {
        let mut message = http::Request::new(Full::new(body));
        *message.headers_mut() = headers;
        // hyper writes these itself, from the body.
        message.headers_mut().remove(CONTENT_LENGTH);
        message.headers_mut().remove(TRANSFER_ENCODING);
        if let Entry::Vacant(missing) = message.headers_mut().entry(USER_AGENT) {
            missing.insert(self.user_agent.clone());
        }
        message
    }

    async fn connect(&self, course: &mut Course) -> Result<Lease, Fault> {
        let Course { endpoint, deadlines, until, progress, .. } = course;
        let origin = endpoint.shared_origin();
        let patience = Instant::now() + deadlines.connect();
        let patience = patience.min(*until);
        // Where one connection will do for all, only one is opened, and the others wait to share it.
        let opening = self.pool.opening(origin);
        let _turn = match &opening {
            None => None,
            Some(opening) => {
                let turn = timeout_at(patience, opening.lock()).await;
                if let Some(lease) = self.pool.take(origin) {
                    return Ok(lease);
                }
                Some(turn.map_err(|_| FailureKind::ConnectTimeout)?)
            }
        };
        let slot = self.pool.slot(patience).await.ok_or(FailureKind::LocalLimit)?;
        let opened = self.connector.open(endpoint, deadlines, *until, progress).await?;
        let begun = timeout_at(*until, self.handshake.begin(opened.stream, slot)).await;
        let (sender, wire, task) = begun.map_err(|_| FailureKind::TotalTimeout)??;
        let link = Link { peer: opened.peer, tls: opened.tls, wire, task };
        Ok(Lease::of_new(&self.pool, origin, link, sender))
    }

    async fn response(&self, answered: Answered, course: &Course) -> Response {
        let Answered { head, lease, first_byte } = answered;
        let (parts, body) = head.into_parts();
        let (body, body_end) = body::read(body, &self.limits, course.until).await;
        let (peer, tls, reused) = (lease.link.peer, lease.link.tls.clone(), lease.reused);
        if body_end.leaves_connection_usable() && !is_framed_twice(&parts.headers) {
            lease.done();
        }
        Response {
            status: parts.status,
            version: parts.version,
            headers: parts.headers,
            body,
            body_end,
            peer,
            tls,
            timing: Timing { first_byte: Some(micros(first_byte)), ..course.timing(reused) },
        }
    }
}

/// Sends the request over a connection and waits for the head of the response.
async fn ask(mut lease: Lease, mut message: Message, course: &Course) -> Result<Answered, Unanswered> {
    address(&mut message, &course.endpoint, lease.is_http2());
    let began = Instant::now();
    let until = course.until.min(began + course.deadlines.first_byte());
    let answer = match lease.sender() {
        Sender::Http1(sender) => within(until, pin!(sender.try_send_request(message))).await,
        Sender::Http2(sender) => within(until, pin!(sender.try_send_request(message))).await,
    };
    let (http2, reused) = (lease.is_http2(), lease.reused);
    match answer {
        Some(Ok(head)) => Ok(Answered { head, lease, first_byte: began.elapsed() }),
        Some(Err(mut error)) => {
            let unwritten = error.take_message();
            Err(Unanswered { fault: classify(error.error(), http2, &lease.link.wire), reused, unwritten })
        }
        None => {
            // Over HTTP/1 this closes the connection; over HTTP/2 it alone would only reset the stream.
            lease.abandon();
            // Whichever deadline it was: what was waited for is what helps to know.
            Err(Unanswered { fault: FailureKind::FirstByteTimeout.into(), reused, unwritten: None })
        }
    }
}

/// Whether the response said in two ways where it ends. It is read as RFC 9112 says, but somebody between us and
/// the receiver may have read it the other way, so whatever follows on this connection is not to be believed.
fn is_framed_twice(headers: &HeaderMap) -> bool {
    headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH)
}

/// Writes where the request goes, in the way of the protocol.
fn address(message: &mut Message, endpoint: &Endpoint, http2: bool) {
    if http2 {
        message.headers_mut().remove(HOST);
        message.uri_mut().clone_from(endpoint.absolute_uri());
    } else {
        message.headers_mut().insert(HOST, endpoint.host_header().clone());
        message.uri_mut().clone_from(endpoint.relative_uri());
    }
}

/// Waits for the answer until then; the timer is only set once there is something to wait for.
async fn within(until: Instant, mut answer: Pin<&mut impl Future<Output = Answer>>) -> Option<Answer> {
    let mut timer = pin!(None::<Sleep>);
    poll_fn(|cx| {
        if let Poll::Ready(answer) = answer.as_mut().poll(cx) {
            return Poll::Ready(Some(answer));
        }
        if timer.is_none() {
            timer.set(Some(sleep_until(until)));
        }
        timer.as_mut().as_pin_mut().expect("the timer was just set").poll(cx).map(|()| None)
    })
    .await
}

impl Course {
    fn timing(&self, reused: bool) -> Timing {
        let Opening { dns, connect, tls } = if reused { Opening::default() } else { self.progress.opening };
        Timing { dns, connect, tls, first_byte: None, total: micros(self.started.elapsed()), reused }
    }

    fn failure(&self, fault: Fault, reused: bool, sent: bool) -> Box<Failure> {
        let failure = Failure {
            kind: fault.kind,
            detail: None,
            peer: self.progress.peer,
            timing: self.timing(reused),
            sent,
        };
        Box::new(match fault.detail {
            Some(detail) => failure.with_detail(&detail),
            None => failure,
        })
    }
}
