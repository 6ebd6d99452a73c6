//! [`Ledger`] on one `SQLite` file.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_trait::async_trait;
use domain::{Position, Sequence, StreamId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::timeout;

use super::ahead::Ahead;
use super::file::{self, OpenError};
use super::options::Options;
use super::queue::{Job, Queue};
use super::readers::{self, Readers};
use super::writer::{Failure, Writer};
use crate::filter::Filter;
use crate::new_record::Batch;
use crate::outcome::{LedgerError, SharedError, Verdict};
use crate::page::Page;
use crate::recent::Recent;
use crate::record::Record;
use crate::store::{Ledger, Load, bounds};

/// Bytes that one permit of the queue stands for; a semaphore cannot count single bytes that far.
const ROOM_UNIT: usize = 1 << 10;
/// When trying again may help.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A ledger in a folder of its own. Only one process can have it open.
#[derive(Debug)]
pub struct SqliteLedger {
    options: Options,
    head: watch::Receiver<Position>,
    recent: Arc<Recent>,
    ahead: Ahead,
    queue: Arc<Queue>,
    room: Arc<Semaphore>,
    /// How many permits `room` has when nothing is queued.
    capacity: usize,
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
        let writer = Writer::new(opened, recent.clone(), queue.clone(), failure.clone(), options.clone());
        let (writer, head) = writer.map_err(failed)?;
        let thread = thread::Builder::new().name("ledger-writer".into()).spawn(move || writer.run());
        let thread = thread.map_err(|source| OpenError::Folder { folder: folder.to_owned(), source })?;
        let capacity = options.queue_bytes.max(bounds::APPEND_BYTES) / ROOM_UNIT;
        let room = Arc::new(Semaphore::new(capacity.min(Semaphore::MAX_PERMITS)));
        let readers = Readers::new(path.clone(), options.readers);
        let writer = Mutex::new(Some(thread));
        let ahead = Ahead::default();
        Ok(Self { options, head, recent, ahead, queue, room, capacity, readers, failure, writer })
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

    async fn wait_for_room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, LedgerError> {
        let units = u32::try_from(bytes.div_ceil(ROOM_UNIT)).unwrap_or(u32::MAX);
        let room = self.room.clone().acquire_many_owned(units);
        match timeout(self.options.append_patience, room).await {
            Ok(Ok(room)) => Ok(room),
            Ok(Err(_closed)) => Err(LedgerError::ShuttingDown),
            Err(_elapsed) => Err(LedgerError::Overloaded { retry_after: RETRY_AFTER }),
        }
    }
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn append(&self, batches: Vec<Batch>) -> Result<Vec<Verdict>, LedgerError> {
        if batches.is_empty() {
            return Ok(vec![]);
        }
        let records = batches.iter().map(|batch| batch.records().len()).sum();
        let bytes = batches.iter().map(Batch::weight).sum();
        if records > bounds::APPEND_RECORDS || bytes > bounds::APPEND_BYTES {
            return Err(LedgerError::TooLarge { records, bytes });
        }
        let room = self.wait_for_room(bytes).await?;
        let (reply, answer) = oneshot::channel();
        let job = Job { batches, records, reply, room };
        self.queue.push(job).map_err(|_| LedgerError::ShuttingDown)?;
        // Only a writer that died in the middle of a group leaves no answer.
        answer.await.unwrap_or_else(|gone| Err(LedgerError::InDoubt(Arc::new(gone))))
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
        let bytes = |units: usize| (units * ROOM_UNIT) as u64;
        let queued = self.capacity.saturating_sub(self.room.available_permits());
        Load { queued_bytes: bytes(queued), capacity_bytes: bytes(self.capacity) }
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
