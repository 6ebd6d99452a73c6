//! Whatever belongs to somebody else is answered byte for byte like what does not exist, and is left alone.

use std::fmt::Debug;

use app::publish::PublishOptions;
use app::subscriptions::{Changes, HeaderChange, NewSecret};
use domain::subscription::Overlap;
use domain::{ApiKeyId, DeliveryId, Description, EventId, SecretId, Sequence, SubscriptionId};
use projections::status::DeliveryFilter;
use uuid::Uuid;

use crate::deliveries::Watched;
use crate::world::{admin_of, event, keyed, kind, note};

/// Answers about what is somebody else's and about what is nobody's.
struct Answers(Vec<(&'static str, String, String)>);

impl Answers {
    fn add(&mut self, what: &'static str, foreign: &impl Debug, absent: &impl Debug) {
        self.0.push((what, format!("{foreign:?}"), format!("{absent:?}")));
    }
}

#[tokio::test]
async fn what_is_foreign_looks_like_what_is_absent() {
    let watched = Watched::new().await;
    let (world, app, thief) = (&watched.world, &watched.world.app, &admin_of(watched.world.other));
    let (dead, waiting) = (watched.dead().await, watched.waiting().await);
    let published = world.publish(event("{}")).await.id;
    let key = app.issue_api_key(&world.admin(), crate::world::key_wish()).await.unwrap().id;
    let secret =
        app.subscription(&world.admin(), watched.subscription).await.unwrap().unwrap().live.secret.id;
    world.register(world.acme, "ours.alone").await;
    watched.settle().await;
    let head = world.ledger.head();

    let nobody = Uuid::max();
    let (sub, no_sub) = (watched.subscription, SubscriptionId::from_uuid(nobody));
    let mut answers = Answers(Vec::new());
    macro_rules! compare {
        ($what:literal, $foreign:expr, $absent:expr, |$id:ident| $call:expr) => {{
            let foreign = {
                let $id = $foreign;
                $call.await
            };
            let absent = {
                let $id = $absent;
                $call.await
            };
            answers.add($what, &foreign, &absent);
        }};
    }
    for expected in [None, Some(Sequence(1)), Some(Sequence(9))] {
        let headers = || Changes { headers: Some(HeaderChange::Replace(vec![])), ..Changes::default() };
        compare!("update", sub, no_sub, |id| app.update_subscription(
            thief,
            id,
            expected,
            Changes::default()
        ));
        compare!("headers", sub, no_sub, |id| app.update_subscription(thief, id, expected, headers()));
        compare!("rotate", sub, no_sub, |id| {
            app.rotate_secret(thief, id, expected, NewSecret::default(), Overlap::default())
        });
        compare!("revoke secret", sub, no_sub, |id| app.revoke_secret(thief, id, expected, secret));
        compare!("revoke absent secret", sub, no_sub, |id| {
            app.revoke_secret(thief, id, expected, SecretId::from_uuid(nobody))
        });
        compare!("activate", sub, no_sub, |id| app.activate_subscription(thief, id, expected));
        compare!("pause", sub, no_sub, |id| app.pause_subscription(thief, id, expected, note("")));
        compare!("resume", sub, no_sub, |id| app.resume_subscription(thief, id, expected));
        compare!("disable", sub, no_sub, |id| app.disable_subscription(thief, id, expected, note("")));
        compare!("delete", sub, no_sub, |id| app.delete_subscription(thief, id, expected));
        let no_key = ApiKeyId::from_uuid(nobody);
        compare!("revoke key", key, no_key, |id| app.revoke_api_key(thief, id, expected));
        let (ours, nobodys) = (kind("ours.alone"), kind("nobodys"));
        compare!("archive", &ours, &nobodys, |id| app.archive_event_type(
            thief,
            id,
            Description::default(),
            expected
        ));
    }
    compare!("subscription", sub, no_sub, |id| app.subscription(thief, id));
    for after in [0, 1, 9].map(Sequence) {
        compare!("history", sub, no_sub, |id| app.subscription_history(thief, id, after, 10));
    }
    let no_event = EventId::from_uuid(nobody);
    compare!("event", published, no_event, |id| app.event(thief, id));
    compare!("explain event", published, no_event, |id| app.explain_match(thief, id, sub));
    compare!("explain subscription", sub, no_sub, |id| app.explain_match(thief, published, id));
    let no_delivery = DeliveryId::from_uuid(nobody);
    for ours in [dead.id, waiting.id] {
        compare!("retry", ours, no_delivery, |id| app.retry_delivery(thief, id));
        compare!("cancel", ours, no_delivery, |id| app.cancel_delivery(thief, id, note("")));
        compare!("delivery history", ours, no_delivery, |id| app.delivery_history(
            thief,
            id,
            Sequence::NONE,
            10
        ));
    }
    let (ours, nobodys) = (
        DeliveryFilter { subscription: Some(sub), ..DeliveryFilter::default() },
        DeliveryFilter { subscription: Some(no_sub), ..DeliveryFilter::default() },
    );
    compare!("preview", &ours, &nobodys, |filter| app.preview_retry(thief, filter));
    compare!("retry many", &ours, &nobodys, |filter| app.retry_deliveries(thief, filter, None, 10));
    let (ours, nobodys) = (kind("ours.alone"), kind("nobodys"));
    answers.add("event type", &app.event_type(thief, &ours), &app.event_type(thief, &nobodys));

    for (what, foreign, absent) in answers.0 {
        assert_eq!(foreign, absent, "{what}");
    }
    assert_eq!(world.ledger.head(), head, "nothing was changed");
}

#[tokio::test]
async fn publishing_a_type_of_somebody_else_is_publishing_an_unknown_type() {
    let watched = Watched::new().await;
    let (world, app) = (&watched.world, &watched.world.app);
    world.register(world.acme, "ours.alone").await;
    let publish = async |name: &str| {
        let event = app::publish::NewEvent { event_type: kind(name), ..event("1") };
        let answer = app.publish(&admin_of(world.other), vec![event], PublishOptions::default()).await;
        format!("{answer:?}").replace(name, "…")
    };
    assert_eq!(publish("ours.alone").await, publish("nobodys").await);
}

#[tokio::test]
async fn lists_and_totals_hold_the_own_tenant_alone() {
    let watched = Watched::new().await;
    let (world, app) = (&watched.world, &watched.world.app);
    watched.dead().await;
    let thief = admin_of(world.other);
    assert_eq!(app.event_types(&thief, None, 10).unwrap().len(), 1);
    assert_eq!(app.preview_retry(&thief, &DeliveryFilter::default()).await.unwrap(), 0);
}

#[tokio::test]
async fn an_event_goes_to_nobody_elses_subscription() {
    let watched = Watched::new().await;
    let (world, app) = (&watched.world, &watched.world.app);
    let thief = admin_of(world.other);
    let theirs = app.publish(&thief, vec![keyed("a", "1")], PublishOptions::default()).await.unwrap()[0].id;
    watched.settle().await;
    let at = app.event(&thief, theirs).await.unwrap().unwrap().what.accepted_at;
    let delivery = DeliveryId::of(theirs, at, watched.subscription);
    for request in [world.admin(), thief] {
        let history = app.delivery_history(&request, delivery, Sequence::NONE, 10).await.unwrap();
        assert_eq!(history, None);
    }
}
