//! The engine without its surroundings: what happened goes in, what is to be done comes out.
//!
//! Deterministic: no IO, no clock, no chance of its own. Time, and the chance that jitter needs, arrive with the
//! inputs, so that the same inputs lead to the same actions, in a test, in a simulation and in production.

mod catch_up;
mod dispatch;
mod health;
mod job;
mod lane;
mod moves;
mod outcome;
mod queue;
mod rate;
mod rotation;
mod slots;
#[cfg(test)]
mod tests;
mod window;

use std::collections::BTreeSet;

use domain::delivery::{self, AttemptMade};
use domain::routing::Router;
use domain::subscription::{self, Live};
use domain::{DeliveryId, EventType, Fact, Position, Sequence, SubscriptionId, TenantId, Timestamp};
use hashbrown::HashMap;

pub use catch_up::{Start, Waiting};
pub use health::HealthPolicy;
pub use job::{Job, RetryKey};
pub use lane::{LANES, Lane, LaneSet};
pub use moves::{Survey, SurveyId, Surveyed, Whose};
pub use window::{Page, Wanted};

use catch_up::CatchUp;
use health::Endpoint;
use moves::Arrival;
use queue::Queue;
use rate::Pace;
use slots::{Class, Slots};
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

impl Bounds {
    /// How many requests there may be whose outcome is not in the ledger.
    pub const fn under_way_max(&self) -> usize {
        self.in_flight_max.saturating_add(self.settling_max)
    }

    /// How many deliveries each of so many subscriptions may have in memory when the engine starts.
    pub fn share_at_start(&self, subscriptions: usize) -> usize {
        (self.held_max / subscriptions.max(1)).max(self.window_min).min(self.window_max)
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
        /// Who asks: the answer goes to whoever asked, and to nobody if that is gone.
        queue: QueueId,
        /// Which.
        wanted: Wanted,
        /// How many at most.
        limit: usize,
        /// How far the view must have come.
        at_least: Position,
    },
    /// Ask the view which subscriptions have something waiting, once it has come to `at_least`.
    Survey {
        /// Names the question.
        id: SurveyId,
        /// How far the view must have come.
        at_least: Position,
    },
    /// Record how a subscription fares, and tell [`Core::noted`] when that is done or has failed.
    Note {
        /// Whose it is.
        tenant: TenantId,
        /// Which.
        subscription: SubscriptionId,
        /// What is asked of it.
        command: subscription::Command,
    },
}

/// How much is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Waiting deliveries in memory.
    pub held: usize,
    /// Requests on the network.
    pub in_flight: usize,
    /// Those of them that are to endpoints which take their time.
    pub in_flight_slow: usize,
    /// Outcomes on their way into the ledger.
    pub settling: usize,
    /// Endpoints that are spared: their breaker is open or half open.
    pub breakers_open: usize,
}

/// Names a queue of a subscription: another one each time that it comes to be.
pub type QueueId = u64;

/// What is remembered of an endpoint, also while nothing waits for it.
#[derive(Debug, Default)]
struct Standing {
    class: Class,
    endpoint: Endpoint,
    /// Whether something about it is being recorded.
    noting: bool,
}

/// The engine's state.
#[derive(Debug)]
pub struct Core {
    bounds: Bounds,
    health: HealthPolicy,
    router: Router,
    queues: HashMap<SubscriptionId, Queue>,
    standings: HashMap<SubscriptionId, Standing>,
    slots: Slots,
    alarms: BTreeSet<(Timestamp, SubscriptionId)>,
    folded: Position,
    appended: Position,
    held: usize,
    settling: usize,
    breakers_open: usize,
    /// None once everything of earlier lives is folded.
    catch_up: Option<CatchUp>,
    /// Those whose subscriptions are delivered to here.
    lanes: LaneSet,
    /// Since when.
    since: [Timestamp; LANES as usize],
    arrivals: Vec<Arrival>,
    /// Subscriptions of lanes that were given up, of which something is under way.
    leaving: BTreeSet<SubscriptionId>,
    queues_made: QueueId,
    surveys: SurveyId,
}

impl Core {
    /// An engine that knows what waits as of the view's checkpoint, and has the ledger's tail before it.
    pub fn new(bounds: Bounds, health: HealthPolicy, start: Start) -> Self {
        let Start { router, as_of, waiting, head, lanes } = start;
        let mut core = Self {
            bounds,
            health,
            router,
            queues: HashMap::new(),
            standings: HashMap::new(),
            slots: Slots::new(bounds.in_flight_max),
            alarms: BTreeSet::new(),
            folded: as_of,
            appended: as_of,
            held: 0,
            settling: 0,
            breakers_open: 0,
            catch_up: None,
            lanes,
            since: [Timestamp::default(); LANES as usize],
            arrivals: Vec::new(),
            leaving: BTreeSet::new(),
            queues_made: 0,
            surveys: 0,
        };
        core.begin(waiting, head);
        core
    }

    /// The subscription with this id as of the last record folded.
    pub fn live(&self, subscription: SubscriptionId) -> Option<(&Live, Sequence)> {
        let entry = self.router.get(subscription)?;
        entry.live().map(|live| (live, entry.subscription.version))
    }

    /// The versions of all event types as of the last record folded.
    pub const fn versions(&self) -> &std::sync::Arc<domain::versions::Versions> {
        self.router.versions()
    }

    /// Whose the subscription with this id is.
    pub fn tenant(&self, subscription: SubscriptionId) -> Option<TenantId> {
        self.router.get(subscription).map(|entry| entry.tenant)
    }

