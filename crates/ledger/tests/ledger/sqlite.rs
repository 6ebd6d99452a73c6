//! What the ledger in `SQLite` promises beyond the contract: recovery, backpressure, bounded files.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::samples::{batch, event, large, record, stream};
use domain::{Position, StreamKind};
use hookledger_ledger::sqlite::{Options, RecentBounds, SqliteLedger};
use hookledger_ledger::{Appended, Filter, Kinds, Ledger, LedgerError, Tail, bounds};
use tempfile::TempDir;

fn open(folder: &Path, options: Options) -> Arc<SqliteLedger> {
    Arc::new(SqliteLedger::open(folder, options).expect("it opens"))
}

async fn append(ledger: &dyn Ledger, n: u128) -> Result<Appended, LedgerError> {
    let verdict = ledger.append_one(batch([record(event(n), 1)])).await?;
    Ok(verdict.expect("nobody else writes there"))
}

#[tokio::test]
async fn after_a_failed_commit_nothing_is_acknowledged_and_reading_goes_on() {
    let (folder, broken) = (TempDir::new().unwrap(), Arc::new(AtomicBool::new(false)));
    let recovery = Duration::from_hours(1);
    let ledger =
        open(folder.path(), Options { fail_commits: Some(broken.clone()), recovery, ..Options::default() });
    append(&*ledger, 1).await.unwrap();
    broken.store(true, Ordering::Relaxed);
    assert!(matches!(append(&*ledger, 2).await, Err(LedgerError::InDoubt(_))));
    // The disk is well again, but what it kept is not known.
    broken.store(false, Ordering::Relaxed);
    assert!(matches!(append(&*ledger, 3).await, Err(LedgerError::Unavailable(_))));
    assert!(ledger.failure().is_some());
    let page = ledger.read_all(Position::START, 10, Filter::All).await.unwrap();
    assert_eq!((page.upto, ledger.head()), (Position(1), Position(1)));
    ledger.close().await;
    let ledger = open(folder.path(), Options::default());
    assert_eq!(append(&*ledger, 2).await.unwrap().first, Position(2));
}

#[tokio::test]
async fn a_file_that_was_reopened_and_found_sound_is_written_again() {
    let (folder, broken) = (TempDir::new().unwrap(), Arc::new(AtomicBool::new(false)));
    let recovery = Duration::ZERO;
    let ledger =
        open(folder.path(), Options { fail_commits: Some(broken.clone()), recovery, ..Options::default() });
    append(&*ledger, 1).await.unwrap();
    broken.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        assert!(matches!(append(&*ledger, 2).await, Err(LedgerError::InDoubt(_))));
        // Whoever reads has a connection that is kept for later reads; reopening does not mind.
        let read = ledger.read_stream(event(1), domain::Sequence::NONE, 1).await.unwrap();
        assert_eq!(read.len(), 1);
    }
    broken.store(false, Ordering::Relaxed);
    // What was in doubt is appended again, under the same ids, and takes the place it would have had.
    assert_eq!(
        append(&*ledger, 2).await.unwrap(),
        Appended { first: Position(2), last: Position(2), already: false }
    );
    assert!(ledger.failure().is_none());
    assert_eq!(append(&*ledger, 3).await.unwrap().first, Position(3));
}

#[tokio::test]
async fn a_full_disk_refuses_appends_and_keeps_what_is_there() {
    let folder = TempDir::new().unwrap();
    let ledger = open(folder.path(), Options { file_bytes_max: Some(256 << 10), ..Options::default() });
    let mut written = 0;
    let refused = loop {
        match ledger.append_one(batch([large(event(written), 16 << 10)])).await {
            Ok(verdict) => written = u128::from(verdict.unwrap().last.0),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, LedgerError::Unavailable(_)), "{refused}");
    assert!(ledger.failure().is_none(), "there was no room, but the file is sound");
    let size = ledger.head();
    append(&*ledger, 9_999).await.expect("what is small may still fit");
    assert_eq!(ledger.head().0, size.0 + 1);
    ledger.close().await;
    let ledger = open(folder.path(), Options::default());
    assert_eq!(u128::from(ledger.head().0), written + 1);
    ledger
        .append_one(batch([large(event(written), 16 << 10)]))
        .await
        .unwrap()
        .expect("with more room it fits");
}

