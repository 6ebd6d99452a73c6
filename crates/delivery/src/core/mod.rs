//! The engine without its surroundings: what happened goes in, what is to be done comes out.
//!
//! Deterministic: no IO, no clock, no chance of its own. Time, and the chance that jitter needs, arrive with the
//! inputs, so that the same inputs lead to the same actions, in a test, in a simulation and in production.

mod job;
mod queue;
mod rate;
mod rotation;
#[cfg(test)]
mod tests;
mod window;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::delivery::{self, AttemptMade, DeadLetterReason, Origin};
use domain::routing::Router;
use domain::subscription::{self, Live};
use domain::{DeliveryId, EventType, Fact, Position, Sequence, SubscriptionId, TenantId, Timestamp};

pub use job::{Job, RetryKey};
pub use window::{Page, Wanted};

use queue::{Flight, Queue, Settling};
use rotation::Rotation;
use window::Window;

/// How much the engine takes on at once.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Requests on the network at once.
    pub in_flight_max: usize,
    /// Outcomes on their way into the ledger at once; no attempt starts beyond.
    pub settling_max: usize,
    /// Waiting deliveries in memory, over all subscriptions.
    pub held_max: usize,
    /// Waiting deliveries in memory for one subscription.
    pub window_max: usize,
    /// Waiting deliveries in memory that each subscription may have even if the total is reached.
    pub window_min: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { in_flight_max: 512, settling_max: 4_096, held_max: 200_000, window_max: 8_192, window_min: 64 }
    }
}

/// A record of the ledger, as far as the engine looks at it.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// Where it stands.
    pub position: Position,
    /// Its place in its stream.
    pub sequence: Sequence,
    /// The bits of its stream's id.
    pub stream: uuid::Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// What happened.
    pub fact: &'a Fact,
}

/// What became of an attempt.
#[derive(Debug, Clone)]
pub struct Report {
    /// The request and its answer.
    pub made: AttemptMade,
    /// The type of the event, which the first record of a delivery names.
    pub event_type: EventType,
}

/// What the shell is to do.
#[derive(Debug, Clone)]
pub enum Action {
    /// Make a request.
    Send {
        /// To whom.
        subscription: SubscriptionId,
        /// What.
        job: Job,
    },
    /// Append records to the stream of a delivery, and tell the result.
    Append {
        /// Whose it is.
        tenant: TenantId,
        /// Of which subscription.
        subscription: SubscriptionId,
        /// The stream.
        delivery: DeliveryId,
        /// Its last record so far.
        expected: Sequence,
        /// What happened.
        events: Vec<delivery::Event>,
    },
    /// Read a page of waiting deliveries from the view, once it has come to `at_least`.
    Load {
        /// Of which subscription.
        subscription: SubscriptionId,
        /// Which.
        wanted: Wanted,
        /// How many at most.
        limit: usize,
        /// How far the view must have come.
        at_least: Position,
    },
    /// Disable a subscription: its endpoint is gone.
    Disable {
        /// Whose it is.
        tenant: TenantId,
        /// Which.
        subscription: SubscriptionId,
        /// Why.
        reason: subscription::DisableReason,
    },
}

/// The engine's state.
#[derive(Debug)]
pub struct Core {
    bounds: Bounds,
    router: Router,
    queues: HashMap<SubscriptionId, Queue>,
    rotation: Rotation,
    alarms: BTreeSet<(Timestamp, SubscriptionId)>,
    folded: Position,
    appended: Position,
    held: usize,
    in_flight: usize,
    settling: usize,
}

impl Core {
    /// An engine that has folded the ledger up to `folded`: `router` knows the subscriptions as of then, and the
    /// deliveries of the subscriptions in `waiting` lie in the view.
    pub fn new(
        bounds: Bounds,
        router: Router,
        folded: Position,
        waiting: impl IntoIterator<Item = (TenantId, SubscriptionId)>,
    ) -> Self {
        let mut core = Self {
            bounds,
            router,
            queues: HashMap::new(),
            rotation: Rotation::default(),
            alarms: BTreeSet::new(),
            folded,
            appended: folded,
            held: 0,
            in_flight: 0,
            settling: 0,
        };
        for (tenant, subscription) in waiting {
            core.queues.insert(subscription, Queue::new(tenant, Window::unloaded()));
            core.rotation.add(tenant, subscription);
        }
        core
    }

