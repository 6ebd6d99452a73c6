//! Copies that are broken off, and go on.

use std::sync::Arc;

use domain::Position;
use hookledger_ledger::copy::{CopyError, Progress, whole};
use hookledger_ledger::postgres::{OpenError, Options, PostgresLedger};
use sqlx::{AssertSqlSafe, Executor};

use super::support::{Breaking, File, Gated, Pages, copy, copy_ahead, places, target, told};
use crate::postgres::place::Place;

const RECORDS: u64 = 35;
const PAGE: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_breaks_off_after_any_page_goes_on_there_and_ends_the_same() {
    let file = File::with_history(RECORDS / 7).await;
    let expected = told(&file.ledger()).await;
    let source = Arc::new(Pages(file.alone().unwrap(), PAGE));
    for pages in 0..=4_usize {
        for place in places().await {
            let broken = whole(source.clone(), Breaking::after(pages, &place).await, |_| {}).await;
            // Four pages are all there is; then it ends well.
            assert_eq!(broken.is_ok(), pages == 4, "{broken:?}");
            if broken.is_err() {
                let refused = PostgresLedger::open(place.database.options(), Options::default()).await;
                assert!(matches!(refused, Err(OpenError::CopyUnderWay)), "no server works on half a history");
                let report = copy(source.clone(), &place).await.unwrap();
                assert_eq!(report.copied, RECORDS - (pages * PAGE) as u64);
                assert!(report.is_same());
            }
            assert_eq!(told(&*place.node().await).await, expected, "after {pages} pages");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_ended_in_the_middle_is_told_and_the_next_run_goes_on() {
    let file = File::with_history(RECORDS / 7).await;
    let source = Arc::new(Pages(file.alone().unwrap(), PAGE));
    for place in places().await {
        let gated = Gated::new(source.clone());
        // The first record, and the first page.
        gated.open(2);
        let (progress, mut told) = tokio::sync::mpsc::unbounded_channel();
        let tell = move |so_far: Progress| progress.send(so_far.at).expect("the test listens");
        let copying = tokio::spawn(whole(gated.clone(), target(&place).await, tell));
        assert_eq!(told.recv().await, Some(Position(10)));
        assert!(place.end_backends("application_name = 'hookledger copy'").await > 0);
        gated.open(9);
        let broken = copying.await.unwrap();
        assert!(matches!(broken, Err(CopyError::Unavailable(_))), "{broken:?}");
        let report = copy(source.clone(), &place).await.unwrap();
        assert_eq!((report.copied, report.is_same()), (RECORDS - 10, true));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_changed_in_a_half_filled_target_is_found_with_its_position() {
    let file = File::with_history(RECORDS / 7).await;
    let source = Arc::new(Pages(file.alone().unwrap(), PAGE));
    let changes = [
        ("UPDATE hookledger.records SET payload = '[0]' WHERE position = 3", 3, "its payload"),
        (
            "UPDATE hookledger.records SET recorded_at = recorded_at + '1us' WHERE position = 4",
            4,
            "its instant",
        ),
        ("DELETE FROM hookledger.records WHERE position = 5", 5, "the record is missing in the target"),
        ("UPDATE hookledger.records SET tenant = record_id WHERE position = 20", 20, "its tenant"),
    ];
    for (change, at, expected) in changes {
        let Some(place) = Place::newest().await else { return };
        let _ = whole(source.clone(), Breaking::after(2, &place).await, |_| {}).await.unwrap_err();
        vandalise(&place, change).await;
        match copy(source.clone(), &place).await {
            Err(CopyError::Apart { position, how }) => assert_eq!((position.0, how), (at, expected)),
            other => panic!("{change}: {other:?}"),
        }
        let refused = PostgresLedger::open(place.database.options(), Options::default()).await;
        assert!(matches!(refused, Err(OpenError::CopyUnderWay)), "it is not made ready");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_vanished_after_it_was_compared_shows_in_the_counts_and_the_target_is_not_made_ready() {
    let (Some(place), file) = (Place::newest().await, File::with_history(RECORDS / 7).await) else { return };
    copy_ahead(file.beside(), &place).await.unwrap();
    vandalise(&place, "DELETE FROM hookledger.records WHERE position = 5").await;
    let report = copy(file.alone().unwrap(), &place).await.unwrap();
    assert!(!report.is_same());
    assert_eq!((report.source.records, report.target.records), (RECORDS, RECORDS - 1));
    let refused = PostgresLedger::open(place.database.options(), Options::default()).await;
    assert!(matches!(refused, Err(OpenError::CopyUnderWay)));
}

async fn vandalise(place: &Place, sql: &str) {
    let mut vandal = place.connect().await;
    let open = "ALTER TABLE hookledger.records DISABLE TRIGGER records_are_never_changed_or_removed";
    vandal.execute(open).await.expect("the superuser may");
    assert_eq!(vandal.execute(AssertSqlSafe(sql)).await.expect("the superuser may").rows_affected(), 1);
}
