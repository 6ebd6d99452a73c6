//! Positions in commit order, whoever writes and however slowly; and the control: without the writers' turn a reader that
//! goes by position misses records.

use domain::{Position, StreamId};
use hookledger_ledger::{Filter, Ledger, Tail};
use sqlx::{Connection, Executor, PgConnection, Row};

use super::place::Place;
use crate::samples::{batch, event, record};

/// Connections that write by themselves.
const CONNECTIONS: u128 = 8;
/// Slow transactions of each.
const TRANSACTIONS: u128 = 20;
/// Statements of one transaction.
const STATEMENTS: u128 = 3;
/// Records that the node appends meanwhile.
const OWN: u128 = 60;

/// What somebody else's statement writes: a record that is the first of its stream.
async fn insert(connection: &mut PgConnection, stream: StreamId) {
    let sql = "INSERT INTO hookledger.records \
                   (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, record_id, tenant) \
               VALUES ('event', $1, 1, 'test.happened', '1', '{}', '{}', $2, $2)";
    sqlx::query(sql).bind(stream.to_string()).bind(stream.uuid).execute(connection).await.expect("it fits");
}

/// Begins, writes, sleeps a little with the transaction open, and commits.
async fn write_slowly(mut connection: PgConnection, writer: u128) {
    for transaction in 0..TRANSACTIONS {
        let mut open = connection.begin().await.expect("a transaction begins");
        for statement in 0..STATEMENTS {
            let n = 1_000_000 + (writer * TRANSACTIONS + transaction) * STATEMENTS + statement;
            insert(&mut open, event(n)).await;
            open.execute("SELECT pg_sleep(random() * 0.004)").await.expect("the server sleeps");
        }
        open.commit().await.expect("it commits");
    }
}

async fn stored(place: &Place) -> usize {
    let row = place.connect().await.fetch_one("SELECT count(*) FROM hookledger.records").await;
    usize::try_from(row.expect("the table can be read").get::<i64, _>(0)).expect("a number")
}

/// Follows a ledger while many write in slow transactions, `own` of them through the ledger itself, and says how many
/// records the reader never saw. Panics if it sees a position twice or a step back.
async fn missed_by_a_reader(place: &Place, own: u128) -> usize {
    let ledger = place.node().await;
    let mut writers = Vec::new();
    for writer in 0..CONNECTIONS {
        writers.push(tokio::spawn(write_slowly(place.connect().await, writer)));
    }
    let (node, follower) = (ledger.clone(), ledger.clone());
    writers.push(tokio::spawn(async move {
        for n in 0..own {
            node.append_one(batch([record(event(n), 1)])).await.expect("the store is well").expect("it fits");
        }
    }));
    let (done, mut finished) = tokio::sync::watch::channel(None);
    let reader = tokio::spawn(async move {
        let mut tail = Tail::new(follower, Position::START, Filter::All);
        let mut seen = Vec::new();
        while finished.borrow().is_none_or(|last| tail.after() < last) {
            tokio::select! {
                page = tail.next_page() => seen.extend(page.expect("the store is well").records),
                _ = finished.changed() => {}
            }
        }
        seen
    });
    for writer in writers {
        writer.await.expect("a writer does not panic");
    }
    let last = place.connect().await.fetch_one("SELECT max(position) FROM hookledger.records").await;
    let last = last.expect("the table can be read").get::<i64, _>(0);
    done.send_replace(Some(Position(last.try_into().expect("positions are positive"))));
    let seen = reader.await.expect("the reader does not panic");
    assert!(seen.is_sorted_by(|a, b| a.position < b.position), "positions increase");
    stored(place).await - seen.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_misses_nothing_while_many_write_in_slow_transactions() {
    let Some(place) = Place::newest().await else { return };
    assert_eq!(missed_by_a_reader(&place, OWN).await, 0);
    let all = usize::try_from(CONNECTIONS * TRANSACTIONS * STATEMENTS + OWN).unwrap();
    assert_eq!(stored(&place).await, all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_turn_the_same_reader_misses_records() {
    let Some(place) = Place::newest().await else { return };
    take_the_turn_away(&place).await;
    assert!(missed_by_a_reader(&place, 0).await > 0, "the test above can fail");
}

async fn take_the_turn_away(place: &Place) {
    let sql = "DROP TRIGGER positions_are_drawn_in_commit_order ON hookledger.records";
    place.connect().await.execute(sql).await.expect("the superuser may");
}

/// The same by hand: a position is drawn, another is drawn and committed, then the first is.
#[tokio::test]
async fn without_the_turn_a_lower_position_comes_after_a_higher_one() {
    let Some(place) = Place::newest().await else { return };
    take_the_turn_away(&place).await;
    let (ledger, mut slow) = (place.node().await, place.connect().await);
    let mut open = slow.begin().await.unwrap();
    insert(&mut open, event(1)).await;
    insert(&mut place.connect().await, event(2)).await;
    let mut tail = Tail::new(ledger.clone(), Position::START, Filter::All);
    let page = tail.next_page().await.unwrap();
    assert_eq!(page.records.iter().map(|record| record.stream).collect::<Vec<_>>(), [event(2)]);
    open.commit().await.unwrap();
    insert(&mut place.connect().await, event(3)).await;
    let page = tail.next_page().await.unwrap();
    assert_eq!(page.records.iter().map(|record| record.stream).collect::<Vec<_>>(), [event(3)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_turn_the_second_waits_for_the_first() {
    let Some(place) = Place::newest().await else { return };
    let (ledger, mut slow, mut quick) = (place.node().await, place.connect().await, place.connect().await);
    let mut open = slow.begin().await.unwrap();
    insert(&mut open, event(1)).await;
    let waiting = tokio::spawn(async move { insert(&mut quick, event(2)).await });
    place.wait_for("wait_event = 'advisory'").await;
    assert!(!waiting.is_finished());
    open.commit().await.unwrap();
    waiting.await.unwrap();
    let mut tail = Tail::new(ledger, Position::START, Filter::All);
    let mut seen = Vec::new();
    while seen.len() < 2 {
        seen.extend(tail.next_page().await.unwrap().records.into_iter().map(|record| record.stream));
    }
    assert_eq!(seen, [event(1), event(2)]);
}
