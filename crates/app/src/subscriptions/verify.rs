//! Asking an endpoint whether it agrees to deliveries: the validation handshake of the `CloudEvents` webhook
//! specification, section 4.
//!
//! One `OPTIONS` request, under the address policy that deliveries are under. The answer's status decides nothing, its
//! headers do. What was answered is recorded, consent or not. The owner's headers do not go along: they may hold
//! credentials, and nobody has agreed to anything yet.

use std::num::NonZeroU32;
use std::time::Duration;

use bytes::Bytes;
use domain::subscription::{Command, NoConsent, Subscription};
use domain::{Scope, Sequence, SubscriptionId};
use egress::{Deadlines, Origin, Outcome, Request as Outgoing};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::Refusal;
use crate::app::App;
use crate::change::Changed;
use crate::decide::{Decided, Edit};
use crate::error::Error;
use crate::request::Request;

/// How long an endpoint may take to answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// When somebody who asks while too many are asked should come again.
const BUSY: Duration = Duration::from_secs(5);
/// The most requests a minute that are asked for.
const RATE_MAX: u32 = 6_000_000;

const REQUEST_RATE: HeaderName = HeaderName::from_static("webhook-request-rate");
const ALLOWED_ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");
const ALLOWED_RATE: HeaderName = HeaderName::from_static("webhook-allowed-rate");

/// An endpoint was asked, and its answer recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The requests a minute that it allows (as many as may be if `None`), or why it did not agree.
    pub answer: Result<Option<NonZeroU32>, NoConsent>,
    /// What was recorded.
    pub changed: Changed,
}

impl App {
    /// Asks the endpoint of a subscription whether it agrees to deliveries, and records what it answers.
    ///
    /// Needs the scope `manage`. Takes up to ten seconds. At most [`crate::Bounds::verifications_at_once`] endpoints are
    /// asked at once on this node.
    pub async fn verify_endpoint(
        &self,
        request: &Request,
        id: SubscriptionId,
        expected: Option<Sequence>,
    ) -> Result<Verified, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let busy =
            || Error::Overloaded { why: "many endpoints are being asked at this moment", retry_after: BUSY };
        let _turn = self.asking().try_acquire().map_err(|_| busy())?;
        let tenant = request.tenant();
        let now = self.load::<Subscription>(tenant, id.into(), None).await?;
        let now = now.ok_or(Error::Refused(Refusal::NotFound))?;
        if expected.is_some_and(|expected| expected != now.version) {
            return Err(Error::Refused(Refusal::stale(now.version)));
        }
        let live = now
            .state
            .live()
            .ok_or_else(|| Error::Refused(Refusal::Rule(domain::subscription::Refusal::Deleted)))?;
        let endpoint = live.settings.endpoint.clone();
        let target = self.url_policy().check(endpoint.as_str());
        let target = target.map_err(|refusal| Error::Refused(Refusal::Endpoint(refusal)))?;
        let wanted = live.settings.limits.rate_per_second().map(|rate| rate.saturating_mul(60).min(RATE_MAX));
        let outcome = self.transport().send(question(target, self.origin(), wanted)).await;
        let answer = answer(&outcome, self.origin(), wanted);
        let at = self.clock().now();
        let command = Command::NoteVerification { endpoint, at, answer: answer.clone() };
        // Whatever else was changed meanwhile, the answer is of this endpoint, which the decision compares.
        let changed =
            self.change::<Subscription, Refusal>(request, Edit::of(tenant, id, None), command).await?;
        Ok(Verified { answer, changed })
    }
}

/// The request that asks for consent, and for a rate if the owner set one.
fn question(endpoint: egress::Endpoint, origin: &Origin, rate_per_minute: Option<u32>) -> Outgoing {
    let mut headers = HeaderMap::from_iter([(Origin::REQUEST_HEADER, origin.value())]);
    if let Some(rate) = rate_per_minute {
        headers.insert(REQUEST_RATE, HeaderValue::from(rate));
    }
    let deadlines = Deadlines::default();
    let deadlines = deadlines.with_total(DEADLINE).and_then(|bounded| bounded.with_first_byte(DEADLINE));
    Outgoing {
        endpoint,
        method: Method::OPTIONS,
        headers,
        body: Bytes::new(),
        deadlines: deadlines.expect("ten seconds are a deadline"),
    }
}

/// What the endpoint says; where it names no rate, the one that was asked for.
fn answer(outcome: &Outcome, origin: &Origin, wanted: Option<u32>) -> Result<Option<NonZeroU32>, NoConsent> {
    let response = outcome
        .as_ref()
        .map_err(|failure| NoConsent::Unreachable { class: failure.kind.as_str().to_owned() })?;
    let silent = NoConsent::Silent { status: response.status.as_u16() };
    let allowed = response.headers.get(ALLOWED_ORIGIN).ok_or(silent)?;
    let allowed = allowed.to_str().unwrap_or_default().trim();
    if allowed != "*" && !origin.is(allowed) {
        return Err(NoConsent::OtherOrigin);
    }
    let Some(rate) = response.headers.get(ALLOWED_RATE) else { return Ok(wanted.and_then(NonZeroU32::new)) };
    match rate.to_str().unwrap_or_default().trim() {
        "*" => Ok(None),
        number => number.parse().map(Some).map_err(|_| NoConsent::Rate),
    }
}
