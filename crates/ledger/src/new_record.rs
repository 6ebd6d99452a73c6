//! What is handed to the ledger: records that know their place in their stream, in batches that stand or fall whole.

use std::borrow::Cow;
use std::sync::Arc;

use domain::{Fact, Metadata, RecordId, Sequence, StreamId, TenantId, Timestamp};
use hashbrown::HashMap;

use crate::store::bounds;

/// What the records of one decision share.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Whose they are.
    pub tenant: TenantId,
    /// [`Metadata`] as JSON.
    pub metadata: Arc<str>,
    /// When they are recorded.
    pub recorded_at: Timestamp,
}

impl Origin {
    /// Records of `tenant`, caused as `metadata` says.
    pub fn new(tenant: TenantId, metadata: &Metadata, recorded_at: Timestamp) -> Self {
        let metadata = serde_json::to_string(metadata).expect("metadata has text keys only").into();
        Self { tenant, metadata, recorded_at }
    }
}

/// A record before it has a position.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// Names it, so that appending it again is recognised.
    pub id: RecordId,
    /// What it tells about.
    pub stream: StreamId,
    /// The very place in the stream that it must get: the expected version plus one.
    pub sequence: Sequence,
    /// What happened, such as `delivery.scheduled`.
    pub record_type: Cow<'static, str>,
    /// The version of the payload's format.
    pub version: u16,
    /// JSON, kept byte for byte; at most [`bounds::PAYLOAD_BYTES`].
    pub payload: Box<str>,
    /// Whose it is.
    pub tenant: TenantId,
    /// [`Metadata`] as JSON; at most [`bounds::METADATA_BYTES`].
    pub metadata: Arc<str>,
    /// When it is recorded.
    pub recorded_at: Timestamp,
    /// What the payload says, where the author knew it, so that consumers need not read it again.
    pub(crate) fact: Option<Fact>,
}

impl NewRecord {
    /// Records `fact` as the `sequence`th of `stream`.
    pub fn of(id: RecordId, stream: StreamId, sequence: Sequence, fact: Fact, origin: &Origin) -> Self {
        let (record_type, version, payload) = (fact.record_type(), fact.record_version(), fact.encode());
        debug_assert_eq!(
            Fact::decode(record_type, version, &payload).as_ref(),
            Ok(&fact),
            "a fact reads back as written"
        );
        Self {
            fact: Some(fact),
            ..Self::raw(id, stream, sequence, (record_type.into(), version), payload, origin)
        }
    }

    /// Records a payload as it stands, of this type and version; for copies of other ledgers and for tests.
    pub fn raw(
        id: RecordId,
        stream: StreamId,
        sequence: Sequence,
        (record_type, version): (Cow<'static, str>, u16),
        payload: impl Into<Box<str>>,
        origin: &Origin,
    ) -> Self {
        Self {
            id,
            stream,
            sequence,
            record_type,
            version,
            payload: payload.into(),
            tenant: origin.tenant,
            metadata: origin.metadata.clone(),
            recorded_at: origin.recorded_at,
            fact: None,
        }
    }

    /// About how many bytes it takes, in memory or on disk.
    pub fn weight(&self) -> usize {
        weight(&self.record_type, &self.payload, &self.metadata)
    }
}

/// About how many bytes a record takes: its texts, and ids, numbers and index entries.
pub(crate) fn weight(record_type: &str, payload: &str, metadata: &str) -> usize {
    const REST: usize = 160;
    record_type.len() + payload.len() + metadata.len() + REST
}

/// Why records do not make a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// There are none.
    #[error("a batch has at least one record")]
    Empty,
    /// More than [`bounds::BATCH_RECORDS`].
    #[error("a batch has at most {} records", bounds::BATCH_RECORDS)]
    TooManyRecords,
    /// More than [`bounds::BATCH_BYTES`].
    #[error("a batch has at most {} bytes", bounds::BATCH_BYTES)]
    TooManyBytes,
    /// More than [`bounds::PAYLOAD_BYTES`] in one payload, or [`bounds::METADATA_BYTES`] of metadata.
    #[error(
        "a record has at most {} bytes of payload and {} of metadata",
        bounds::PAYLOAD_BYTES,
        bounds::METADATA_BYTES
    )]
    RecordTooLarge,
    /// Records of one stream do not follow each other, or start at 0.
    #[error("the records of {stream} must have sequences that follow each other, from 1 at the lowest")]
    OutOfSequence {
        /// Which stream.
        stream: StreamId,
    },
}

