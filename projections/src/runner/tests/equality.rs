//! However the records are cut into pages, whatever interrupts them: the same rows.

use proptest::prelude::*;

use crate::testing::{History, World, assert_same};
use crate::{RunnerOptions, rebuild};

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_any_size_lead_to_the_same_rows() {
    let mut history = History::seeded(1);
    history.live(1_500).await;
    let by_thousands = World::of(history.ledger()).await.catch_up(1_000).await.dump();
    let tables = ["status_delivery", "status_subscription", "queue_waiting", "status_event", "parked"];
    assert!(!by_thousands["analytics_fresh"].is_empty());
    for rows in tables.into_iter().chain(["analytics_series", "analytics_open", "tools_action"]) {
        assert!(by_thousands[rows].len() > 5, "{rows}: {:?}", by_thousands[rows].len());
    }
    for page_records in [1, 7] {
        let pages = World::of(history.ledger()).await.catch_up(page_records).await.dump();
        assert_same(&pages, &by_thousands);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_view_equals_the_live_one_row_for_row() {
    let mut history = History::seeded(2);
    let world = World::of(history.ledger()).await;
    let (stop, running) = world.run(RunnerOptions { page_records: 50, ..RunnerOptions::default() });
    history.live(1_500).await;
    world.settled().await;
    stop.cancel();
    running.await.unwrap().unwrap();
    let live = world.dump();
    for name in ["status", "queue", "analytics", "tools"] {
        rebuild(&world.views, name, RunnerOptions::default(), |_| {}).await.unwrap();
    }
    assert_same(&world.dump(), &live);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn stopping_between_any_two_pages_changes_nothing(seed: u64, stops in proptest::collection::vec(1_usize..40, 1..12)) {
        block_on(async move {
            let mut history = History::seeded(seed);
            history.live(200).await;
            let at_once = World::of(history.ledger()).await.catch_up(1_000).await.dump();
            let mut world = World::of(history.ledger()).await;
            for page_records in stops {
                world.fold_page(page_records).await;
                world = world.reopened().await;
            }
            let in_pieces = world.catch_up(13).await.dump();
            assert_same(&in_pieces, &at_once);
        });
    }
}
