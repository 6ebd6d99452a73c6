//! Appending: order, all or nothing, repeats, conflicts, bounds.

use domain::{Position, Sequence, StreamId, StreamKind};

use super::Subject;
use super::samples::{append, appended, batch, by, conflict, event, everything, places, record, singly};
use crate::filter::Filter;
use crate::outcome::{Conflict, LedgerError};
use crate::store::bounds;

/// Later calls get higher positions, and so do later batches and records of one call.
pub async fn positions_follow_the_order_of_appending(subject: &dyn Subject) {
    let ledger = subject.open().await;
    assert_eq!(ledger.head(), Position::START);
    let one = appended(&ledger, [record(event(1), 1), record(event(2), 1)]).await;
    assert!(Position::START < one.first && one.first < one.last && one.last == ledger.head());
    let call =
        ledger.append(singly([record(event(3), 1), record(event(1), 2)])).await.expect("the store is well");
    let [Ok(two), Ok(three)] = call[..] else { panic!("both fit") };
    assert!(one.last < two.first && two.last < three.first && three.last == ledger.head());
    assert!(!one.already && !two.already && !three.already);
}

/// One batch may record in several streams.
pub async fn a_batch_of_many_streams_is_recorded_whole(subject: &dyn Subject) {
    let ledger = subject.open().await;
    let records = || [record(event(1), 1), record(event(2), 1), record(event(1), 2), record(event(3), 1)];
    appended(&ledger, records()).await;
    let all = everything(&ledger, Position::START, 10, Filter::All).await;
    assert_eq!(places(&all), records().map(|record| (record.stream, record.sequence.0)));
}

/// Nothing of a batch is recorded when one of its streams has moved on.
pub async fn a_batch_that_conflicts_in_one_stream_records_nothing(subject: &dyn Subject) {
    let ledger = subject.open().await;
    appended(&ledger, [record(event(2), 1)]).await;
    let before = ledger.head();
    let conflict = conflict(&ledger, [by(1, event(1), 1), by(1, event(2), 1), by(1, event(3), 1)]).await;
    assert_eq!(conflict.stream, event(2));
    assert_eq!(ledger.head(), before);
    for untouched in [event(1), event(3)] {
        assert!(
            ledger.read_stream(untouched, Sequence::NONE, 10).await.expect("the store is well").is_empty()
        );
    }
    // The streams are as if the batch had never been: it fits without the one that did not.
    appended(&ledger, [by(1, event(1), 1), by(1, event(3), 1)]).await;
}

/// Appending the same record ids again finds them where they are.
pub async fn the_same_records_again_change_nothing(subject: &dyn Subject) {
    let ledger = subject.open().await;
    let records = || [record(event(1), 1), record(event(2), 1), record(event(1), 2)];
    let first = appended(&ledger, records()).await;
    appended(&ledger, [record(event(1), 3)]).await;
    let (head, again) = (ledger.head(), appended(&ledger, records()).await);
    assert!(again.already);
    assert_eq!((again.first, again.last), (first.first, first.last));
    // Within one call, too.
    let twice = ledger.append(vec![batch([record(event(4), 1)]), batch([record(event(4), 1)])]).await;
    let twice = twice.expect("the store is well");
    let [Ok(new), Ok(same)] = twice[..] else { panic!("both fit") };
    assert!(!new.already && same.already && new.first == same.first);
    assert_eq!(everything(&ledger, head, 10, Filter::All).await.len(), 1);
}

/// Who builds on an old version learns the current one, and what stands in the way.
pub async fn another_record_in_a_taken_place_is_a_conflict(subject: &dyn Subject) {
    let ledger = subject.open().await;
    appended(&ledger, [record(event(1), 1), record(event(1), 2), record(event(1), 3)]).await;
    let conflict = conflict(&ledger, [by(1, event(1), 2)]).await;
    let existing = Some(record(event(1), 2).id);
    assert_eq!(conflict, Conflict { stream: event(1), expected: Sequence(1), found: Sequence(3), existing });
}

/// A stream has no gaps.
pub async fn a_skipped_sequence_is_a_conflict(subject: &dyn Subject) {
    let ledger = subject.open().await;
    appended(&ledger, [record(event(1), 1)]).await;
    let skipped = conflict(&ledger, [record(event(1), 3)]).await;
    let found = |stream, expected, found| Conflict {
        stream,
        expected: Sequence(expected),
        found: Sequence(found),
        existing: None,
    };
    assert_eq!(skipped, found(event(1), 2, 1));
    assert_eq!(conflict(&ledger, [record(event(2), 2)]).await, found(event(2), 1, 0));
}

/// Half a repeat is no repeat: what was all or nothing cannot be there in part.
pub async fn a_batch_that_is_partly_there_is_a_conflict(subject: &dyn Subject) {
    let ledger = subject.open().await;
    appended(&ledger, [record(event(1), 1)]).await;
    let head = ledger.head();
    let half = conflict(&ledger, [record(event(1), 1), record(event(1), 2)]).await;
    assert_eq!((half.found, half.existing), (Sequence(1), Some(record(event(1), 1).id)));
    let other = conflict(&ledger, [record(event(2), 1), record(event(1), 1)]).await;
    assert_eq!(other.stream, event(1));
    assert_eq!(ledger.head(), head);
}