/// Records that are appended all or not at all; of one stream or of many.
#[derive(Debug, Clone)]
pub struct Batch {
    records: Vec<NewRecord>,
    weight: usize,
}

impl Batch {
    /// Checks the bounds, and that the records of each stream follow each other.
    pub fn new(records: Vec<NewRecord>) -> Result<Self, BatchError> {
        let weight = check_bounds(&records)?;
        check_sequences(&records)?;
        Ok(Self { records, weight })
    }

    /// The records, in order.
    pub fn records(&self) -> &[NewRecord] {
        &self.records
    }

    /// The records, taken out.
    pub fn into_records(self) -> Vec<NewRecord> {
        self.records
    }

    /// About how many bytes it takes.
    pub const fn weight(&self) -> usize {
        self.weight
    }
}

fn check_bounds(records: &[NewRecord]) -> Result<usize, BatchError> {
    if records.is_empty() {
        return Err(BatchError::Empty);
    }
    if records.len() > bounds::BATCH_RECORDS {
        return Err(BatchError::TooManyRecords);
    }
    let too_large = |record: &NewRecord| {
        record.payload.len() > bounds::PAYLOAD_BYTES || record.metadata.len() > bounds::METADATA_BYTES
    };
    if records.iter().any(too_large) {
        return Err(BatchError::RecordTooLarge);
    }
    let weight = records.iter().map(NewRecord::weight).sum();
    if weight > bounds::BATCH_BYTES { Err(BatchError::TooManyBytes) } else { Ok(weight) }
}

fn check_sequences(records: &[NewRecord]) -> Result<(), BatchError> {
    let out_of_sequence = |record: &NewRecord| BatchError::OutOfSequence { stream: record.stream };
    if let Some(record) = records.iter().find(|record| record.sequence == Sequence::NONE) {
        return Err(out_of_sequence(record));
    }
    let mut last: HashMap<StreamId, Sequence> = HashMap::new();
    // A record alone has nothing to follow; most batches are that.
    for record in records.iter().filter(|_| records.len() > 1) {
        match last.insert(record.stream, record.sequence) {
            Some(before) if before.next() != record.sequence => return Err(out_of_sequence(record)),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::StreamKind;
    use uuid::Uuid;

    use super::*;

    fn record(stream: u128, sequence: u64, payload: &str) -> NewRecord {
        let origin = Origin {
            tenant: TenantId::from_uuid(Uuid::nil()),
            metadata: "{}".into(),
            recorded_at: Timestamp::from_seconds(1),
        };
        let stream = StreamId { kind: StreamKind::Event, uuid: Uuid::from_u128(stream) };
        NewRecord::raw(
            RecordId::from_uuid(Uuid::nil()),
            stream,
            Sequence(sequence),
            ("t".into(), 1),
            payload,
            &origin,
        )
    }

    #[test]
    fn streams_may_interleave_in_a_batch_as_long_as_each_is_in_sequence() {
        let good = [record(1, 1, ""), record(2, 7, ""), record(1, 2, ""), record(2, 8, "")];
        assert_eq!(Batch::new(good.to_vec()).map(|batch| batch.records().len()), Ok(4));
    }

    #[test]
    fn gaps_repeats_and_zero_are_refused() {
        for bad in [
            vec![record(1, 1, ""), record(1, 3, "")],
            vec![record(1, 1, ""), record(1, 1, "")],
            vec![record(1, 0, "")],
        ] {
            assert!(matches!(Batch::new(bad), Err(BatchError::OutOfSequence { .. })));
        }
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        let many =
            |n: usize, payload: &str| (0..n).map(|i| record(i as u128, 1, payload)).collect::<Vec<_>>();
        assert_eq!(Batch::new(vec![]).err(), Some(BatchError::Empty));
        assert_eq!(Batch::new(many(bounds::BATCH_RECORDS + 1, "")).err(), Some(BatchError::TooManyRecords));
        assert_eq!(
            Batch::new(many(9, &"x".repeat(bounds::PAYLOAD_BYTES))).err(),
            Some(BatchError::TooManyBytes)
        );
        assert_eq!(
            Batch::new(many(1, &"x".repeat(bounds::PAYLOAD_BYTES + 1))).err(),
            Some(BatchError::RecordTooLarge)
        );
    }
}
