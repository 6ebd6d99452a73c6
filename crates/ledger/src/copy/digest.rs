//! What a history amounts to in 32 bytes: the SHA-256 of every record, each with the digest of those before it.

use std::fmt;

use domain::Position;
use sha2::{Digest as _, Sha256};

use crate::record::Record;

/// The digest of a history up to some record; all zeros before the first.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest after `record`: the SHA-256 of this one, then position, sequence and instant (8 bytes each, the highest
    /// first), the version (2), the ids of record, tenant and stream (16 each), and kind of stream, type, payload and
    /// metadata, each behind its length in bytes (8).
    #[must_use]
    pub fn followed_by(self, record: &Record) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(record.position.0.to_be_bytes());
        hash.update(record.sequence.0.to_be_bytes());
        hash.update(record.recorded_at.as_micros().to_be_bytes());
        hash.update(record.version.to_be_bytes());
        hash.update(record.id.uuid().as_bytes());
        hash.update(record.tenant.uuid().as_bytes());
        hash.update(record.stream.uuid.as_bytes());
        for text in [record.stream.kind.as_str(), &*record.record_type, &*record.payload, &*record.metadata] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A record as the comparison sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) position: Position,
    pub(super) digest: Digest,
    pub(super) bytes: usize,
}

/// The proofs of `records`, which follow the history of `before`.
pub(super) fn proofs(before: &mut Digest, records: &[Record]) -> Vec<Proof> {
    let proof = |record: &Record| {
        *before = before.followed_by(record);
        Proof { position: record.position, digest: *before, bytes: record.weight() }
    };
    records.iter().map(proof).collect()
}

#[cfg(test)]
mod tests {
    use domain::{RecordId, Sequence, StreamId, StreamKind, TenantId, Timestamp};
    use uuid::Uuid;

    use super::*;
    use crate::new_record::{NewRecord, Origin};
    use crate::upcast::Upcasters;

    fn record() -> Record {
        let origin = Origin {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            metadata: "{}".into(),
            recorded_at: Timestamp::from_seconds(1),
        };
        let stream = StreamId { kind: StreamKind::Event, uuid: Uuid::from_u128(2) };
        let id = RecordId::from_uuid(Uuid::from_u128(3));
        let new = NewRecord::raw(id, stream, Sequence(1), ("type".into(), 1), "[]", &origin);
        Record::recorded(new, Position(1), Upcasters::standard())
    }

    #[test]
    fn whatever_is_different_about_a_record_is_seen() {
        let changes: [fn(&mut Record); 11] = [
            |record| record.position = Position(2),
            |record| record.id = RecordId::from_uuid(Uuid::from_u128(4)),
            |record| record.stream.kind = StreamKind::Test,
            |record| record.stream.uuid = Uuid::from_u128(4),
            |record| record.sequence = Sequence(2),
            |record| record.record_type = "typ".into(),
            |record| record.version = 2,
            |record| record.payload = "[ ]".into(),
            |record| record.tenant = TenantId::from_uuid(Uuid::from_u128(4)),
            |record| record.metadata = "{ }".into(),
            |record| record.recorded_at = Timestamp::from_seconds(2),
        ];
        let mut seen = vec![Digest::default().followed_by(&record())];
        for change in changes {
            let mut other = record();
            change(&mut other);
            let digest = Digest::default().followed_by(&other);
            assert!(!seen.contains(&digest), "{other:?}");
            seen.push(digest);
        }
    }

    #[test]
    fn texts_do_not_run_into_each_other() {
        let (mut one, mut other) = (record(), record());
        (one.payload, one.metadata) = ("[1]{".into(), "}".into());
        (other.payload, other.metadata) = ("[1]".into(), "{}".into());
        assert_ne!(Digest::default().followed_by(&one), Digest::default().followed_by(&other));
    }

    #[test]
    fn a_digest_depends_on_everything_before_it() {
        let once = Digest::default().followed_by(&record());
        assert_ne!(once.followed_by(&record()), once);
        assert_eq!(once.to_string().len(), 64);
    }
}