/// Batches of one call fall one by one.
pub async fn a_conflict_leaves_its_neighbours_unharmed(subject: &dyn Subject) {
    let ledger = subject.open().await;
    appended(&ledger, [record(event(2), 1)]).await;
    let head = ledger.head();
    let batches = vec![
        batch([record(event(1), 1)]),
        batch([by(1, event(5), 1), by(1, event(2), 1)]), // Does not fit.
        batch([record(event(3), 1)]),
        batch([by(1, event(3), 1)]),  // Does not fit with the one before.
        batch([record(event(2), 1)]), // Is there.
        batch([record(event(2), 2), record(event(5), 1)]),
    ];
    let verdicts = ledger.append(batches).await.expect("the store is well");
    let fits: Vec<_> = verdicts.iter().map(|verdict| verdict.map(|appended| appended.already)).collect();
    assert!(matches!(fits[..], [Ok(false), Err(_), Ok(false), Err(_), Ok(true), Ok(false)]), "{fits:?}");
    let new = everything(&ledger, head, 10, Filter::All).await;
    assert_eq!(places(&new), [(event(1), 1), (event(3), 1), (event(2), 2), (event(5), 1)]);
}

/// A later batch of a call continues a stream where an earlier one left it.
pub async fn batches_of_one_call_may_build_on_each_other(subject: &dyn Subject) {
    let ledger = subject.open().await;
    let batches =
        singly((1..=20).flat_map(|sequence| [record(event(1), sequence), record(event(2), sequence)]));
    let verdicts = ledger.append(batches).await.expect("the store is well");
    assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
    let stream = ledger.read_stream(event(2), Sequence::NONE, 100).await.expect("the store is well");
    assert_eq!(places(&stream), (1..=20).map(|sequence| (event(2), sequence)).collect::<Vec<_>>());
}

/// The kind is part of a stream's name.
pub async fn the_same_bits_under_two_kinds_are_two_streams(subject: &dyn Subject) {
    let ledger = subject.open().await;
    let streams = StreamKind::ALL.map(|kind| StreamId { kind, ..event(1) });
    for stream in streams {
        appended(&ledger, [record(stream, 1)]).await;
    }
    for stream in streams {
        let records = ledger.read_stream(stream, Sequence::NONE, 10).await.expect("the store is well");
        assert_eq!(places(&records), [(stream, 1)]);
    }
}

/// What is too large is refused as such, and nothing of it is recorded.
pub async fn more_than_one_append_may_carry_is_refused(subject: &dyn Subject) {
    let ledger = subject.open().await;
    let many = (0..=bounds::APPEND_RECORDS).map(|n| record(event(n as u128), 1));
    let refused = ledger.append(singly(many)).await;
    assert!(
        matches!(refused, Err(LedgerError::TooLarge { records, .. }) if records == bounds::APPEND_RECORDS + 1)
    );
    assert_eq!(ledger.head(), Position::START);
    assert_eq!(ledger.append(vec![]).await.expect("nothing is not too much"), []);
}

/// However many try, each place in a stream is taken once, and everybody knows by whom.
pub async fn of_many_writers_one_wins_each_sequence(subject: &dyn Subject) {
    const WRITERS: u64 = 6;
    const SEQUENCES: u64 = 20;
    let ledger = subject.open().await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|author| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                let mut won = Vec::new();
                for sequence in 1..=SEQUENCES {
                    match append(&ledger, [by(author, event(1), sequence)]).await {
                        Ok(appended) => won.push(appended.first),
                        Err(conflict) => assert!(conflict.found >= Sequence(sequence)),
                    }
                }
                won
            })
        })
        .collect();
    let mut won = Vec::new();
    for writer in writers {
        won.extend(writer.await.expect("a writer does not panic"));
    }
    won.sort_unstable();
    let records = everything(&ledger, Position::START, 100, Filter::All).await;
    assert_eq!(records.iter().map(|record| record.position).collect::<Vec<_>>(), won);
    assert_eq!(places(&records), (1..=SEQUENCES).map(|sequence| (event(1), sequence)).collect::<Vec<_>>());
}

/// Conflicts and repeats use no position up.
pub async fn positions_have_no_gaps_whatever_conflicts(subject: &dyn Subject) {
    let ledger = subject.open().await;
    for round in 0..5_u64 {
        let fresh = (0..20).map(|n| record(event(u128::from(round) * 100 + n), 1));
        let taken = (0..20).map(|n| by(round, event(n), 1));
        ledger.append(singly(fresh.zip(taken).flat_map(<[_; 2]>::from))).await.expect("the store is well");
    }
    let ledger = subject.reopen(ledger).await;
    appended(&ledger, [record(event(9_999), 1)]).await;
    let records = everything(&ledger, Position::START, 100, Filter::All).await;
    let positions: Vec<u64> = records.iter().map(|record| record.position.0).collect();
    assert_eq!(positions, (1..=101).collect::<Vec<_>>());
}
