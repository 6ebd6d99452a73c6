//! Making one request: body, signature, transport, and what is remembered of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::delivery::{Answer, Attempt, AttemptMade, Phases, Trigger};
use domain::{SubscriptionId, Timestamp};
use egress::{BodyEnd, Failure, Outcome, Request, Response, Timing, Transport};
use failpoints::Point;
use http::{HeaderMap, HeaderValue, header};
use metrics::{Counter, Histogram};
use sha2::{Digest, Sha256};
use signature::{MessageId, UnixSeconds};

use crate::body::Message;
use crate::core::{Job, Report};
use crate::journal::{Slot, Underway};
use crate::outbound::Outbound;
use crate::retry_after;

/// The most headers of a response that are kept.
const HEADERS_KEPT_MAX: usize = 64;
/// The most bytes of one header's value that are kept.
const HEADER_BYTES_MAX: usize = 1_024;

/// What was decided before the request was made.
pub(crate) struct Order {
    pub(crate) subscription: SubscriptionId,
    pub(crate) job: Job,
    pub(crate) by_hand: bool,
    pub(crate) slot: Slot,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) started_at: Timestamp,
    pub(crate) chance: u16,
}

/// Makes the request, once, and reports on it. `now` tells when the answer had come.
pub(crate) async fn perform(
    order: Order,
    (event_type, message): (domain::EventType, Message),
    transport: &dyn Transport,
    now: impl FnOnce() -> Timestamp,
) -> Report {
    let body_sha256 = Sha256::digest(&message.body).into();
    failpoints::reach(Point::BeforeSend);
    let request = request(&order, message);
    order.slot.begin(&order.underway(body_sha256));
    let outcome = transport.send(request).await;
    failpoints::reach(Point::AfterSend);
    let at = now();
    let not_before = outcome.as_ref().ok().and_then(|response| asked_for(response, at));
    let (phases, address) = match &outcome {
        Ok(response) => (phases(&response.timing), Some(response.peer)),
        Err(failure) => (phases(&failure.timing), failure.peer),
    };
    let attempt = Attempt {
        number: 0,
        trigger: order.trigger(),
        started_at: order.started_at,
        phases,
        subscription_version: order.outbound.version,
        address: shown(address),
        body_sha256: hex::encode(body_sha256),
        answer: answer(outcome),
    };
    Report {
        made: AttemptMade { attempt: Arc::new(attempt), at, chance: order.chance, not_before },
        event_type,
    }
}

impl Order {
    const fn trigger(&self) -> Trigger {
        if self.by_hand { Trigger::Manual } else { Trigger::Schedule }
    }

    /// What the journal is told of the request.
    fn underway(&self, body_sha256: [u8; 32]) -> Underway {
        Underway {
            delivery: self.job.delivery,
            subscription: self.subscription,
            event_position: self.job.event_position,
            number: self.job.progress.attempts.saturating_add(1),
            trigger: self.trigger(),
            started_at: self.started_at,
            subscription_version: self.outbound.version,
            body_sha256,
        }
    }
}

fn request(order: &Order, message: Message) -> Request {
    let id =
        MessageId::new(&order.job.delivery.to_string()).expect("an id is visible ASCII without full stops");
    compose(&order.outbound, &id, order.started_at, message)
}

/// The request that sends `message` under `id`: of a delivery, and of a test that shows what a delivery would be.
pub(crate) fn compose(outbound: &Outbound, id: &MessageId, at: Timestamp, message: Message) -> Request {
    let Message { headers: of_form, body } = message;
    let timestamp = UnixSeconds::new(u64::try_from(at.as_seconds()).unwrap_or(0));
    let mut headers: HeaderMap = outbound.headers.clone();
    for (name, value) in &of_form {
        headers.insert(name, value.clone());
    }
    // Last, so that no header of the owner's can stand in for a signature.
    outbound.signer.sign(id, timestamp, &body).insert_into(&mut headers);
    let mut request = Request::post(outbound.endpoint.clone(), headers, body);
    request.deadlines = outbound.deadlines;
    request
}

fn asked_for(response: &Response, now: Timestamp) -> Option<Timestamp> {
    if response.status.is_success() {
        return None;
    }
    retry_after::parse(response.headers.get(header::RETRY_AFTER)?.to_str().ok()?, now)
}

