//! [`Ledger`] on PostgreSQL.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::{Position, Sequence, StreamId};
use sqlx::postgres::PgConnectOptions;
use sqlx::{PgConnection, PgPool, Row};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::connect::{OpenError, connect_writer};
use super::listener::{Heard, listen};
use super::migrate;
use super::options::Options;
use super::readers::{self, within};
use super::row::number;
use super::writer::{Failure, Job, Shared, Writer};
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

/// A ledger in a database, which other nodes may use at the same time.
#[derive(Debug)]
pub struct PostgresLedger {
    options: Options,
    head: watch::Receiver<Position>,
    recent: Arc<Recent>,
    /// None once it closes.
    queue: Mutex<Option<mpsc::UnboundedSender<Job>>>,
    room: Arc<Semaphore>,
    /// How many permits `room` has when nothing is queued.
    capacity: usize,
    readers: PgPool,
    failure: Failure,
    writer: Mutex<Option<JoinHandle<()>>>,
    listener: JoinHandle<()>,
}

impl PostgresLedger {
    /// Opens the ledger in the database at `address`, whose schema is brought up to date if [`Options::migrate`] says so.
    pub async fn open(address: PgConnectOptions, options: Options) -> Result<Self, OpenError> {
        let address = address.application_name("hookledger");
        if options.migrate {
            migrate::migrate(&address).await?;
        } else {
            migrate::check(&address).await?;
        }
        let mut connected = connect_writer(&address, None, options.patience).await?;
        let end = head(&mut connected.connection).await.map_err(OpenError::unreachable)?;
        let recent = Arc::new(Recent::new(end, options.recent));
        let (news, failure) = (Arc::new(Heard::default()), Failure::default());
        let (queue, jobs) = mpsc::unbounded_channel();
        let shared = Shared { recent: recent.clone(), heard: news.clone(), failure: failure.clone() };
        let (writer, head) = Writer::new(address.clone(), connected, end, jobs, shared, options.clone());
        let capacity = options.queue_bytes.max(bounds::APPEND_BYTES) / ROOM_UNIT;
        Ok(Self {
            head,
            recent,
            queue: Mutex::new(Some(queue)),
            room: Arc::new(Semaphore::new(capacity.min(Semaphore::MAX_PERMITS))),
            capacity,
            readers: readers::pool(&address, options.readers),
            failure,
            writer: Mutex::new(Some(tokio::spawn(writer.run()))),
            listener: tokio::spawn(listen(readers::pool(&address, 1), news)),
            options,
        })
    }

    /// Why nothing can be written at present, if so; reading may go on. For health checks.
    pub fn failure(&self) -> Option<SharedError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Refuses new work, finishes what is queued, and closes every connection.
    pub async fn close(&self) {
        self.listener.abort();
        drop(self.lock_queue().take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // The task's own panic has been reported where it happened.
            let _ = writer.await;
        }
        self.readers.close().await;
    }

    fn lock_queue(&self) -> std::sync::MutexGuard<'_, Option<mpsc::UnboundedSender<Job>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hand_over(&self, job: Job) -> Result<(), LedgerError> {
        let queue = self.lock_queue();
        let queue = queue.as_ref().ok_or(LedgerError::ShuttingDown)?;
        queue.send(job).map_err(|_| LedgerError::ShuttingDown)
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

/// The position of the last record that is committed.
pub(super) async fn head(connection: &mut PgConnection) -> Result<Position, sqlx::Error> {
    let query = sqlx::query("SELECT coalesce(max(position), 0) FROM hookledger.records");
    Ok(Position(number(query.fetch_one(connection).await?.try_get(0)?)))
}

#[async_trait]
impl Ledger for PostgresLedger {
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
        self.hand_over(Job { batches, records, reply, room })?;
        // Only a writer that died in the middle of a group leaves no answer.
        answer.await.unwrap_or_else(|gone| Err(LedgerError::InDoubt(Arc::new(gone))))
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, LedgerError> {
        let Options { upcasters, patience, .. } = &self.options;
        within(*patience, readers::stream(&self.readers, stream, after, limit, upcasters)).await
    }

    async fn read_all(&self, after: Position, limit: usize, filter: Filter) -> Result<Page, LedgerError> {
        let head = self.head();
        if let Some(page) = self.recent.page(after, head, limit, filter) {
            return Ok(page);
        }
        let Options { upcasters, patience, .. } = &self.options;
        within(*patience, readers::page(&self.readers, after, head, filter, limit, upcasters)).await
    }

    async fn read_one(&self, position: Position) -> Result<Option<Arc<Record>>, LedgerError> {
        if position == Position::START || position > self.head() {
            return Ok(None);
        }
        if let Some(record) = self.recent.one(position) {
            return Ok(Some(record));
        }
        let Options { upcasters, patience, .. } = &self.options;
        within(*patience, readers::one(&self.readers, position, upcasters)).await
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

impl Drop for PostgresLedger {
    /// What is queued is still written, as long as the runtime lives.
    fn drop(&mut self) {
        self.listener.abort();
    }
}
