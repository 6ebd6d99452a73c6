//! A thread beside the writer that moves pages from the write-ahead log into the file.
//!
//! It has a connection of its own, and moves what was in the log when it is asked to, while the writer goes on appending.
//! What it could not do is told to the writer, which alone decides what follows from it.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};

use failpoints::Point;
use rusqlite::Connection;

use super::file::{Checkpointed, checkpoint, connect_writer};

const DIED: &str = "the thread that moves the ledger's log goes on until it is dropped";

/// The writer's hold on the thread, which ends with it.
#[derive(Debug)]
pub(super) struct Mover {
    /// None once it is to end.
    orders: Option<Sender<()>>,
    results: Receiver<rusqlite::Result<Checkpointed>>,
    moving: bool,
    thread: Option<JoinHandle<()>>,
}

impl Mover {
    /// One for the file at `path`, which the writer has opened.
    ///
    /// # Errors
    /// If the file cannot be opened once more, or the operating system gives no thread.
    pub(super) fn start(path: &Path) -> rusqlite::Result<Self> {
        let connection = connect_writer(path)?;
        let (orders, ordered) = channel();
        let (results, done) = channel();
        let work = move || {
            while ordered.recv().is_ok() {
                // Whoever asked may be gone.
                let _ = results.send(move_pages(&connection, "PASSIVE"));
            }
        };
        let thread = thread::Builder::new().name("ledger-mover".into()).spawn(work);
        let thread = thread.map_err(|error| {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
            rusqlite::Error::SqliteFailure(code, Some(format!("no thread to move its log: {error}")))
        })?;
        Ok(Self { orders: Some(orders), results: done, moving: false, thread: Some(thread) })
    }

    /// Whether it is at work.
    pub(super) const fn is_moving(&self) -> bool {
        self.moving
    }

    /// Has it move what is in the log by now. One order at a time.
    pub(super) fn order(&mut self) {
        debug_assert!(!self.moving, "one at a time");
        // If it has died the next look at its results says so.
        self.moving = self.orders.as_ref().is_some_and(|orders| orders.send(()).is_ok());
    }

    /// What became of the last order, once, when it has been carried out.
    ///
    /// # Panics
    /// If the thread has: then nobody knows what it left, and the writer ends, too.
    pub(super) fn take_result(&mut self) -> Option<rusqlite::Result<Checkpointed>> {
        match self.results.try_recv() {
            Ok(result) => Some(self.done(result)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => panic!("{DIED}"),
        }
    }

    /// The same, but waits until it has been carried out. None if there is no order.
    ///
    /// # Panics
    /// As [`Mover::take_result`].
    pub(super) fn wait(&mut self) -> Option<rusqlite::Result<Checkpointed>> {
        self.moving.then(|| {
            let result = self.results.recv().expect(DIED);
            self.done(result)
        })
    }

    fn done(&mut self, result: rusqlite::Result<Checkpointed>) -> rusqlite::Result<Checkpointed> {
        self.moving = false;
        result
    }
}

impl Drop for Mover {
    /// Waits until it has carried out its order and closed its connection.
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // One that panicked has said so.
            let _ = thread.join();
        }
    }
}

/// Moves pages and says how far it came.
pub(super) fn move_pages(connection: &Connection, mode: &str) -> rusqlite::Result<Checkpointed> {
    failpoints::reach(Point::BeforeCheckpoint);
    let done = checkpoint(connection, mode)?;
    failpoints::reach(Point::AfterCheckpoint);
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::file;

    /// A ledger, and a connection that commits single rows to a table of its own in it.
    fn place() -> (tempfile::TempDir, Connection, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let opened = file::open(folder.path()).unwrap();
        opened.connection.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY, pad BLOB)").unwrap();
        (folder, opened.connection, opened.path)
    }

    #[test]
    fn pages_are_moved_beside_commits_and_all_of_them_are_there_afterwards() {
        const COMMITS: i64 = 2_000;
        let (_folder, writer, path) = place();
        let mut mover = Mover::start(&path).unwrap();
        let mut pages = 0;
        for n in 0..COMMITS {
            if let Some(result) = mover.take_result() {
                pages = pages.max(result.unwrap().moved);
            }
            if !mover.is_moving() {
                mover.order();
            }
            writer.execute("INSERT INTO t VALUES (?1, zeroblob(3000))", [n]).unwrap();
        }
        let last = mover.wait().expect("it was ordered").unwrap();
        assert!(pages.max(last.moved) > 0);
        drop(mover);
        assert!(move_pages(&writer, "TRUNCATE").unwrap().complete());
        let count = |connection: &Connection| {
            connection.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert_eq!(count(&writer), COMMITS);
        let sound = writer.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(sound, "ok");
    }

    #[test]
    fn after_a_failure_the_whole_log_is_moved_again_and_not_while_somebody_remembers_how_far_it_was() {
        let (_folder, writer, path) = place();
        let reader = file::connect_reader(&path).unwrap();
        writer.execute("INSERT INTO t VALUES (1, zeroblob(100000))", []).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM t").unwrap();
        writer.execute("INSERT INTO t VALUES (2, NULL)", []).unwrap();
        let done = move_pages(&writer, "PASSIVE").unwrap();
        assert!(done.moved > 0 && !done.complete(), "moved as far as the reader lets it, and not synced");
        reader.execute_batch("COMMIT").unwrap();
        drop(writer);
        let refused = file::reopen_writer(&path).unwrap_err();
        assert!(matches!(refused, file::OpenError::Busy { .. }), "{refused}");
        drop(reader);
        let log = std::fs::metadata(path.with_extension("db-wal")).unwrap().len();
        assert!(log > 100_000, "nobody has taken it away");
        let (writer, _) = file::reopen_writer(&path).unwrap();
        let rows = writer.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(rows, 2);
    }

    #[test]
    fn dropping_it_waits_for_its_thread() {
        let (_folder, writer, path) = place();
        let mut mover = Mover::start(&path).unwrap();
        writer.execute("INSERT INTO t VALUES (1, zeroblob(100000))", []).unwrap();
        mover.order();
        drop(mover);
        // Nobody else has the file open: it can be locked as a whole, at once.
        writer.busy_timeout(std::time::Duration::ZERO).unwrap();
        writer.execute_batch("PRAGMA locking_mode = EXCLUSIVE; INSERT INTO t VALUES (2, NULL)").unwrap();
    }
}
