//! However the records are cut into pages, whatever interrupts them: the same rows.

use proptest::prelude::*;

use crate::testing::{Backend, History, World, assert_same, over_each};
use crate::{RunnerOptions, rebuild};

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future);
}

async fn pages_of_any_size_lead_to_the_same_rows(backend: Backend) {
    let mut history = History::seeded(4);
    history.live(1_500).await;
    let by_thousands = World::of(backend, history.ledger()).await.catch_up(1_000).await.dump().await;
    let tables = ["status_delivery", "status_subscription", "queue_waiting", "status_event", "parked"];
    assert!(!by_thousands["analytics_fresh"].is_empty());
    for rows in tables.into_iter().chain(["analytics_series", "analytics_open", "tools_action"]) {
        assert!(by_thousands[rows].len() > 5, "{rows}: {:?}", by_thousands[rows].len());
    }
    for page_records in [1, 7] {
        let pages = World::of(backend, history.ledger()).await.catch_up(page_records).await.dump().await;
        assert_same(&pages, &by_thousands);
    }
}

async fn a_database_has_the_rows_that_a_file_has(backend: Backend) {
    let mut history = History::seeded(3);
    history.live(1_500).await;
    let there = World::of(backend, history.ledger()).await.catch_up(100).await;
    let here = World::of(Backend::Sqlite, history.ledger()).await.catch_up(1_000).await;
    assert_same(&there.dump().await, &here.dump().await);
}

async fn a_rebuilt_view_equals_the_live_one_row_for_row(backend: Backend) {
    let mut history = History::seeded(2);
    let world = World::of(backend, history.ledger()).await;
    let (stop, running) = world.run(RunnerOptions { page_records: 50, ..RunnerOptions::default() });
    history.live(1_500).await;
    world.settled().await;
    stop.cancel();
    running.await.unwrap().unwrap();
    let live = world.dump().await;
    for name in ["status", "queue", "analytics", "tools"] {
        rebuild(&world.views, name, RunnerOptions::default(), |_| {}).await.unwrap();
    }
    assert_same(&world.dump().await, &live);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn stopping_between_any_two_pages_changes_nothing(
        seed: u64,
        stops in proptest::collection::vec(1_usize..40, 1..12),
        in_database: bool,
    ) {
        let newest = Backend::Postgres(test_postgres::Version::Eighteen);
        let backend = if in_database && newest.is_there() { newest } else { Backend::Sqlite };
        block_on(async move {
            let mut history = History::seeded(seed);
            history.live(200).await;
            let at_once = World::of(Backend::Sqlite, history.ledger()).await.catch_up(1_000).await.dump().await;
            let mut world = World::of(backend, history.ledger()).await;
            for page_records in stops {
                world.fold_page(page_records).await;
                world = world.reopened().await;
            }
            let in_pieces = world.catch_up(13).await.dump().await;
            assert_same(&in_pieces, &at_once);
        });
    }
}

over_each!(
    pages_of_any_size_lead_to_the_same_rows,
    a_database_has_the_rows_that_a_file_has,
    a_rebuilt_view_equals_the_live_one_row_for_row,
);
