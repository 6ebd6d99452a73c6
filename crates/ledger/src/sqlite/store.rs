//! [`Ledger`] on one `SQLite` file.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use async_trait::async_trait;
use domain::{Position, Sequence, StreamId};
use tokio::sync::watch;

use super::ahead::Ahead;
use super::file::{self, OpenError};
use super::options::Options;
use super::queue::Queue;
use super::readers::{self, Readers};
use super::writer::{Failure, Writer};
use crate::filter::Filter;
use crate::handover::Room;
use crate::new_record::Batch;
use crate::outcome::{LedgerError, SharedError, Verdict};
use crate::page::Page;
use crate::recent::Recent;
use crate::record::Record;
use crate::store::{Ledger, Load};

/// A ledger in a folder of its own. Only one process can have it open.
#[derive(Debug)]
pub struct SqliteLedger {
    options: Options,
    head: watch::Receiver<Position>,
    recent: Arc<Recent>,
    ahead: Ahead,
    queue: Arc<Queue>,
    room: Room,
    readers: Readers,
    failure: Failure,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl SqliteLedger {
    /// Opens the ledger in `folder`, or makes one there. Blocks while a log that a crash left behind is moved.
    pub fn open(folder: &Path, options: Options) -> Result<Self, OpenError> {
        let opened = file::open(folder)?;
        let path = opened.path.clone();
        let failed = |source| OpenError::Sqlite { path: path.clone(), source };
        let recent = Arc::new(Recent::new(opened.head, options.recent));
        let (queue, failure) = (Arc::new(Queue::default()), Failure::default());
        let readers = Readers::new(path.clone(), options.readers);
        let shared = (recent.clone(), queue.clone(), failure.clone(), readers.clone());
        let writer = Writer::new(opened, shared, options.clone());
        let (writer, head) = writer.map_err(failed)?;
        let thread = thread::Builder::new().name("ledger-writer".into()).spawn(move || writer.run());
        let thread = thread.map_err(|source| OpenError::Folder { folder: folder.to_owned(), source })?;
        let room = Room::new(options.queue_bytes, options.append_patience);
        let writer = Mutex::new(Some(thread));
        let ahead = Ahead::default();
        Ok(Self { options, head, recent, ahead, queue, room, readers, failure, writer })
    }

    /// Why nothing can be written at present, if so; reading goes on. For health checks.
    pub fn failure(&self) -> Option<SharedError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Refuses new work, finishes what is queued, and leaves a file without a write-ahead log. Then the folder is free.
    pub async fn close(&self) {
        self.readers.close().await;
        self.queue.close();
        if let Some(writer) = self.take_writer() {
            // The thread's own panic has been reported where it happened.
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
    }

    fn take_writer(&self) -> Option<JoinHandle<()>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn append(&self, batches: Vec<Batch>) -> Result<Vec<Verdict>, LedgerError> {
        self.room.append(batches, |job| self.queue.push(job).map_err(|_| LedgerError::ShuttingDown)).await
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, LedgerError> {
        let upcasters = self.options.upcasters.clone();
        self.readers
            .read(move |connection| readers::stream(connection, stream, after, limit, &upcasters))
            .await
    }

    async fn read_all(&self, after: Position, limit: usize, filter: Filter) -> Result<Page, LedgerError> {
        let head = self.head();
        if let Some(page) = self.recent.page(after, head, limit, filter) {
            return Ok(page);
        }
        let upcasters = self.options.upcasters.clone();
        self.readers
            .read(move |connection| readers::page(connection, after, head, filter, limit, &upcasters))
            .await
    }

    async fn read_one(&self, position: Position) -> Result<Option<Arc<Record>>, LedgerError> {
        if position == Position::START || position > self.head() {
            return Ok(None);
        }
        if let Some(record) = self.recent.one(position) {
            return Ok(Some(record));
        }
        self.ahead.one(&self.readers, position, self.head(), &self.options.upcasters).await
    }

    fn head(&self) -> Position {
        *self.head.borrow()
    }

    fn watch(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }

    fn load(&self) -> Load {
        self.room.load()
    }
}

impl Drop for SqliteLedger {
    /// Finishes what is queued, as [`SqliteLedger::close`] does.
    fn drop(&mut self) {
        self.readers.abandon();
        self.queue.close();
        if let Some(writer) = self.take_writer() {
            let _ = writer.join();
        }
    }
}
