use std::sync::Arc;
use std::time::Duration;

use domain::delivery::{Answer, Attempt, AttemptMade, Origin, Phases, Trigger};
use domain::routing::Router;
use domain::testing::{created, published};
use domain::{EventId, EventType, Sequence};
use uuid::Uuid;

use super::super::{Bounds, HealthPolicy, Job, Page, Report, Start, Wanted};
use super::*;

const TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(1));
const ONE: SubscriptionId = SubscriptionId::from_uuid(Uuid::from_u128(1));
const OTHER: SubscriptionId = SubscriptionId::from_uuid(Uuid::from_u128(2));
const T0: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// One of several engines, which has no lanes, and follows a ledger with two subscriptions at its beginning.
struct Engine {
    core: Core,
    position: u64,
}

impl Engine {
    fn new() -> Self {
        let mut router = Router::default();
        for subscription in [ONE, OTHER] {
            router.apply(TENANT, subscription, &created(&["*"], None));
        }
        let (as_of, lanes) = (Position(2), LaneSet::NONE);
        let start = Start { router, as_of, waiting: Vec::new(), head: as_of, lanes };
        Self { core: Core::new(Bounds::default(), HealthPolicy::default(), start), position: as_of.0 }
    }

    /// One that has the lane of [`ONE`], and found nothing there.
    fn with_one() -> Self {
        let mut engine = Self::new();
        engine.core.gain(LaneSet::of(Lane::of(ONE)), Position(2));
        engine.answer_survey(Vec::new());
        engine
    }

    fn record(&mut self, stream: Uuid, sequence: u64, fact: &Fact, whose: Option<Whose>) {
        self.position += 1;
        let (position, sequence) = (Position(self.position), Sequence(sequence));
        let recorded = Recorded { position, sequence, stream, tenant: TENANT, fact };
        match whose {
            Some(whose) => self.core.record_of_other(recorded, whose),
            None => self.core.record(recorded),
        }
    }

    fn publish(&mut self, n: u128) -> Job {
        let published = published("test.passed", "{}");
        let (event, at) = (EventId::from_uuid(Uuid::from_u128(n)), published.accepted_at);
        self.record(event.uuid(), 1, &Fact::Event(domain::event::Event::Published(published)), None);
        Job::new(DeliveryId::of(event, at, ONE), event, Position(self.position), at)
    }

    /// Another engine records the failure of the first attempt of a delivery.
    fn other_fails(&mut self, job: &Job, retry_at: Timestamp) {
        let origin = Origin {
            event: job.event,
            event_position: job.event_position,
            event_type: EventType::parse("test.passed").unwrap(),
            subscription: ONE,
        };
        let whose = Whose { lane: Some(Lane::of(ONE)), subscription: Some(ONE) };
        let scheduled = Fact::Delivery(Event::Scheduled { origin, at: job.progress.budget.since });
        self.record(job.delivery.uuid(), 1, &scheduled, Some(whose));
        let failed = Event::AttemptFailed { attempt: attempt(500), retry_at: Some(retry_at) };
        self.record(job.delivery.uuid(), 2, &Fact::Delivery(failed), Some(whose));
    }

    fn act(&mut self, now: Timestamp) -> Vec<Action> {
        let mut out = Vec::new();
        self.core.dispatch(now, &mut out);
        out
    }

    fn sent(&mut self, now: Timestamp) -> Vec<(DeliveryId, u32)> {
        let sends = |action| match action {
            Action::Send { job, .. } => Some((job.delivery, job.progress.attempts)),
            _ => None,
        };
        self.act(now).into_iter().filter_map(sends).collect()
    }

    fn survey(&mut self) -> Option<(SurveyId, Position)> {
        self.act(T0).into_iter().find_map(|action| match action {
            Action::Survey { id, at_least } => Some((id, at_least)),
            _ => None,
        })
    }

    fn answer_survey(&mut self, waiting: Vec<Surveyed>) {
        let (id, as_of) = self.survey().expect("it asks");
        self.core.surveyed(id, Some(Survey { as_of, waiting }), T0);
    }

