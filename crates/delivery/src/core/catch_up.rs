//! Between the checkpoint of the view, from which an engine starts, and the ledger's head as it was then.
//!
//! What stands there was recorded by earlier lives of the engine, so that its own records are news like any others.
//! Nothing is sent before all of it is folded: it may say that a delivery has ended. Deliveries of which something is
//! recorded are *known* here by id until then; where they stand in their windows is decided at the end.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use domain::delivery::{Event, Origin, Progress, State};
use domain::policy::Budget;
use domain::routing::Router;
use domain::{DeliveryId, Position, Sequence, SubscriptionId, TenantId, Timestamp};

use super::job::{Job, RetryKey};
use super::lane::LaneSet;
use super::window::{EARLIEST, Window};
use super::{Core, Recorded};

/// What an engine starts with: what waits as of a moment, and how far the ledger had gone since.
#[derive(Debug, Clone)]
pub struct Start {
    /// The subscriptions as of `as_of`.
    pub router: Router,
    /// How far the view had folded the ledger.
    pub as_of: Position,
    /// What waits as of then, at most once for each subscription.
    pub waiting: Vec<Waiting>,
    /// The ledger's head. Everything up to it was recorded by others, or by earlier lives.
    pub head: Position,
    /// The lanes that are this engine's from the start; `waiting` is of them.
    pub lanes: LaneSet,
}

impl Default for Start {
    /// Of an engine that is alone, on an empty ledger.
    fn default() -> Self {
        let (as_of, head) = (Position::START, Position::START);
        Self { router: Router::default(), as_of, waiting: Vec::new(), head, lanes: LaneSet::ALL }
    }
}

/// What waits for a subscription, as far as it is in memory when the engine starts.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which.
    pub subscription: SubscriptionId,
    /// The first of the first attempts, in the order of their events.
    pub first: Vec<Job>,
    /// Whether the view has more behind them.
    pub more_first: bool,
    /// The first of the retries, in the order in which they are due.
    pub retries: Vec<Job>,
    /// Whether the view has more behind them.
    pub more_retries: bool,
}

/// How far the tail is folded, and what it said.
#[derive(Debug, Default)]
pub(super) struct CatchUp {
    head: Position,
    /// Deliveries that wait, and of which something is recorded; bounded as what is held is.
    known: HashMap<DeliveryId, (SubscriptionId, Job)>,
    /// How many of them each subscription has.
    counts: HashMap<SubscriptionId, usize>,
    /// The earliest place of a retry beyond memory of which it is not known whose it is.
    astray: Option<RetryKey>,
}

impl CatchUp {
    fn new(head: Position) -> Self {
        Self { head, ..Self::default() }
    }

    /// How many known deliveries a subscription has.
    pub(super) fn count(&self, subscription: SubscriptionId) -> usize {
        self.counts.get(&subscription).copied().unwrap_or(0)
    }

    fn put(&mut self, subscription: SubscriptionId, job: Job) {
        if self.known.insert(job.delivery, (subscription, job)).is_none() {
            *self.counts.entry(subscription).or_default() += 1;
        }
    }

    fn take(&mut self, delivery: DeliveryId) -> Option<(SubscriptionId, Job)> {
        let (subscription, job) = self.known.remove(&delivery)?;
        if let Some(count) = self.counts.get_mut(&subscription) {
            *count -= 1;
        }
        Some((subscription, job))
    }

    /// Forgets what waits for a subscription, and says how much that was.
    fn forget(&mut self, subscription: SubscriptionId) -> usize {
        let count = self.counts.remove(&subscription).unwrap_or(0);
        if count > 0 {
            self.known.retain(|_, (owner, _)| *owner != subscription);
        }
        count
    }

    /// Takes note of a retry that is not known here. It was behind what its window covers, and need not be so any more:
    /// its outcome may have been recorded after somebody asked for it again, or after the clock was set back.
    fn miss(&mut self, key: RetryKey) {
        self.astray = Some(self.astray.map_or(key, |earliest| earliest.min(key)));
    }
}

impl Core {
    /// Takes what waits as of the checkpoint. What has records is known by id until the tail is folded.
    pub(super) fn begin(&mut self, waiting: Vec<Waiting>, head: Position) {
        let mut catch_up = CatchUp::new(head);
        for Waiting { tenant, subscription, first, more_first, retries, more_retries } in waiting {
            let first_beyond =
                more_first.then(|| first.last().map_or(Position::START, |job| job.event_position));
            let retries_beyond = more_retries
                .then(|| retries.last().and_then(Job::retry_key).map_or(EARLIEST, Window::behind));
            self.held += first.len() + retries.len();
            let (untouched, touched): (Vec<_>, Vec<_>) =
                first.into_iter().partition(|job| job.sequence == Sequence::NONE);
            touched.into_iter().chain(retries).for_each(|job| catch_up.put(subscription, job));
            let window = Window::covering(untouched, first_beyond, retries_beyond);
            self.queue(tenant, subscription).window = window;
        }
        self.catch_up = Some(catch_up);
        self.end_catch_up();
    }