    /// The subscription with this id as of the last record folded.
    pub fn live(&self, subscription: SubscriptionId) -> Option<(&Live, Sequence)> {
        let entry = self.router.get(subscription)?;
        entry.live().map(|live| (live, entry.subscription.version))
    }

    /// Whose the subscription with this id is.
    pub fn tenant(&self, subscription: SubscriptionId) -> Option<TenantId> {
        self.router.get(subscription).map(|entry| entry.tenant)
    }

    /// Notes that there is nothing more to fold up to `position`.
    pub fn advance(&mut self, position: Position) {
        self.folded = self.folded.max(position);
    }

    /// How far the ledger is folded.
    pub const fn folded(&self) -> Position {
        self.folded
    }

    /// How much is under way: held in memory, on the network, on the way into the ledger.
    pub const fn load(&self) -> (usize, usize, usize) {
        (self.held, self.in_flight, self.settling)
    }

    /// When the engine wants to be asked for actions again, if nothing happens before.
    pub fn next_alarm(&self) -> Option<Timestamp> {
        self.alarms.first().map(|(at, _)| *at)
    }

    /// Folds the next record of the ledger.
    pub fn record(&mut self, recorded: Recorded<'_>) {
        let Recorded { position, sequence, stream, tenant, fact } = recorded;
        match fact {
            Fact::Subscription(event) => self.subscription(tenant, SubscriptionId::from_uuid(stream), event),
            Fact::Event(domain::event::Event::Published(published)) => {
                let event = domain::EventId::from_uuid(stream);
                for subscription in self.router.route(tenant, published) {
                    let at = published.accepted_at;
                    self.push(
                        tenant,
                        subscription,
                        Job::new(DeliveryId::of(event, at, subscription), event, position, at),
                    );
                }
            }
            Fact::Delivery(event) => self.delivery(tenant, DeliveryId::from_uuid(stream), sequence, event),
            Fact::Tenant(_) | Fact::ApiKey(_) | Fact::EventType(_) => {}
        }
        self.folded = position;
    }

    /// Takes what became of a request, and decides what is recorded of it.
    pub fn completed(
        &mut self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
        report: Report,
        out: &mut Vec<Action>,
    ) {
        let Some(queue) = self.queues.get_mut(&subscription) else { return };
        let Some(Flight { job }) = queue.in_flight.remove(&delivery) else { return };
        self.in_flight -= 1;
        self.slow_down(subscription, &report);
        self.settle(subscription, job, report, out);
        self.turn(subscription);
    }

    /// Takes that the outcome of an attempt is in the ledger; the last of its records stands at `position`.
    pub fn appended(
        &mut self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
        position: Position,
        out: &mut Vec<Action>,
    ) {
        self.appended = self.appended.max(position);
        let room = self.room(subscription);
        let live = self.live(subscription).is_some();
        let Some(queue) = self.queues.get_mut(&subscription) else { return };
        let Some(Settling { mut job, events, later, .. }) = queue.settling.remove(&delivery) else { return };
        self.settling -= 1;
        for event in events.iter().chain(&later) {
            job.progress = job.progress.evolve(event);
            job.sequence = job.sequence.next();
        }
        queue.window.note_change(delivery);
        if live {
            self.held -= queue.window.len();
            queue.window.push_retry(job, room);
            self.held += queue.window.len();
        }
        if matches!(
            events.last(),
            Some(delivery::Event::DeadLettered { reason: DeadLetterReason::EndpointGone })
        ) {
            let reason = subscription::DisableReason::EndpointGone;
            out.push(Action::Disable { tenant: queue.tenant, subscription, reason });
        }
        self.turn(subscription);
    }

