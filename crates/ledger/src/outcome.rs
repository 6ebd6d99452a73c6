//! What becomes of an append: recorded, beaten to it, or not at all.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use domain::{Position, RecordId, Sequence, StreamId};

/// What became of one batch.
pub type Verdict = Result<Appended, Conflict>;

/// A cause that is told to everybody whose records shared the transaction.
pub type SharedError = Arc<dyn Error + Send + Sync>;

/// A batch is in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Where its first record stands.
    pub first: Position,
    /// Where its last record stands. Those in between stand in between, in the order of the batch.
    pub last: Position,
    /// Whether it had been appended before, under the same record ids, so that nothing was written now.
    pub already: bool,
}

/// Somebody appended first, or the batch skips a sequence: load again, decide again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stream {stream} is at version {found}, not {expected}")]
pub struct Conflict {
    /// The first stream of the batch that is not as expected.
    pub stream: StreamId,
    /// The version that the batch builds on: one less than its first sequence.
    pub expected: Sequence,
    /// The version that the stream is at.
    pub found: Sequence,
    /// The record that stands where the first one of the batch would; none if the batch skips sequences.
    pub existing: Option<RecordId>,
}

/// Why the ledger could not serve, as opposed to answering no.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LedgerError {
    /// More is being appended than can be written. Nothing of this call was; try again later (503).
    #[error("more is being appended than can be written, try again in {} s", retry_after.as_secs())]
    Overloaded {
        /// When trying again may help.
        retry_after: Duration,
    },
    /// The call exceeds [`crate::bounds::APPEND_RECORDS`] or [`crate::bounds::APPEND_BYTES`]: split it.
    #[error("{records} records with {bytes} bytes are too much for one append")]
    TooLarge {
        /// How many records it had.
        records: usize,
        /// How heavy they were.
        bytes: usize,
    },
    /// The store is closing. Nothing of this call was written.
    #[error("the ledger is shutting down")]
    ShuttingDown,
    /// The store cannot be written or read at present. Nothing of this call was written; worth retrying with backoff.
    #[error("the ledger is unavailable")]
    Unavailable(#[source] SharedError),
    /// The commit did not end well and may be found in the ledger or not: append the same records again to know.
    #[error("it is not known whether the records were written")]
    InDoubt(#[source] SharedError),
    /// Something stored is not what this store writes.
    #[error("the record at position {position} is damaged: {reason}")]
    Damaged {
        /// Which record.
        position: Position,
        /// The column, and what is wrong with it.
        reason: String,
    },
}

impl LedgerError {
    /// Nothing was written, because of `cause`.
    pub fn unavailable(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Unavailable(Arc::new(cause))
    }
}
