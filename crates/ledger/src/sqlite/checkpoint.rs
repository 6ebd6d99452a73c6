//! When the writer moves pages from the write-ahead log into the file.
//!
//! A checkpoint keeps appends waiting, so it happens after callers were answered: in a pause, or when the
//! log has grown. The log starts over when all of it was moved and no reader needs it, so its size is bounded.

use std::time::Duration;

use failpoints::Point;
use rusqlite::Connection;

use super::file::{PAGE_BYTES, checkpoint};

/// Pages in the log that are moved even when callers wait: 4 MiB. Callers wait some milliseconds for them; eight
/// times as many kept them for fifty, once a second, and saved a few rewritten pages.
const BUSY_PAGES: i64 = 512;
/// Pages in the log that are worth moving in a pause: 2 MiB.
const IDLE_PAGES: i64 = 256;
/// Pages in the log beyond which readers are waited for, so that it starts over: 256 MiB.
const PRESSING_PAGES: i64 = 32_768;
/// How long nobody must have appended for a pause.
const PAUSE: Duration = Duration::from_millis(50);
/// How long to sleep when nothing is to be done.
const LONG: Duration = Duration::from_hours(1);

/// About how far the write-ahead log has grown.
#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    /// Pages written since the log was last moved completely.
    pages: i64,
    /// Pages that could not be moved yet because a reader needs them.
    kept: i64,
}

impl Checkpoints {
    /// A group of this weight was committed.
    pub(super) fn wrote(&mut self, bytes: usize) {
        // Two indexes and the table grow in pages of their own, besides the filled ones.
        const PARTIAL: usize = 3;
        self.pages += i64::try_from(bytes / PAGE_BYTES + PARTIAL).unwrap_or(i64::MAX);
    }

    /// How long the writer may wait for callers before it looks after the log.
    pub(super) const fn patience(&self) -> Duration {
        if self.pages >= IDLE_PAGES { PAUSE } else { LONG }
    }

    /// Moves pages if there are enough of them.
    pub(super) fn run_if_due(&mut self, connection: &Connection, idle: bool) -> rusqlite::Result<()> {
        let due = if idle { IDLE_PAGES } else { BUSY_PAGES };
        if self.pages < due {
            return Ok(());
        }
        let mode = if self.kept > PRESSING_PAGES { "RESTART" } else { "PASSIVE" };
        failpoints::reach(Point::BeforeCheckpoint);
        let done = checkpoint(connection, mode)?;
        failpoints::reach(Point::AfterCheckpoint);
        self.pages = 0;
        self.kept = if done.complete() { 0 } else { done.logged };
        metrics::gauge!("hookledger_ledger_wal_pages").set(i32::try_from(done.logged).unwrap_or(i32::MAX));
        Ok(())
    }
}
