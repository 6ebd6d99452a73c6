//! Accepting events.

use std::sync::Arc;
use std::time::Duration;

use app::publish::{Accepted, IdempotencyKey, NewEvent, PublishOptions, Refusal};
use app::{App, Bounds, Correlation, Error, HoldBack, Request, TraceParent};
use domain::event::{Published, Source};
use domain::{Clock, Description, EventId, Fact, Scope, TenantId, Timestamp, event::Event};
use ledger::{Batch, NewRecord, Origin};

use crate::ledgers::{Mischief, Mischievous};
use crate::world::{TYPE, World, admin_of, event, json, keyed, kind, scoped};

fn called(key: &str) -> PublishOptions {
    PublishOptions { idempotency_key: Some(IdempotencyKey::new(key).unwrap()) }
}

async fn publish(world: &World, events: Vec<NewEvent>) -> Result<Vec<Accepted>, Error<Refusal>> {
    world.app.publish(&world.admin(), events, PublishOptions::default()).await
}

/// The refusal, after having seen that nothing was recorded.
async fn refused(world: &World, events: Vec<NewEvent>, options: PublishOptions) -> Refusal {
    let head = world.ledger.head();
    let answer = world.app.publish(&world.admin(), events, options).await;
    assert_eq!(world.ledger.head(), head, "nothing is recorded");
    match answer {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

async fn recorded(world: &World, id: EventId) -> Box<Published> {
    world.app.event(&world.admin(), id).await.unwrap().unwrap().what
}

#[tokio::test]
async fn events_are_accepted_in_the_order_of_the_call() {
    let world = World::new().await;
    let before = world.ledger.head().0;
    let accepted = publish(&world, vec![event("1"), event("2"), event("3")]).await.unwrap();
    let positions: Vec<_> = accepted.iter().map(|event| event.position.0 - before).collect();
    assert_eq!(positions, [1, 2, 3]);
    for (event, data) in accepted.iter().zip(["1", "2", "3"]) {
        assert_eq!(recorded(&world, event.id).await.data.as_str(), data);
    }
}

#[tokio::test]
async fn data_and_metadata_are_kept_byte_for_byte() {
    let world = World::new().await;
    let data = r#"{"b":1.10,"a":12345678901234567890.123456789,"a":"\u0000\u2028 é😀 \ud800"}"#;
    let metadata = r#"{ "run" : 1e999 }"#;
    let accepted = world.publish(NewEvent { metadata: Some(json(metadata)), ..event(data) }).await;
    let published = recorded(&world, accepted.id).await;
    assert_eq!(published.data.as_str(), data);
    assert_eq!(published.metadata.unwrap().as_str(), metadata);
    assert!(world.last().await.payload.contains(data));
}

#[tokio::test]
async fn an_event_happened_when_its_publisher_says_or_when_it_was_accepted() {
    let world = World::new().await;
    let then = Timestamp::from_seconds(1_000_000);
    let said = world.publish(NewEvent { time: Some(then), ..event("1") }).await;
    let unsaid = world.publish(event("2")).await;
    assert_eq!(recorded(&world, said.id).await.time, then);
    assert_eq!(recorded(&world, unsaid.id).await.time, world.clock.now());
    assert_eq!(recorded(&world, said.id).await.accepted_at, world.clock.now());
}

#[tokio::test]
async fn the_record_says_who_published_it_and_in_what_context() {
    let world = World::new().await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = world.admin().correlated(Correlation::new("run-7").ok()).traced(TraceParent::parse(trace));
    world.app.publish(&request, vec![event("1")], PublishOptions::default()).await.unwrap();
    let metadata = world.last().await.parse_metadata().unwrap();
    assert_eq!(metadata.actor, request.caller().actor);
    assert_eq!((metadata.correlation.as_deref(), metadata.trace.as_deref()), (Some("run-7"), Some(trace)));
}

#[tokio::test]
async fn publishing_needs_its_scope() {
    let world = World::new().await;
    let reader = scoped(world.acme, &[Scope::Read, Scope::Manage]);
    let refused = world.app.publish(&reader, vec![event("1")], PublishOptions::default()).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden { needed: Scope::Publish }));
}

