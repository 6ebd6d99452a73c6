//! Requests that are made to see how an endpoint answers: written as those of deliveries are, and told step by step.

use std::sync::Arc;
use std::time::Duration;

use domain::delivery::{Attempt, Trigger};
use domain::event::Published;
use domain::subscription::Live;
use domain::test_send::{Certificate, Step, StepKind, Tls};
use domain::versions::{NotCastable, Versions};
use domain::{Clock, EventId, Position, Sequence, SubscriptionId, TenantId, Timestamp};
use egress::{Client, Endpoint, Failure, FailureKind, Found, Origin, Outcome, Request, Transport, UrlPolicy};
use signature::MessageId;
use tokio::time::Instant;
use vault::Vault;

use crate::attempt::{answer, compose, phases, shown};
use crate::body::body_sha256;
use crate::content::Sight;
use crate::outbound::{Outbound, OutboundError};

/// No test takes longer, whatever the subscription's timeout: somebody waits for it.
const TOTAL_MAX: Duration = Duration::from_secs(6);

/// Writes and sends test requests.
pub struct Tester {
    /// Looks addresses up.
    pub client: Client,
    /// Sends; for what is no inbox, by `client`.
    pub transport: Arc<dyn Transport>,
    /// Opens secrets.
    pub vault: Arc<Vault>,
    /// Which URLs may be called.
    pub urls: UrlPolicy,
    /// Who we say that we are.
    pub origin: Origin,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What is to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// What receivers see as `webhook-id`.
    pub message: &'a str,
    /// Whose the subscription is.
    pub tenant: TenantId,
    /// The subscription, and its version.
    pub subscription: (SubscriptionId, &'a Live, Sequence),
    /// The event, as if it were published now.
    pub event: (EventId, &'a Published),
    /// The versions of all event types.
    pub versions: &'a Arc<Versions>,
}

/// A request, ready to be sent.
#[derive(Debug, Clone)]
pub struct Written {
    /// The request; of its headers, those that the owner added are marked as sensitive.
    pub request: Request,
    version: Sequence,
    at: Timestamp,
}

/// Why there is nothing to send.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something stored does not serve any more.
    #[error(transparent)]
    Unusable(#[from] OutboundError),
    /// The event cannot be cast to the version that the subscription wants. Of a delivery, a dead letter would become.
    #[error(transparent)]
    NotCastable(#[from] NotCastable),
}

impl Tester {
    /// The request that a delivery of the event would make now.
    pub fn write(&self, draft: Draft<'_>) -> Result<Written, WriteError> {
        let Draft { message, tenant, subscription: (id, live, version), event: (event, content), versions } =
            draft;
        let at = self.clock.now();
        let allowed = (&self.urls, &self.origin);
        let outbound = Outbound::prepare(tenant, id, (live, version), at, &self.vault, allowed)?;
        let message = MessageId::new(message).map_err(|_| OutboundError::Damaged { what: "message id" })?;
        let (wanted, versions, format) = (outbound.wanted.clone(), versions.clone(), outbound.format);
        let content = Sight { wanted, versions, format }.message(tenant, event, content, Position::END)?;
        Ok(Written { request: compose(&outbound, &message, at, content), version, at })
    }

    /// Sends it, once; tells what came of it, step by step.
    pub async fn send(&self, written: Written) -> (Attempt, Vec<Step>) {
        let Written { mut request, version, at } = written;
        let endpoint = request.endpoint.clone();
        let (digest, sent) = (body_sha256(&request.body), request.body.len());
        if let Ok(shorter) = request.deadlines.with_total(request.deadlines.total().min(TOTAL_MAX)) {
            request.deadlines = shorter;
        }
        let (mut steps, found) = self.before(&endpoint).await;
        let outcome = match found {
            Ok(()) => self.transport.send(request).await,
            // Sending would look it up once more, and wait as long again.
            Err(kind) => Err(Box::new(Failure::new(kind))),
        };
        after(&endpoint, &outcome, sent, &mut steps);
        let (timing, peer) = match &outcome {
            Ok(response) => (response.timing, Some(response.peer)),
            Err(failure) => (failure.timing, failure.peer),
        };
        let attempt = Attempt {
            number: 1,
            trigger: Trigger::Test,
            started_at: at,
            phases: phases(&timing),
            subscription_version: version,
            address: shown(peer),
            body_sha256: digest,
            answer: answer(outcome),
        };
        (attempt, steps)
    }

    /// The look-up, and the judgement of every address; and why there is none, if so.
    async fn before(&self, endpoint: &Endpoint) -> (Vec<Step>, Result<(), FailureKind>) {
        if endpoint.host().is_inbox() {
            let known = step(StepKind::Address, true, "an inbox of this server: nothing to look up");
            return (vec![known], Ok(()));
        }
        let started = Instant::now();
        let found = self.client.look_up(endpoint).await;
        let micros = u64::try_from(started.elapsed().as_micros()).ok();
        match found {
            Err(kind) => (vec![Step { micros, ..step(StepKind::Dns, false, kind.meaning()) }], Err(kind)),
            Ok(found) => {
                let addresses: Vec<_> = found.iter().map(|found| found.address.to_string()).collect();
                let dns = Step { micros, ..step(StepKind::Dns, true, &addresses.join(", ")) };
                (vec![dns, judged(&found)], Ok(()))
            }
        }
    }
}

fn judged(found: &[Found]) -> Step {
    match found.iter().find_map(|found| found.refused.map(|class| (found.address, class))) {
        Some((address, class)) => {
            let detail = format!("{address} is a {class} address, which may not be called");
            step(StepKind::Address, false, &detail)
        }
        None => step(StepKind::Address, true, "every address may be called"),
    }
}

/// The steps from the connection on, up to the one that failed.
fn after(endpoint: &Endpoint, outcome: &Outcome, sent: usize, steps: &mut Vec<Step>) {
    let (timing, failed) = match outcome {
        Ok(response) => (response.timing, None),
        Err(failure) => (failure.timing, Some((failed_at(failure.kind), failure))),
    };
    if failed.is_some_and(|(kind, _)| matches!(kind, StepKind::Dns | StepKind::Address)) {
        return;
    }
    let mut take = |kind: StepKind, micros: Option<u64>, good: String| {
        let bad = failed.filter(|(at, _)| *at == kind).map(|(_, failure)| failure.to_string());
        let ok = bad.is_none();
        let tls = encryption(outcome).filter(|_| kind == StepKind::Tls && ok);
        steps.push(Step { micros, tls, ..step(kind, ok, &bad.unwrap_or(good)) });
        ok
    };
    let peer = match outcome {
        Ok(response) => Some(response.peer),
        Err(failure) => failure.peer,
    };
    if !endpoint.host().is_inbox() {
        let connected =
            shown(peer).map_or_else(|| "connected".to_owned(), |peer| format!("connected to {peer}"));
        if !take(StepKind::Tcp, timing.connect, connected) {
            return;
        }
        if endpoint.is_https() && !take(StepKind::Tls, timing.tls, agreed(encryption(outcome).as_ref())) {
            return;
        }
    }
    if !take(StepKind::Request, None, format!("{sent} bytes of body sent")) {
        return;
    }
    let answered = match outcome {
        Ok(response) => format!("{} over {:?}", response.status, response.version),
        Err(_) => String::new(),
    };
    take(StepKind::Response, timing.first_byte, answered);
}

/// The step at which a request failed in this way.
fn failed_at(kind: FailureKind) -> StepKind {
    let name = kind.as_str();
    let starts = |prefix: &str| name.starts_with(prefix);
    if starts("dns") {
        StepKind::Dns
    } else if starts("address") {
        StepKind::Address
    } else if starts("connect") || starts("local") {
        StepKind::Tcp
    } else if starts("tls") {
        StepKind::Tls
    } else if starts("write") {
        StepKind::Request
    } else {
        StepKind::Response
    }
}

/// How the connection that was answered over is encrypted.
fn encryption(outcome: &Outcome) -> Option<Tls> {
    let tls = outcome.as_ref().ok()?.tls.as_ref()?;
    let certificate = tls.certificate.as_ref().map(|certificate| Certificate {
        subject: certificate.subject.to_string(),
        issuer: certificate.issuer.to_string(),
        not_before: Timestamp::from_seconds(certificate.valid_from),
        not_after: Timestamp::from_seconds(certificate.valid_until),
        names: certificate.names.iter().map(ToString::to_string).collect(),
        self_issued: certificate.self_issued,
    });
    Some(Tls { version: tls.version.to_owned(), certificate })
}

fn agreed(tls: Option<&Tls>) -> String {
    let Some(Tls { version, certificate }) = tls else { return "agreed on keys".to_owned() };
    let Some(certificate) = certificate else { return format!("agreed on keys by TLS {version}") };
    let Certificate { not_before, not_after, .. } = certificate;
    let issuer = if certificate.self_issued { ", self-issued" } else { "" };
    format!("TLS {version}; the certificate is valid from {not_before} until {not_after}{issuer}")
}

fn step(kind: StepKind, ok: bool, detail: &str) -> Step {
    Step { kind, ok, micros: None, detail: detail.to_owned(), tls: None }
}
