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

#[test]
fn a_published_event_is_sent_once_and_recorded_once() {
    let mut world = World::with(&[1]);
    world.publish(10);
    let sends = world.sends();
    assert_eq!(sends.len(), 1);
    assert_eq!(world.sends().len(), 0);
    let events = world.answer(1, sends[0].delivery, 200);
    assert_eq!(names(&events), ["delivery.delivered_at_once"]);
    world.commit(1, sends[0].delivery);
    assert_eq!(world.core.load(), Load::default());
}

#[test]
fn a_failure_is_retried_when_due_and_not_before() {
    let mut world = World::with(&[1]);
    world.publish(10);
    let first = world.sends()[0];
    assert_eq!(
        names(&world.answer(1, first.delivery, 500)),
        ["delivery.scheduled", "delivery.attempt_failed"]
    );
    world.commit(1, first.delivery);
    world.later(Duration::from_millis(4_999));
    assert_eq!(world.sends(), []);
    assert_eq!(world.core.next_alarm(), Some(T0.after(Duration::from_secs(5))));
    world.later(Duration::from_millis(1));
    let second = world.sends()[0];
    assert_eq!(
        (second.delivery, second.progress.attempts, second.sequence),
        (first.delivery, 1, Sequence(2))
    );
    assert_eq!(names(&world.answer(1, first.delivery, 200)), ["delivery.attempt_succeeded"]);
}

#[test]
fn nothing_is_retried_before_its_outcome_is_in_the_ledger() {
    let mut world = World::with(&[1]);
    world.publish(10);
    let first = world.sends()[0];
    world.answer(1, first.delivery, 500);
    world.later(Duration::from_hours(1));
    assert_eq!(world.sends(), []);
    world.commit(1, first.delivery);
    assert_eq!(world.sends().len(), 1);
}

#[test]
fn what_is_paused_waits_and_what_is_deleted_does_not() {
    let mut world = World::with(&[1]);
    let reason = PauseReason::Requested { note: Description::default() };
    world.happens(1, &Fact::Subscription(domain::subscription::Event::Paused { reason }));
    world.publish(10);
    assert_eq!(world.sends(), []);
    world.happens(1, &Fact::Subscription(domain::subscription::Event::Resumed));
    assert_eq!(world.sends().len(), 1);
    world.publish(11);
    world.happens(1, &Fact::Subscription(domain::subscription::Event::Deleted));
    assert_eq!(world.sends(), []);
    assert_eq!(world.core.load().held, 0);
}

#[test]
fn a_disabled_subscription_keeps_what_waits_and_takes_nothing_new() {
    let mut world = World::with(&[1]);
    world.publish(10);
    world.happens(
        1,
        &Fact::Subscription(domain::subscription::Event::Disabled { reason: DisableReason::EndpointGone }),
    );
    world.publish(11);
    assert_eq!(world.sends(), []);
    world.happens(1, &Fact::Subscription(domain::subscription::Event::Activated));
    assert_eq!(world.sends().len(), 1);
}

#[test]
fn gone_disables_the_subscription_once_it_is_recorded() {
    let mut world = World::with(&[1]);
    world.publish(10);
    let first = world.sends()[0];
    assert_eq!(
        names(&world.answer(1, first.delivery, 410)),
        ["delivery.scheduled", "delivery.attempt_failed", "delivery.dead_lettered"]
    );
    let actions = world.commit(1, first.delivery);
    assert!(matches!(
        actions[..],
        [Action::Note {
            command: subscription::Command::Disable { reason: DisableReason::EndpointGone },
            ..
        }]
    ));
}

#[test]
fn too_many_requests_hold_the_whole_subscription_back() {
    let mut world = World::with(&[1]);
    world.publish(10);
    let first = world.sends()[0];
    world.answer(1, first.delivery, 429);
    world.publish(11);
    assert_eq!(world.sends(), []);
    world.later(Duration::from_secs(1));
    assert_eq!(world.sends().len(), 1);
}

#[test]
fn first_attempts_go_before_retries() {
    let mut world = World::with(&[1]);
    world.publish(10);
    let first = world.sends()[0];
    world.answer(1, first.delivery, 500);
    world.commit(1, first.delivery);
    world.later(Duration::from_secs(10));
    world.publish(11);
    let order: Vec<_> = world.sends().iter().map(|job| job.progress.attempts).collect();
    assert_eq!(order, [0, 1]);
}

