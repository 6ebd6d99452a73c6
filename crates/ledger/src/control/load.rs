//! Reading the whole stream of one aggregate.

use std::sync::Arc;

use domain::{Decider, Sequence, StreamId, TenantId, Versioned};

use crate::outcome::LedgerError;
use crate::record::{Record, Unreadable};
use crate::store::{Ledger, bounds};

/// Records of one aggregate beyond which it is not loaded any more: edits by people do not get there.
pub const STREAM_RECORDS: usize = 100_000;

/// Why an aggregate could not be loaded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LoadError {
    /// One of its records is not understood.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// One of its records belongs to another kind of aggregate.
    #[error("the record at position {} of {stream} is a \"{record_type}\", which does not belong there", position.0)]
    Misplaced {
        /// Of which stream.
        stream: StreamId,
        /// Where the record stands.
        position: domain::Position,
        /// What it is.
        record_type: String,
    },
    /// It has more than [`STREAM_RECORDS`] records.
    #[error("{stream} has more than {STREAM_RECORDS} records")]
    TooLong {
        /// Which.
        stream: StreamId,
    },
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The aggregate whose records `stream` has, if it is one of `tenant`.
pub(super) async fn load<D: Decider>(
    ledger: &dyn Ledger,
    tenant: TenantId,
    stream: StreamId,
) -> Result<Option<Versioned<D>>, LoadError> {
    let records = records(ledger, tenant, stream).await?;
    let mut aggregate = Versioned::<D>::default();
    for record in &records {
        aggregate.apply(&event::<D>(record)?);
    }
    Ok((!records.is_empty()).then_some(aggregate))
}

/// What the record says, as an event of `D`.
pub(super) fn event<D: Decider>(record: &Record) -> Result<D::Event, LoadError> {
    let fact = record.fact().map_err(Unreadable::clone)?;
    D::from_fact(fact.clone()).ok_or_else(|| LoadError::Misplaced {
        stream: record.stream,
        position: record.position,
        record_type: record.record_type.clone().into_owned(),
    })
}

/// All records of `stream`; none if it is somebody else's, so that what is foreign looks like what is absent.
pub(super) async fn records(
    ledger: &dyn Ledger,
    tenant: TenantId,
    stream: StreamId,
) -> Result<Vec<Arc<Record>>, LoadError> {
    let mut records: Vec<Arc<Record>> = Vec::new();
    loop {
        let after = records.last().map_or(Sequence::NONE, |record| record.sequence);
        let page = ledger.read_stream(stream, after, bounds::PAGE_RECORDS).await?;
        if page.first().is_none_or(|record| record.tenant != tenant) {
            return Ok(records);
        }
        records.extend(page);
        if records.len() > STREAM_RECORDS {
            return Err(LoadError::TooLong { stream });
        }
    }
}
