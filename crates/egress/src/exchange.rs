//! One request and its response, within its deadlines.
//!
//! hyper-util's client is asked with its own retries off. A request that hyper hands back unwritten, because
//! the pooled connection turned out to be closed, is handed to another connection here: the receiver has not
//! seen a byte of it, so it is still the same, one request. Nothing else is ever tried again.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING, USER_AGENT};
use http::{Extensions, HeaderValue};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::body;
use crate::classify::{Fault, classify};
use crate::connect::{CALL, Call, Connector, Link, Use};
use crate::failure::{Failure, FailureKind};
use crate::limits::Limits;
use crate::request::Request;
use crate::response::Response;
use crate::timing::{Timing, micros};
use crate::transport::Outcome;

pub(crate) type HttpClient = legacy::Client<Connector, Full<Bytes>>;

/// How often a request that was handed back unwritten is handed to another connection.
const REDIALS_MAX: u32 = 4;

/// What requests of one client share.
pub(crate) struct Exchange {
    pub(crate) http: HttpClient,
    pub(crate) limits: Limits,
    pub(crate) user_agent: HeaderValue,
}

/// The head of a response, and the hold on its connection.
struct Answered {
    head: http::Response<Incoming>,
    hold: Use,
    first_byte: Duration,
}

/// Why there was no head.
struct Unanswered {
    fault: Fault,
    hold: Option<Use>,
}

impl Exchange {
    pub(crate) async fn run(&self, request: Request) -> Outcome {
        let started = Instant::now();
        let call = Call::new(&request.deadlines, started);
        let mut redials = 0;
        loop {
            match self.head(self.message(&request), &call, request.deadlines.first_byte()).await {
                Ok(answered) => return Ok(self.response(answered, &call, started).await),
                Err(unanswered) if redials < REDIALS_MAX && unanswered.may_redial(&call) => redials += 1,
                Err(unanswered) => return Err(Box::new(failure(unanswered, &call, started))),
            }
        }
    }

    fn message(&self, request: &Request) -> http::Request<Full<Bytes>> {
        let mut message = http::Request::new(Full::new(request.body.clone()));
        *message.method_mut() = request.method.clone();
        *message.uri_mut() = request.endpoint.uri().clone();
        let headers = message.headers_mut();
        headers.clone_from(&request.headers);
        // hyper writes these itself, from the URL and the body.
        for name in [HOST, CONTENT_LENGTH, TRANSFER_ENCODING] {
            headers.remove(name);
        }
        headers.entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
        message
    }

    async fn head(
        &self,
        mut message: http::Request<Full<Bytes>>,
        call: &Arc<Call>,
        first_byte: Duration,
    ) -> Result<Answered, Unanswered> {
        let capture = capture_connection(&mut message);
        let mut answer = pin!(CALL.scope(Arc::clone(call), self.http.request(message)));
        let mut timer = pin!(None::<Sleep>);
        let mut hold: Option<Use> = None;

        let answer = poll_fn(|cx| {
            let polled = answer.as_mut().poll(cx);
            // Once the request has its connection, the clock of the first byte starts.
            if hold.is_none()
                && let Some(link) = captured(&capture)
            {
                let begun = link.begin();
                timer.set(Some(sleep_until(call.until().min(begun.began + first_byte))));
                hold = Some(begun);
            }
            if polled.is_ready() {
                return polled.map(Some);
            }
            if timer.is_none() {
                timer.set(Some(sleep_until(call.until())));
            }
            let timer = timer.as_mut().as_pin_mut().expect("the timer was just set");
            timer.poll(cx).map(|()| None)
        })
        .await;

        match (answer, hold) {
            (Some(Ok(head)), Some(hold)) => {
                let first_byte = hold.began.elapsed();
                Ok(Answered { head, hold, first_byte })
            }
            (Some(Ok(_)), None) => unreachable!("a response comes over a connection, which was noted before"),
            (Some(Err(error)), hold) => {
                let http2 = hold.as_ref().is_some_and(|hold| hold.link.http2);
                Err(Unanswered { fault: classify(&error, http2), hold })
            }
            (None, hold) => {
                if hold.as_ref().is_some_and(|hold| hold.link.http2) {
                    poison(&capture);
                }
                let kind = timeout_kind(hold.as_ref(), call, first_byte);
                Err(Unanswered { fault: Fault { kind, detail: None, unsent: false }, hold })
            }
        }
    }

    async fn response(&self, answered: Answered, call: &Arc<Call>, started: Instant) -> Response {
        let Answered { head, hold, first_byte } = answered;
        let (parts, body) = head.into_parts();
        let (body, body_end) = body::read(body, &self.limits, call.until()).await;
        let link = &hold.link;
        let timing = Timing { first_byte: Some(micros(first_byte)), ..timing(Some(link), call, started) };
        Response {
            status: parts.status,
            version: parts.version,
            headers: parts.headers,
            body,
            body_end,
            peer: link.peer,
            certificate: link.certificate,
            timing,
        }
    }
}

impl Unanswered {
    /// Only what was handed back by a connection that somebody else had used before. A new connection that
    /// closes at once is the receiver's doing, and is told as such.
    fn may_redial(&self, call: &Arc<Call>) -> bool {
        let fresh = self.hold.as_ref().is_some_and(|hold| hold.link.was_opened_for(call));
        let own_attempt_failed = self.hold.is_none() && self.fault.kind != FailureKind::ClosedEarly;
        self.fault.unsent && !fresh && !own_attempt_failed && Instant::now() < call.until()
    }
}

fn failure(unanswered: Unanswered, call: &Arc<Call>, started: Instant) -> Failure {
    let Unanswered { fault, hold } = unanswered;
    let link = hold.as_ref().map(|hold| &hold.link);
    let peer: Option<SocketAddr> = match link {
        Some(link) => Some(link.peer),
        None => call.peer(),
    };
    let failure = Failure {
        kind: fault.kind,
        detail: None,
        peer,
        timing: timing(link, call, started),
        sent: link.is_some() && !fault.unsent,
    };
    match fault.detail {
        Some(detail) => failure.with_detail(&detail),
        None => failure,
    }
}

fn timing(link: Option<&Arc<Link>>, call: &Arc<Call>, started: Instant) -> Timing {
    let reused = link.is_some_and(|link| !link.was_opened_for(call));
    let opening = match link {
        Some(_) if reused => crate::timing::Opening::default(),
        Some(link) => link.opening,
        None => call.opening(),
    };
    Timing {
        dns: opening.dns,
        connect: opening.connect,
        tls: opening.tls,
        first_byte: None,
        total: micros(started.elapsed()),
        reused,
    }
}

fn timeout_kind(hold: Option<&Use>, call: &Call, first_byte: Duration) -> FailureKind {
    match hold {
        None => call.timeout_kind(),
        Some(hold) if hold.began + first_byte <= call.until() => FailureKind::FirstByteTimeout,
        Some(_) => FailureKind::TotalTimeout,
    }
}

/// The connection that hyper-util chose for the request, if it has.
fn captured(capture: &CaptureConnection) -> Option<Arc<Link>> {
    let mut extras = Extensions::new();
    capture.connection_metadata().as_ref()?.get_extras(&mut extras);
    extras.remove()
}

/// Keeps an HTTP/2 connection that has gone silent from being given to further requests: over HTTP/1 giving
/// up closes the connection, here it would only reset a stream.
fn poison(capture: &CaptureConnection) {
    if let Some(connected) = capture.connection_metadata().as_ref() {
        connected.poison();
    }
}
