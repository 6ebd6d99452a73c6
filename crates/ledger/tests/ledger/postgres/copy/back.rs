//! The way back: from a database to a file.

use std::sync::Arc;

use domain::Position;
use hookledger_ledger::Ledger;
use hookledger_ledger::copy::{CopyError, ahead, whole};
use hookledger_ledger::postgres::{OpenError, PostgresLedger, PostgresSide};
use hookledger_ledger::sqlite;
use sqlx::Executor;

use super::support::{Breaking, File, Pages, chapter, copy, places, told};
use crate::postgres::place::Place;
use crate::samples::{batch, event, record};

/// A database into which a history was copied, and that went on, with a gap.
async fn moved(place: &Place) -> Vec<String> {
    let file = File::with_history(5).await;
    assert!(copy(file.alone().expect("it opens"), place).await.expect("it is copied").is_same());
    let node = place.node().await;
    let rolled_back = "BEGIN; INSERT INTO hookledger.records (sequence, record_id, tenant, aggregate_type, aggregate_id, \
                       event_type, event_version, payload, metadata) VALUES \
                       (1, gen_random_uuid(), gen_random_uuid(), 'event', 'x', 't', '1', '{}', '{}'); ROLLBACK";
    place.connect().await.execute(rolled_back).await.expect("the superuser may");
    for n in 6..=9 {
        node.append_one(chapter(n)).await.expect("the store is well").expect("it fits");
    }
    let told = told(&*node).await;
    stop(&node, place).await;
    told
}

/// As a server's process ends: all of its sessions go, the idle ones of its pools as well.
async fn stop(node: &PostgresLedger, place: &Place) {
    node.close().await;
    place.end_backends("application_name = 'hookledger'").await;
    place.wait_for_none("application_name = 'hookledger'").await;
}

async fn source(place: &Place) -> Arc<PostgresSide> {
    Arc::new(PostgresSide::alone(place.database.options()).await.expect("it opens"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_that_went_to_a_database_and_on_there_comes_back_with_its_gaps() {
    for place in places().await {
        let expected = moved(&place).await;
        let file = File::none();
        let report = whole(source(&place).await, file.target().unwrap(), |_| {}).await.unwrap();
        assert!(report.is_same());
        assert_eq!((report.copied, report.target.last), (63, Position(64)), "one position was never used");
        let ledger = file.ledger();
        assert_eq!(told(&ledger).await, expected);
        let next = ledger.append_one(batch([record(event(99), 1)])).await.unwrap().unwrap();
        assert_eq!(next.first, Position(65));
        assert!(ledger.append_one(chapter(9)).await.unwrap().unwrap().already);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_back_that_breaks_off_after_any_page_goes_on_there() {
    let Some(place) = Place::newest().await else { return };
    let expected = moved(&place).await;
    let source = Arc::new(Pages(source(&place).await, 20));
    for pages in 0..=3_usize {
        let file = File::none();
        let broken = whole(source.clone(), Breaking::over(file.target().unwrap(), pages), |_| {}).await;
        assert!(matches!(broken, Err(CopyError::Unavailable(_))), "{broken:?}");
        let report = whole(source.clone(), file.target().unwrap(), |_| {}).await.unwrap();
        assert_eq!((report.copied, report.is_same()), (63 - pages as u64 * 20, true));
        assert_eq!(told(&file.ledger()).await, expected, "after {pages} pages");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_servers_are_connected_a_database_can_only_be_copied_ahead() {
    let Some(place) = Place::newest().await else { return };
    moved(&place).await;
    let (node, file) = (place.node().await, File::none());
    let refused = PostgresSide::alone(place.database.options()).await.err();
    assert!(matches!(refused, Some(OpenError::InUse { .. })), "{refused:?}");
    let beside = PostgresSide::beside(place.database.options()).await.unwrap();
    assert_eq!(ahead(Arc::new(beside), file.target().unwrap(), |_| {}).await.unwrap().upto, Position(64));
    node.append_one(chapter(10)).await.unwrap().unwrap();
    stop(&node, &place).await;
    let report = whole(source(&place).await, file.target().unwrap(), |_| {}).await.unwrap();
    assert_eq!((report.copied, report.is_same()), (7, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_with_a_ledger_and_a_file_that_is_half_filled_from_another_are_refused() {
    let (Some(place), file) = (Place::newest().await, File::with_history(1).await) else { return };
    moved(&place).await;
    assert!(matches!(file.target(), Err(sqlite::OpenError::Present { .. })));
    let half = File::none();
    let other = File::of([batch([record(event(1), 1)])]).await;
    ahead(other.beside(), half.target().unwrap(), |_| {}).await.unwrap();
    let refused = whole(source(&place).await, half.target().unwrap(), |_| {}).await;
    assert!(matches!(refused, Err(CopyError::OfAnother)), "{refused:?}");
}