pub(crate) const fn phases(timing: &Timing) -> Phases {
    Phases {
        dns_us: timing.dns,
        connect_us: timing.connect,
        tls_us: timing.tls,
        first_byte_us: timing.first_byte,
        total_us: timing.total,
    }
}

pub(crate) fn answer(outcome: Outcome) -> Answer {
    match outcome {
        Ok(response) => {
            let kept = &response.body[..response.body.len().min(Answer::BODY_BYTES_MAX)];
            Answer::Response {
                status: response.status.as_u16(),
                headers: kept_headers(&response.headers),
                body: String::from_utf8_lossy(kept).into_owned(),
                truncated: response.body_end != BodyEnd::Complete || kept.len() < response.body.len(),
            }
        }
        Err(failure) => {
            Answer::Failure { class: failure.kind.as_str().to_owned(), message: message(&failure) }
        }
    }
}

/// The address that was connected to; none where nothing was, as with an inbox of this server.
pub(crate) fn shown(address: Option<SocketAddr>) -> Option<String> {
    address.filter(|address| !address.ip().is_unspecified()).map(|address| address.to_string())
}

fn message(failure: &Failure) -> String {
    match &failure.detail {
        Some(detail) => format!("{} {detail}", failure.kind.meaning()),
        None => failure.kind.meaning().to_owned(),
    }
}

fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .take(HEADERS_KEPT_MAX)
        .map(|(name, value)| (name.as_str().to_owned(), kept_value(name.as_str(), value)))
        .collect()
}

/// Credentials that a receiver sets are its own business.
fn kept_value(name: &str, value: &HeaderValue) -> String {
    const BLANKED: [&str; 6] = [
        "set-cookie",
        "set-cookie2",
        "authorization",
        "proxy-authorization",
        "authentication-info",
        "x-amz-security-token",
    ];
    if BLANKED.contains(&name) {
        return "[redacted]".to_owned();
    }
    let bytes = value.as_bytes();
    String::from_utf8_lossy(&bytes[..bytes.len().min(HEADER_BYTES_MAX)]).into_owned()
}

/// The report on an attempt for which no request could be made.
pub(crate) fn unsent(
    event_type: domain::EventType,
    at: Timestamp,
    chance: u16,
    class: &str,
    message: &str,
) -> Report {
    let attempt = Attempt {
        number: 0,
        trigger: Trigger::Schedule,
        started_at: at,
        phases: Phases::default(),
        subscription_version: domain::Sequence::NONE,
        address: None,
        body_sha256: String::new(),
        answer: Answer::Failure { class: class.to_owned(), message: message.to_owned() },
    };
    Report { made: AttemptMade { attempt: Arc::new(attempt), at, chance, not_before: None }, event_type }
}

/// Counts attempts and how long they took.
pub(crate) struct Meters {
    success: Counter,
    refused: Counter,
    failed: Counter,
    seconds: Histogram,
}

impl Meters {
    /// Looked up once; must be made after the recorder was installed.
    pub(crate) fn new() -> Self {
        let counter = |outcome| metrics::counter!("hookledger_attempts_total", "outcome" => outcome);
        Self {
            success: counter("success"),
            refused: counter("refused"),
            failed: counter("failed"),
            seconds: metrics::histogram!("hookledger_attempt_seconds"),
        }
    }

    /// Counts an attempt and its duration.
    pub(crate) fn count(&self, report: &Report) {
        let outcome = match &report.made.attempt.answer {
            Answer::Response { status: 200..=299, .. } => &self.success,
            Answer::Response { .. } => &self.refused,
            Answer::Failure { .. } => &self.failed,
        };
        outcome.increment(1);
        self.seconds.record(Duration::from_micros(report.made.attempt.phases.total_us).as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_blanked_and_long_values_cut() {
        let mut headers = HeaderMap::new();
        headers.insert("set-cookie", HeaderValue::from_static("session=abc"));
        headers.insert("x-long", HeaderValue::from_str(&"a".repeat(5_000)).unwrap());
        let kept = kept_headers(&headers);
        assert_eq!(kept[0].1, "[redacted]");
        assert_eq!(kept[1].1.len(), HEADER_BYTES_MAX);
    }
}
