//! Records of the ledger as they are stored, and lifted to newer versions.

use domain::{Position, RawJson, Scope, Sequence, StreamId, Timestamp, current_version};
use ledger::upcast::UpcastError;

use crate::app::App;
use crate::error::{Error, Refused};
use crate::request::Request;

/// A record at some version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordAt {
    /// Where it stands.
    pub position: Position,
    /// What it tells about.
    pub stream: StreamId,
    /// Its place in the stream.
    pub sequence: Sequence,
    /// What happened, such as `event_type.registered`.
    pub record_type: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The version that it was stored as.
    pub stored_version: u16,
    /// The newest version of records of this type.
    pub latest_version: u16,
    /// The version of `payload`.
    pub version: u16,
    /// The payload at that version; as it is stored, byte for byte, if that is the stored one.
    pub payload: RawJson,
    /// The steps that lifted it: from which version each starts, and what it does.
    pub steps: Vec<(u16, String)>,
}

/// At which version a record is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum At {
    /// As it is stored.
    Stored,
    /// As the code of today reads it.
    #[default]
    Latest,
    /// This one, at least as new as the stored one.
    Version(u16),
}

/// Why a record is not shown at a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be lifted there.
    #[error("the record cannot be shown at that version: {0}")]
    Version(#[from] UpcastError),
}

impl Refused for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Version(_) => "version_unknown",
        }
    }
}

impl App {
    /// The record at `position`; `None` if there is none, or not of this tenant.
    ///
    /// Needs the scope `audit`.
    pub async fn record_at(
        &self,
        request: &Request,
        position: Position,
        at: At,
    ) -> Result<Option<RecordAt>, Error<Refusal>> {
        request.need(Scope::Audit)?;
        let record = self.ledger().read_one(position).await?;
        let Some(record) = record.filter(|record| record.tenant == request.tenant()) else { return Ok(None) };
        let latest_version = current_version(&record.record_type).unwrap_or(record.version);
        let version = match at {
            At::Stored => record.version,
            At::Latest => latest_version,
            At::Version(version) => version,
        };
        let lifted = record.lifted_to(version).map_err(|error| Error::Refused(Refusal::Version(error)))?;
        let payload = RawJson::parse(&lifted.payload);
        let payload = payload.map_err(|error| crate::Fault::Unreadable(std::sync::Arc::new(error)))?;
        Ok(Some(RecordAt {
            position: record.position,
            stream: record.stream,
            sequence: record.sequence,
            record_type: record.record_type.clone().into_owned(),
            recorded_at: record.recorded_at,
            stored_version: record.version,
            latest_version,
            version: lifted.version,
            payload,
            steps: lifted.steps,
        }))
    }
}