#[tokio::test]
async fn a_type_that_is_not_registered_or_archived_refuses_the_whole_call() {
    let world = World::new().await;
    let unknown = NewEvent { event_type: kind("test.never"), ..event("2") };
    assert_eq!(
        refused(&world, vec![event("1"), unknown], PublishOptions::default()).await,
        Refusal::UnknownType { index: 1, event_type: kind("test.never") }
    );
    world.app.archive_event_type(&world.admin(), &kind(TYPE), Description::default(), None).await.unwrap();
    assert_eq!(
        refused(&world, vec![event("1")], PublishOptions::default()).await,
        Refusal::ArchivedType { index: 0, event_type: kind(TYPE) }
    );
}

#[tokio::test]
async fn every_bound_is_kept_and_named() {
    let bounds = Bounds {
        events_per_publish: 2,
        event_data_bytes: 8,
        event_metadata_bytes: 8,
        publish_bytes: 15,
        ..Bounds::default()
    };
    let world = World::bounded(bounds).await;
    let with = |metadata: &str| NewEvent { metadata: Some(json(metadata)), ..event("1") };
    let none = PublishOptions::default;
    assert_eq!(refused(&world, vec![], none()).await, Refusal::Empty);
    let three = vec![event("1"), event("2"), event("3")];
    assert_eq!(refused(&world, three, none()).await, Refusal::TooMany { found: 3, max: 2 });
    let large = vec![event("1"), event("123456789")];
    assert_eq!(refused(&world, large, none()).await, Refusal::DataTooLarge { index: 1, found: 9, max: 8 });
    let large = vec![with(r#"{"a":123}"#)];
    assert_eq!(
        refused(&world, large, none()).await,
        Refusal::MetadataTooLarge { index: 0, found: 9, max: 8 }
    );
    let both = vec![event("12345678"), event("12345678")];
    assert_eq!(refused(&world, both, none()).await, Refusal::TooLarge { found: 16, max: 15 });
    assert!(publish(&world, vec![event("12345678"), event("1")]).await.is_ok());
}

#[tokio::test]
async fn the_largest_call_that_the_bounds_allow_is_accepted() {
    let world = World::new().await;
    let bounds = world.app.bounds();
    let share = bounds.publish_bytes / bounds.events_per_publish;
    let text = format!("\"{}\"", "x".repeat(share - 2));
    let events: Vec<_> = (0..bounds.events_per_publish).map(|_| event(&text)).collect();
    assert_eq!(publish(&world, events).await.unwrap().len(), bounds.events_per_publish);
}

#[tokio::test]
async fn metadata_is_an_object_and_versions_count_from_one() {
    let world = World::new().await;
    let list = NewEvent { metadata: Some(json("[1]")), ..event("1") };
    assert_eq!(
        refused(&world, vec![list], PublishOptions::default()).await,
        Refusal::MetadataNotObject { index: 0 }
    );
    let zero = NewEvent { version: 0, ..event("1") };
    assert_eq!(refused(&world, vec![zero], PublishOptions::default()).await, Refusal::Version { index: 0 });
}

#[tokio::test]
async fn an_event_that_its_publisher_names_is_accepted_once() {
    let world = World::new().await;
    let first = world.publish(keyed("run-1", "1")).await;
    world.clock.advance(Duration::from_secs(5));
    let again = world.publish(keyed("run-1", "1")).await;
    assert_eq!(again, Accepted { duplicate: true, ..first });
    assert_eq!(world.ledger.head(), first.position);
}

#[tokio::test]
async fn a_name_cannot_be_used_for_something_else() {
    let world = World::new().await;
    let first = world.publish(keyed("run-1", "1")).await;
    let reused = Refusal::KeyReused { index: 1, id: first.id };
    assert_eq!(
        refused(&world, vec![event("0"), keyed("run-1", "1.0")], PublishOptions::default()).await,
        reused
    );
    let elsewhere = NewEvent { source: Source::new("/elsewhere").unwrap(), ..keyed("run-1", "2") };
    assert!(!world.publish(elsewhere).await.duplicate);
}

#[tokio::test]
async fn new_events_beside_known_ones_are_recorded_and_known_ones_are_not() {
    let world = World::new().await;
    let known = publish(&world, vec![keyed("a", "1"), keyed("b", "2")]).await.unwrap();
    let head = world.ledger.head().0;
    let events = vec![event("0"), keyed("b", "2"), keyed("c", "3"), keyed("a", "1")];
    let accepted = publish(&world, events).await.unwrap();
    let duplicates: Vec<_> = accepted.iter().map(|event| event.duplicate).collect();
    assert_eq!(duplicates, [false, true, false, true]);
    assert_eq!((accepted[1].id, accepted[3].id), (known[1].id, known[0].id));
    assert_eq!(
        [accepted[0].position.0, accepted[2].position.0, world.ledger.head().0],
        [head + 1, head + 2, head + 2]
    );
}

#[tokio::test]
async fn the_same_name_twice_in_a_call_is_refused() {
    let world = World::new().await;
    let events = vec![keyed("a", "1"), event("2"), keyed("a", "1")];
    let repeated = Refusal::KeyRepeated { index: 2, first: 0 };
    assert_eq!(refused(&world, events, PublishOptions::default()).await, repeated);
}

#[tokio::test]
async fn a_call_with_an_idempotency_key_takes_effect_once() {
    let world = World::new().await;
    let publish = |data: &str| {
        let events = vec![event(data), keyed("mine", "2"), event("3")];
        let (app, admin) = (world.app.clone(), world.admin());
        async move { app.publish(&admin, events, called("call-1")).await }
    };
    let first = publish("1").await.unwrap();
    let again = publish("1").await.unwrap();
    assert_eq!(
        again.iter().map(|event| event.id).collect::<Vec<_>>(),
        first.iter().map(|event| event.id).collect::<Vec<_>>()
    );
    assert!(again.iter().all(|event| event.duplicate) && !first.iter().any(|event| event.duplicate));
    let Err(Error::Refused(refusal)) = publish("1.0").await else { panic!("accepted") };
    assert_eq!(refusal, Refusal::KeyReused { index: 0, id: first[0].id });
}

#[tokio::test]
async fn an_idempotency_key_is_no_name_that_a_publisher_can_give_to_an_event() {
    let world = World::new().await;
    let by_call = world.app.publish(&world.admin(), vec![event("1")], called("a")).await.unwrap();
    for key in ["a", "a#0", "a0"] {
        let by_name = world.publish(keyed(key, "1")).await;
        assert!(!by_name.duplicate && by_name.id != by_call[0].id);
    }
    let elsewhere = NewEvent { source: Source::new("/elsewhere").unwrap(), ..event("1") };
    let reused = Refusal::KeyReused { index: 0, id: by_call[0].id };
    assert_eq!(refused(&world, vec![elsewhere], called("a")).await, reused);
}

#[tokio::test]
async fn idempotency_keys_are_bounded_and_visible() {
    assert!(IdempotencyKey::new(&"x".repeat(200)).is_ok());
    for bad in ["", "a b", "é", &"x".repeat(201)] {
        assert!(IdempotencyKey::new(bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn names_of_different_tenants_do_not_meet() {
    let world = World::new().await;
    let ours = world.publish(keyed("run-1", "1")).await;
    let theirs =
        world.app.publish(&admin_of(world.other), vec![keyed("run-1", "2")], PublishOptions::default()).await;
    let theirs = theirs.unwrap().remove(0);
    assert!(!theirs.duplicate && theirs.id != ours.id);
}

#[tokio::test]
async fn callers_at_once_with_the_same_name_get_the_same_event() {
    let world = World::new().await;
    let head = world.ledger.head().0;
    let calls = (0..16).map(|_| {
        let (app, admin): (App, Request) = (world.app.clone(), world.admin());
        tokio::spawn(async move {
            app.publish(&admin, vec![keyed("run-1", "1")], PublishOptions::default()).await
        })
    });
    let answers = futures_util::future::join_all(calls).await;
    let accepted: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().unwrap().remove(0)).collect();
    assert!(
        accepted.iter().all(|event| event.id == accepted[0].id && event.position == accepted[0].position)
    );
    assert_eq!(accepted.iter().filter(|event| !event.duplicate).count(), 1);
    assert_eq!(world.ledger.head().0, head + 1);
}

#[tokio::test]
async fn a_name_that_somebody_else_takes_at_the_same_moment_is_a_duplicate() {
    let ledger = Arc::new(Mischievous::default());
    let world = World::on(ledger.clone(), Bounds::default()).await;
    let taken = world.publish(keyed("template", "1")).await;
    let mut published = recorded(&world, taken.id).await;
    published.key = Some(domain::event::EventKey::new("run-1").unwrap());
    let id = EventId::keyed(world.acme, "/tests", "run-1");
    let origin = Origin::new(world.acme, &world.last().await.parse_metadata().unwrap(), world.clock.now());
    let record = NewRecord::of(
        domain::RecordId::generate(&*world.ids),
        id.into(),
        domain::Sequence(1),
        Fact::Event(Event::Published(published)),
        &origin,
    );
    ledger.plan([Mischief::First(Batch::new(vec![record]).unwrap())]);
    let accepted = publish(&world, vec![keyed("run-1", "1"), event("2")]).await.unwrap();
    assert_eq!((accepted[0].id, accepted[0].duplicate, accepted[1].duplicate), (id, true, false));
}

#[tokio::test]
async fn a_busy_ledger_says_when_to_come_back() {
    let ledger = Arc::new(Mischievous::default());
    let world = World::on(ledger.clone(), Bounds::default()).await;
    ledger.plan([Mischief::Overloaded]);
    let busy = publish(&world, vec![event("1")]).await.unwrap_err();
    assert!(
        matches!(busy, Error::Overloaded { retry_after, .. } if retry_after == Duration::from_millis(250))
    );
    ledger.plan([Mischief::Down]);
    let down = publish(&world, vec![event("1")]).await.unwrap_err();
    assert!(matches!(down, Error::Failed(fault) if fault.is_temporary()));
}

#[tokio::test]
async fn while_too_much_waits_publishers_are_told_when_to_come_back_and_nothing_is_recorded() {
    let world = World::new().await;
    let before = world.ledger.head();
    let five_seconds = Duration::from_secs(5);
    world.app.hold_back(HoldBack { everyone: true, ..HoldBack::default() });
    let refused = publish(&world, vec![event("1")]).await.unwrap_err();
    assert!(matches!(refused, Error::Overloaded { retry_after, .. } if retry_after == five_seconds));
    let mine = HoldBack { everyone: false, tenants: [world.admin().tenant()].into() };
    world.app.hold_back(mine);
    let refused = publish(&world, vec![event("1")]).await.unwrap_err();
    assert!(matches!(refused, Error::ShareTaken { retry_after, .. } if retry_after == five_seconds));
    assert_eq!(world.ledger.head(), before);
    let other = HoldBack { everyone: false, tenants: [TenantId::from_uuid(uuid::Uuid::from_u128(7))].into() };
    world.app.hold_back(other);
    publish(&world, vec![event("1")]).await.unwrap();
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_can_be_made_again_under_its_idempotency_key() {
    let ledger = Arc::new(Mischievous::default());
    let world = World::on(ledger.clone(), Bounds::default()).await;
    ledger.plan([Mischief::AnswerLost]);
    let admin = world.admin();
    let lost = world.app.publish(&admin, vec![event("1")], called("call-1")).await.unwrap_err();
    assert!(matches!(lost, Error::Failed(fault) if fault.is_temporary()));
    let again = world.app.publish(&admin, vec![event("1")], called("call-1")).await.unwrap();
    assert!(again[0].duplicate);
}
