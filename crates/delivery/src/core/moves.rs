//! Lanes that come and go while the engine runs, and what others record in them.
//!
//! A lane *arrives*: once the ledger is followed to where it was when the lease was taken, the view is asked which
//! subscriptions of the lane have something waiting. Until it has answered nothing of the lane is held or sent, and only
//! the names of the subscriptions are kept to which something happens. Then each of them has a window that says "the view
//! has more", and pages are loaded as ever.
//!
//! A lane is *given up*: what waits is dropped, for the view has it. What is under way is seen through to its record.
//!
//! A former holder that lost its lane by force may still record what became of its last requests. Such a record is met in
//! the ledger, and folded like what people ask for.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use domain::delivery::Event;
use domain::{DeliveryId, Fact, Position, SubscriptionId, TenantId, Timestamp};

use super::lane::{Lane, LaneSet};
use super::queue::Queue;
use super::window::{EARLIEST, Window};
use super::{Action, Core, Recorded};

/// Which subscriptions have something waiting, as the view knew it.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// How far the view had folded the ledger when it was asked.
    pub as_of: Position,
    /// Those for which something waits, once each; of other lanes, too.
    pub waiting: Vec<Surveyed>,
}

/// A subscription for which something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surveyed {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which.
    pub subscription: SubscriptionId,
    /// Whether first attempts wait.
    pub first: bool,
    /// When the earliest of the retries is due, if any wait.
    pub retries: Option<Timestamp>,
}

/// Names a question to the view about lanes.
pub type SurveyId = u64;

/// Lanes on their way.
#[derive(Debug)]
pub(super) struct Arrival {
    id: SurveyId,
    lanes: LaneSet,
    /// The ledger's head when it was certain that nobody else holds them.
    head: Position,
    asked: bool,
    /// Subscriptions to which something happened since the view was asked; bounded as subscriptions are.
    touched: BTreeSet<SubscriptionId>,
}

/// What a record of another engine tells of itself, besides what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Whose {
    /// The lane that it belongs to.
    pub lane: Option<Lane>,
    /// The subscription. Known of every attempt that failed, for such a delivery goes on.
    pub subscription: Option<SubscriptionId>,
}

impl Core {
    /// The lanes whose subscriptions are delivered to here.
    pub const fn lanes(&self) -> LaneSet {
        self.lanes
    }

    /// The lanes that are not delivered yet, but will be.
    pub fn arriving(&self) -> LaneSet {
        self.arrivals.iter().fold(LaneSet::NONE, |all, arrival| all.with(arrival.lanes))
    }

    /// Takes over lanes that nobody else works on any more; nothing of them may be under way here from before.
    /// Whatever their former holders recorded in order stands at or before `head`.
    pub fn gain(&mut self, lanes: LaneSet, head: Position) {
        debug_assert!(
            lanes.iter().all(|lane| self.is_settled(lane)),
            "a lane came back before it had settled"
        );
        let lanes = lanes.without(self.lanes).without(self.arriving());
        if !lanes.is_empty() {
            self.surveys += 1;
            let (id, touched) = (self.surveys, BTreeSet::new());
            self.arrivals.push(Arrival { id, lanes, head, asked: false, touched });
        }
    }

    /// Starts nothing more for `lanes` and drops what waits for them. What is under way is still recorded.
    pub fn give_up(&mut self, lanes: LaneSet) {
        self.lanes = self.lanes.without(lanes);
        for arrival in &mut self.arrivals {
            arrival.lanes = arrival.lanes.without(lanes);
        }
        self.arrivals.retain(|arrival| !arrival.lanes.is_empty());
        let of_them = |id: &SubscriptionId| lanes.contains(Lane::of(*id));
        let mut known: BTreeSet<_> = self.queues.keys().copied().filter(of_them).collect();
        known.extend(self.standings.keys().copied().filter(of_them));
        for id in known {
            self.forget(id);
            let Some(queue) = self.queues.get_mut(&id) else { continue };
            self.held -= queue.window.len();
            queue.window = Window::default();
            if queue.is_at_rest() {
                self.queues.remove(&id);
            } else {
                self.leaving.insert(id);
            }
        }
    }

    /// Whether nothing of a lane that was given up is under way any more.
    pub fn is_settled(&self, lane: Lane) -> bool {
        !self.leaving.iter().any(|id| Lane::of(*id) == lane)
    }

    /// Takes that a request was not made after all: its lane is somebody else's.
    pub fn withdrawn(&mut self, subscription: SubscriptionId, delivery: DeliveryId) {
        let class = self.class(subscription);
        let Some(queue) = self.queues.get_mut(&subscription) else { return };
        if queue.in_flight.remove(&delivery).is_some() {
            self.slots.ended(class);
            self.let_rest(subscription);
        }
    }

    /// Forgets a subscription of a lane that was given up, once nothing of it is under way.
    pub(super) fn let_rest(&mut self, subscription: SubscriptionId) {
        if self.is_ours(subscription) {
            return;
        }
        if self.queues.get(&subscription).is_some_and(Queue::is_at_rest) {
            self.queues.remove(&subscription);
            self.leaving.remove(&subscription);
            self.forget(subscription);
        }
    }

    pub(super) fn is_ours(&self, subscription: SubscriptionId) -> bool {
        self.lanes == LaneSet::ALL || self.lanes.contains(Lane::of(subscription))
    }

