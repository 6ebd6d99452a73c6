//! Reading one stream, where the ledger itself is the answer.

use std::sync::Arc;

use domain::{Actor, Decider, Fact, Position, Sequence, StreamId, TenantId, Timestamp};
use ledger::Record;
use ledger::control::{LoadError, STREAM_RECORDS};

use crate::app::App;
use crate::error::Fault;

/// The most entries of one page of a history.
pub const HISTORY_PAGE_MAX: usize = 200;

/// One record of a thing's past: when, by whom, as part of what; `T` tells what happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<T> {
    /// Its place in the past of this thing, from 1: the version that the thing had from then on.
    pub sequence: Sequence,
    /// Its place in the ledger.
    pub position: Position,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// What the caller called the whole of which it was a part.
    pub correlation: Option<String>,
    /// The trace that it happened in: a W3C `traceparent`.
    pub trace: Option<String>,
    /// What happened.
    pub what: T,
}

/// A page of a thing's past, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct History<T> {
    /// What happened after the sequence that was asked for.
    pub entries: Vec<Entry<T>>,
    /// Whether there may be more after the last entry.
    pub more: bool,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), more: false }
    }
}

impl<T> Entry<T> {
    /// What `record` tells, where `what` tells what happened.
    pub(crate) fn of(record: &Record, what: T) -> Result<Self, Fault> {
        let damaged = |source| Fault::Metadata { position: record.position, source };
        let metadata = record.parse_metadata().map_err(damaged)?;
        Ok(Self {
            sequence: record.sequence,
            position: record.position,
            at: record.recorded_at,
            actor: metadata.actor,
            correlation: metadata.correlation,
            trace: metadata.trace,
            what,
        })
    }
}

impl App {
    /// A page of the past of `stream`, as `what` understands it; `None` if nothing is recorded, or not by `tenant`.
    pub(crate) async fn history<T>(
        &self,
        tenant: TenantId,
        stream: StreamId,
        after: Sequence,
        limit: usize,
        what: impl Fn(&Fact) -> Option<T>,
    ) -> Result<Option<History<T>>, Fault> {
        let limit = limit.clamp(1, HISTORY_PAGE_MAX);
        let records = self.records(tenant, stream, after, limit + 1).await?;
        if records.is_empty()
            && (after == Sequence::NONE || self.records(tenant, stream, Sequence::NONE, 1).await?.is_empty())
        {
            return Ok(None);
        }
        // A page that is full by its bytes ends early, whether or not there is more.
        let bytes: usize = records.iter().map(|record| record.weight()).sum();
        let more = records.len() > limit || bytes >= ledger::bounds::PAGE_BYTES;
        let mut history = History { entries: Vec::with_capacity(records.len()), more };
        for record in records.iter().take(limit) {
            if let Some(what) = what(fact(record)?) {
                history.entries.push(Entry::of(record, what)?);
            }
        }
        Ok(Some(history))
    }

    /// The records of `stream` after `after`; none if they are not of `tenant`. Fewer than `limit` may come although
    /// there are more, when they are large.
    pub(crate) async fn records(
        &self,
        tenant: TenantId,
        stream: StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, Fault> {
        let mut records = self.ledger().read_stream(stream, after, limit).await?;
        records.retain(|record| record.tenant == tenant);
        Ok(records)
    }

    /// What `stream` describes, as it is now or as it was before `end`; `None` if there was nothing, or not of `tenant`.
    pub(crate) async fn load<D: Decider>(
        &self,
        tenant: TenantId,
        stream: StreamId,
        end: Option<Position>,
    ) -> Result<Option<Folded<D>>, Fault> {
        Folded::of(&self.all_records(tenant, stream, end).await?)
    }

    /// Every record of `stream`, oldest first, or those before `end`.
    pub(crate) async fn all_records(
        &self,
        tenant: TenantId,
        stream: StreamId,
        end: Option<Position>,
    ) -> Result<Vec<Arc<Record>>, Fault> {
        let mut all: Vec<Arc<Record>> = Vec::new();
        loop {
            let after = all.last().map_or(Sequence::NONE, |record| record.sequence);
            let page = self.records(tenant, stream, after, ledger::bounds::PAGE_RECORDS).await?;
            let complete =
                page.is_empty() || page.iter().any(|record| end.is_some_and(|end| record.position >= end));
            all.extend(page.into_iter().filter(|record| end.is_none_or(|end| record.position < end)));
            if complete {
                return Ok(all);
            }
            if all.len() > STREAM_RECORDS {
                return Err(LoadError::TooLong { stream }.into());
            }
        }
    }
}

/// A thing as its records tell it.
#[derive(Debug, Clone)]
pub(crate) struct Folded<D> {
    /// What it is.
    pub(crate) state: D,
    /// The sequence of its last record.
    pub(crate) version: Sequence,
    /// Where its last record stands.
    pub(crate) position: Position,
    /// When its first record was made.
    pub(crate) first_at: Timestamp,
    /// When its last record was made.
    pub(crate) last_at: Timestamp,
}

impl<D: Decider> Folded<D> {
    /// What `records` tell, oldest first; `None` if there are none.
    pub(crate) fn of(records: &[Arc<Record>]) -> Result<Option<Self>, Fault> {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(None) };
        let mut state = D::default();
        for record in records {
            if let Some(event) = D::from_fact(fact(record)?.clone()) {
                state = state.evolve(&event);
            }
        }
        let (first_at, last_at) = (first.recorded_at, last.recorded_at);
        Ok(Some(Self { state, version: last.sequence, position: last.position, first_at, last_at }))
    }
}

/// What `record` says.
pub(crate) fn fact(record: &Record) -> Result<&Fact, Fault> {
    record.fact().map_err(|unreadable| Fault::Unreadable(Arc::new(unreadable.clone())))
}
