//! What other nodes change becomes effective here.

use std::sync::Arc;

use app::Bounds;
use domain::Scope;
use ledger::Ledger;
use ledger::memory::MemoryLedger;
use tokio_util::sync::CancellationToken;

use crate::ledgers::{Mischief, Mischievous};
use crate::world::{TYPE, World, event, kind};

#[tokio::test]
async fn a_change_elsewhere_is_effective_here_once_it_is_followed() {
    let ledger = Arc::new(MemoryLedger::default());
    let (here, there) =
        (World::on(ledger.clone(), Bounds::default()).await, World::on(ledger, Bounds::default()).await);
    let stop = CancellationToken::new();
    let following = tokio::spawn({
        let (app, stop) = (here.app.clone(), stop.clone());
        async move { app.follow(stop).await }
    });
    let key = there.key(&[Scope::Read]).await;
    while here.app.effective() < here.ledger.head() {
        tokio::task::yield_now().await;
    }
    assert!(here.app.authenticate(&key).is_ok());
    stop.cancel();
    following.await.unwrap().unwrap();
}

#[tokio::test]
async fn whoever_knows_a_position_can_wait_for_it_without_the_task() {
    let ledger = Arc::new(MemoryLedger::default());
    let (here, there) =
        (World::on(ledger.clone(), Bounds::default()).await, World::on(ledger, Bounds::default()).await);
    let key = there.key(&[Scope::Read]).await;
    assert!(here.app.authenticate(&key).is_err());
    here.app.caught_up_to(here.ledger.head()).await.unwrap();
    assert!(here.app.authenticate(&key).is_ok());
}

#[tokio::test]
async fn waiting_for_what_is_not_recorded_yet_ends() {
    let world = World::new().await;
    let beyond = domain::Position(world.ledger.head().0 + 7);
    world.app.caught_up_to(beyond).await.unwrap();
    assert_eq!(world.app.effective(), world.ledger.head());
}

#[tokio::test]
async fn following_ends_when_it_is_told_to() {
    let world = World::new().await;
    let stop = CancellationToken::new();
    stop.cancel();
    world.app.follow(stop).await.unwrap();
}

#[tokio::test]
async fn what_happened_before_is_taken_in_once_however_often_it_is_read() {
    let world = World::new().await;
    world.subscribe(world.acme).await;
    for _ in 0..3 {
        world.publish(event("{}")).await;
        world.app.caught_up_to(world.ledger.head()).await.unwrap();
    }
    assert!(world.app.catalog().is_open(world.acme, &kind(TYPE)));
    assert_eq!(world.app.effective(), world.ledger.head());
}

#[tokio::test]
async fn a_store_that_is_down_is_a_fault_that_may_pass() {
    let ledger = Arc::new(Mischievous::default());
    let world = World::on(ledger.clone(), Bounds::default()).await;
    let head = ledger.head();
    ledger.plan([Mischief::Down]);
    let failed =
        world.app.create_subscription(&world.admin(), crate::world::subscription()).await.unwrap_err();
    let app::Error::Failed(fault) = failed else { panic!("{failed}") };
    assert!(fault.is_temporary());
    assert_eq!(ledger.head(), head);
}