    /// Notes that there is nothing more to fold up to `position`.
    pub fn advance(&mut self, position: Position) {
        self.folded = self.folded.max(position);
        self.end_catch_up();
    }

    /// How far the ledger is folded.
    pub const fn folded(&self) -> Position {
        self.folded
    }

    /// How much is under way.
    pub fn load(&self) -> Load {
        Load {
            held: self.held,
            in_flight: self.slots.in_flight(),
            in_flight_slow: self.slots.slow(),
            settling: self.settling,
            breakers_open: self.breakers_open,
        }
    }

    /// When the engine wants to be asked for actions again, if nothing happens before.
    pub fn next_alarm(&self) -> Option<Timestamp> {
        let first = self.alarms.first().map(|(at, _)| *at);
        first.into_iter().chain(self.slots.next_alarm()).min()
    }

    /// Folds the next record of the ledger.
    pub fn record(&mut self, recorded: Recorded<'_>) {
        let Recorded { position, sequence, stream, tenant, fact } = recorded;
        // Before it there is nothing more to fold.
        self.advance(Position(position.0.saturating_sub(1)));
        match fact {
            Fact::Subscription(event) => self.subscription(tenant, SubscriptionId::from_uuid(stream), event),
            Fact::Event(domain::event::Event::Published(published)) => {
                let event = domain::EventId::from_uuid(stream);
                for subscription in self.router.route(tenant, published) {
                    if !self.concerns(subscription) {
                        continue;
                    }
                    let at = published.accepted_at;
                    self.push(
                        tenant,
                        subscription,
                        Job::new(DeliveryId::of(event, at, subscription), event, position, at),
                    );
                }
            }
            Fact::Delivery(event) if self.is_catching_up() => {
                self.record_of_earlier_life(&recorded, DeliveryId::from_uuid(stream), event);
            }
            Fact::Delivery(event) => {
                self.delivery(tenant, DeliveryId::from_uuid(stream), (position, sequence), event);
            }
            Fact::EventType(event) => self.router.apply_type(tenant, stream, position, event),
            Fact::Tenant(_) | Fact::ApiKey(_) | Fact::BulkAction(_) | Fact::Test(_) => {}
        }
        self.advance(position);
    }

    fn subscription(&mut self, tenant: TenantId, id: SubscriptionId, event: &subscription::Event) {
        self.router.apply(tenant, id, event);
        match event {
            subscription::Event::Deleted => {
                self.forget(id);
                self.forget_known(id);
                if let Some(queue) = self.queues.get_mut(&id) {
                    self.held -= queue.window.len();
                    queue.window = Window::default();
                }
            }
            subscription::Event::Activated
            | subscription::Event::Resumed
            | subscription::Event::LimitsChanged { .. }
            | subscription::Event::VerificationChanged { .. }
            | subscription::Event::EndpointVerified { .. }
            | subscription::Event::EndpointChanged { .. } => {
                if matches!(
                    event,
                    subscription::Event::Activated | subscription::Event::EndpointChanged { .. }
                ) {
                    self.forget(id);
                }
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
        place: (Position, Sequence),
        event: &delivery::Event,
    ) {
        // The rest is the engine's own, and known.
        let subscription = match event {
            delivery::Event::RetryRequested { origin, .. } => origin.subscription,
            delivery::Event::Cancelled { subscription, .. } => *subscription,
            _ => return,
        };
        if self.live(subscription).is_none() || !self.concerns(subscription) {
            return;
        }
        let room = self.room(subscription);
        let queue = self.queue(tenant, subscription);
        let before = queue.window.len();
        queue.note(delivery, place, event, room);
        let after = queue.window.len();
        self.held = self.held - before + after;
        self.turn(subscription);
    }

    /// The queue of a subscription, which is made if need be.
    fn queue(&mut self, tenant: TenantId, subscription: SubscriptionId) -> &mut Queue {
        let (router, made) = (&self.router, &mut self.queues_made);
        let since = self.since[Lane::of(subscription).index()];
        self.queues.entry(subscription).or_insert_with(|| {
            *made += 1;
            let live = router.get(subscription).and_then(|entry| entry.live());
            // Whoever had the lane before may have started an attempt just then.
            let pace = Pace::behind(since, live.and_then(Live::spacing));
            Queue::new(*made, tenant, pace)
        })
    }

    fn push(&mut self, tenant: TenantId, subscription: SubscriptionId, job: Job) {
        let room = self.room(subscription);
        let queue = self.queue(tenant, subscription);
        let before = queue.window.len();
        queue.window.push_first(job, room);
        let after = queue.window.len();
        self.held = self.held - before + after;
        self.slots.add(self.class(subscription), tenant, subscription);
    }

    fn room(&self, subscription: SubscriptionId) -> bool {
        self.held_of(subscription) < self.most(subscription)
    }

    /// How many deliveries of a subscription may be held, as long as no more of the others are.
    fn most(&self, subscription: SubscriptionId) -> usize {
        let others = self.held - self.held_of(subscription);
        let left = self.bounds.held_max.saturating_sub(others);
        left.min(self.bounds.window_max).max(self.bounds.window_min)
    }

    fn held_of(&self, subscription: SubscriptionId) -> usize {
        let known = self.catch_up.as_ref().map_or(0, |catch_up| catch_up.count(subscription));
        known + self.queues.get(&subscription).map_or(0, |queue| queue.window.len())
    }
}
