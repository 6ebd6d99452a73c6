//! The port: what a copy needs from a store.

use async_trait::async_trait;
use domain::{Position, RecordId};

use super::digest::Digest;
use super::outcome::CopyError;
use crate::outcome::LedgerError;
use crate::record::Record;

/// Records of one page: read at once, written in one transaction.
pub const PAGE_RECORDS: usize = 8_192;
/// Bytes of one page, except that a page has at least one record: 8 MiB.
pub const PAGE_BYTES: usize = 8 << 20;

/// A ledger that is read from end to end.
#[async_trait]
pub trait Side: Send + Sync {
    /// The position of the last record; [`Position::START`] when there is none.
    async fn head(&self) -> Result<Position, LedgerError>;

    /// The records after `after` and up to `upto`, in order of position: at most [`PAGE_RECORDS`], cut after
    /// [`PAGE_BYTES`]; none only if there is none.
    async fn page(&self, after: Position, upto: Position) -> Result<Vec<Record>, LedgerError>;

    /// Counts what is there, by looking at every record.
    async fn totals(&self) -> Result<Totals, LedgerError>;
}

/// A ledger that is filled. What [`Target::write`] answered is committed.
#[async_trait]
pub trait Target: Side {
    /// Keeps everybody else from writing, and marks the ledger as one that is being filled from the source whose first
    /// record is `first`. Says how far an earlier run of the same copy was compared.
    ///
    /// Refuses a ledger that has anything else in it.
    async fn begin(&self, first: RecordId) -> Result<Compared, CopyError>;

    /// Adds `records` with their positions, which follow the head, in one transaction.
    async fn write(&self, records: Vec<Record>) -> Result<(), CopyError>;

    /// Remembers how far the two sides were compared.
    async fn note(&self, compared: Compared) -> Result<(), CopyError>;

    /// Lets new records follow `last`, and takes the mark away: from now on servers may open it.
    async fn finish(&self, last: Position) -> Result<(), CopyError>;
}

/// How far two sides were found equal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compared {
    /// Up to this position.
    pub upto: Position,
    /// So many records.
    pub records: u64,
    /// What they have in common.
    pub digest: Digest,
}

/// What a ledger holds, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Records.
    pub records: u64,
    /// Streams.
    pub streams: u64,
    /// The last sequences of all streams together: as many as there are records, where no stream has a gap.
    pub sequences: u64,
    /// The position of the first record.
    pub first: Position,
    /// The position of the last record.
    pub last: Position,
}