#[test]
fn what_does_not_fit_in_memory_is_loaded_from_the_view() {
    let mut world = World::with(&[1]);
    world.prove(1);
    let reason = PauseReason::Requested { note: Description::default() };
    world.happens(1, &Fact::Subscription(domain::subscription::Event::Paused { reason }));
    for n in 10..17 {
        world.publish(n);
    }
    assert_eq!(world.core.load().held, 4);
    world.happens(1, &Fact::Subscription(domain::subscription::Event::Resumed));
    let actions = world.act();
    let sent = actions.iter().filter(|action| matches!(action, Action::Send { .. })).count();
    assert_eq!(sent, 4);
    let load = actions.iter().find_map(|action| match action {
        Action::Load { wanted: Wanted::First { after }, limit, at_least, .. } => {
            Some((*after, *limit, *at_least))
        }
        _ => None,
    });
    assert_eq!(load, Some((Position(8), 3, Position(12))));
    let row = |position| {
        Job::new(
            DeliveryId::from_uuid(Uuid::from_u128(position)),
            EventId::from_uuid(Uuid::from_u128(1)),
            Position(u64::try_from(position).unwrap()),
            T0,
        )
    };
    world.publish(20);
    let page = Page { as_of: Position(12), jobs: (9..=11).map(row).collect(), more: false };
    world.core.loaded(subscription(1), 1, Some(page));
    let positions: Vec<_> = world.sends().iter().map(|job| job.event_position.0).collect();
    assert_eq!(positions, [9, 10, 11, 13], "the page, then what came meanwhile");
}

#[test]
fn waiting_deliveries_of_a_former_run_are_loaded_and_stale_rows_dropped() {
    let mut router = Router::default();
    router.apply(TENANT, subscription(1), &created(&["*"], None));
    let mut world = World::starting(router, 100, 100, all_in_the_view());
    assert!(matches!(world.act()[..], [Action::Load { wanted: Wanted::First { after: Position(0) }, .. }]));
    world.core.loaded(subscription(1), 1, Some(Page { as_of: Position(100), jobs: vec![], more: false }));
    assert!(matches!(world.act()[..], [Action::Load { wanted: Wanted::Retries { .. }, .. }]));
    let gone = job(7, 1, T0, 2);
    let reason = CancelReason::Requested { note: Description::default() };
    world.record(7, 3, &Fact::Delivery(Event::Cancelled { subscription: subscription(1), reason }));
    let page = Page { as_of: Position(100), jobs: vec![gone, job(8, 1, T0, 2)], more: false };
    world.core.loaded(subscription(1), 1, Some(page));
    assert_eq!(world.sends(), [job(8, 1, T0, 2)]);
}

#[test]
fn asking_for_a_retry_of_what_is_not_held_loads_it() {
    let mut world = World::with(&[1]);
    let origin = Origin {
        event: EventId::from_uuid(Uuid::from_u128(9)),
        event_position: Position(1),
        event_type: EventType::parse("test.passed").unwrap(),
        subscription: subscription(1),
    };
    world.record(7, 4, &Fact::Delivery(Event::RetryRequested { origin, attempts: 2, at: T0 }));
    let wanted = world.act().into_iter().find_map(|action| match action {
        Action::Load { wanted, .. } => Some(wanted),
        _ => None,
    });
    assert_eq!(wanted, Some(Wanted::Retries { from: (T0, DeliveryId::from_uuid(Uuid::from_u128(7))) }));
}

#[test]
fn concurrency_is_never_exceeded() {
    let mut world = World::with(&[]);
    let domain::subscription::Event::Created { mut settings, secret, active } = created(&["*"], None) else {
        unreachable!()
    };
    settings.limits = domain::policy::Limits::new(domain::policy::LimitsFields {
        concurrency: 2,
        ..domain::policy::LimitsFields::default()
    })
    .unwrap();
    world.happens(1, &Fact::Subscription(domain::subscription::Event::Created { settings, secret, active }));
    for n in 10..14 {
        world.publish(n);
    }
    let sent = world.sends();
    assert_eq!(sent.len(), 1, "nothing is known of the endpoint yet");
    world.answer(1, sent[0].delivery, 200);
    let sent = world.sends();
    assert_eq!(sent.len(), 2);
    world.answer(1, sent[0].delivery, 200);
    assert_eq!(world.sends().len(), 1);
}

#[test]
fn an_outcome_that_somebody_forestalled_is_decided_again() {
    let mut world = World::with(&[1]);
    world.publish(10);
    let first = world.sends()[0];
    world.answer(1, first.delivery, 500);
    let mut out = Vec::new();
    let mut found = first;
    found.sequence = Sequence(2);
    found.progress.state = State::Cancelled;
    world.core.conflicted(subscription(1), first.delivery, found, &mut out);
    let [Action::Append { expected: Sequence(2), ref events, .. }] = out[..] else { panic!("{out:?}") };
    assert!(matches!(events[..], [Event::AttemptFailed { retry_at: None, .. }]));
}

/// A world whose memory is large enough not to matter.
fn roomy() -> World {
    let bounds = Bounds { window_max: 1_000, ..bounds() };
    let core = Core::new(bounds, HealthPolicy::default(), Start::default());
    let mut world = World { core, position: 0, now: T0 };
    world.happens(1, &Fact::Subscription(created(&["*"], None)));
    world
}

/// Publishes and fails, one after the other, so many times.
fn fail(world: &mut World, times: u128, first: u128) {
    for n in first..first + times {
        world.publish(n);
        let [job] = world.sends()[..] else { panic!("the {n}th attempt did not start") };
        world.answer(1, job.delivery, 500);
        world.commit(1, job.delivery);
    }
}

