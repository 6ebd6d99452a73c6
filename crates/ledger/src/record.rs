//! A record as it stands in the ledger.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use domain::{DecodeError, Fact, Metadata, Position, RecordId, Sequence, StreamId, TenantId, Timestamp};

use crate::new_record::{NewRecord, weight};
use crate::upcast::{Lifted, UpcastError, Upcasters};

/// One entry of the ledger. Shared by all who read it; what it says is decoded once.
#[derive(Debug)]
pub struct Record {
    /// Its place among all records.
    pub position: Position,
    /// What it was appended as.
    pub id: RecordId,
    /// What it tells about.
    pub stream: StreamId,
    /// Its place in the stream.
    pub sequence: Sequence,
    /// What happened, such as `delivery.scheduled`.
    pub record_type: Cow<'static, str>,
    /// The version of the payload's format, as stored.
    pub version: u16,
    /// JSON, byte for byte as it was appended.
    pub payload: Box<str>,
    /// Whose it is.
    pub tenant: TenantId,
    /// [`Metadata`] as JSON, byte for byte as it was appended.
    pub metadata: Arc<str>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    upcasters: Arc<Upcasters>,
    fact: OnceLock<Result<Fact, Unreadable>>,
}

/// A stored record that this version of Hookledger cannot understand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the record \"{record_type}\" version {version} at position {position} cannot be read")]
pub struct Unreadable {
    /// Where it stands.
    pub position: Position,
    /// What it is called.
    pub record_type: String,
    /// The stored version of its payload.
    pub version: u16,
    /// Why.
    #[source]
    pub reason: UnreadableReason,
}

/// Why a stored record cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableReason {
    /// It could not be lifted to the current version.
    #[error(transparent)]
    Upcast(#[from] UpcastError),
    /// It is of the current version, but not understood.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl Record {
    /// `new` at `position`.
    pub fn recorded(new: NewRecord, position: Position, upcasters: Arc<Upcasters>) -> Self {
        Self {
            position,
            id: new.id,
            stream: new.stream,
            sequence: new.sequence,
            record_type: new.record_type,
            version: new.version,
            payload: new.payload,
            tenant: new.tenant,
            metadata: new.metadata,
            recorded_at: new.recorded_at,
            upcasters,
            fact: new.fact.map_or_else(OnceLock::new, |fact| OnceLock::from(Ok(fact))),
        }
    }

    /// What it says, lifted to the current version; decoded on first use.
    pub fn fact(&self) -> Result<&Fact, &Unreadable> {
        self.fact.get_or_init(|| self.decode()).as_ref()
    }

    /// Whether [`Record::fact`] is at hand without decoding.
    pub fn is_decoded(&self) -> bool {
        self.fact.get().is_some()
    }

    /// Who caused it and in what context; an error if the stored text is not what this version writes.
    pub fn parse_metadata(&self) -> Result<Metadata, serde_json::Error> {
        serde_json::from_str(&self.metadata)
    }

    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        weight(&self.record_type, &self.payload, &self.metadata)
    }

    /// The payload at version `to`, with the steps that lifted it.
    pub fn lifted_to(&self, to: u16) -> Result<Lifted<'_>, UpcastError> {
        self.upcasters.lift_to(&self.record_type, (self.version, to), &self.payload)
    }

    fn decode(&self) -> Result<Fact, Unreadable> {
        self.lifted().map_err(|reason| Unreadable {
            position: self.position,
            record_type: self.record_type.clone().into_owned(),
            version: self.version,
            reason,
        })
    }

    fn lifted(&self) -> Result<Fact, UnreadableReason> {
        let (version, payload) = self.upcasters.lift(&self.record_type, self.version, &self.payload)?;
        Ok(Fact::decode(&self.record_type, version, &payload)?)
    }
}
