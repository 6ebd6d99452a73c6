//! Attempts of a delivery, and the rest of its past.

use app::Entry;
use app::deliveries::{Made, Sent};
use app::playground::LostSignature;
use async_graphql::{ComplexObject, Context, Enum, ID, Result, SimpleObject};
use domain::delivery::{self, Answer, CancelReason, Event};

use super::actor::Actor;
use super::delivery::DeadLetterReason;
use super::scalars::{DateTime, PositionText, Version};
use crate::graphql::errors::plain;
use crate::graphql::scope::{CtxExt, Scope};

/// Why an attempt was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::delivery::Trigger")]
pub(crate) enum Trigger {
    /// It was due.
    Schedule,
    /// Somebody asked for it.
    Manual,
    /// Somebody wanted to see what comes back: no delivery, and counted nowhere.
    Test,
}

/// How long an attempt took, in milliseconds. Phases that did not happen, as on a connection that was open already, are
/// absent.
#[derive(Debug, Clone, SimpleObject)]
#[expect(clippy::struct_field_names, reason = "a name ends with its unit")]
pub(crate) struct Phases {
    /// Looking the name up.
    dns_ms: Option<f64>,
    /// Connecting.
    connect_ms: Option<f64>,
    /// Agreeing on keys.
    tls_ms: Option<f64>,
    /// From the request to the first byte of the response.
    first_byte_ms: Option<f64>,
    /// All of it, from the start to the end of the response.
    total_ms: f64,
}

/// A header of a request or a response.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ResponseHeader {
    /// Its name.
    name: String,
    /// Its value; credentials are blanked.
    value: String,
}

/// What an endpoint answered.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct AttemptResponse {
    /// The HTTP status.
    status: u16,
    /// The headers, in order.
    headers: Vec<ResponseHeader>,
    /// The start of the body, at most 16 KiB; what is not UTF-8 is replaced.
    body: String,
    /// Whether there was more of the body.
    truncated: bool,
}

/// Why an endpoint did not answer.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct AttemptFailure {
    /// The error class: stable, lower case, such as `connect_refused`.
    class: String,
    /// What happened, in words for people.
    message: String,
}

/// The request that an attempt made. Signatures are not kept: they are made again, which gives the same ones.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct AttemptRequest {
    /// Where it went, as the subscription was then.
    url: String,
    /// The headers that were set for it, signatures included; those that the owner added have no value here.
    headers: Vec<ResponseHeader>,
    /// The body.
    body: String,
    /// Whether the body has the SHA-256 that was recorded, so that it is what was sent, byte for byte.
    exact: bool,
    /// The secrets that signed it, and whose signatures cannot be made again.
    missing_signatures: Vec<MissingSignature>,
}

/// A signature that a request had, and that cannot be shown.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct MissingSignature {
    /// Which secret made it.
    secret_id: ID,
    /// Why it cannot be made again.
    reason: MissingSignatureReason,
}

/// Why a signature cannot be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "app::playground::LostSignature")]
pub(crate) enum MissingSignatureReason {
    /// The secret was revoked.
    Revoked,
    /// The secret cannot be opened: the key that sealed it is gone.
    Unreadable,
}

/// One HTTP request of a delivery, and what came back.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Attempt {
    /// Which one it was, from 1.
    number: u32,
    /// Why it was made.
    trigger: Trigger,
    /// When it started.
    started_at: DateTime,
    /// How long it took.
    phases: Phases,
    /// The version of the subscription whose settings it used.
    subscription_version: Version,
    /// The address that was connected to, as far as it got.
    address: Option<String>,
    /// SHA-256 of the exact body that was sent, in lower-case hex.
    body_sha256: String,
    /// Whether it was answered with 2xx.
    succeeded: bool,
    /// What came back, if anything.
    response: Option<AttemptResponse>,
    /// Why nothing came back, if so.
    failure: Option<AttemptFailure>,
    /// When the next attempt was planned for then, if one was.
    retry_at: Option<DateTime>,
    /// What is on record of it, and what it was made of; nothing for a test.
    #[graphql(skip)]
    recorded: Option<Box<(delivery::Attempt, Sent)>>,
}

#[ComplexObject]
impl Attempt {
    /// The request that was made, by the settings and the secrets of then. None where no request was made, and of tests.
    #[graphql(complexity = "20 + child_complexity")]
    async fn request(&self, ctx: &Context<'_>) -> Result<Option<AttemptRequest>> {
        let Some((attempt, sent)) = self.recorded.as_deref() else { return Ok(None) };
        let scope = ctx.scope();
        let made = scope.app().attempt_request(scope.request(), *sent, attempt).await;
        let Some(made) = made.map_err(|error| plain(error, scope.request_id()))? else { return Ok(None) };
        scope.charge(made.request.letter.body.len())?;
        Ok(Some(made.into()))
    }
}

impl From<Made> for AttemptRequest {
    fn from(Made { request, exact }: Made) -> Self {
        let letter = request.letter;
        let missing = |(secret, reason): (domain::SecretId, LostSignature)| MissingSignature {
            secret_id: secret.into(),
            reason: reason.into(),
        };
        Self {
            url: letter.url,
            headers: letter.headers.iter().map(ResponseHeader::from).collect(),
            body: String::from_utf8_lossy(&letter.body).into_owned(),
            exact,
            missing_signatures: request.unsigned.into_iter().map(missing).collect(),
        }
    }
}

/// What happened to a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum DeliveryEntryKind {
    /// It was to be made from now on.
    Scheduled,
    /// A request was answered with 2xx.
    Succeeded,
    /// A request was answered otherwise, or not at all.
    Failed,
    /// A request was under way when the process died; what came of it is not known.
    Interrupted,
    /// It will not be attempted again unless somebody asks.
    DeadLettered,
    /// Somebody asked for another attempt.
    RetryRequested,
    /// Somebody asked for no more attempts.
    Cancelled,
}

