//! Records to try a store with.

use std::sync::Arc;

use domain::{Position, RecordId, Sequence, StreamId, StreamKind, TenantId, Timestamp};
use uuid::Uuid;

use crate::filter::Filter;
use crate::new_record::{Batch, NewRecord, Origin};
use crate::outcome::{Appended, Conflict, Verdict};
use crate::record::Record;
use crate::store::Ledger;

/// The `n`th stream of events.
pub(super) fn event(n: u128) -> StreamId {
    StreamId { kind: StreamKind::Event, uuid: Uuid::from_u128(n) }
}

/// Of a tenant that is the same in every test.
pub(super) fn origin() -> Origin {
    Origin {
        tenant: TenantId::from_uuid(Uuid::from_u128(0xacce)),
        metadata: r#"{"actor":{"kind":"system"}}"#.into(),
        recorded_at: Timestamp::from_seconds(1_790_000_000),
    }
}

/// A record that `author` would write there; two authors never use the same id.
pub(super) fn by(author: u64, stream: StreamId, sequence: u64) -> NewRecord {
    let id = [
        stream.uuid.as_u128() << 48,
        (stream.kind as u128) << 40,
        u128::from(author) << 32,
        u128::from(sequence),
    ];
    let id = RecordId::from_uuid(Uuid::from_u128(id.into_iter().fold(0, std::ops::BitXor::bitxor)));
    let payload = format!(r#"{{"author":{author},"sequence":{sequence}}}"#);
    NewRecord::raw(id, stream, Sequence(sequence), ("test.happened".into(), 1), payload, &origin())
}

pub(super) fn record(stream: StreamId, sequence: u64) -> NewRecord {
    by(0, stream, sequence)
}

pub(super) fn batch(records: impl IntoIterator<Item = NewRecord>) -> Batch {
    Batch::new(records.into_iter().collect()).expect("a sample makes a good batch")
}

/// One batch for each record.
pub(super) fn singly(records: impl IntoIterator<Item = NewRecord>) -> Vec<Batch> {
    records.into_iter().map(|record| batch([record])).collect()
}

/// Appends a batch in a store that is well.
pub(super) async fn append(
    ledger: &Arc<dyn Ledger>,
    records: impl IntoIterator<Item = NewRecord>,
) -> Verdict {
    ledger.append_one(batch(records)).await.expect("the store is well")
}

/// Appends a batch that fits.
pub(super) async fn appended(
    ledger: &Arc<dyn Ledger>,
    records: impl IntoIterator<Item = NewRecord>,
) -> Appended {
    append(ledger, records).await.expect("the batch fits")
}

/// Appends a batch that does not fit.
pub(super) async fn conflict(
    ledger: &Arc<dyn Ledger>,
    records: impl IntoIterator<Item = NewRecord>,
) -> Conflict {
    append(ledger, records).await.expect_err("the batch does not fit")
}

/// Everything after `after`, read in pages of `limit`.
pub(super) async fn everything(
    ledger: &Arc<dyn Ledger>,
    mut after: Position,
    limit: usize,
    filter: Filter,
) -> Vec<Arc<Record>> {
    let mut all = Vec::new();
    while after < ledger.head() {
        let page = ledger.read_all(after, limit, filter).await.expect("the store is well");
        assert!(page.records.len() <= limit, "a page has at most the records asked for");
        assert!(page.upto > after, "a page moves on while there is something to read");
        assert!(page.records.iter().all(|record| record.position > after && record.position <= page.upto));
        after = page.upto;
        all.extend(page.records);
    }
    assert!(all.is_sorted_by(|a, b| a.position < b.position), "positions increase");
    all
}

/// Which records these are.
pub(super) fn places(records: &[Arc<Record>]) -> Vec<(StreamId, u64)> {
    records.iter().map(|record| (record.stream, record.sequence.0)).collect()
}
