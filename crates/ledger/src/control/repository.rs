//! The ledger as a repository of cqrs-es, for one command.
//!
//! cqrs-es does not say what it loaded and wrote, so the repository remembers it for whoever asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cqrs_es::Aggregate;
use cqrs_es::persist::{
    PersistedEventRepository, PersistenceError, ReplayStream, SerializedEvent, SerializedSnapshot,
};
use domain::{IdSource, Position, RecordId, Sequence, StreamId};
use serde_json::Value;

use super::load;
use crate::new_record::{Batch, NewRecord, Origin};
use crate::outcome::Appended;
use crate::store::Ledger;
use crate::upcast::{exact, text_of};

/// Reads and writes one tenant's streams of a ledger. Clones remember together.
#[derive(Clone)]
pub struct LedgerRepository<'l> {
    ledger: &'l dyn Ledger,
    ids: &'l dyn IdSource,
    origin: &'l Origin,
    seen: Arc<Mutex<Seen>>,
}

/// What went through a repository.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// The version that was loaded.
    pub(super) version: Sequence,
    /// Where the last record stood that was loaded, or stands that was written.
    pub(super) position: Position,
    /// What was written: type, version, payload.
    pub(super) written: Vec<(String, u16, String)>,
}

impl<'l> LedgerRepository<'l> {
    /// Over the streams of the origin's tenant; what is written comes from `origin`, under ids from `ids`.
    pub fn new(ledger: &'l dyn Ledger, ids: &'l dyn IdSource, origin: &'l Origin) -> Self {
        Self { ledger, ids, origin, seen: Arc::default() }
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn events(
        &self,
        aggregate_id: &str,
        after: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let records = load::records(self.ledger, self.origin.tenant, stream(aggregate_id)?)
            .await
            .map_err(unloadable)?;
        if let Some(last) = records.last() {
            let mut seen = self.seen();
            (seen.version, seen.position) = (last.sequence, last.position);
        }
        records.iter().skip(after).map(|record| serialized(record)).collect()
    }
}

impl PersistedEventRepository for LedgerRepository<'_> {
    async fn get_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.events(aggregate_id, 0).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.events(aggregate_id, last_sequence).await
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        _id: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot_update: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        if snapshot_update.is_some() {
            return Err(not_offered("snapshots"));
        }
        if events.is_empty() {
            return Ok(());
        }
        let records = events.iter().map(|event| self.record(event)).collect::<Result<_, _>>()?;
        let batch = Batch::new(records).map_err(unknown)?;
        match self.ledger.append_one(batch).await {
            Ok(Ok(Appended { last, .. })) => {
                self.remember(events, last)?;
                Ok(())
            }
            Ok(Err(_conflict)) => Err(PersistenceError::OptimisticLockError),
            Err(error) => Err(PersistenceError::ConnectionError(Box::new(error))),
        }
    }

    async fn stream_events<A: Aggregate>(&self, _id: &str) -> Result<ReplayStream, PersistenceError> {
        Err(not_offered("streaming: tail the ledger"))
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        Err(not_offered("streaming: tail the ledger"))
    }
}

impl LedgerRepository<'_> {
    fn record(&self, event: &SerializedEvent) -> Result<NewRecord, PersistenceError> {
        Ok(NewRecord::raw(
            RecordId::generate(self.ids),
            stream(&event.aggregate_id)?,
            Sequence(event.sequence as u64),
            (event.event_type.clone().into(), event.event_version.parse().map_err(unknown)?),
            text_of(&event.payload),
            self.origin,
        ))
    }

    fn remember(&self, events: &[SerializedEvent], last: Position) -> Result<(), PersistenceError> {
        let written = events.iter().map(|event| {
            let version = event.event_version.parse().map_err(unknown)?;
            Ok((event.event_type.clone(), version, text_of(&event.payload).into_owned()))
        });
        let written = written.collect::<Result<_, PersistenceError>>()?;
        let mut seen = self.seen();
        (seen.position, seen.written) = (last, written);
        Ok(())
    }
}

/// Refuses what cannot be read here, where position, type and version are still known.
fn serialized(record: &crate::Record) -> Result<SerializedEvent, PersistenceError> {
    record.fact().map_err(|unreadable| unloadable(unreadable.clone().into()))?;
    Ok(SerializedEvent::new(
        record.stream.to_string(),
        usize::try_from(record.sequence.0).map_err(unknown)?,
        record.stream.kind.as_str().to_owned(),
        record.record_type.clone().into_owned(),
        record.version.to_string(),
        exact(&record.payload),
        // Not the record's own: cqrs-es reads texts by name only, and hands it to nobody but its queries.
        Value::Object(serde_json::Map::new()),
    ))
}

fn stream(aggregate_id: &str) -> Result<StreamId, PersistenceError> {
    aggregate_id.parse().map_err(unknown)
}

fn unloadable(error: load::LoadError) -> PersistenceError {
    match error {
        load::LoadError::Ledger(error) => PersistenceError::ConnectionError(Box::new(error)),
        error => PersistenceError::DeserializationError(Box::new(error)),
    }
}

fn unknown(error: impl std::error::Error + Send + Sync + 'static) -> PersistenceError {
    PersistenceError::UnknownError(Box::new(error))
}

fn not_offered(what: &str) -> PersistenceError {
    PersistenceError::UnknownError(format!("the ledger does not offer {what}").into())
}
