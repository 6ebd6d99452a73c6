//! Whether what arrived in an inbox is signed as its subscription signs.

use std::borrow::Cow;
use std::sync::Arc;

use domain::subscription::{Live, Scheme, SigningSecret, Subscription};
use domain::{DeliveryId, EventId, SubscriptionId, TenantId, Timestamp};
use http::HeaderMap;
use secrecy::ExposeSecret;
use signature::{PublicKey, Rejection, Secret, UnixSeconds, Verifier, VerifyingKey};
use vault::Context;

use crate::app::App;

/// Whether a signature is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Valid,
    /// It is not.
    Invalid,
    /// There is none.
    Unsigned,
    /// Nobody here knows who would have signed it.
    NoSubscription,
}

/// Whether a request is signed as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Whether it is.
    pub verdict: Verdict,
    /// In words.
    pub message: String,
    /// Whose secrets it was checked with.
    pub subscription: Option<SubscriptionId>,
    /// The delivery that it belongs to.
    pub delivery: Option<DeliveryId>,
}

/// A subscription that something arrives from.
pub(crate) type Sender = (SubscriptionId, Arc<Live>);

impl App {
    /// Checks what arrived for `tenant`, as a receiver with the subscription's secrets would.
    pub(super) async fn check_arrived(&self, tenant: TenantId, headers: &HeaderMap, body: &[u8]) -> Check {
        let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
        let delivery = id.parse::<DeliveryId>().ok();
        let sender = match delivery {
            Some(delivery) => self.sender_of(tenant, delivery, (headers, body)).await,
            None => self.expected().get(id),
        };
        let Some((subscription, live)) = sender else {
            let message = "webhook-id names no delivery of this tenant".to_owned();
            return Check { verdict: Verdict::NoSubscription, message, subscription: None, delivery: None };
        };
        let now = self.clock().now();
        let (verdict, message) = match self.verifier(tenant, subscription, &live, now) {
            None => (Verdict::NoSubscription, "the subscription's secrets cannot be opened".to_owned()),
            Some(verifier) => judge(&verifier, headers, body, now),
        };
        Check { verdict, message, subscription: Some(subscription), delivery }
    }

    async fn sender_of(
        &self,
        tenant: TenantId,
        delivery: DeliveryId,
        arrived: (&HeaderMap, &[u8]),
    ) -> Option<Sender> {
        let located = self.deliveries().locate(tenant, delivery).await.ok().flatten();
        let id = match located {
            Some(located) => located.subscription,
            // It came before the views knew of it.
            None => self.derived_from(tenant, delivery, event_named(arrived)?).await?,
        };
        let found = self.load::<Subscription>(tenant, id.into(), None).await.ok().flatten()?;
        match found.state {
            Subscription::Live(live) => Some((id, Arc::from(live))),
            Subscription::Unborn | Subscription::Deleted => None,
        }
    }

    /// The subscription that `delivery` of `event` goes to: an id of a delivery is made of both.
    async fn derived_from(
        &self,
        tenant: TenantId,
        delivery: DeliveryId,
        event: EventId,
    ) -> Option<SubscriptionId> {
        let (published, _) = self.published(tenant, event).await.ok().flatten()?;
        let is_meant = |id| DeliveryId::of(event, published.accepted_at, id) == delivery;
        self.census().find(tenant, is_meant)
    }

    fn verifier(
        &self,
        tenant: TenantId,
        id: SubscriptionId,
        live: &Live,
        now: Timestamp,
    ) -> Option<Verifier> {
        let keys: Option<Vec<_>> =
            live.signing_secrets(now).map(|secret| self.verifying_key(tenant, id, secret)).collect();
        Verifier::new(keys?).ok()
    }

    fn verifying_key(
        &self,
        tenant: TenantId,
        id: SubscriptionId,
        secret: &SigningSecret,
    ) -> Option<VerifyingKey> {
        if secret.scheme == Scheme::Ed25519 {
            let key: PublicKey = secret.public_key.as_deref()?.parse().ok()?;
            return Some(VerifyingKey::ed25519(&key));
        }
        let owner = format!("{id}/secret/{}", secret.id);
        let text = self.vault().open(Context { tenant, owner: &owner }, &secret.sealed).ok()?;
        let shared: Secret = text.expose_secret().parse().ok()?;
        Some(match secret.scheme {
            Scheme::HmacSha512 => VerifyingKey::hmac_sha512(&shared),
            Scheme::HmacSha256 | Scheme::Ed25519 => VerifyingKey::hmac_sha256(&shared),
        })
    }
}

/// Which event a request tells of, in whichever form.
fn event_named((headers, body): (&HeaderMap, &[u8])) -> Option<EventId> {
    #[derive(serde::Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        id: Option<Cow<'a, str>>,
        #[serde(borrow)]
        hookledgerid: Option<Cow<'a, str>>,
    }
    if let Some(id) = headers.get("ce-hookledgerid") {
        return id.to_str().ok()?.parse().ok();
    }
    let Named { id, hookledgerid } = serde_json::from_slice(body).ok()?;
    hookledgerid.or(id)?.parse().ok()
}

fn judge(verifier: &Verifier, headers: &HeaderMap, body: &[u8], now: Timestamp) -> (Verdict, String) {
    let now = UnixSeconds::new(u64::try_from(now.as_seconds()).unwrap_or(0));
    match verifier.verify(headers, body, now) {
        Ok(_) => (Verdict::Valid, "signed with the subscription's secret".to_owned()),
        Err(rejection @ Rejection::MissingHeader(_)) => (Verdict::Unsigned, rejection.to_string()),
        Err(rejection) => (Verdict::Invalid, rejection.to_string()),
    }
}
