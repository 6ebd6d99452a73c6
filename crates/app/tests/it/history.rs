//! The past of things, as the ledger tells it.

use app::subscriptions::NewSubscription;
use app::{Correlation, HISTORY_PAGE_MAX};
use domain::subscription::{DisableReason, Event};
use domain::{Actor, Clock, Fact, Metadata, RecordId, Sequence};
use ledger::{Batch, NewRecord, Origin};

use crate::world::{World, note, secret, subscription as wish};

#[tokio::test]
async fn the_history_of_a_subscription_says_who_did_what_when_and_as_part_of_what() {
    let world = World::new().await;
    let id = world.subscribe(world.acme).await.id;
    let request = world.admin().correlated(Correlation::new("ticket-7").ok());
    world.app.pause_subscription(&request, id, None, note("lunch")).await.unwrap();
    let history =
        world.app.subscription_history(&world.admin(), id, Sequence::NONE, 10).await.unwrap().unwrap();
    let types: Vec<_> = history.entries.iter().map(|entry| entry.what.record_type).collect();
    assert_eq!(types, ["subscription.created", "subscription.paused"]);
    let paused = &history.entries[1];
    assert_eq!(
        (paused.sequence, paused.at, &paused.actor),
        (Sequence(2), world.clock.now(), &request.caller().actor)
    );
    assert_eq!(paused.correlation.as_deref(), Some("ticket-7"));
    assert_eq!(paused.what.details.as_str(), r#"{"paused":{"reason":{"requested":{"note":"lunch"}}}}"#);
}

#[tokio::test]
async fn a_history_is_read_page_by_page_even_after_the_end_of_its_subscription() {
    let world = World::new().await;
    let (app, admin) = (&world.app, &world.admin());
    let id = world.subscribe(world.acme).await.id;
    app.pause_subscription(admin, id, None, note("")).await.unwrap();
    app.delete_subscription(admin, id, None).await.unwrap();
    let page = async |after, limit| {
        let history = app.subscription_history(admin, id, Sequence(after), limit).await.unwrap().unwrap();
        (history.entries.iter().map(|entry| entry.sequence.0).collect::<Vec<_>>(), history.more)
    };
    assert_eq!(page(0, 2).await, (vec![1, 2], true));
    assert_eq!(page(2, 2).await, (vec![3], false));
    assert_eq!(page(3, 2).await, (vec![], false));
    assert_eq!(page(0, usize::MAX - 1).await, (vec![1, 2, 3], false));
}

#[tokio::test]
async fn no_page_of_a_history_is_larger_than_its_bound() {
    let world = World::new().await;
    let (app, admin) = (&world.app, &world.admin());
    let id = world.subscribe(world.acme).await.id;
    let origin = Origin::new(world.acme, &Metadata::by(Actor::Engine), world.clock.now());
    let records = (2..=HISTORY_PAGE_MAX as u64 + 1).map(|sequence| {
        let fact = Fact::Subscription(Event::Disabled { reason: DisableReason::EndpointGone });
        NewRecord::of(RecordId::generate(&*world.ids), id.into(), Sequence(sequence), fact, &origin)
    });
    world.ledger.append_one(Batch::new(records.collect()).unwrap()).await.unwrap().unwrap();
    let history = app.subscription_history(admin, id, Sequence::NONE, usize::MAX).await.unwrap().unwrap();
    assert_eq!((history.entries.len(), history.more), (HISTORY_PAGE_MAX, true));
}

#[tokio::test]
async fn a_history_shows_what_was_sealed_but_not_the_seal() {
    let world = World::new().await;
    let headers = vec![("authorization".to_owned(), secret("Bearer s3cret"))];
    let new = NewSubscription { headers, ..wish() };
    let id = world.app.create_subscription(&world.admin(), new).await.unwrap().id;
    let live = world.app.subscription(&world.admin(), id).await.unwrap().unwrap().live;
    let history =
        world.app.subscription_history(&world.admin(), id, Sequence::NONE, 10).await.unwrap().unwrap();
    let details = history.entries[0].what.details.as_str();
    assert!(details.contains("\"authorization\""));
    assert!(details.contains(&live.secret.id.to_string()));
    let seals =
        [&live.secret.sealed].into_iter().chain(live.settings.headers.iter().map(|(_, sealed)| sealed));
    for seal in seals {
        assert!(!seal.ciphertext.is_empty() && !details.contains(&seal.ciphertext));
    }
}
