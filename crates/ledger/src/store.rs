//! The port: what every event store offers, whatever it is made of.
//!
//! # Writing an adapter
//!
//! 1. Implement [`Ledger`] in `src/<name>/store.rs`, beside a `mod.rs` that only declares. Put the crate's
//!    dependency behind a cargo feature of the same name.
//! 2. *Draw positions in commit order*: a reader that has seen position n must never meet a new record at or below
//!    n. Announce a position (`head`, `watch`, the answer to `append`) only once it is durable.
//! 3. *Decide conflicts by stream and sequence.* A batch whose records are all there already, under the same ids, is
//!    [`Appended::already`]; another id at one of its sequences, or a gap before it, is a [`Conflict`]. Either way the
//!    other batches of the call are unharmed.
//! 4. *Do not guess.* A commit whose answer was lost is [`LedgerError::InDoubt`], not a failure: the caller appends
//!    the same records again, and step 3 tells what happened.
//! 5. Keep payload and metadata byte for byte. Refuse changes of what is stored (triggers, permissions).
//! 6. Bound everything by [`bounds`]; where callers outrun the store let them wait, then answer
//!    [`LedgerError::Overloaded`].
//! 7. Run the suite: `hookledger_ledger::ledger_contract!(subject)` in `tests/<name>.rs`.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Position, Sequence, StreamId};
use tokio::sync::watch;

use crate::filter::Filter;
use crate::new_record::Batch;
use crate::outcome::{LedgerError, Verdict};
use crate::page::Page;
use crate::record::Record;

/// An append-only store of records in one global order.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Appends each batch all or nothing, and answers one verdict for each, in order, once they are durable.
    ///
    /// Batches succeed or conflict independently of each other. Waits for room when others append too, but not
    /// forever ([`LedgerError::Overloaded`]). Dropping the future does not take back what was handed over: to know,
    /// append the same records again.
    async fn append(&self, batches: Vec<Batch>) -> Result<Vec<Verdict>, LedgerError>;

    /// Appends one batch; see [`Ledger::append`].
    async fn append_one(&self, batch: Batch) -> Result<Verdict, LedgerError> {
        let mut verdicts = self.append(vec![batch]).await?;
        Ok(verdicts.pop().expect("one verdict for each batch"))
    }

    /// The records of `stream` after `after`, in sequence: at most `limit` and [`bounds::PAGE_RECORDS`] of them, fewer
    /// when they are large, but none only if there is none.
    async fn read_stream(
        &self,
        stream: StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, LedgerError>;

    /// The records that `filter` wants after `after`, in order of position.
    ///
    /// At most `limit` and [`bounds::PAGE_RECORDS`] of them, fewer when they are large or rare: go on after
    /// [`Page::upto`], which is beyond `after` unless `after` is the head.
    async fn read_all(&self, after: Position, limit: usize, filter: Filter) -> Result<Page, LedgerError>;

    /// The record at `position`, if there is one.
    async fn read_one(&self, position: Position) -> Result<Option<Arc<Record>>, LedgerError>;

    /// The position of the last durable record; [`Position::START`] when there is none.
    fn head(&self) -> Position;

    /// Follows [`Ledger::head`]. The sender goes away when the store closes.
    fn watch(&self) -> watch::Receiver<Position>;

    /// How much is waiting to be written, for health and for shedding load early.
    fn load(&self) -> Load;
}

/// What waits to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Bytes handed over and not yet answered.
    pub queued_bytes: u64,
    /// How many there may be; beyond, callers wait.
    pub capacity_bytes: u64,
}

impl Load {
    /// From 0 (idle) to 1 (callers wait).
    pub fn share(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more than three digits")]
        let (queued, capacity) = (self.queued_bytes as f64, self.capacity_bytes as f64);
        queued / capacity
    }
}

/// How large things may be, in every adapter.
pub mod bounds {
    /// Bytes of one payload: 2 MiB.
    pub const PAYLOAD_BYTES: usize = 2 << 20;
    /// Bytes of one record's metadata: 16 KiB.
    pub const METADATA_BYTES: usize = 16 << 10;
    /// Records of one batch.
    pub const BATCH_RECORDS: usize = 1_000;
    /// Bytes of one batch, by [`crate::NewRecord::weight`]: 16 MiB.
    pub const BATCH_BYTES: usize = 16 << 20;
    /// Records of one call of [`crate::Ledger::append`].
    pub const APPEND_RECORDS: usize = 4_096;
    /// Bytes of one call of [`crate::Ledger::append`]: 32 MiB.
    pub const APPEND_BYTES: usize = 32 << 20;
    /// Records of one page.
    pub const PAGE_RECORDS: usize = 1_000;
    /// Bytes of one page, except that a page has at least one record: 8 MiB.
    pub const PAGE_BYTES: usize = 8 << 20;
    /// Positions that one page looks at when most do not match its filter.
    pub const PAGE_SCAN: u64 = 20_000;
}
