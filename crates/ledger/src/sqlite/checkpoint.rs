//! When pages are moved from the write-ahead log into the file, and by whom.
//!
//! The *mover* does it on a thread of its own while the writer appends. The log can only start over at a moment at which all of
//! it has been moved, and while appends keep coming there is none: so when the log has grown long, the writer moves the
//! rest itself, right after the mover has left it little to do. If the mover falls behind, the writer waits for it. In a pause
//! the mover moves all of it.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::file::{Checkpointed, PAGE_BYTES};
use super::mover::{Mover, move_pages};

/// Pages in the log that are worth moving while callers come: 1 MiB. More at once would keep the disk busy for longer, and
/// whoever waits for a commit meanwhile.
const BUSY_PAGES: i64 = 128;
/// Pages in the log that are worth moving in a pause: 512 KiB.
const IDLE_PAGES: i64 = 64;
/// Pages in the log after which it is to start over: 16 MiB.
const LONG_PAGES: i64 = 2_048;
/// Pages in the log after which the writer waits for the mover: 32 MiB.
const OVERLONG_PAGES: i64 = 2 * LONG_PAGES;
/// Pages in the log beyond which readers are waited for, so that it starts over: 256 MiB.
const PRESSING_PAGES: i64 = 32_768;
/// How long nobody must have appended for a pause, and how often the mover is looked after in one.
const PAUSE: Duration = Duration::from_millis(50);
/// How long to sleep when nothing is to be done.
const LONG: Duration = Duration::from_hours(1);

/// About how far the write-ahead log has grown, and who makes it short.
#[derive(Debug)]
pub(super) struct Checkpoints {
    mover: Mover,
    /// Pages written since somebody last began to move them.
    pages: i64,
    /// Pages written before them, which the mover is at.
    ordered: i64,
    /// Pages in the log.
    log: i64,
    /// What the mover did last, until it has been dealt with.
    done: Option<Checkpointed>,
    /// Whether a reader kept the last move from being complete: then waiting for the mover makes nothing shorter.
    kept: bool,
    /// Pages in the log from which on readers are waited for.
    pressing: i64,
}

impl Checkpoints {
    /// For the file at `path`, whose log is empty.
    ///
    /// # Errors
    /// If the file cannot be opened for the mover.
    pub(super) fn start(path: &Path) -> rusqlite::Result<Self> {
        let mover = Mover::start(path)?;
        Ok(Self { mover, pages: 0, ordered: 0, log: 0, done: None, kept: false, pressing: PRESSING_PAGES })
    }

    /// A group of this weight was committed.
    pub(super) fn wrote(&mut self, bytes: usize) {
        // Two indexes and the table grow in pages of their own, besides the filled ones.
        const PARTIAL: usize = 3;
        let pages = i64::try_from(bytes / PAGE_BYTES + PARTIAL).unwrap_or(i64::MAX);
        self.pages += pages;
        self.log += pages;
    }

    /// How long the writer may wait for callers before it looks after the log.
    pub(super) const fn patience(&self) -> Duration {
        if self.mover.is_moving() || self.pages >= IDLE_PAGES { PAUSE } else { LONG }
    }

    /// Learns what became of the mover's last order, without waiting for it.
    ///
    /// # Errors
    /// If it failed. Its pages are due again.
    pub(super) fn hear(&mut self) -> rusqlite::Result<()> {
        let result = self.mover.take_result();
        self.note(result)
    }

    /// The same, but waits until the mover has nothing to do.
    ///
    /// # Errors
    /// As [`Checkpoints::hear`].
    pub(super) fn finish(&mut self) -> rusqlite::Result<()> {
        let result = self.mover.wait();
        self.note(result)
    }

    /// Has pages moved if there are enough of them; moves the last of a long log.
    ///
    /// # Errors
    /// If pages could not be moved, by whomever. They are due again.
    pub(super) fn look_after(&mut self, connection: &Connection, idle: bool) -> rusqlite::Result<()> {
        self.hear()?;
        self.start_over_if_long(connection)?;
        if self.log >= OVERLONG_PAGES && !self.kept {
            // What the mover is at may be old; then it has to go once more.
            self.finish()?;
            self.start_over_if_long(connection)?;
            if self.log >= OVERLONG_PAGES {
                self.order();
                self.finish()?;
                self.start_over_if_long(connection)?;
            }
        }
        let due = if idle { IDLE_PAGES } else { BUSY_PAGES };
        if self.pages >= due && !self.mover.is_moving() {
            self.order();
        }
        Ok(())
    }

    fn order(&mut self) {
        self.ordered = std::mem::take(&mut self.pages);
        self.mover.order();
    }

    fn note(&mut self, result: Option<rusqlite::Result<Checkpointed>>) -> rusqlite::Result<()> {
        let Some(result) = result else { return Ok(()) };
        let ordered = std::mem::take(&mut self.ordered);
        match result {
            Ok(done) if done.began() => self.done = Some(done),
            // Nothing was moved: it is due again.
            Ok(_) => self.pages += ordered,
            Err(error) => {
                self.pages += ordered;
                return Err(error);
            }
        }
        Ok(())
    }

    /// After the mover has come as far as it could: the writer moves the rest if the log is to start over.
    fn start_over_if_long(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let Some(mut done) = self.done.take() else { return Ok(()) };
        if let Some(mode) = last_move(done, self.pressing) {
            let last = move_pages(connection, mode)?;
            if last.began() {
                done = last;
                self.pages = 0;
            }
            // Readers that do not let go are not waited for again with each group.
            self.pressing = PRESSING_PAGES.max(done.logged + LONG_PAGES);
        }
        self.kept = !done.complete();
        // A log all of which was moved starts over with the next page that is written, unless a reader is at its end.
        self.log = if done.complete() && self.pages == 0 { 0 } else { done.logged + self.pages };
        if done.logged < PRESSING_PAGES {
            self.pressing = PRESSING_PAGES;
        }
        metrics::gauge!("hookledger_ledger_wal_pages").set(i32::try_from(done.logged).unwrap_or(i32::MAX));
        Ok(())
    }
}

/// How the writer moves the rest of a log that the mover has brought so far; none if it may grow on.
const fn last_move(done: Checkpointed, pressing: i64) -> Option<&'static str> {
    if done.logged >= pressing {
        // Readers that need what is old, or that came before all was moved, are waited for.
        Some("RESTART")
    } else if done.complete() && done.logged >= LONG_PAGES {
        Some("PASSIVE")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn moved(moved: i64, logged: i64) -> Checkpointed {
        Checkpointed { busy: false, logged, moved }
    }

    #[test]
    fn the_writer_moves_the_rest_of_a_long_log_and_waits_for_readers_only_when_it_presses() {
        let last = |done| last_move(done, PRESSING_PAGES);
        assert_eq!(last(moved(LONG_PAGES - 1, LONG_PAGES - 1)), None);
        assert_eq!(last(moved(LONG_PAGES, LONG_PAGES)), Some("PASSIVE"));
        assert_eq!(
            last(moved(9, LONG_PAGES)),
            None,
            "a reader needs what is old, and moving more helps nobody"
        );
        assert_eq!(last(moved(9, PRESSING_PAGES)), Some("RESTART"));
        assert_eq!(last(moved(PRESSING_PAGES, PRESSING_PAGES)), Some("RESTART"), "a reader is at its end");
    }
}