#[test]
fn an_endpoint_that_fails_all_the_time_is_spared_probed_and_taken_back_slowly() {
    let mut world = roomy();
    fail(&mut world, 10, 100);
    assert_eq!(world.core.load().breakers_open, 1);
    for n in 200..400 {
        world.publish(n);
    }
    assert_eq!(world.sends(), [], "the breaker is open");
    world.later(Duration::from_secs(6));
    let probe = world.sends();
    assert_eq!(probe.len(), 1, "one goes to see");
    assert_eq!(world.sends(), [], "and no other before it is back");
    world.answer(1, probe[0].delivery, 500);
    world.later(Duration::from_secs(6));
    assert_eq!(world.sends(), [], "the second pause is longer");
    world.later(Duration::from_secs(6));
    let probe = world.sends();
    assert_eq!(probe[0].progress.attempts, 0, "nothing was used up meanwhile");
    world.answer(1, probe[0].delivery, 200);
    assert_eq!(world.core.load().breakers_open, 0);
    let mut in_a_second = 0;
    for _ in 0..100 {
        for job in world.sends() {
            in_a_second += 1;
            world.answer(1, job.delivery, 200);
            world.commit(1, job.delivery);
        }
        world.later(Duration::from_millis(10));
    }
    assert!((9..=11).contains(&in_a_second), "{in_a_second} in the first second of the ramp");
}

#[test]
fn a_single_success_among_failures_keeps_the_breaker_closed() {
    let mut world = roomy();
    fail(&mut world, 7, 100);
    for n in 150..153 {
        assert_eq!(ends(&mut world, n, 200), None);
    }
    fail(&mut world, 5, 160);
    assert_eq!(world.core.load().breakers_open, 0);
}

/// Lets a new delivery end with `status`, and says what was to be noted.
fn ends(world: &mut World, n: u128, status: u16) -> Option<subscription::Command> {
    world.publish(n);
    let sent = world.sends();
    let job = sent.iter().find(|job| job.progress.attempts == 0).expect("the attempt started");
    let mut out = Vec::new();
    world.core.completed(subscription(1), job.delivery, report(status, world.now), &mut out);
    world.core.noted(subscription(1));
    world.commit(1, job.delivery);
    out.iter().find_map(|action| match action {
        Action::Note { command, .. } => Some(command.clone()),
        _ => None,
    })
}

#[test]
fn failing_is_noted_warned_of_and_ends_in_disabling_by_time_and_is_forgiven_by_success() {
    use domain::subscription::{Command, Event};
    let day = Duration::from_hours(24);
    let mut world = roomy();
    for n in 100..109 {
        assert_eq!(ends(&mut world, n, 500), None);
    }
    assert_eq!(ends(&mut world, 109, 500), Some(Command::NoteFailing { since: T0 }));
    world.happens(1, &Fact::Subscription(Event::Failing { since: T0 }));
    world.later(day);
    let disable_at = T0.after(5 * day);
    assert_eq!(ends(&mut world, 110, 500), Some(Command::WarnOfDisable { disable_at }));
    world.happens(1, &Fact::Subscription(Event::DisableWarned { disable_at }));
    world.later(day);
    assert_eq!(ends(&mut world, 111, 500), None, "it is warned of once");
    world.later(3 * day);
    let reason = DisableReason::Failing { since: T0 };
    assert_eq!(ends(&mut world, 112, 500), Some(Command::Disable { reason }));
    world.later(day);
    assert_eq!(ends(&mut world, 113, 200), Some(Command::NoteRecovered));
}

#[test]
fn endpoints_that_hang_leave_room_for_the_others() {
    let mut world = roomy();
    world.prove(1);
    for n in 2..200 {
        world.happens(n, &Fact::Subscription(created(&["*"], None)));
    }
    world.publish(10);
    let first = world.act();
    let to_the_quick_one = |actions: &[Action]| {
        actions.iter().find_map(|action| match action {
            Action::Send { subscription: to, job } if *to == subscription(1) => Some(job.delivery),
            _ => None,
        })
    };
    world.answer(1, to_the_quick_one(&first).expect("it is among them"), 200);
    assert_eq!(world.core.load().in_flight, 75, "of 100: the unknown ones get three quarters");
    world.later(Duration::from_secs(1));
    world.act();
    assert_eq!(world.core.load().in_flight_slow, 75, "they take their time");
    for n in 11..30 {
        world.publish(n);
        let sent = world.act();
        world.answer(1, to_the_quick_one(&sent).expect("the quick one goes on"), 200);
    }
}

#[test]
fn what_an_endpoint_asked_for_does_not_last_longer_because_the_clock_was_set_back() {
    let mut world = World::with(&[1]);
    world.prove(1);
    world.publish(10);
    let first = world.sends()[0];
    world.answer(1, first.delivery, 429);
    world.commit(1, first.delivery);
    world.publish(11);
    assert_eq!(world.sends(), []);
    let hour = Duration::from_hours(1);
    world.now = Timestamp::from_seconds(world.now.as_seconds() - 3_600);
    world.core.set_back(hour);
    assert_eq!(world.sends(), []);
    world.later(Duration::from_secs(2));
    assert_eq!(world.sends().len(), 1, "a second has gone by");
}