#[tokio::test]
async fn who_finds_no_room_in_the_queue_in_time_is_told_when_to_try_again() {
    let folder = TempDir::new().unwrap();
    let patience = Duration::from_millis(1);
    let ledger =
        open(folder.path(), Options { queue_bytes: 0, append_patience: patience, ..Options::default() });
    // The smallest queue holds one append of the largest size.
    assert_eq!(ledger.load().capacity_bytes, bounds::APPEND_BYTES as u64);
    let whole = |n: u128| {
        let ledger = ledger.clone();
        let batches = (0..15).map(|i| batch([large(event(n * 100 + i), bounds::PAYLOAD_BYTES)])).collect();
        tokio::spawn(async move { ledger.append(batches).await })
    };
    let appends: Vec<_> = (0..4).map(whole).collect();
    let mut refused = 0;
    for append in appends {
        match append.await.unwrap() {
            Ok(verdicts) => assert!(verdicts.iter().all(Result::is_ok)),
            Err(LedgerError::Overloaded { retry_after }) => {
                assert!(retry_after > Duration::ZERO);
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > 0);
    assert_eq!(ledger.head().0, (4 - refused) * 15, "who was refused wrote nothing");
    assert_eq!(ledger.load().queued_bytes, 0);
}

#[tokio::test]
async fn an_append_whose_caller_left_is_recorded_all_the_same() {
    let folder = TempDir::new().unwrap();
    let ledger = open(folder.path(), Options::default());
    let left = tokio::time::timeout(Duration::ZERO, append(&*ledger, 1)).await;
    let again = append(&*ledger, 1).await.unwrap();
    assert_eq!(again.first, Position(1));
    assert!(left.is_ok() || again.already);
}

#[tokio::test]
async fn a_closed_ledger_refuses_work_and_ends_its_tails() {
    let folder = TempDir::new().unwrap();
    let ledger = open(folder.path(), Options::default());
    append(&*ledger, 1).await.unwrap();
    let mut tail = Tail::new(ledger.clone(), Position(1), Filter::All);
    let waiting = tokio::spawn(async move { tail.next_page().await });
    tokio::task::yield_now().await;
    ledger.close().await;
    assert!(matches!(waiting.await.unwrap(), Err(LedgerError::ShuttingDown)));
    assert!(matches!(append(&*ledger, 2).await, Err(LedgerError::ShuttingDown)));
    assert!(matches!(
        ledger.read_stream(event(1), domain::Sequence::NONE, 1).await,
        Err(LedgerError::ShuttingDown)
    ));
}

#[tokio::test]
async fn a_dropped_ledger_leaves_the_folder_free_and_its_records_there() {
    let folder = TempDir::new().unwrap();
    let ledger = open(folder.path(), Options::default());
    append(&*ledger, 1).await.unwrap();
    assert_eq!(ledger.read_stream(event(1), domain::Sequence::NONE, 1).await.unwrap().len(), 1);
    drop(ledger);
    assert!(!folder.path().join("ledger.db-wal").exists());
    assert_eq!(open(folder.path(), Options::default()).head(), Position(1));
}

#[tokio::test]
async fn the_log_does_not_grow_with_the_ledger() {
    let folder = TempDir::new().unwrap();
    let ledger = open(folder.path(), Options::default());
    for n in 0..12 {
        let records = (0..15).map(|i| large(event(n * 100 + i), 1 << 20));
        ledger.append_one(batch(records)).await.unwrap().unwrap();
    }
    let size = |name| std::fs::metadata(folder.path().join(name)).unwrap().len();
    assert!(size("ledger.db-wal") < 80 << 20, "{}", size("ledger.db-wal"));
    ledger.close().await;
    assert!(size("ledger.db") > 180 << 20);
    assert!(!folder.path().join("ledger.db-wal").exists());
}

#[tokio::test]
async fn rare_records_are_found_among_many_without_one_page_looking_at_all_of_them() {
    let folder = TempDir::new().unwrap();
    let recent = RecentBounds { records: 0, bytes: 0 };
    let ledger = open(folder.path(), Options { recent, ..Options::default() });
    let hot = |from: u128| batch((from..from + 1_000).map(|n| record(event(n), 1)));
    let rare = [stream(StreamKind::Subscription, 1), stream(StreamKind::Delivery, 1)];
    for n in 0..22 {
        ledger.append_one(hot(n * 1_000)).await.unwrap().unwrap();
    }
    ledger.append_one(batch(rare.map(|stream| record(stream, 1)))).await.unwrap().unwrap();
    let control = ledger.read_all(Position::START, 10, Filter::CONTROL).await.unwrap();
    assert_eq!(
        (control.records.len(), control.upto),
        (1, ledger.head()),
        "an index leads to the control plane"
    );
    let deliveries = Filter::Kinds(Kinds::of(&[StreamKind::Delivery]));
    let first = ledger.read_all(Position::START, 10, deliveries).await.unwrap();
    assert_eq!((first.records.len(), first.upto), (0, Position(bounds::PAGE_SCAN)));
    let second = ledger.read_all(first.upto, 10, deliveries).await.unwrap();
    assert_eq!((second.records.len(), second.upto), (1, ledger.head()));
}

#[tokio::test]
async fn a_damaged_row_is_told_with_its_place_and_column() {
    let folder = TempDir::new().unwrap();
    let ledger = open(folder.path(), Options::default());
    append(&*ledger, 1).await.unwrap();
    ledger.close().await;
    let path = folder.path().join("ledger.db");
    let vandal = rusqlite::Connection::open(&path).unwrap();
    vandal
        .execute_batch("DROP TRIGGER records_are_never_changed; UPDATE records SET tenant = x'00'")
        .unwrap();
    drop(vandal);
    let damaged = open(folder.path(), Options::default()).read_one(Position(1)).await.unwrap_err();
    assert_eq!(damaged.to_string(), "the record at position 1 is damaged: records.tenant is not 16 bytes");
}
