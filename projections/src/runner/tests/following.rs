//! Keeping up with the ledger, waiting for it, and not doing more than is needed.

use std::time::Duration;

use domain::Position;
use tokio::time::Instant;

use crate::testing::{Backend, History, World, over_each, tenant};
use crate::{Lagging, RunnerError, RunnerOptions};

fn unavailable() -> domain::delivery::Answer {
    let (headers, body) = (Vec::new(), String::new());
    domain::delivery::Answer::Response { status: 503, headers, body, truncated: false }
}

fn in_seconds(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

async fn who_waits_is_served_before_the_linger_ends(backend: Backend) {
    let mut history = History::seeded(1);
    let world = World::of(backend, history.ledger()).await;
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

async fn who_waits_in_vain_is_told_how_far_the_views_are(backend: Backend) {
    let mut history = History::seeded(1);
    history.live(10).await;
    let world = World::of(backend, history.ledger()).await.catch_up(100).await;
    let at = history.ledger().head();
    history.live(10).await;
    let waited = world.views.wait_for(history.ledger().head(), Instant::now()).await;
    assert_eq!(waited, Err(Lagging { at }));
    assert_eq!(world.views.wait_for(at, Instant::now()).await, Ok(()));
}

async fn a_position_that_nobody_recorded_hurries_nobody(backend: Backend) {
    let mut history = History::seeded(1);
    let world = World::of(backend, history.ledger()).await;
    let _ = world.views.wait_for(Position(u64::MAX), Instant::now()).await;
    assert_eq!(*world.views.shared().demand.borrow(), Position::START);
    history.live(3).await;
}

async fn a_delivery_that_appears_and_ends_in_a_page_costs_the_queue_nothing_and_status_one_write(
    backend: Backend,
) {
    let mut history = History::seeded(1);
    history.subscribe(tenant(0), &["*"]).await;
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let before = world.work().await;
    for _ in 0..10 {
        history.deliver(tenant(0), "test.passed").await;
    }
    let world = world.catch_up(1_000).await;
    // Ten events, ten deliveries, one subscription's counters, four checkpoints; and in the analytics the newest minute,
    // what was published in it, and what was delivered.
    let rows = 10 + 10 + 1 + 4 + 3;
    match backend {
        Backend::Sqlite => assert_eq!(world.work().await - before, rows),
        Backend::Postgres(_) => assert!(world.work().await - before < rows + 10),
    }
    assert_eq!(world.dump().await["queue_waiting"], Vec::<Vec<String>>::new());
}

async fn a_page_costs_a_server_the_same_few_statements_whatever_is_in_it(backend: Backend) {
    let mut history = History::seeded(1);
    history.subscribe(tenant(0), &["*"]).await;
    let mut world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let mut costs = Vec::new();
    // The first page opens a minute, which is done once.
    for deliveries in [1, 5, 200] {
        for _ in 0..deliveries {
            // One goes well at once, one has to wait, one ends that has waited before.
            history.deliver(tenant(0), "test.passed").await;
            let waiting = history.publish(tenant(0), "test.passed").await[0];
            history.attempt(waiting, unavailable()).await;
        }
        let before = world.work().await;
        world = world.catch_up(8_000).await;
        costs.push(world.work().await - before);
    }
    if backend != Backend::Sqlite {
        assert!(costs[1] == costs[2] && costs[0] < 40, "{costs:?}");
    }
}

async fn the_applied_position_is_announced(backend: Backend) {
    let mut history = History::seeded(1);
    let world = World::of(backend, history.ledger()).await;
    let mut applied = world.views.applied();
    let (stop, running) = world.run(RunnerOptions::default());
    history.live(20).await;
    let head = history.ledger().head();
    applied.wait_for(|at| *at == head).await.unwrap();
    stop.cancel();
    running.await.unwrap().unwrap();
}

async fn two_do_not_write_the_same_views(backend: Backend) {
    let history = History::seeded(1);
    let world = World::of(backend, history.ledger()).await;
    let (stop, running) = world.run(RunnerOptions::default());
    world.views.start_rebuild("queue").await.unwrap();
    let (_, second) = world.run(RunnerOptions::default());
    let refused = tokio::select! {
        refused = second => refused,
        refused = running => refused,
    };
    assert!(matches!(refused.unwrap(), Err(RunnerError::InUse)));
    stop.cancel();
}

over_each!(
    who_waits_is_served_before_the_linger_ends,
    who_waits_in_vain_is_told_how_far_the_views_are,
    a_position_that_nobody_recorded_hurries_nobody,
    a_delivery_that_appears_and_ends_in_a_page_costs_the_queue_nothing_and_status_one_write,
    a_page_costs_a_server_the_same_few_statements_whatever_is_in_it,
    the_applied_position_is_announced,
    two_do_not_write_the_same_views,
);