    /// Takes that somebody else recorded something of the delivery first: `found` is what it is now.
    pub fn conflicted(
        &mut self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
        found: Job,
        out: &mut Vec<Action>,
    ) {
        let Some(queue) = self.queues.get_mut(&subscription) else { return };
        let Some(Settling { report, .. }) = queue.settling.remove(&delivery) else { return };
        self.settling -= 1;
        self.settle(subscription, found, report, out);
    }

    /// Takes that it will not be known what became of an outcome: the ledger is closing.
    pub fn abandoned(&mut self, subscription: SubscriptionId, delivery: DeliveryId) {
        let Some(queue) = self.queues.get_mut(&subscription) else { return };
        if queue.settling.remove(&delivery).is_some() {
            self.settling -= 1;
        }
    }

    /// Takes a page that was asked for; `None` if it could not be read.
    pub fn loaded(&mut self, subscription: SubscriptionId, page: Option<Page>) {
        let folded = self.folded;
        let Some(queue) = self.queues.get_mut(&subscription) else { return };
        self.held -= queue.window.len();
        let Queue { window, in_flight, settling, .. } = queue;
        match page {
            Some(page) => {
                window.loaded(page, folded, |delivery| {
                    in_flight.contains_key(&delivery) || settling.contains_key(&delivery)
                });
            }
            None => window.load_failed(),
        }
        self.held += queue.window.len();
        self.turn(subscription);
    }

    /// What is to be done at `now`: attempts that may start, in turn, and pages that are wanted.
    pub fn dispatch(&mut self, now: Timestamp, out: &mut Vec<Action>) {
        while let Some(&(at, subscription)) = self.alarms.first().filter(|(at, _)| *at <= now) {
            self.alarms.remove(&(at, subscription));
            self.turn(subscription);
        }
        while self.in_flight < self.bounds.in_flight_max && self.settling < self.bounds.settling_max {
            let Some(subscription) = self.rotation.next() else { break };
            if self.step(subscription, now, out) {
                self.turn(subscription);
            } else if self.queues.get(&subscription).is_some_and(|queue| queue.is_idle(now)) {
                self.queues.remove(&subscription);
            }
        }
    }

    /// Starts one attempt of a subscription if one may start. Says whether another may.
    fn step(&mut self, subscription: SubscriptionId, now: Timestamp, out: &mut Vec<Action>) -> bool {
        let Some(live) = self.router.get(subscription).and_then(|entry| entry.live()) else { return false };
        if !live.delivers() {
            return false;
        }
        let limits = live.settings.limits;
        let Some(queue) = self.queues.get_mut(&subscription) else { return false };
        let window =
            if self.held < self.bounds.held_max { self.bounds.window_max } else { self.bounds.window_min };
        if let Some(wanted) = queue.window.want(now, window.div_ceil(2)) {
            let limit = window.saturating_sub(queue.window.len()).max(1);
            out.push(Action::Load { subscription, wanted, limit, at_least: self.folded.max(self.appended) });
        }
        if queue.in_flight.len() >= limits.concurrency() as usize {
            // The next outcome gives another turn.
            return false;
        }
        if queue.blocked_until > now {
            self.alarms.insert((queue.blocked_until, subscription));
            return false;
        }
        if !queue.window.is_ready(now) {
            if let Some(due_at) = queue.window.next_due().filter(|due_at| *due_at > now) {
                self.alarms.insert((due_at, subscription));
            }
            return false;
        }
        if let Err(at) = queue.pace.start(now, limits.rate_per_second()) {
            self.alarms.insert((at, subscription));
            return false;
        }
        let job = queue.window.pop(now).expect("the window is ready");
        queue.in_flight.insert(job.delivery, Flight { job });
        self.held -= 1;
        self.in_flight += 1;
        out.push(Action::Send { subscription, job });
        true
    }