    /// Whether records of earlier lives are still to be folded: until then the engine wants to see its own records, too,
    /// and starts nothing.
    pub const fn is_catching_up(&self) -> bool {
        self.catch_up.is_some()
    }

    /// Ends catching up if everything up to the head of the start is folded.
    pub(super) fn end_catch_up(&mut self) {
        let folded = self.folded;
        let Some(CatchUp { known, astray, .. }) = self.catch_up.take_if(|this| this.head <= folded) else {
            return;
        };
        self.held -= known.len();
        let mut known: Vec<_> = known.into_values().collect();
        // Those that are due first have the first claim on room.
        known.sort_unstable_by_key(|(_, job)| (job.retry_key(), job.delivery));
        for (subscription, job) in known {
            let room = self.room(subscription);
            let Some(queue) = self.queues.get_mut(&subscription) else { continue };
            self.held -= queue.window.len();
            queue.window.put_back(job, room);
            self.held += queue.window.len();
        }
        let mut ids: Vec<_> = self.queues.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            if let (Some(key), Some(queue)) = (astray, self.queues.get_mut(&id)) {
                self.held -= queue.window.len();
                queue.window.may_lie_beyond(key);
                self.held += queue.window.len();
            }
            self.turn(id);
        }
    }

    /// Forgets what an earlier life knew of a subscription that is deleted.
    pub(super) fn forget_known(&mut self, subscription: SubscriptionId) {
        if let Some(catch_up) = &mut self.catch_up {
            self.held -= catch_up.forget(subscription);
        }
    }

    /// Folds something that was recorded of a delivery before this life began.
    pub(super) fn record_of_earlier_life(
        &mut self,
        recorded: &Recorded<'_>,
        delivery: DeliveryId,
        event: &Event,
    ) {
        let known = self.catch_up.as_mut().and_then(|catch_up| catch_up.take(delivery));
        self.held -= usize::from(known.is_some());
        let evolved = known.map(|(subscription, mut job)| {
            job.progress = job.progress.evolve(event);
            job.sequence = recorded.sequence;
            (subscription, job)
        });
        let (subscription, job) = match (evolved, event) {
            (Some(evolved), _) => evolved,
            (None, Event::Scheduled { origin, at }) => {
                self.take_first(origin, delivery);
                let mut job = Job::new(delivery, origin.event, origin.event_position, *at);
                job.sequence = recorded.sequence;
                (origin.subscription, job)
            }
            (None, Event::DeliveredAtOnce { origin, .. }) => {
                self.take_first(origin, delivery);
                return;
            }
            (None, Event::RetryRequested { origin, attempts, at }) => {
                (origin.subscription, asked_for(delivery, recorded.sequence, origin, *attempts, *at))
            }
            (None, Event::AttemptFailed { retry_at: Some(retry_at), .. }) => {
                if let Some(catch_up) = &mut self.catch_up {
                    catch_up.miss((*retry_at, delivery));
                }
                return;
            }
            (None, Event::AttemptInterrupted { .. }) => {
                // It waits where it did, or has become a retry whose place this record does not tell.
                if let Some(catch_up) = &mut self.catch_up {
                    catch_up.miss(EARLIEST);
                }
                return;
            }
            (
                None,
                Event::AttemptSucceeded { .. }
                | Event::AttemptFailed { retry_at: None, .. }
                | Event::DeadLettered { .. }
                | Event::Cancelled { .. },
            ) => return,
        };
        if job.progress.due_at().is_some() && self.live(subscription).is_some() {
            self.keep_known(recorded.tenant, subscription, job);
        }
    }

    /// Takes a first attempt out of its window, if it is held there.
    fn take_first(&mut self, origin: &Origin, delivery: DeliveryId) {
        if let Some(queue) = self.queues.get_mut(&origin.subscription) {
            self.held -= usize::from(queue.window.take_first(origin.event_position, delivery));
        }
    }

    fn keep_known(&mut self, tenant: TenantId, subscription: SubscriptionId, job: Job) {
        let room = self.room(subscription);
        let queue = self.queue(tenant, subscription);
        if !room {
            // Where it will stand is not known yet: the view has it, wherever that is.
            queue.window.note_retry(EARLIEST);
        } else if let Some(catch_up) = &mut self.catch_up {
            catch_up.put(subscription, job);
            self.held += 1;
        }
    }
}

/// A delivery that somebody asked for again, as its record tells it.
fn asked_for(delivery: DeliveryId, sequence: Sequence, origin: &Origin, attempts: u32, at: Timestamp) -> Job {
    let progress = Progress {
        attempts,
        budget: Budget { made: 0, since: at },
        state: State::Waiting { due_at: at, by_hand: true },
    };
    Job { delivery, event: origin.event, event_position: origin.event_position, sequence, progress }
}