    fn loads(&mut self, now: Timestamp) -> Vec<(SubscriptionId, u64, Wanted)> {
        let loads = |action| match action {
            Action::Load { subscription, queue, wanted, .. } => Some((subscription, queue, wanted)),
            _ => None,
        };
        self.act(now).into_iter().filter_map(loads).collect()
    }

    fn complete(&mut self, delivery: DeliveryId, status: u16) -> Vec<Action> {
        let made = AttemptMade { attempt: attempt(status), at: T0, chance: 0, not_before: None };
        let event_type = EventType::parse("test.passed").unwrap();
        let mut out = Vec::new();
        self.core.completed(ONE, delivery, Report { made, event_type }, &mut out);
        out
    }
}

fn attempt(status: u16) -> Arc<Attempt> {
    Arc::new(Attempt {
        number: 1,
        trigger: Trigger::Schedule,
        started_at: T0,
        phases: Phases::default(),
        subscription_version: Sequence(1),
        address: None,
        body_sha256: String::new(),
        answer: Answer::Response { status, headers: vec![], body: String::new(), truncated: false },
    })
}

fn waits(first: bool, retries: Option<Timestamp>) -> Surveyed {
    Surveyed { tenant: TENANT, subscription: ONE, first, retries }
}

#[test]
fn nothing_is_sent_for_lanes_that_are_not_ones_own() {
    let mut engine = Engine::with_one();
    assert_ne!(Lane::of(ONE), Lane::of(OTHER));
    let job = engine.publish(10);
    assert_eq!(engine.sent(T0), [(job.delivery, 0)], "and nothing for the other subscription");
}

#[test]
fn the_view_is_asked_about_a_lane_once_the_ledger_is_followed_to_where_the_lease_was_taken() {
    let mut engine = Engine::new();
    engine.core.gain(LaneSet::of(Lane::of(ONE)), Position(4));
    assert_eq!(engine.survey(), None);
    engine.publish(10);
    assert_eq!(engine.survey(), None);
    engine.publish(11);
    let (id, at_least) = engine.survey().expect("now it asks");
    assert_eq!(at_least, Position(4));
    engine.core.surveyed(id, None, T0);
    assert!(engine.survey().is_some(), "what failed is asked again");
}

#[test]
fn what_waits_in_a_lane_that_arrives_is_loaded_and_what_comes_meanwhile_waits_behind_it() {
    let mut engine = Engine::new();
    engine.core.gain(LaneSet::of(Lane::of(ONE)), Position(3));
    let old = engine.publish(10);
    let (id, as_of) = engine.survey().expect("it asks");
    let new = engine.publish(11);
    engine.core.surveyed(id, Some(Survey { as_of, waiting: vec![waits(true, None)] }), T0);
    let loads = engine.loads(T0);
    let [(ONE, queue, Wanted::First { after: Position(0) })] = loads[..] else { panic!("{loads:?}") };
    let page = Page { as_of: Position(4), jobs: vec![old, new], more: false };
    engine.core.loaded(ONE, queue, Some(page));
    assert_eq!(engine.sent(T0), [(old.delivery, 0)], "one at a time to whom nothing is known of");
}

#[test]
fn what_happened_while_the_view_was_asked_is_not_missed_by_an_older_answer() {
    let mut engine = Engine::new();
    engine.core.gain(LaneSet::of(Lane::of(ONE)), Position(2));
    let (id, as_of) = engine.survey().expect("it asks");
    engine.publish(10);
    engine.core.surveyed(id, Some(Survey { as_of, waiting: vec![] }), T0);
    assert!(matches!(engine.loads(T0)[..], [(ONE, _, Wanted::First { after: Position(0) })]));
}

