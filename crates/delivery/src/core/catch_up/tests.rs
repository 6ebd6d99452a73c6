use std::sync::Arc;

use domain::delivery::{Answer, Attempt, AttemptMade, DeadLetterReason, Phases, Trigger};
use domain::testing::{created, published};
use domain::{EventId, EventType, Fact};
use uuid::Uuid;

use super::super::{Action, Bounds, HealthPolicy, Page, Wanted};
use super::*;

const TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(1));
const ONE: SubscriptionId = SubscriptionId::from_uuid(Uuid::from_u128(1));
const T0: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// A life that begins with a tail from its first record on.
struct Life {
    core: Core,
    position: u64,
}

impl Life {
    fn with(waiting: Vec<Waiting>, as_of: u64, head: u64) -> Self {
        let mut router = Router::default();
        router.apply(TENANT, ONE, &created(&["*"], None));
        let bounds =
            Bounds { in_flight_max: 100, settling_max: 100, held_max: 1_000, window_max: 4, window_min: 2 };
        let (as_of, head) = (Position(as_of), Position(head));
        let position = as_of.0;
        let start = Start { router, as_of, waiting, head, lanes: LaneSet::ALL };
        Self { core: Core::new(bounds, HealthPolicy::default(), start), position }
    }

    fn fold(&mut self, stream: DeliveryId, sequence: u64, event: Event) {
        self.fold_fact(stream.uuid(), sequence, &Fact::Delivery(event));
    }

    fn fold_fact(&mut self, stream: Uuid, sequence: u64, fact: &Fact) {
        self.position += 1;
        let (position, sequence) = (Position(self.position), Sequence(sequence));
        self.core.record(Recorded { position, sequence, stream, tenant: TENANT, fact });
    }

    /// An event, and its delivery.
    fn publish(&mut self, n: u128) -> (DeliveryId, Origin) {
        let published = published("test.passed", "{}");
        let (event, at) = (EventId::from_uuid(Uuid::from_u128(n)), published.accepted_at);
        self.fold_fact(event.uuid(), 1, &Fact::Event(domain::event::Event::Published(published)));
        (DeliveryId::of(event, at, ONE), origin(n, self.position))
    }

    /// The deliveries that are sent at `now`, one at a time as to an endpoint of which nothing is known.
    fn sends(&mut self, now: Timestamp) -> Vec<DeliveryId> {
        let mut sent = Vec::new();
        loop {
            let actions = self.act(now);
            let jobs = actions.into_iter().filter_map(|action| match action {
                Action::Send { job, .. } => Some(job),
                _ => None,
            });
            let jobs: Vec<Job> = jobs.collect();
            if jobs.is_empty() {
                return sent;
            }
            for job in jobs {
                sent.push(job.delivery);
                let made = AttemptMade { attempt: attempt(now, 200), at: now, chance: 0, not_before: None };
                let event_type = EventType::parse("test.passed").unwrap();
                let report = super::super::Report { made, event_type };
                self.core.completed(ONE, job.delivery, report, &mut Vec::new());
            }
        }
    }

    fn act(&mut self, now: Timestamp) -> Vec<Action> {
        let mut out = Vec::new();
        self.core.dispatch(now, &mut out);
        out
    }
}

fn origin(event: u128, position: u64) -> Origin {
    let event_type = EventType::parse("test.passed").unwrap();
    let event = EventId::from_uuid(Uuid::from_u128(event));
    Origin { event, event_position: Position(position), event_type, subscription: ONE }
}

fn attempt(started_at: Timestamp, status: u16) -> Arc<Attempt> {
    let answer = Answer::Response { status, headers: vec![], body: String::new(), truncated: false };
    Arc::new(Attempt {
        number: 1,
        trigger: Trigger::Schedule,
        started_at,
        phases: Phases::default(),
        subscription_version: Sequence(1),
        address: None,
        body_sha256: String::new(),
        answer,
    })
}

fn failed(started_at: Timestamp, retry_at: Timestamp) -> Event {
    Event::AttemptFailed { attempt: attempt(started_at, 500), retry_at: Some(retry_at) }
}

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(T0.as_seconds() + seconds)
}

/// A retry that waits, as the view has it.
fn retry(n: u128, due_at: Timestamp) -> Job {
    let delivery = DeliveryId::from_uuid(Uuid::from_u128(n));
    let mut job = Job::new(delivery, EventId::from_uuid(Uuid::from_u128(n)), Position(1), T0);
    job.progress = job.progress.evolve(&failed(T0, due_at));
    job.sequence = Sequence(2);
    job
}

fn waiting(retries: Vec<Job>, more_first: bool, more_retries: bool) -> Vec<Waiting> {
    let first = Vec::new();
    vec![Waiting { tenant: TENANT, subscription: ONE, first, more_first, retries, more_retries }]
}

