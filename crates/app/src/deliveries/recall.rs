//! The request that an attempt made, put together again from what is on record.

use std::convert::Infallible;
use std::sync::Arc;

use domain::delivery::Attempt;
use domain::subscription::{Event, Live, Subscription};
use domain::{DeliveryId, EventId, Fact, Scope, SecretId, Sequence, SubscriptionId, TenantId};
use ledger::Record;

use crate::app::App;
use crate::error::{Error, Fault};
use crate::history::{Folded, fact};
use crate::playground::{CourierError, Order, Recalled, Then};
use crate::request::Request;

/// What an attempt was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The event.
    pub event: EventId,
    /// To whom.
    pub subscription: SubscriptionId,
}

/// The request of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The request, with every signature that can be made again.
    pub request: Recalled,
    /// Whether its body has the SHA-256 that the attempt recorded, so that it is what was sent, byte for byte.
    pub exact: bool,
}

impl App {
    /// The request that `attempt` made: headers, signatures and body, made again by the settings and secrets of then.
    /// `None` if it made none, or if what it was made of is not there any more.
    ///
    /// Needs the scope `read`.
    pub async fn attempt_request(
        &self,
        request: &Request,
        sent: Sent,
        attempt: &Attempt,
    ) -> Result<Option<Made>, Error<Infallible>> {
        request.need(Scope::Read)?;
        let tenant = request.tenant();
        let version = attempt.subscription_version;
        if version == Sequence::NONE || attempt.body_sha256.is_empty() {
            return Ok(None);
        }
        let Some((live, revoked)) = self.subscription_then(tenant, sent.subscription, version).await? else {
            return Ok(None);
        };
        let Some(event) = self.event(request, sent.event).await? else { return Ok(None) };
        let then = Then { position: event.position, started_at: attempt.started_at, revoked };
        let order = Order {
            message: sent.delivery.to_string(),
            tenant,
            subscription: sent.subscription,
            live,
            version,
            event: sent.event,
            content: event.what,
            versions: self.catalog().versions(),
        };
        match self.courier().recall(&order, &then) {
            Ok(request) => {
                let exact = request.letter.body_sha256 == attempt.body_sha256;
                Ok(Some(Made { request, exact }))
            }
            Err(CourierError::NotCastable(_) | CourierError::Unusable(_)) => Ok(None),
        }
    }

    /// The subscription as it was at `version`, and the secrets that were revoked since.
    async fn subscription_then(
        &self,
        tenant: TenantId,
        id: SubscriptionId,
        version: Sequence,
    ) -> Result<Option<(Box<Live>, Vec<SecretId>)>, Fault> {
        let records = self.all_records(tenant, id.into(), None).await?;
        let (then, since) = records.split_at(records.partition_point(|record| record.sequence <= version));
        let Some(Folded { state: Subscription::Live(live), .. }) = Folded::of(then)? else { return Ok(None) };
        Ok(Some((live, revoked(since)?)))
    }
}

fn revoked(records: &[Arc<Record>]) -> Result<Vec<SecretId>, Fault> {
    let mut revoked = Vec::new();
    for record in records {
        if let Fact::Subscription(Event::SecretRevoked { secret }) = fact(record)? {
            revoked.push(*secret);
        }
    }
    Ok(revoked)
}
