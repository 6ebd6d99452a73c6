//! Endpoints that fail, hang, and ask for time.

use super::*;

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
