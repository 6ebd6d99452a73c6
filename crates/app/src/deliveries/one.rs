//! Trying one delivery again, and cancelling one.

use domain::delivery::{CancelReason, Command, Delivery, Event, Origin, Progress, State};
use domain::{
    Decider, DeliveryId, Description, EventId, Position, RecordId, Scope, Sequence, SubscriptionId, TenantId,
};
use ledger::{Batch, NewRecord};

use super::Refusal;
use crate::app::App;
use crate::change::Changed;
use crate::error::{Error, Fault};
use crate::request::Request;

/// How often a decision is made again because the engine was first.
pub(super) const TRIES: u32 = 8;

/// A delivery as it is now.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    id: DeliveryId,
    state: Delivery,
    version: Sequence,
    /// Where its last record stands, or its event if it has none.
    position: Position,
    /// What it takes to begin its stream, if it has not begun.
    begin: Option<Event>,
}

/// What a wish leads to.
pub(crate) enum Outcome {
    /// It already holds.
    Agreed(Changed),
    /// These records, and the version after them.
    Append(Batch, Sequence),
}

impl App {
    /// Attempts a delivery again now, with a new budget of attempts, whatever became of it before.
    ///
    /// One that still waits for its first attempt is as good as asked for: nothing is recorded. Needs the scope
    /// `manage`.
    pub async fn retry_delivery(&self, request: &Request, id: DeliveryId) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let at = self.clock().now();
        self.decide_delivery(request, id, |known| self.retry(request, known, at)).await
    }

    /// Attempts a delivery no more. A request that is under way ends as it ends. A dead letter is discarded.
    ///
    /// What waited for a subscription that was deleted is cancelled as it is: nothing is recorded. Needs the scope
    /// `manage`.
    pub async fn cancel_delivery(
        &self,
        request: &Request,
        id: DeliveryId,
        note: Description,
    ) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Manage)?;
        self.decide_delivery(request, id, |known| self.cancel(request, known, &note)).await
    }

    async fn decide_delivery(
        &self,
        request: &Request,
        id: DeliveryId,
        decide: impl Fn(&Known) -> Result<Outcome, Refusal>,
    ) -> Result<Changed, Error<Refusal>> {
        for _ in 0..TRIES {
            let known = self.known(request.tenant(), id).await?;
            let known = known.ok_or(Error::Refused(Refusal::NotFound))?;
            match decide(&known).map_err(Error::Refused)? {
                Outcome::Agreed(changed) => return Ok(changed),
                Outcome::Append(batch, version) => {
                    if let Ok(appended) = self.append_surely(batch).await? {
                        return Ok(Changed { version, position: appended.last });
                    }
                }
            }
        }
        Err(Fault::Contended { what: id.to_string(), tries: TRIES }.into())
    }

    /// What asking for another attempt leads to.
    pub(crate) fn retry(
        &self,
        request: &Request,
        known: &Known,
        at: domain::Timestamp,
    ) -> Result<Outcome, Refusal> {
        self.refuse_deleted(request.tenant(), known)?;
        if known.is_asked_for() {
            return Ok(Outcome::Agreed(known.unchanged()));
        }
        self.outcome(request, known, Command::Retry { at })
    }

    /// What asking for no more attempts leads to.
    pub(crate) fn cancel(
        &self,
        request: &Request,
        known: &Known,
        note: &Description,
    ) -> Result<Outcome, Refusal> {
        let gone = self.refuse_deleted(request.tenant(), known).is_err();
        if gone && known.progress().is_some_and(|progress| progress.due_at().is_some()) {
            return Ok(Outcome::Agreed(known.unchanged()));
        }
        self.outcome(
            request,
            known,
            Command::Cancel { reason: CancelReason::Requested { note: note.clone() } },
        )
    }

    /// What a command leads to.
    fn outcome(&self, request: &Request, known: &Known, command: Command) -> Result<Outcome, Refusal> {
        let mut events = known.state.decide(command)?;
        if events.is_empty() {
            return Ok(Outcome::Agreed(known.unchanged()));
        }
        if let Some(begin) = &known.begin {
            events.insert(0, begin.clone());
        }
        let origin = ledger::Origin::new(request.tenant(), &request.metadata(), self.clock().now());
        let mut version = known.version;
        let records = events.into_iter().map(|event| {
            version = version.next();
            NewRecord::of(RecordId::generate(self.ids()), known.id.into(), version, event.into(), &origin)
        });
        let batch = Batch::new(records.collect()).expect("a decision has few, small and consecutive records");
        Ok(Outcome::Append(batch, version))
    }

    fn refuse_deleted(&self, tenant: TenantId, known: &Known) -> Result<(), Refusal> {
        let live = known.subscription().is_some_and(|subscription| self.census().has(tenant, subscription));
        if live { Ok(()) } else { Err(Refusal::SubscriptionDeleted) }
    }

    /// The delivery as it is now: by its records, or as its event and the views tell if it has none yet.
    pub(super) async fn known(&self, tenant: TenantId, id: DeliveryId) -> Result<Option<Known>, Fault> {
        if let Some(begun) = self.load::<Delivery>(tenant, id.into(), None).await? {
            let (state, version, position) = (begun.state, begun.version, begun.position);
            return Ok(Some(Known { id, state, version, position, begin: None }));
        }
        let located = self.deliveries().locate(tenant, id).await.map_err(Fault::Views)?;
        let Some(located) = located else { return Ok(None) };
        self.waiting(tenant, id, located.event, located.subscription).await
    }

    /// A delivery that has no records: checked against its event, since views may be behind or ahead of themselves.
    async fn waiting(
        &self,
        tenant: TenantId,
        id: DeliveryId,
        event: EventId,
        subscription: SubscriptionId,
    ) -> Result<Option<Known>, Fault> {
        let Some((published, event_position)) = self.published(tenant, event).await? else { return Ok(None) };
        if DeliveryId::of(event, published.accepted_at, subscription) != id {
            return Ok(None);
        }
        let origin = Origin { event, event_position, event_type: published.event_type.clone(), subscription };
        let begin = Event::Scheduled { origin, at: published.accepted_at };
        let state = Delivery::default().evolve(&begin);
        Ok(Some(Known { id, state, version: Sequence::NONE, position: event_position, begin: Some(begin) }))
    }
}

impl Known {
    fn progress(&self) -> Option<&Progress> {
        match &self.state {
            Delivery::Unborn => None,
            Delivery::Scheduled { progress, .. } => Some(progress),
        }
    }

    fn subscription(&self) -> Option<SubscriptionId> {
        match &self.state {
            Delivery::Unborn => None,
            Delivery::Scheduled { origin, .. } => Some(origin.subscription),
        }
    }

    /// Whether its next attempt is due as soon as limits allow, so that there is nothing to ask for.
    fn is_asked_for(&self) -> bool {
        self.progress().is_some_and(|progress| match progress.state {
            State::Waiting { by_hand, .. } => by_hand || progress.attempts == 0,
            State::Delivered | State::Dead(_) | State::Cancelled => false,
        })
    }

    /// Nothing needs to be recorded.
    const fn unchanged(&self) -> Changed {
        Changed { version: self.version, position: self.position }
    }
}