#[test]
fn a_lane_that_is_given_up_is_settled_once_what_is_under_way_is_recorded() {
    let mut engine = Engine::with_one();
    let (lane, job) = (Lane::of(ONE), engine.publish(10));
    engine.publish(11);
    assert_eq!(engine.sent(T0).len(), 1);
    engine.core.give_up(LaneSet::of(lane));
    assert!(!engine.core.is_settled(lane));
    assert_eq!(engine.core.load().held, 0, "what waits is dropped");
    assert!(matches!(engine.complete(job.delivery, 500)[..], [Action::Append { .. }]));
    assert!(!engine.core.is_settled(lane) && engine.sent(T0.after(Duration::from_hours(1))).is_empty());
    engine.core.appended(ONE, job.delivery, Position(9), &mut Vec::new());
    assert!(engine.core.is_settled(lane));
    assert!(engine.sent(T0.after(Duration::from_hours(1))).is_empty(), "the retry is somebody else's");
}

#[test]
fn a_request_that_was_not_made_leaves_nothing_behind() {
    let mut engine = Engine::with_one();
    let (lane, job) = (Lane::of(ONE), engine.publish(10));
    assert_eq!(engine.sent(T0).len(), 1);
    engine.core.give_up(LaneSet::of(lane));
    engine.core.withdrawn(ONE, job.delivery);
    assert!(engine.core.is_settled(lane) && engine.core.load().in_flight == 0);
}

#[test]
fn a_page_that_was_asked_for_before_the_lane_came_back_is_passed_over() {
    let mut engine = Engine::new();
    let lane = LaneSet::of(Lane::of(ONE));
    engine.core.gain(lane, Position(2));
    engine.answer_survey(vec![waits(true, None)]);
    let loads = engine.loads(T0);
    let [(ONE, before, _)] = loads[..] else { panic!("{loads:?}") };
    engine.core.give_up(lane);
    engine.core.gain(lane, Position(2));
    engine.answer_survey(vec![waits(true, None)]);
    let loads = engine.loads(T0);
    let [(ONE, after, _)] = loads[..] else { panic!("{loads:?}") };
    let job = engine.publish(10);
    let page = |jobs| Some(Page { as_of: Position(3), jobs, more: false });
    engine.core.loaded(ONE, before, page(vec![]));
    assert!(before != after && engine.sent(T0).is_empty());
    engine.core.loaded(ONE, after, page(vec![job]));
    assert_eq!(engine.sent(T0), [(job.delivery, 0)]);
}

#[test]
fn what_a_former_holder_records_late_is_not_attempted_again_before_it_is_due() {
    let mut engine = Engine::with_one();
    let job = engine.publish(10);
    let due = T0.after(Duration::from_mins(1));
    engine.other_fails(&job, due);
    assert_eq!(engine.sent(T0), []);
    assert_eq!(engine.sent(due), [(job.delivery, 1)]);
}

#[test]
fn a_retry_of_which_a_former_holder_tells_is_looked_for_in_the_view() {
    let mut engine = Engine::with_one();
    let (id, due) = (EventId::from_uuid(Uuid::from_u128(9)), T0.after(Duration::from_mins(1)));
    let job = Job::new(DeliveryId::of(id, T0, ONE), id, Position(1), T0);
    engine.other_fails(&job, due);
    assert_eq!(engine.core.next_alarm(), None, "nobody has asked for a turn yet");
    assert!(engine.loads(T0).is_empty() && engine.core.next_alarm() == Some(due));
    let loads = engine.loads(due);
    assert!(matches!(loads[..], [(ONE, _, Wanted::Retries { from: (at, _) })] if at == due), "{loads:?}");
}

#[test]
fn an_attempt_starts_no_sooner_after_a_lane_came_than_its_rate_allows() {
    let mut engine = Engine::new();
    let rate = domain::policy::LimitsFields { rate_per_second: Some(1), ..Default::default() };
    let limits = domain::policy::Limits::new(rate).unwrap();
    let changed = domain::subscription::Event::LimitsChanged { limits };
    engine.record(ONE.uuid(), 2, &Fact::Subscription(changed), None);
    engine.core.gain(LaneSet::of(Lane::of(ONE)), Position(3));
    engine.answer_survey(Vec::new());
    let job = engine.publish(10);
    assert_eq!(engine.sent(T0), []);
    assert_eq!(engine.sent(T0.after(Duration::from_secs(1))), [(job.delivery, 0)]);
}
