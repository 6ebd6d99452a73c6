//! Following: nothing missed, nothing twice, nothing before it is durable.

use std::sync::Arc;

use domain::{Position, Sequence, StreamId, StreamKind};
use hashbrown::HashMap;

use super::Subject;
use super::samples::{appended, event, everything, places, record};
use crate::filter::{Filter, Kinds};
use crate::store::Ledger;
use crate::tail::Tail;

/// A tail that has seen everything sleeps until there is more.
pub async fn a_tail_waits_for_the_next_commit(subject: &dyn Subject) {
    let ledger = subject.open().await;
    appended(&ledger, [record(event(1), 1)]).await;
    let mut tail = Tail::new(ledger.clone(), Position::START, Filter::All);
    assert_eq!(places(&tail.next_page().await.expect("the store is well").records), [(event(1), 1)]);
    let waiting = tokio::spawn(async move { tail.next_page().await });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    appended(&ledger, [record(event(2), 1)]).await;
    let page = waiting.await.expect("the tail does not panic").expect("the store is well");
    assert_eq!((places(&page.records), page.upto), (vec![(event(2), 1)], ledger.head()));
}

/// A tail that wants nothing of what is new moves on all the same, so that its owner knows how far it is.
pub async fn a_tail_passes_what_its_filter_leaves_out(subject: &dyn Subject) {
    let ledger = subject.open().await;
    let mut tail =
        Tail::new(ledger.clone(), Position::START, Filter::Kinds(Kinds::of(&[StreamKind::Tenant])));
    appended(&ledger, [record(event(1), 1), record(event(2), 1)]).await;
    let page = tail.next_page().await.expect("the store is well");
    assert_eq!((page.records.len(), page.upto), (0, ledger.head()));
    let tenant = StreamId { kind: StreamKind::Tenant, ..event(1) };
    appended(&ledger, [record(tenant, 1)]).await;
    assert_eq!(places(&tail.next_page().await.expect("the store is well").records), [(tenant, 1)]);
    assert_eq!(tail.after(), ledger.head());
}

const WRITERS: u128 = 8;
const SEQUENCES: u64 = 40;

/// Several streams growing at the same time.
fn write_concurrently(ledger: &Arc<dyn Ledger>) -> Vec<tokio::task::JoinHandle<()>> {
    let write = |writer| {
        let ledger = ledger.clone();
        tokio::spawn(async move {
            for sequence in (1..SEQUENCES).step_by(2) {
                let own = [record(event(writer), sequence), record(event(writer), sequence + 1)];
                let other = record(event(1_000 + writer * 1_000 + u128::from(sequence)), 1);
                appended(&ledger, own.into_iter().chain([other])).await;
            }
        })
    };
    (0..WRITERS).map(write).collect()
}

/// The checker: every record once, in order, each batch in one piece, each stream in sequence.
pub async fn a_tail_sees_every_record_once_and_in_order_while_many_write(subject: &dyn Subject) {
    let ledger = subject.open().await;
    let expected = usize::try_from(WRITERS * u128::from(SEQUENCES) * 3 / 2).expect("a small number");
    let read = |limit| {
        let mut tail = Tail::new(ledger.clone(), Position::START, Filter::All).with_limit(limit);
        tokio::spawn(async move {
            let mut seen = Vec::new();
            while seen.len() < expected {
                seen.extend(tail.next_page().await.expect("the store is well").records);
            }
            seen
        })
    };
    let tails = [read(1), read(7), read(1_000)];
    for writer in write_concurrently(&ledger) {
        writer.await.expect("a writer does not panic");
    }
    let all = everything(&ledger, Position::START, 1_000, Filter::All).await;
    assert_eq!(all.len(), expected);
    for tail in tails {
        let seen = tail.await.expect("a tail does not panic");
        assert!(seen.is_sorted_by(|a, b| a.position < b.position));
        assert_eq!(places(&seen), places(&all));
    }
    let mut versions = HashMap::new();
    for record in &all {
        let version: &mut Sequence = versions.entry(record.stream).or_default();
        assert_eq!(record.sequence, version.next());
        *version = record.sequence;
    }
    let whole =
        all.chunks(3).all(|batch| batch[0].stream == batch[1].stream && batch[2].sequence == Sequence(1));
    assert!(whole, "batches stand in one piece");
}

/// The head is never ahead of what a reader finds.
pub async fn what_is_announced_can_be_read(subject: &dyn Subject) {
    let ledger = subject.open().await;
    let mut head = ledger.watch();
    let watching = ledger.clone();
    let expected = usize::try_from(WRITERS * u128::from(SEQUENCES) * 3 / 2).expect("a small number");
    let checker = tokio::spawn(async move {
        let mut last = Position::START;
        while everything(&watching, last, 1_000, Filter::All).await.len() < expected
            && last.0 < expected as u64
        {
            head.changed().await.expect("the store is open");
            let announced = *head.borrow_and_update();
            assert!(announced > last, "the head moves forward");
            let record = watching.read_one(announced).await.expect("the store is well");
            assert!(record.is_some(), "{announced} was announced");
            last = announced;
        }
    });
    for writer in write_concurrently(&ledger) {
        writer.await.expect("a writer does not panic");
    }
    checker.await.expect("the checker does not panic");
}

/// Closed and opened again, the ledger is the same, and goes on where it was.
pub async fn everything_survives_reopening(subject: &dyn Subject) {
    let ledger = subject.open().await;
    appended(&ledger, [record(event(1), 1), record(event(2), 1)]).await;
    let head = ledger.head();
    let ledger = subject.reopen(ledger).await;
    assert_eq!(ledger.head(), head);
    assert!(appended(&ledger, [record(event(1), 1), record(event(2), 1)]).await.already);
    assert!(appended(&ledger, [record(event(1), 2)]).await.first > head);
    let ledger = subject.reopen(ledger).await;
    let all = everything(&ledger, Position::START, 10, Filter::All).await;
    assert_eq!(places(&all), [(event(1), 1), (event(2), 1), (event(1), 2)]);
}
