//! Sending, retrying, loading, holding back.

use super::*;

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
