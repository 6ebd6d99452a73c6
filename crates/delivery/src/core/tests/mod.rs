//! What the core does with what happens, told by a small world around it.

mod deliveries;
mod health;

use std::sync::Arc;
use std::time::Duration;

use domain::delivery::{Answer, Attempt, CancelReason, Event, Origin, Phases, State, Trigger};
use domain::subscription::{DisableReason, PauseReason};
use domain::testing::{created, published};
use domain::{Description, EventId};
use uuid::Uuid;

use super::*;

const TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(1));
const T0: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn subscription(n: u128) -> SubscriptionId {
    SubscriptionId::from_uuid(Uuid::from_u128(n))
}

fn bounds() -> Bounds {
    Bounds { in_flight_max: 100, settling_max: 100, held_max: 1_000, window_max: 4, window_min: 2 }
}

/// A core, the ledger's next position, and the moment.
struct World {
    core: Core,
    position: u64,
    now: Timestamp,
}

impl World {
    /// Whose view is at `as_of` when the ledger is at `head`.
    fn starting(router: Router, as_of: u64, head: u64, waiting: Waiting) -> Self {
        let (as_of, head) = (Position(as_of), Position(head));
        let position = as_of.0;
        let start = Start { router, as_of, waiting: vec![waiting], head, lanes: LaneSet::ALL };
        Self { core: Core::new(bounds(), HealthPolicy::default(), start), position, now: T0 }
    }

    fn with(subscriptions: &[u128]) -> Self {
        let core = Core::new(bounds(), HealthPolicy::default(), Start::default());
        let mut world = Self { core, position: 0, now: T0 };
        for n in subscriptions {
            world.happens(*n, &Fact::Subscription(created(&["*"], None)));
        }
        world
    }

    fn record(&mut self, stream: u128, sequence: u64, fact: &Fact) -> Position {
        self.position += 1;
        let position = Position(self.position);
        let (sequence, stream) = (Sequence(sequence), Uuid::from_u128(stream));
        self.core.record(Recorded { position, sequence, stream, tenant: TENANT, fact });
        position
    }

    fn happens(&mut self, stream: u128, fact: &Fact) {
        self.record(stream, 1, fact);
    }

    fn publish(&mut self, n: u128) {
        self.happens(n, &Fact::Event(domain::event::Event::Published(published("test.passed", "{}"))));
    }

    fn act(&mut self) -> Vec<Action> {
        let mut out = Vec::new();
        self.core.dispatch(self.now, &mut out);
        out
    }

    fn sends(&mut self) -> Vec<Job> {
        self.act()
            .into_iter()
            .filter_map(|action| match action {
                Action::Send { job, .. } => Some(job),
                _ => None,
            })
            .collect()
    }

    fn answer(&mut self, n: u128, delivery: DeliveryId, status: u16) -> Vec<Event> {
        let mut out = Vec::new();
        self.core.completed(subscription(n), delivery, report(status, self.now), &mut out);
        appends(&out)
    }

    fn commit(&mut self, n: u128, delivery: DeliveryId) -> Vec<Action> {
        self.position += 1;
        let mut out = Vec::new();
        self.core.appended(subscription(n), delivery, Position(self.position), &mut out);
        out
    }

    /// Lets a first delivery succeed, so that more than one is made at a time.
    fn prove(&mut self, n: u128) {
        self.publish(9_999);
        let first = self.sends()[0];
        self.answer(n, first.delivery, 200);
        self.commit(n, first.delivery);
    }

    fn later(&mut self, duration: Duration) {
        self.now = self.now.after(duration);
    }
}

fn all_in_the_view() -> Waiting {
    let (first, retries) = (Vec::new(), Vec::new());
    Waiting {
        tenant: TENANT,
        subscription: subscription(1),
        first,
        more_first: true,
        retries,
        more_retries: true,
    }
}

fn appends(actions: &[Action]) -> Vec<Event> {
    let events = |action: &Action| match action {
        Action::Append { events, .. } => events.clone(),
        _ => vec![],
    };
    actions.iter().flat_map(events).collect()
}

fn report(status: u16, at: Timestamp) -> Report {
    let answer = Answer::Response { status, headers: vec![], body: String::new(), truncated: false };
    let attempt = Attempt {
        number: 0,
        trigger: Trigger::Schedule,
        started_at: at,
        phases: Phases::default(),
        subscription_version: Sequence(1),
        address: None,
        body_sha256: String::new(),
        answer,
    };
    Report {
        made: AttemptMade { attempt: Arc::new(attempt), at, chance: 0, not_before: None },
        event_type: EventType::parse("test.passed").unwrap(),
    }
}

fn job(n: u128, attempts: u32, due_at: Timestamp, sequence: u64) -> Job {
    let mut job = Job::new(
        DeliveryId::from_uuid(Uuid::from_u128(n)),
        EventId::from_uuid(Uuid::from_u128(n)),
        Position(1),
        T0,
    );
    job.progress.attempts = attempts;
    job.progress.state = State::Waiting { due_at, by_hand: false };
    job.sequence = Sequence(sequence);
    job
}

fn names(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::record_type).collect()
}
