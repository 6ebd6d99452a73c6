//! Why did this not arrive?

use app::Error;
use app::subscriptions::{Changes, NewSubscription};
use domain::routing::NotTaking;
use domain::{DeliveryId, EventId, Scope, Sequence, SubscriptionId, TypePattern};
use uuid::Uuid;

use crate::world::{World, event, filter, note, scoped, subscription as wish};

#[tokio::test]
async fn an_event_that_matched_names_its_delivery() {
    let world = World::new().await;
    let subscription = world.subscribe(world.acme).await.id;
    let accepted = world.publish(event("{}")).await;
    let explained =
        world.app.explain_match(&world.admin(), accepted.id, subscription).await.unwrap().unwrap();
    let published = world.app.event(&world.admin(), accepted.id).await.unwrap().unwrap().what;
    assert!(explained.report.matched);
    assert_eq!(explained.delivery, Some(DeliveryId::of(accepted.id, published.accepted_at, subscription)));
}

#[tokio::test]
async fn the_subscription_is_asked_as_it_was_when_the_event_was_recorded() {
    let world = World::new().await;
    let early = world.publish(event(r#"{"ms":5}"#)).await.id;
    let slow = NewSubscription { filter: Some(filter(r#"{"path":"data.ms","gt":10}"#)), ..wish() };
    let id = world.app.create_subscription(&world.admin(), slow).await.unwrap().id;
    let filtered = world.publish(event(r#"{"ms":5}"#)).await.id;
    let all = Changes { filter: Some(None), ..Changes::default() };
    world.app.update_subscription(&world.admin(), id, None, all).await.unwrap();
    let matched = world.publish(event(r#"{"ms":5}"#)).await.id;
    world.app.disable_subscription(&world.admin(), id, None, note("")).await.unwrap();
    let disabled = world.publish(event(r#"{"ms":5}"#)).await.id;
    world.app.delete_subscription(&world.admin(), id, None).await.unwrap();
    let deleted = world.publish(event(r#"{"ms":5}"#)).await.id;
    let explain =
        async |event: EventId| world.app.explain_match(&world.admin(), event, id).await.unwrap().unwrap();
    let found = explain(early).await;
    assert_eq!((found.report.took_events, found.version), (Err(NotTaking::NotYetCreated), Sequence::NONE));
    let found = explain(filtered).await;
    assert!(!found.report.matched && found.report.type_matched && !found.report.filter.unwrap().matched);
    assert_eq!((found.version, found.delivery), (Sequence(1), None));
    assert!(explain(matched).await.report.matched);
    assert_eq!(explain(disabled).await.report.took_events, Err(NotTaking::Disabled));
    let found = explain(deleted).await;
    assert_eq!((found.report.took_events, found.version), (Err(NotTaking::Deleted), Sequence(4)));
}

#[tokio::test]
async fn an_event_of_another_type_says_so() {
    let world = World::new().await;
    let types = vec![TypePattern::parse("test.*").unwrap()].try_into().unwrap();
    let new = NewSubscription { event_types: types, ..wish() };
    let subscription = world.app.create_subscription(&world.admin(), new).await.unwrap().id;
    let accepted = world.publish(event("{}")).await;
    let explained =
        world.app.explain_match(&world.admin(), accepted.id, subscription).await.unwrap().unwrap();
    assert!(
        !explained.report.matched && !explained.report.type_matched && explained.report.took_events.is_ok()
    );
}

#[tokio::test]
async fn what_does_not_exist_is_not_explained() {
    let world = World::new().await;
    let subscription = world.subscribe(world.acme).await.id;
    let accepted = world.publish(event("{}")).await.id;
    let (no_event, no_subscription) =
        (EventId::from_uuid(Uuid::max()), SubscriptionId::from_uuid(Uuid::max()));
    for (event, subscription) in [(no_event, subscription), (accepted, no_subscription)] {
        let explained = world.app.explain_match(&world.admin(), event, subscription).await.unwrap();
        assert!(explained.is_none());
    }
    let publisher = scoped(world.acme, &[Scope::Publish]);
    let refused = world.app.explain_match(&publisher, accepted, subscription).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden { needed: Scope::Read }));
}