    /// Whether something that happens to a subscription concerns this engine now. Of lanes that are on their way it is
    /// remembered that something did.
    pub(super) fn concerns(&mut self, subscription: SubscriptionId) -> bool {
        if self.is_ours(subscription) {
            return true;
        }
        let lane = Lane::of(subscription);
        if let Some(arrival) = self.arrivals.iter_mut().find(|arrival| arrival.lanes.contains(lane))
            && arrival.asked
        {
            arrival.touched.insert(subscription);
        }
        false
    }

    /// Asks the view about lanes, as soon as the ledger is followed far enough.
    pub(super) fn ask_about_arrivals(&mut self, out: &mut Vec<Action>) {
        let (folded, at_least) = (self.folded, self.folded.max(self.appended));
        for arrival in &mut self.arrivals {
            if !arrival.asked && folded >= arrival.head {
                arrival.asked = true;
                out.push(Action::Survey { id: arrival.id, at_least });
            }
        }
    }

    /// Takes the answer to a question about lanes, at `now`; `None` if the view could not be read, and it is asked again.
    pub fn surveyed(&mut self, id: SurveyId, survey: Option<Survey>, now: Timestamp) {
        let Some(place) = self.arrivals.iter().position(|arrival| arrival.id == id) else { return };
        let Some(survey) = survey else {
            let arrival = &mut self.arrivals[place];
            arrival.asked = false;
            arrival.touched.clear();
            return;
        };
        let Arrival { lanes, touched, .. } = self.arrivals.swap_remove(place);
        self.lanes = self.lanes.with(lanes);
        for lane in lanes.iter() {
            self.since[lane.index()] = now;
        }
        // What the view did not know yet is not told by what it said.
        let everything = |id: &SubscriptionId| survey.as_of < self.folded && touched.contains(id);
        let found = survey.waiting.iter().filter(|found| lanes.contains(Lane::of(found.subscription)));
        let mut windows: Vec<_> = found
            .filter(|found| !everything(&found.subscription))
            .map(|found| {
                let retries = found.retries.map(|due_at| (due_at, EARLIEST.1));
                (found.subscription, found.first.then_some(Position::START), retries)
            })
            .collect();
        let missed = touched.iter().filter(|id| everything(id));
        windows.extend(missed.map(|id| (*id, Some(Position::START), Some(EARLIEST))));
        for (id, first_beyond, retries_beyond) in windows {
            self.open(id, Window::covering(Vec::new(), first_beyond, retries_beyond));
        }
    }

    /// Begins with what waits for a subscription, none of which is in memory.
    fn open(&mut self, subscription: SubscriptionId, window: Window) {
        let Some(tenant) = self.tenant(subscription).filter(|_| self.live(subscription).is_some()) else {
            return;
        };
        self.queue(tenant, subscription).window = window;
        self.turn(subscription);
    }

    /// Folds something that another engine, or an earlier life, recorded of a delivery.
    pub fn record_of_other(&mut self, recorded: Recorded<'_>, whose: Whose) {
        self.advance(Position(recorded.position.0.saturating_sub(1)));
        if let Fact::Delivery(event) = recorded.fact {
            let delivery = DeliveryId::from_uuid(recorded.stream);
            match subscription_of(event).or(whose.subscription) {
                Some(subscription) => self.outcome_of_other(&recorded, subscription, delivery, event),
                None => self.outcome_of_somebody(&recorded, whose, delivery, event),
            }
        }
        self.advance(recorded.position);
    }

    fn outcome_of_other(
        &mut self,
        recorded: &Recorded<'_>,
        subscription: SubscriptionId,
        delivery: DeliveryId,
        event: &Event,
    ) {
        if self.live(subscription).is_none() || !self.concerns(subscription) {
            return;
        }
        let room = self.room(subscription);
        let queue = self.queue(recorded.tenant, subscription);
        let before = queue.window.len();
        queue.note(delivery, (recorded.position, recorded.sequence), event, room);
        let after = queue.window.len();
        self.held = self.held - before + after;
        self.turn(subscription);
    }

    /// The record does not say of whose delivery it is: it ended, or a version of Hookledger that knew no lanes recorded it.
    fn outcome_of_somebody(
        &mut self,
        recorded: &Recorded<'_>,
        whose: Whose,
        delivery: DeliveryId,
        event: &Event,
    ) {
        let lanes = whose.lane.map_or(LaneSet::ALL, LaneSet::of).and(self.lanes);
        let mut ids: Vec<_> =
            self.queues.keys().copied().filter(|id| lanes.contains(Lane::of(*id))).collect();
        ids.sort_unstable();
        let holder = ids.iter().copied().find(|id| self.queues[id].holds(delivery));
        for id in holder.map_or(ids, |holder| vec![holder]) {
            self.outcome_of_other(recorded, id, delivery, event);
        }
    }
}

/// Of which subscription a delivery is, if its record says so.
const fn subscription_of(event: &Event) -> Option<SubscriptionId> {
    match event {
        Event::Scheduled { origin, .. }
        | Event::DeliveredAtOnce { origin, .. }
        | Event::RetryRequested { origin, .. } => Some(origin.subscription),
        Event::Cancelled { subscription, .. } => Some(*subscription),
        Event::AttemptSucceeded { .. }
        | Event::AttemptFailed { .. }
        | Event::AttemptInterrupted { .. }
        | Event::DeadLettered { .. } => None,
    }
}
