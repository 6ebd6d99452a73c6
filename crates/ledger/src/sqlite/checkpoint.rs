//! When the writer moves pages from the write-ahead log into the file.
//!
//! A checkpoint keeps appends waiting, so it happens after callers were answered: in a pause, or when the
//! log has grown. The log starts over when all of it was moved and no reader needs it, so its size is bounded.

use std::time::{Duration, Instant};

use failpoints::Point;
use rusqlite::Connection;

use super::file::{PAGE_BYTES, checkpoint};

/// Pages in the log that are moved even when callers wait, where moving is quick: 1 MiB, which takes about a millisecond
/// and a half. Four times as many took six, which one publisher in a hundred met, and saved nothing.
const BUSY_PAGES_MIN: i64 = 128;
/// The same where the disk is slow: 16 MiB.
const BUSY_PAGES_MAX: i64 = 2_048;
/// Moving may take one part in so many of all time; if it takes more, it is done less often.
const SHARE_MAX: u32 = 16;
/// If it takes less than one part in so many, it is done more often.
const SHARE_MIN: u32 = 64;
/// Pages in the log that are worth moving in a pause: 512 KiB.
const IDLE_PAGES: i64 = 64;
/// Pages in the log beyond which readers are waited for, so that it starts over: 256 MiB.
const PRESSING_PAGES: i64 = 32_768;
/// How long nobody must have appended for a pause.
const PAUSE: Duration = Duration::from_millis(50);
/// How long to sleep when nothing is to be done.
const LONG: Duration = Duration::from_hours(1);

/// About how far the write-ahead log has grown.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// How many pages are moved when callers wait.
    busy: i64,
    /// When pages were moved last.
    moved: Instant,
    /// Pages written since the log was last moved completely.
    pages: i64,
    /// Pages that could not be moved yet because a reader needs them.
    kept: i64,
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self { busy: BUSY_PAGES_MIN, moved: Instant::now(), pages: 0, kept: 0 }
    }
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
        let due = if idle { IDLE_PAGES } else { self.busy };
        if self.pages < due {
            return Ok(());
        }
        let mode = if self.kept > PRESSING_PAGES { "RESTART" } else { "PASSIVE" };
        let started = Instant::now();
        failpoints::reach(Point::BeforeCheckpoint);
        let done = checkpoint(connection, mode)?;
        failpoints::reach(Point::AfterCheckpoint);
        if !idle {
            self.busy = busy_pages(self.busy, started.elapsed(), started - self.moved);
        }
        self.moved = Instant::now();
        self.pages = 0;
        self.kept = if done.complete() { 0 } else { done.logged };
        metrics::gauge!("hookledger_ledger_wal_pages").set(i32::try_from(done.logged).unwrap_or(i32::MAX));
        Ok(())
    }
}

/// How many pages to move the next time that callers wait, if moving so many took so long, so long after the last time. On
/// a disk that is slow to sync it costs nearly the same however many they are.
fn busy_pages(pages: i64, took: Duration, since: Duration) -> i64 {
    let pages = match took {
        took if took > since / SHARE_MAX => pages * 2,
        took if took < since / SHARE_MIN => pages / 2,
        _ => pages,
    };
    pages.clamp(BUSY_PAGES_MIN, BUSY_PAGES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_moved_in_small_pieces_unless_that_takes_too_much_of_the_time() {
        let millis = Duration::from_millis;
        assert_eq!(busy_pages(BUSY_PAGES_MIN, millis(2), millis(60)), BUSY_PAGES_MIN);
        assert_eq!(busy_pages(BUSY_PAGES_MIN, millis(20), millis(60)), 2 * BUSY_PAGES_MIN);
        assert_eq!(busy_pages(BUSY_PAGES_MAX, millis(20), millis(60)), BUSY_PAGES_MAX);
        assert_eq!(busy_pages(BUSY_PAGES_MAX, millis(20), millis(1_000)), BUSY_PAGES_MAX);
        assert_eq!(busy_pages(BUSY_PAGES_MAX, millis(2), millis(1_000)), BUSY_PAGES_MAX / 2);
        assert_eq!(busy_pages(BUSY_PAGES_MIN, millis(0), millis(1_000)), BUSY_PAGES_MIN);
    }
}