/// One record of a delivery's past.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct DeliveryEntry {
    /// Its place in the past of this delivery, from 1.
    version: Version,
    /// Where it stands in the order of everything.
    position: PositionText,
    /// When it was recorded.
    at: DateTime,
    /// Who caused it.
    actor: Actor,
    /// What happened.
    kind: DeliveryEntryKind,
    /// The request, if there was one.
    attempt: Option<Attempt>,
    /// Why it became a dead letter, if it did.
    dead_letter_reason: Option<DeadLetterReason>,
    /// What whoever cancelled it said, if they did.
    note: Option<String>,
}

/// Who wanted no more attempts of a delivery.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Cancellation {
    /// When.
    at: DateTime,
    /// Who.
    actor: Actor,
    /// Why, in their words, if they said.
    note: Option<String>,
}

impl Cancellation {
    /// How many of the last records may hold it.
    pub(crate) const LOOKED_AT: u64 = 20;

    /// What `entry` tells of it, if it is one.
    pub(crate) fn of(entry: &Entry<Event>) -> Option<Self> {
        let Event::Cancelled { reason: CancelReason::Requested { note }, .. } = &entry.what else {
            return None;
        };
        let note = Some(note.as_str().to_owned()).filter(|note| !note.is_empty());
        Some(Self { at: entry.at.into(), actor: (&entry.actor).into(), note })
    }
}

/// A part of a delivery's past, oldest first.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct DeliveryHistory {
    /// What happened.
    pub(crate) entries: Vec<DeliveryEntry>,
    /// Whether there is more after the last one: ask again with its version.
    pub(crate) more: bool,
}

impl DeliveryEntry {
    /// What `entry` tells; its content counts as loaded.
    pub(crate) fn of(entry: &Entry<Event>, sent: Sent, scope: &Scope) -> Result<Self> {
        let attempt = Attempt::of(entry, sent).map(|attempt| attempt.charged(scope)).transpose()?;
        let (kind, reason, note) = match &entry.what {
            Event::Scheduled { .. } => (DeliveryEntryKind::Scheduled, None, None),
            Event::DeliveredAtOnce { .. } | Event::AttemptSucceeded { .. } => {
                (DeliveryEntryKind::Succeeded, None, None)
            }
            Event::AttemptFailed { .. } => (DeliveryEntryKind::Failed, None, None),
            Event::AttemptInterrupted { .. } => (DeliveryEntryKind::Interrupted, None, None),
            Event::DeadLettered { reason, .. } => {
                (DeliveryEntryKind::DeadLettered, Some((*reason).into()), None)
            }
            Event::RetryRequested { .. } => (DeliveryEntryKind::RetryRequested, None, None),
            Event::Cancelled { reason: CancelReason::Requested { note }, .. } => (
                DeliveryEntryKind::Cancelled,
                None,
                Some(note.as_str().to_owned()).filter(|note| !note.is_empty()),
            ),
        };
        Ok(Self {
            version: entry.sequence.into(),
            position: entry.position.into(),
            at: entry.at.into(),
            actor: Actor::from(&entry.actor),
            kind,
            attempt,
            dead_letter_reason: reason,
            note,
        })
    }
}

impl Attempt {
    /// The request that `entry` tells of, if it tells of one.
    pub(crate) fn of(entry: &Entry<Event>, sent: Sent) -> Option<Self> {
        let retry_at = match &entry.what {
            Event::AttemptFailed { retry_at, .. } => *retry_at,
            _ => None,
        };
        let attempt = entry.attempt()?;
        let recorded = Some(Box::new((attempt.clone(), sent)));
        Some(Self { recorded, ..Self::made(attempt, retry_at) })
    }

    /// A request that was made, and when another one was planned for then.
    pub(crate) fn made(attempt: &delivery::Attempt, retry_at: Option<domain::Timestamp>) -> Self {
        let succeeded = attempt.answer.is_success();
        let (response, failure) = match &attempt.answer {
            Answer::Response { status, headers, body, truncated } => {
                let headers = headers.iter().map(ResponseHeader::from).collect();
                let response =
                    AttemptResponse { status: *status, headers, body: body.clone(), truncated: *truncated };
                (Some(response), None)
            }
            Answer::Failure { class, message } => {
                (None, Some(AttemptFailure { class: class.clone(), message: message.clone() }))
            }
        };
        Self {
            number: attempt.number,
            trigger: attempt.trigger.into(),
            started_at: attempt.started_at.into(),
            phases: attempt.phases.into(),
            subscription_version: attempt.subscription_version.into(),
            address: attempt.address.clone(),
            body_sha256: attempt.body_sha256.clone(),
            succeeded,
            response,
            failure,
            retry_at: retry_at.map(DateTime),
            recorded: None,
        }
    }

    /// Itself, once its content is counted as loaded.
    pub(crate) fn charged(self, scope: &Scope) -> Result<Self> {
        scope.charge(self.response.as_ref().map_or(0, |response| response.body.len()))?;
        Ok(self)
    }
}

impl From<&(String, String)> for ResponseHeader {
    fn from((name, value): &(String, String)) -> Self {
        Self { name: name.clone(), value: value.clone() }
    }
}

impl From<delivery::Phases> for Phases {
    fn from(phases: delivery::Phases) -> Self {
        Self {
            dns_ms: phases.dns_us.map(millis),
            connect_ms: phases.connect_us.map(millis),
            tls_ms: phases.tls_us.map(millis),
            first_byte_ms: phases.first_byte_us.map(millis),
            total_ms: millis(phases.total_us),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "an attempt takes far less than 2^53 microseconds")]
pub(crate) fn millis(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}
