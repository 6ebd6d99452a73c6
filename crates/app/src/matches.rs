//! Why an event did, or did not, lead to a delivery.

use std::convert::Infallible;

use domain::event::{Event, Published};
use domain::routing::{self, MatchReport};
use domain::subscription::Subscription;
use domain::{DeliveryId, EventId, Fact, Position, Scope, Sequence, SubscriptionId, TenantId};

use crate::app::App;
use crate::error::{Error, Fault};
use crate::history::fact;
use crate::request::Request;

/// What became of one event at one subscription.
#[derive(Debug, Clone)]
pub struct Explained {
    /// Whether it matched, and what decided so.
    pub report: MatchReport,
    /// The version of the subscription that was asked; 0 if it did not exist yet.
    pub version: Sequence,
    /// The delivery that it led to, if it matched.
    pub delivery: Option<DeliveryId>,
}

impl App {
    /// Explains whether `event` matched `subscription` as it was when the event was recorded; `None` if one of them
    /// does not exist.
    ///
    /// Needs the scope `read`.
    pub async fn explain_match(
        &self,
        request: &Request,
        event: EventId,
        subscription: SubscriptionId,
    ) -> Result<Option<Explained>, Error<Infallible>> {
        request.need(Scope::Read)?;
        let tenant = request.tenant();
        let Some((published, position)) = self.published(tenant, event).await? else { return Ok(None) };
        let Some((state, version)) = self.subscription_before(tenant, subscription, position).await? else {
            return Ok(None);
        };
        let versions = self.catalog().versions();
        let report = routing::explain(&state, tenant, &published, (position, &versions));
        let delivery = report.matched.then(|| DeliveryId::of(event, published.accepted_at, subscription));
        Ok(Some(Explained { report, version, delivery }))
    }

    /// The event with this id, and where it stands.
    pub(crate) async fn published(
        &self,
        tenant: TenantId,
        id: EventId,
    ) -> Result<Option<(Box<Published>, Position)>, Fault> {
        let records = self.records(tenant, id.into(), Sequence::NONE, 1).await?;
        let Some(record) = records.first() else { return Ok(None) };
        match fact(record)? {
            Fact::Event(Event::Published(published)) => Ok(Some((published.clone(), record.position))),
            _ => Ok(None),
        }
    }

    /// The subscription as it was before `position`, and its version then; `None` if it never existed.
    async fn subscription_before(
        &self,
        tenant: TenantId,
        id: SubscriptionId,
        position: Position,
    ) -> Result<Option<(Subscription, Sequence)>, Fault> {
        if let Some(then) = self.load::<Subscription>(tenant, id.into(), Some(position)).await? {
            return Ok(Some((then.state, then.version)));
        }
        let born_later = !self.records(tenant, id.into(), Sequence::NONE, 1).await?.is_empty();
        Ok(born_later.then(|| (Subscription::default(), Sequence::NONE)))
    }
}
