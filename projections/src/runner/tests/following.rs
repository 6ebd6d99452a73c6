//! Keeping up with the ledger, waiting for it, and not doing more than is needed.

use std::time::Duration;

use domain::Position;
use tokio::time::Instant;

use crate::testing::{History, World, tenant};
use crate::{Lagging, RunnerOptions};

fn in_seconds(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_served_before_the_linger_ends() {
    let mut history = History::seeded(1);
    let world = World::of(history.ledger()).await;
    let (stop, running) =
        world.run(RunnerOptions { linger: Duration::from_hours(1), ..RunnerOptions::default() });
    for _ in 0..3 {
        history.live(5).await;
        world.views.wait_for(history.ledger().head(), in_seconds(60)).await.unwrap();
    }
    assert_eq!(world.positions(), [history.ledger().head(); 4]);
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_in_vain_is_told_how_far_the_views_are() {
    let mut history = History::seeded(1);
    history.live(10).await;
    let world = World::of(history.ledger()).await.catch_up(100).await;
    let at = history.ledger().head();
    history.live(10).await;
    let waited = world.views.wait_for(history.ledger().head(), Instant::now()).await;
    assert_eq!(waited, Err(Lagging { at }));
    assert_eq!(world.views.wait_for(at, Instant::now()).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_nobody_recorded_hurries_nobody() {
    let mut history = History::seeded(1);
    let world = World::of(history.ledger()).await;
    let _ = world.views.wait_for(Position(u64::MAX), Instant::now()).await;
    assert_eq!(*world.views.shared().demand.borrow(), Position::START);
    history.live(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_appears_and_ends_in_a_page_costs_the_queue_nothing_and_status_one_write() {
    let mut history = History::seeded(1);
    history.subscribe(tenant(0), &["*"]).await;
    let world = World::of(history.ledger()).await.catch_up(1_000).await;
    let before = world.rows_written().await;
    for _ in 0..10 {
        history.deliver(tenant(0), "test.passed").await;
    }
    let world = world.catch_up(1_000).await;
    // Ten events, ten deliveries, one subscription's counters, four checkpoints; and in the analytics the newest minute,
    // what was published in it, and what was delivered.
    assert_eq!(world.rows_written().await - before, 10 + 10 + 1 + 4 + 3);
    assert_eq!(world.dump()["queue_waiting"], Vec::<Vec<String>>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_applied_position_is_announced() {
    let mut history = History::seeded(1);
    let world = World::of(history.ledger()).await;
    let mut applied = world.views.applied();
    let (stop, running) = world.run(RunnerOptions::default());
    history.live(20).await;
    let head = history.ledger().head();
    applied.wait_for(|at| *at == head).await.unwrap();
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_do_not_write_the_same_views() {
    let history = History::seeded(1);
    let world = World::of(history.ledger()).await;
    let (stop, running) = world.run(RunnerOptions::default());
    world.views.start_rebuild("queue").await.unwrap();
    let (_, second) = world.run(RunnerOptions::default());
    tokio::select! {
        refused = second => assert!(refused.unwrap().is_err()),
        ended = running => panic!("the first gave way: {ended:?}"),
    }
    stop.cancel();
}
