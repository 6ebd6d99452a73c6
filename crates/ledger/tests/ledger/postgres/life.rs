//! Opening, closing, too much at once, and a database that lost what was acknowledged.

use std::time::Duration;

use domain::{Position, Sequence};
use hookledger_ledger::postgres::Options;
use hookledger_ledger::{Filter, Ledger, LedgerError, Tail, bounds};
use sqlx::Executor;
use test_postgres::Version;

use super::place::Place;
use crate::samples::{batch, event, large, record};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_ledger_refuses_work_ends_its_tails_and_its_connections() {
    let Some(place) = Place::newest().await else { return };
    let ledger = place.node().await;
    ledger.append_one(batch([record(event(1), 1)])).await.unwrap().unwrap();
    let mut tail = Tail::new(ledger.clone(), ledger.head(), Filter::All);
    let waiting = tokio::spawn(async move { tail.next_page().await });
    tokio::task::yield_now().await;
    ledger.close().await;
    assert!(matches!(waiting.await.unwrap(), Err(LedgerError::ShuttingDown)));
    let append = ledger.append_one(batch([record(event(2), 1)])).await;
    assert!(matches!(append, Err(LedgerError::ShuttingDown)));
    let read = ledger.read_stream(event(1), Sequence::NONE, 1).await;
    assert!(matches!(read, Err(LedgerError::ShuttingDown)));
    place.wait_for_none("application_name = 'hookledger'").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_no_room_in_the_queue_in_time_is_told_when_to_try_again() {
    let patience = Duration::from_millis(1);
    let options = Options { queue_bytes: 0, append_patience: patience, ..Options::default() };
    let Some(place) = Place::with(Version::Eighteen, options).await else { return };
    let (ledger, mut other) = (place.node().await, place.connect().await);
    // The smallest queue holds one append of the largest size.
    assert_eq!(ledger.load().capacity_bytes, bounds::APPEND_BYTES as u64);
    other.execute("BEGIN; SELECT pg_advisory_xact_lock(1212894279)").await.unwrap();
    let whole =
        |n: u128| (0..15).map(|i| batch([large(event(n * 100 + i), bounds::PAYLOAD_BYTES)])).collect();
    let first = {
        let (ledger, batches) = (ledger.clone(), whole(1));
        tokio::spawn(async move { ledger.append(batches).await })
    };
    place.wait_for("wait_event = 'advisory'").await;
    assert!(matches!(ledger.append(whole(2)).await, Err(LedgerError::Overloaded { .. })));
    other.execute("COMMIT").await.unwrap();
    assert!(first.await.unwrap().unwrap().iter().all(Result::is_ok));
    assert_eq!(ledger.head(), Position(15), "who was refused wrote nothing");
    assert_eq!(ledger.load().queued_bytes, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_lost_what_was_acknowledged_is_not_written() {
    let options = Options { doubt_patience: Duration::ZERO, ..Options::default() };
    let Some(place) = Place::with(Version::Eighteen, options).await else { return };
    let ledger = place.node().await;
    for n in 1..=3 {
        ledger.append_one(batch([record(event(n), 1)])).await.unwrap().unwrap();
    }
    // As if an older copy had been restored under the node.
    let vandal = "ALTER TABLE hookledger.records DISABLE TRIGGER records_are_never_changed_or_removed; \
                  DELETE FROM hookledger.records WHERE position = 3";
    place.connect().await.execute(vandal).await.unwrap();
    place.end_backends("application_name = 'hookledger'").await;
    let why = "ends at position 2 and lacks 3, which was acknowledged";
    while !ledger.failure().is_some_and(|failure| failure.to_string().contains(why)) {
        let refused = ledger.append_one(batch([record(event(4), 1)])).await.unwrap_err();
        assert!(matches!(refused, LedgerError::InDoubt(_) | LedgerError::Unavailable(_)), "{refused}");
    }
    let row = place.connect().await.fetch_one("SELECT FROM hookledger.records WHERE position > 3").await;
    assert!(matches!(row, Err(sqlx::Error::RowNotFound)), "nothing was written");
}