#[test]
fn nothing_is_sent_before_the_tail_is_folded_and_nothing_that_it_says_was_delivered() {
    let mut life = Life::with(vec![], 0, 4);
    let (one, origin) = life.publish(10);
    let (two, _) = life.publish(11);
    assert!(life.core.is_catching_up() && life.sends(T0).is_empty());
    life.fold(one, 1, Event::Scheduled { origin, at: T0 });
    assert!(life.sends(T0).is_empty());
    life.fold(one, 2, Event::AttemptSucceeded { attempt: attempt(T0, 200) });
    assert!(!life.core.is_catching_up());
    assert_eq!(life.sends(T0), [two]);
    assert_eq!(life.core.load().held, 0);
}

#[test]
fn what_failed_in_the_tail_waits_for_its_retry() {
    let mut life = Life::with(vec![], 0, 3);
    let (one, origin) = life.publish(10);
    life.fold(one, 1, Event::Scheduled { origin, at: T0 });
    life.fold(one, 2, failed(T0, seconds(60)));
    assert!(life.sends(seconds(59)).is_empty());
    assert_eq!(life.core.next_alarm(), Some(seconds(60)));
    assert_eq!(life.sends(seconds(60)), [one]);
}

#[test]
fn what_ended_in_the_tail_is_not_sent_and_what_was_asked_for_again_is() {
    let held = vec![retry(10, seconds(1)), retry(11, seconds(2))];
    let [dead, again] = [held[0].delivery, held[1].delivery];
    let mut life = Life::with(waiting(held, false, false), 10, 14);
    life.fold(dead, 3, Event::AttemptFailed { attempt: attempt(T0, 500), retry_at: None });
    life.fold(dead, 4, Event::DeadLettered { reason: DeadLetterReason::Exhausted });
    life.fold(again, 3, Event::AttemptSucceeded { attempt: attempt(T0, 200) });
    life.fold(again, 4, Event::RetryRequested { origin: origin(11, 1), attempts: 2, at: seconds(3) });
    assert_eq!(life.sends(seconds(9)), [again]);
}

#[test]
fn a_first_failure_beyond_memory_is_looked_for_in_the_view() {
    // The record before it, which names the subscription, stands before the checkpoint of the view.
    let mut life = Life::with(waiting(vec![], true, false), 10, 11);
    let beyond = DeliveryId::from_uuid(Uuid::from_u128(77));
    life.fold(beyond, 2, failed(T0, seconds(60)));
    life.act(T0);
    life.core.loaded(ONE, 1, Some(Page { as_of: Position(11), jobs: vec![], more: false }));
    let wanted = life.act(seconds(60)).into_iter().find_map(|action| match action {
        Action::Load { wanted, at_least, .. } => Some((wanted, at_least)),
        _ => None,
    });
    assert_eq!(wanted, Some((Wanted::Retries { from: (seconds(60), beyond) }, Position(11))));
}

#[test]
fn a_retry_that_moved_before_what_memory_covers_is_looked_for_in_the_view() {
    // The clock was set back while the request was under way; or somebody asked for the delivery at 600 seconds, while a
    // request was under way that then failed.
    for started_at in [600, 50] {
        let held = vec![retry(10, seconds(500))];
        let mut life = Life::with(waiting(held, false, true), 10, 11);
        let beyond = DeliveryId::from_uuid(Uuid::from_u128(77));
        life.fold(beyond, 3, failed(seconds(started_at), seconds(60)));
        let loads = life.act(seconds(60));
        let from = (seconds(60), beyond);
        assert!(
            matches!(loads[..], [Action::Load { wanted: Wanted::Retries { from: found }, .. }] if found == from)
        );
    }
}

#[test]
fn more_retries_than_fit_are_left_to_the_view_and_none_is_lost() {
    let mut life = Life::with(vec![], 0, 18);
    for n in 0..6 {
        let (delivery, origin) = life.publish(10 + n);
        life.fold(delivery, 1, Event::Scheduled { origin, at: T0 });
        life.fold(delivery, 2, failed(T0, seconds(60)));
        assert!(life.core.load().held <= 4, "no more is held than may be");
    }
    let first = life.act(seconds(1));
    assert!(matches!(first[..], [Action::Load { wanted: Wanted::First { .. }, at_least: Position(18), .. }]));
    life.core.loaded(ONE, 1, Some(Page { as_of: Position(18), jobs: vec![], more: false }));
    let retries = life.act(seconds(1));
    assert!(matches!(retries[..], [Action::Load { wanted: Wanted::Retries { from: EARLIEST }, .. }]));
}