    fn subscription(&mut self, tenant: TenantId, id: SubscriptionId, event: &subscription::Event) {
        self.router.apply(tenant, id, event);
        match event {
            subscription::Event::Deleted => {
                if let Some(queue) = self.queues.get_mut(&id) {
                    self.held -= queue.window.len();
                    queue.window = Window::default();
                }
            }
            subscription::Event::Activated
            | subscription::Event::Resumed
            | subscription::Event::LimitsChanged { .. }
            | subscription::Event::EndpointChanged { .. } => {
                if let Some(queue) = self.queues.get_mut(&id) {
                    queue.blocked_until = Timestamp::default();
                }
                self.turn(id);
            }
            _ => {}
        }
    }

    fn delivery(
        &mut self,
        tenant: TenantId,
        delivery: DeliveryId,
        sequence: Sequence,
        event: &delivery::Event,
    ) {
        // The rest is the engine's own, and known.
        let subscription = match event {
            delivery::Event::RetryRequested { origin, .. } => origin.subscription,
            delivery::Event::Cancelled { subscription, .. } => *subscription,
            _ => return,
        };
        if self.live(subscription).is_none() {
            return;
        }
        let room = self.room(subscription);
        let queue = self.queues.entry(subscription).or_insert_with(|| Queue::new(tenant, Window::default()));
        self.held -= queue.window.len();
        queue.note(delivery, sequence, event, room);
        self.held += queue.window.len();
        self.turn(subscription);
    }

    fn push(&mut self, tenant: TenantId, subscription: SubscriptionId, job: Job) {
        let room = self.room(subscription);
        let queue = self.queues.entry(subscription).or_insert_with(|| Queue::new(tenant, Window::default()));
        self.held -= queue.window.len();
        queue.window.push_first(job, room);
        self.held += queue.window.len();
        self.rotation.add(tenant, subscription);
    }

    fn room(&self, subscription: SubscriptionId) -> bool {
        let held = self.queues.get(&subscription).map_or(0, |queue| queue.window.len());
        held < self.bounds.window_min || (held < self.bounds.window_max && self.held < self.bounds.held_max)
    }

    fn turn(&mut self, subscription: SubscriptionId) {
        if let Some(queue) = self.queues.get(&subscription) {
            self.rotation.add(queue.tenant, subscription);
        }
    }

    /// 429 and 503 slow the whole subscription down.
    fn slow_down(&mut self, subscription: SubscriptionId, report: &Report) {
        if !matches!(report.made.attempt.answer.status(), Some(429 | 503)) {
            return;
        }
        if let Some(queue) = self.queues.get_mut(&subscription) {
            let until = report.made.not_before.unwrap_or_else(|| report.made.at.after(SLOW_DOWN));
            queue.blocked_until = queue.blocked_until.max(until);
        }
    }

    /// Decides what is recorded of an attempt, and asks for it to be appended.
    fn settle(&mut self, subscription: SubscriptionId, job: Job, mut report: Report, out: &mut Vec<Action>) {
        let policy =
            self.router.get(subscription).and_then(|entry| entry.live()).map(|live| &live.settings.retry);
        let mut events = Vec::with_capacity(2);
        if job.sequence == Sequence::NONE {
            let origin = Origin {
                event: job.event,
                event_position: job.event_position,
                event_type: report.event_type.clone(),
                subscription,
            };
            events.push(delivery::Event::Scheduled { origin, at: job.progress.budget.since });
        }
        Arc::make_mut(&mut report.made.attempt).number = job.progress.attempts.saturating_add(1);
        events.extend(job.progress.record_attempt(report.made.clone(), policy));
        let Some(queue) = self.queues.get_mut(&subscription) else { return };
        out.push(Action::Append {
            tenant: queue.tenant,
            subscription,
            delivery: job.delivery,
            expected: job.sequence,
            events: events.clone(),
        });
        queue.settling.insert(job.delivery, Settling { job, events, report, later: Vec::new() });
        self.settling += 1;
    }
}

/// How long 429 and 503 hold a subscription back if the receiver does not say.
const SLOW_DOWN: std::time::Duration = std::time::Duration::from_secs(1);
