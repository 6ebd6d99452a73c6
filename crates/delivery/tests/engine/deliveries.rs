use std::time::Duration;

use domain::delivery::{Answer, Attempt, CancelReason, Event as DeliveryEvent, Origin, Trigger};
use domain::subscription::{DisableReason, Event as SubscriptionEvent};
use domain::{Clock, Description, EventType, Fact, Position, Sequence};
use ledger::Ledger;
use signature::{Secret, UnixSeconds, Verifier, VerifyingKey};

use crate::world::{Reply, SECRET, World};

const DELIVERED: [&str; 1] = ["delivery.delivered_at_once"];

#[tokio::test(start_paused = true)]
async fn a_published_event_arrives_signed_and_is_recorded() {
    let world = World::new([]);
    let subscription = world.subscribe(1).await;
    let engine = world.engine().await;
    let delivery = world.delivery(world.publish(10).await, subscription);
    world.until_recorded(delivery, &DELIVERED).await;

    let seen = world.receiver.seen();
    assert_eq!(seen.len(), 1);
    let verifier = Verifier::new([VerifyingKey::hmac_sha256(&SECRET.parse::<Secret>().unwrap())]).unwrap();
    let now = UnixSeconds::new(u64::try_from(world.clock.now().as_seconds()).unwrap());
    let accepted = verifier.verify(&seen[0].headers, &seen[0].body, now).unwrap();
    assert_eq!(accepted.id.as_str(), delivery.to_string());
    assert!(std::str::from_utf8(&seen[0].body).unwrap().contains(r#""data":{"n":1.10}"#));
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn without_leave_nothing_goes_out_and_what_is_under_way_is_finished() {
    let world = World::new([Reply::Status(500)]);
    let subscription = world.subscribe(1).await;
    let engine = world.engine().await;
    let first = world.delivery(world.publish(10).await, subscription);
    world.until_recorded(first, &["delivery.scheduled", "delivery.attempt_failed"]).await;
    world.give_leave(false);
    let second = world.delivery(world.publish(11).await, subscription);
    let head = world.ledger.head();
    world.until("the engine to have seen it", async || engine.health().borrow().folded >= head).await;
    // A retry is due as well.
    world.clock.advance(Duration::from_mins(2));
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(world.receiver.seen().len(), 1);
    world.give_leave(true);
    world.until_recorded(second, &DELIVERED).await;
    let retried = ["delivery.scheduled", "delivery.attempt_failed", "delivery.attempt_succeeded"];
    world.until_recorded(first, &retried).await;
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_starts_from_a_view_far_behind_repeats_nothing_and_forgets_nothing() {
    let world = World::new([Reply::Status(200), Reply::Status(500), Reply::Status(200), Reply::Hang]);
    let subscription = world.subscribe(1).await;
    let engine = world.engine().await;
    let mut deliveries = Vec::new();
    for n in 10..13 {
        deliveries.push(world.delivery(world.publish(n).await, subscription));
        world.until_seen(deliveries.len()).await;
    }
    world.until_recorded(deliveries[1], &["delivery.scheduled", "delivery.attempt_failed"]).await;
    world.until_recorded(deliveries[2], &DELIVERED).await;
    deliveries.push(world.delivery(world.publish(13).await, subscription));
    world.until_seen(4).await;
    engine.stop().await;

    let head = world.ledger.head().0;
    let engine = world.engine_behind(head - 1).await;
    let interrupted = ["delivery.scheduled", "delivery.attempt_interrupted", "delivery.attempt_succeeded"];
    world.until_recorded(deliveries[3], &interrupted).await;
    world.clock.advance(Duration::from_mins(2));
    let retried = ["delivery.scheduled", "delivery.attempt_failed", "delivery.attempt_succeeded"];
    world.until_recorded(deliveries[1], &retried).await;
    assert_eq!(world.receiver.seen().len(), 6, "what hung when it stopped, and the retry");
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn retries_share_the_webhook_id_and_the_body_and_number_themselves() {
    let world = World::new([Reply::Status(500), Reply::Refused]);
    let subscription = world.subscribe(1).await;
    let engine = world.engine().await;
    let delivery = world.delivery(world.publish(10).await, subscription);
    for attempts in 1..=2 {
        world.until_seen(attempts).await;
        world.clock.advance(Duration::from_mins(2));
    }
    world.until_seen(3).await;
    let ended = [
        "delivery.scheduled",
        "delivery.attempt_failed",
        "delivery.attempt_failed",
        "delivery.attempt_succeeded",
    ];
    world.until_recorded(delivery, &ended).await;

    let seen = world.receiver.seen();
    assert!(seen.iter().all(|request| request.headers["webhook-id"] == seen[0].headers["webhook-id"]));
    assert!(seen.iter().all(|request| request.body == seen[0].body));
    assert_ne!(seen[0].headers["webhook-timestamp"], seen[1].headers["webhook-timestamp"]);
    let attempts: Vec<_> =
        world.history(delivery).await.iter().filter_map(DeliveryEvent::attempt).cloned().collect();
    assert_eq!(attempts.iter().map(|attempt| attempt.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(matches!(&attempts[1].answer, Answer::Failure { class, .. } if class == "connect_refused"));
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn retry_after_delays_the_retry_and_nothing_shortens_it() {
    let world = World::new([Reply::After(503, "600")]);
    let subscription = world.subscribe(1).await;
    let engine = world.engine().await;
    let delivery = world.delivery(world.publish(10).await, subscription);
    world.until_recorded(delivery, &["delivery.scheduled", "delivery.attempt_failed"]).await;
    let Some(DeliveryEvent::AttemptFailed { retry_at: Some(retry_at), .. }) =
        world.history(delivery).await.pop()
    else {
        panic!("a retry is planned")
    };
    assert_eq!(retry_at.since(world.clock.now()), Duration::from_mins(10));
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn gone_disables_the_subscription() {
    let world = World::new([Reply::Status(410)]);
    let subscription = world.subscribe(1).await;
    let engine = world.engine().await;
    world.publish(10).await;
    world
        .until("the subscription is disabled", async || {
            let records = world.ledger.read_stream(subscription.into(), Sequence(1), 10).await.unwrap();
            records.iter().any(|record| {
                let gone = SubscriptionEvent::Disabled { reason: DisableReason::EndpointGone };
                record.fact() == Ok(&Fact::Subscription(gone))
            })
        })
        .await;
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_request_cut_off_by_a_stop_is_recorded_and_made_again_under_the_same_id() {
    let world = World::new([Reply::Hang]);
    let subscription = world.subscribe(1).await;
    let engine = world.engine().await;
    let delivery = world.delivery(world.publish(10).await, subscription);
    world.until_seen(1).await;
    engine.stop().await;
    assert_eq!(world.history(delivery).await, []);

    let engine = world.engine().await;
    let recorded = ["delivery.scheduled", "delivery.attempt_interrupted", "delivery.attempt_succeeded"];
    world.until_recorded(delivery, &recorded).await;
    let seen = world.receiver.seen();
    assert_eq!(seen[0].headers["webhook-id"], seen[1].headers["webhook-id"]);
    let history = world.history(delivery).await;
    let [_, DeliveryEvent::AttemptInterrupted { attempt: lost }, DeliveryEvent::AttemptSucceeded { attempt }] =
        &history[..]
    else {
        panic!("{history:?}")
    };
    assert_eq!((lost.number, attempt.number), (1, 2));
    assert_eq!(lost.body_sha256, attempt.body_sha256);
    assert_eq!(lost.answer, Attempt::interrupted());
    engine.stop().await;

    let before = world.ledger.head();
    world.engine().await.stop().await;
    assert_eq!(world.ledger.head(), before, "what is recorded is not recorded again");
}

#[tokio::test(start_paused = true)]
async fn what_was_published_while_the_engine_was_down_is_delivered_once_each() {
    let world = World::new([]);
    let subscription = world.subscribe(1).await;
    let mut deliveries = Vec::new();
    for n in 10..40 {
        deliveries.push(world.delivery(world.publish(n).await, subscription));
    }
    let engine = world.engine().await;
    for n in 40..60 {
        deliveries.push(world.delivery(world.publish(n).await, subscription));
    }
    for delivery in deliveries {
        world.until_recorded(delivery, &DELIVERED).await;
    }
    assert_eq!(world.receiver.seen().len(), 50);
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_that_is_asked_for_again_is_delivered() {
    let world = World::new([Reply::Status(410)]);
    let subscription = world.subscribe(1).await;
    let engine = world.engine().await;
    let event = world.publish(10).await;
    let delivery = world.delivery(event, subscription);
    let dead = ["delivery.scheduled", "delivery.attempt_failed", "delivery.dead_lettered"];
    world.until_recorded(delivery, &dead).await;
    world.until("it is disabled", async || world.ledger.head() >= Position(6)).await;
    world.record(subscription.into(), 3, SubscriptionEvent::Activated).await;
    let event_type = EventType::parse("test.passed").unwrap();
    let origin = Origin { event, event_position: Position(2), event_type, subscription };
    world
        .record(
            delivery.into(),
            4,
            DeliveryEvent::RetryRequested { origin, attempts: 1, at: world.clock.now() },
        )
        .await;
    world.until_seen(2).await;
    world.until("it is delivered", async || world.history(delivery).await.len() == 5).await;
    let last = world.history(delivery).await.pop().unwrap().attempt().cloned().unwrap();
    assert_eq!((last.number, last.trigger), (2, Trigger::Manual));
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_cancelled_while_it_waits_is_not_attempted_again() {
    let world = World::new([Reply::Status(500)]);
    let subscription = world.subscribe(1).await;
    let engine = world.engine().await;
    let delivery = world.delivery(world.publish(10).await, subscription);
    world.until_recorded(delivery, &["delivery.scheduled", "delivery.attempt_failed"]).await;
    let reason = CancelReason::Requested { note: Description::default() };
    let position = world.record(delivery.into(), 3, DeliveryEvent::Cancelled { subscription, reason }).await;
    let mut health = engine.health();
    health.wait_for(|health| health.folded >= position).await.unwrap();
    world.clock.advance(Duration::from_hours(1));
    // Something else goes through behind it, so the engine has had its turn.
    let other = world.delivery(world.publish(11).await, subscription);
    world.until_recorded(other, &DELIVERED).await;
    assert_eq!(world.receiver.seen().len(), 2);
    engine.stop().await;
}

/// Version 2 calls `n` `count`; nothing leads to version 3.
async fn versions(world: &World) {
    use domain::event_type::{Event, Origin, VersionSpec};
    let stream = domain::EventTypeId::of(crate::world::TENANT, "test.passed").into();
    let name = EventType::parse("test.passed").unwrap();
    let registered = Event::Registered { name, description: Description::default(), origin: Origin::Tenant };
    world.record(stream, 1, registered).await;
    let rename = |from: &str, to: &str| {
        format!(r#"{{"loses":["-"],"steps":[{{"op":"rename","path":"/{from}","to":"{to}"}}]}}"#)
    };
    let two = format!(
        r#"{{"compatibility":"full","up":{},"down":{}}}"#,
        rename("n", "count"),
        rename("count", "n")
    );
    for (number, mapping) in [(1, None), (2, Some(two)), (3, Some(r#"{"compatibility":"none"}"#.to_owned()))]
    {
        let json = |text: &str| domain::RawJson::parse(text).unwrap();
        let version = VersionSpec {
            number,
            schema: json("{}"),
            shared: std::collections::BTreeMap::new(),
            mapping: mapping.as_deref().map(json),
        };
        world.record(stream, 1 + u64::from(number), Event::VersionAdded { version: Box::new(version) }).await;
    }
}

fn wants(text: &str) -> SubscriptionEvent {
    let wanted = domain::subscription::WantedType::parse(text).unwrap();
    SubscriptionEvent::EventTypesChanged { event_types: vec![wanted].try_into().unwrap() }
}

#[tokio::test(start_paused = true)]
async fn each_subscription_gets_the_version_that_it_wants_and_is_told_which() {
    let world = World::new([]);
    versions(&world).await;
    let (latest, pinned) = (world.subscribe(1).await, world.subscribe(2).await);
    world.record(pinned.into(), 2, wants("test.passed@1")).await;
    let engine = world.engine().await;
    let event = world.publish(10).await;
    for subscription in [latest, pinned] {
        world.until_recorded(world.delivery(event, subscription), &DELIVERED).await;
    }
    let bodies: Vec<_> =
        world.receiver.seen().iter().map(|seen| String::from_utf8_lossy(&seen.body).into_owned()).collect();
    let holds = |text: &str| bodies.iter().filter(|body| body.contains(text)).count();
    assert_eq!(holds(r#""version":2,"schema":"urn:hookledger:event-type:test.passed:2""#), 1, "{bodies:?}");
    assert_eq!(holds(r#""data":{"count":1.10}"#), 1);
    assert_eq!(holds(r#""version":1,"schema":"urn:hookledger:event-type:test.passed:1""#), 1);
    assert_eq!(holds(r#""data":{"n":1.10}"#), 1);
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_cast_is_a_dead_letter_with_its_reason_and_no_request() {
    let world = World::new([]);
    versions(&world).await;
    let subscription = world.subscribe(1).await;
    world.record(subscription.into(), 2, wants("test.passed@3")).await;
    let engine = world.engine().await;
    let delivery = world.delivery(world.publish(10).await, subscription);
    let ended = ["delivery.scheduled", "delivery.attempt_failed", "delivery.dead_lettered"];
    world.until_recorded(delivery, &ended).await;
    let history = world.history(delivery).await;
    let DeliveryEvent::AttemptFailed { attempt, retry_at: None } = &history[1] else { panic!("{history:?}") };
    assert!(attempt.answer.is_not_castable(), "{:?}", attempt.answer);
    let dead = DeliveryEvent::DeadLettered { reason: domain::delivery::DeadLetterReason::NotCastable };
    assert_eq!(history[2], dead);
    assert_eq!(world.receiver.seen().len(), 0);
    engine.stop().await;
}
