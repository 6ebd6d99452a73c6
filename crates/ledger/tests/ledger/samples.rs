//! Records for the tests of this crate.

use domain::{RecordId, Sequence, StreamId, StreamKind, TenantId, Timestamp};
use hookledger_ledger::{Batch, NewRecord, Origin};
use uuid::Uuid;

pub(crate) fn stream(kind: StreamKind, n: u128) -> StreamId {
    StreamId { kind, uuid: Uuid::from_u128(n) }
}

pub(crate) fn event(n: u128) -> StreamId {
    stream(StreamKind::Event, n)
}

pub(crate) fn origin() -> Origin {
    Origin {
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        metadata: r#"{"actor":{"kind":"engine"}}"#.into(),
        recorded_at: Timestamp::from_seconds(1_790_000_000),
    }
}

pub(crate) fn with_payload(stream: StreamId, sequence: u64, payload: &str) -> NewRecord {
    let id = RecordId::from_uuid(Uuid::from_u128(stream.uuid.as_u128() << 32 | u128::from(sequence)));
    NewRecord::raw(id, stream, Sequence(sequence), ("test.happened".into(), 1), payload, &origin())
}

pub(crate) fn record(stream: StreamId, sequence: u64) -> NewRecord {
    with_payload(stream, sequence, "{}")
}

/// The first of its stream, with a payload of so many bytes.
pub(crate) fn large(stream: StreamId, bytes: usize) -> NewRecord {
    with_payload(stream, 1, &format!("\"{}\"", "x".repeat(bytes - 2)))
}

pub(crate) fn batch(records: impl IntoIterator<Item = NewRecord>) -> Batch {
    Batch::new(records.into_iter().collect()).expect("a good batch")
}
