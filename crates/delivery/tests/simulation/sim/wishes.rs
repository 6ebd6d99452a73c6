//! What people ask of single deliveries: another attempt, or none any more. They decide as the use cases do.

use domain::{Decider, DeliveryId, Fact, Sequence, delivery};

use super::trail::Kind;
use super::world::World;

/// Among how many of the youngest deliveries one is picked to be retried or cancelled.
const YOUNG: usize = 48;

impl World {
    pub(crate) fn redrive(&mut self) {
        let place = self.chance.index(self.truth.died.len());
        let delivery = self.truth.died[place];
        let dead = matches!(self.truth.deliveries[&delivery].now().progress.state, delivery::State::Dead(_));
        if !dead || !self.retry(delivery, Kind::Redriven) {
            self.truth.died.swap_remove(place);
        }
    }

    /// A delivery that people have their eyes on: one that is under way, or a young one.
    pub(crate) fn young(&mut self) -> DeliveryId {
        let (flights, appends) = (&self.life.flights, &self.life.appends);
        if self.chance.one_in(3) && !flights.is_empty() {
            return self.chance.pick(flights).delivery;
        }
        if self.chance.one_in(3) && !appends.is_empty() {
            return appends[self.chance.index(appends.len())].delivery;
        }
        if self.chance.one_in(3) && !self.truth.waiting.is_empty() {
            let nth = self.chance.index(self.truth.waiting.len());
            let tried = |delivery: &&DeliveryId| self.truth.deliveries[*delivery].now().progress.attempts > 0;
            // Rather one that waits for a retry.
            let mut waiting = self.truth.waiting.iter().skip(nth);
            let first = *waiting.next().expect("it is one of them");
            return if tried(&&first) { first } else { waiting.find(tried).copied().unwrap_or(first) };
        }
        let born = &self.truth.born;
        self.chance.pick(&born[born.len().saturating_sub(YOUNG)..])
    }

    /// Asks for another attempt, as the use case does. Says whether anything was recorded.
    pub(crate) fn retry(&mut self, delivery: DeliveryId, kind: Kind) -> bool {
        let known = &self.truth.deliveries[&delivery];
        if self.truth.subscriptions.live(known.subscription).is_none() {
            return false;
        }
        let progress = known.now().progress;
        let asked_for = matches!(progress.state, delivery::State::Waiting { by_hand, .. } if by_hand || progress.attempts == 0);
        if asked_for {
            return false;
        }
        self.decide(delivery, delivery::Command::Retry { at: self.now }, kind)
    }

    pub(crate) fn cancel(&mut self) {
        let delivery = self.young();
        let known = &self.truth.deliveries[&delivery];
        if self.truth.subscriptions.live(known.subscription).is_some() {
            let reason = delivery::CancelReason::Requested { note: domain::Description::default() };
            self.decide(delivery, delivery::Command::Cancel { reason }, Kind::Cancelled);
        }
    }

    fn decide(&mut self, delivery: DeliveryId, command: delivery::Command, kind: Kind) -> bool {
        let known = &self.truth.deliveries[&delivery];
        let (tenant, subscription, sequence) = (known.tenant, known.subscription, known.sequence());
        let Ok(mut events) = known.aggregate().decide(command) else { return false };
        if events.is_empty() {
            return false;
        }
        if sequence == Sequence::NONE {
            events.insert(0, delivery::Event::Scheduled { origin: known.origin(), at: known.accepted_at });
        }
        self.record(tenant, delivery.uuid(), sequence, events.into_iter().map(Fact::from).collect());
        self.note(kind, (subscription, delivery, self.ledger.head().0));
        true
    }
}
