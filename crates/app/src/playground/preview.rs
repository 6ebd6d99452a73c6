//! What would be sent, without sending it.

use domain::event::{Published, Source};
use domain::routing::{self, MatchReport};
use domain::subscription::{Event, Live, Subscription};
use domain::{Decider, EventId, EventType, Position, RawJson, Scope, Sequence, SubscriptionId, TestId};

use super::{CourierError, Letter, Order, Refusal};
use crate::app::App;
use crate::error::Error;
use crate::publish::{self, NewEvent};
use crate::request::Request;
use crate::subscriptions::NewSubscription;

/// An event that nobody published.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What kind of fact it would be. It need not be registered.
    pub event_type: EventType,
    /// The version of the type's data, from 1.
    pub version: u32,
    /// Where it would have happened.
    pub source: Source,
    /// The fact itself.
    pub data: RawJson,
    /// What a publisher would say about it besides: an object.
    pub metadata: Option<RawJson>,
}

/// Whom a sample is for.
#[derive(Debug, Clone)]
pub enum Target {
    /// A subscription as it is now.
    Existing(SubscriptionId),
    /// One that could be made. It is not.
    Draft(Box<NewSubscription>),
}

/// What would become of a sample.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Whether it would match, and what decides so.
    pub report: MatchReport,
    /// The request that would be made, whether it matches or not; none if the sample cannot be cast to the version that is
    /// wanted, which the report tells.
    pub letter: Option<Letter>,
}

/// A subscription, or a draft of one, that a sample is tried on.
pub(super) struct Addressee {
    pub(super) id: SubscriptionId,
    /// Whether it exists.
    pub(super) exists: bool,
    pub(super) live: Box<Live>,
    pub(super) version: Sequence,
}

impl App {
    /// What would become of a sample: whether it would match, and the request that would be made. Nothing is sent, and
    /// nothing recorded.
    ///
    /// Needs the scope `read`, and for a draft `manage`.
    pub async fn preview_delivery(
        &self,
        request: &Request,
        sample: &Sample,
        target: Target,
    ) -> Result<Preview, Error<Refusal>> {
        request.need(Scope::Read)?;
        let addressee = self.addressee(request, target).await?;
        let message = TestId::generate(self.ids()).to_string();
        let order = self.order(request, sample, &addressee, message)?;
        let letter = match self.courier().write(&order) {
            Ok(letter) => Some(letter),
            Err(CourierError::NotCastable(_)) => None,
            Err(error) => return Err(Error::Refused(error.into())),
        };
        let subscription = Subscription::Live(addressee.live);
        let now = (Position::END, &*order.versions);
        let report = routing::explain(&subscription, request.tenant(), &order.content, now);
        Ok(Preview { report, letter })
    }

    pub(super) async fn addressee(
        &self,
        request: &Request,
        target: Target,
    ) -> Result<Addressee, Error<Refusal>> {
        let tenant = request.tenant();
        match target {
            Target::Existing(id) => {
                let found = self.load::<Subscription>(tenant, id.into(), None).await?;
                let found = found.ok_or(Error::Refused(Refusal::NotFound))?;
                let Subscription::Live(live) = found.state else {
                    return Err(Error::Refused(Refusal::NotFound));
                };
                Ok(Addressee { id, exists: true, live, version: found.version })
            }
            Target::Draft(new) => {
                request.need(Scope::Manage)?;
                let id = SubscriptionId::generate(self.ids());
                let draft =
                    self.draft(tenant, id, *new).map_err(|error| error.map_refusal(Refusal::Draft))?;
                let created =
                    Event::Created { settings: draft.settings, secret: draft.secret, active: draft.active };
                let Subscription::Live(live) = Subscription::default().evolve(&created) else {
                    unreachable!("what was just created lives")
                };
                Ok(Addressee { id, exists: false, live, version: Sequence::NONE })
            }
        }
    }

    pub(super) fn order(
        &self,
        request: &Request,
        sample: &Sample,
        addressee: &Addressee,
        message: String,
    ) -> Result<Order, Error<Refusal>> {
        let Sample { event_type, version, source, data, metadata } = sample.clone();
        let (time, key) = (None, None);
        let new = NewEvent { event_type, version, source, time, key, data, metadata };
        publish::check_one(&new, self.bounds())
            .map_err(|refusal| Error::Refused(Refusal::Sample(refusal)))?;
        let now = self.clock().now();
        let content = Box::new(Published {
            event_type: new.event_type,
            version: new.version,
            source: new.source,
            time: now,
            accepted_at: now,
            key: None,
            data: new.data,
            metadata: new.metadata,
            warnings: Vec::new(),
        });
        Ok(Order {
            message,
            tenant: request.tenant(),
            subscription: addressee.id,
            live: addressee.live.clone(),
            version: addressee.version,
            event: EventId::generate(self.ids()),
            content,
            versions: self.catalog().versions(),
        })
    }
}
