//! [`Ledger`] on PostgreSQL.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::{Position, RecordId, Sequence, StreamId};
use sqlx::postgres::PgConnectOptions;
use sqlx::{PgConnection, PgPool, Row};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::apart::Apart;
use super::connect::{OpenError, connect_writer};
use super::copy;
use super::listener::{Heard, listen};
use super::migrate;
use super::options::Options;
use super::readers::{self, pooled};
use super::row::{integer, number};
use super::writer::{Failure, Shared, Writer};
use crate::filter::Filter;
use crate::handover::{Job, Room};
use crate::new_record::Batch;
use crate::outcome::{LedgerError, SharedError, Verdict};
use crate::page::Page;
use crate::recent::Recent;
use crate::record::Record;
use crate::store::{Ledger, Load};

/// A ledger in a database, which other nodes may use at the same time.
#[derive(Debug)]
pub struct PostgresLedger {
    address: PgConnectOptions,
    options: Options,
    head: watch::Receiver<Position>,
    recent: Arc<Recent>,
    /// None once it closes.
    queue: Mutex<Option<mpsc::UnboundedSender<Job>>>,
    room: Room,
    readers: PgPool,
    /// Those of [`Apart`], to be closed with it.
    apart: Mutex<Vec<PgPool>>,
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
        if copy::is_under_way(&mut connected.connection).await.map_err(OpenError::unreachable)? {
            return Err(OpenError::CopyUnderWay);
        }
        let end = end(&mut connected.connection).await.map_err(OpenError::unreachable)?;
        connected.confirm(&address, options.patience).await?;
        let recent = Arc::new(Recent::new(end.position, options.recent));
        let (news, failure) = (Arc::new(Heard::default()), Failure::default());
        let (queue, jobs) = mpsc::unbounded_channel();
        let shared = Shared { recent: recent.clone(), heard: news.clone(), failure: failure.clone() };
        let (writer, head) = Writer::new(address.clone(), connected, end, jobs, shared, options.clone());
        Ok(Self {
            head,
            recent,
            queue: Mutex::new(Some(queue)),
            room: Room::new(options.queue_bytes, options.append_patience),
            readers: readers::pool(&address, options.readers),
            apart: Mutex::default(),
            failure,
            writer: Mutex::new(Some(tokio::spawn(writer.run()))),
            listener: tokio::spawn(listen(readers::pool(&address, 1), news)),
            address,
            options,
        })
    }

    /// Why nothing can be written at present, if so; reading may go on. For health checks.
    pub fn failure(&self) -> Option<SharedError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until everything is known here that was committed before the call, by whichever node.
    pub async fn catch_up(&self) -> Result<(), LedgerError> {
        let patience = self.options.patience;
        let end = || async {
            let end = sqlx::query(HEAD).fetch_one(&self.readers).await.and_then(|row| row.try_get(0));
            Ok(Position(number(end.map_err(LedgerError::unavailable)?)))
        };
        let end = pooled(patience, end).await?;
        self.knows(end).await
    }

    /// Waits until the head is there. What is beyond it can be seen in the database, and may be lost all the same.
    async fn knows(&self, position: Position) -> Result<(), LedgerError> {
        let mut head = self.watch();
        let reached = readers::within(self.options.patience, async {
            head.wait_for(|head| *head >= position).await.map(drop).map_err(|_| LedgerError::ShuttingDown)
        });
        reached.await
    }

    /// The same ledger for somebody who reads over so many connections of their own, which are made at once and kept:
    /// whoever takes all others, here or elsewhere, does not hold them up.
    pub fn apart(self: &Arc<Self>, readers: u32) -> Apart {
        let pool = readers::kept_pool(&self.address, readers);
        self.apart.lock().unwrap_or_else(PoisonError::into_inner).push(pool.clone());
        Apart { ledger: self.clone(), readers: pool }
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
        let apart = std::mem::take(&mut *self.apart.lock().unwrap_or_else(PoisonError::into_inner));
        for readers in [&self.readers].into_iter().chain(&apart) {
            readers.close().await;
        }
    }

    fn lock_queue(&self) -> std::sync::MutexGuard<'_, Option<mpsc::UnboundedSender<Job>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hand_over(&self, job: Job) -> Result<(), LedgerError> {
        let queue = self.lock_queue();
        let queue = queue.as_ref().ok_or(LedgerError::ShuttingDown)?;
        queue.send(job).map_err(|_| LedgerError::ShuttingDown)
    }
}

const HEAD: &str = "SELECT coalesce(max(position), 0) FROM hookledger.records";

/// The position of the last record that is committed.
pub(super) async fn head(connection: &mut PgConnection) -> Result<Position, sqlx::Error> {
    let query = sqlx::query(HEAD);
    Ok(Position(number(query.fetch_one(connection).await?.try_get(0)?)))
}

/// The last record that is committed; neither where there is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) position: Position,
    pub(super) record: Option<RecordId>,
}

/// Where the ledger ends.
pub(super) async fn end(connection: &mut PgConnection) -> Result<End, sqlx::Error> {
    const END: &str = "SELECT position, record_id FROM hookledger.records ORDER BY position DESC LIMIT 1";
    let Some(row) = sqlx::query(END).fetch_optional(connection).await? else {
        return Ok(End { position: Position::START, record: None });
    };
    let record = Some(RecordId::from_uuid(row.try_get(1)?));
    Ok(End { position: Position(number(row.try_get(0)?)), record })
}

/// Which record is at this position.
pub(super) async fn at(
    connection: &mut PgConnection,
    position: Position,
) -> Result<Option<RecordId>, sqlx::Error> {
    const AT: &str = "SELECT record_id FROM hookledger.records WHERE position = $1";
    let row = sqlx::query(AT).bind(integer(position.0)).fetch_optional(connection).await?;
    row.map(|row| row.try_get(0).map(RecordId::from_uuid)).transpose()
}

#[async_trait]
impl Ledger for PostgresLedger {
    async fn append(&self, batches: Vec<Batch>) -> Result<Vec<Verdict>, LedgerError> {
        self.room.append(batches, |job| self.hand_over(job)).await
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, LedgerError> {
        self.stream_over(&self.readers, stream, after, limit).await
    }

    async fn read_all(&self, after: Position, limit: usize, filter: Filter) -> Result<Page, LedgerError> {
        self.page_over(&self.readers, after, limit, filter).await
    }

    async fn read_one(&self, position: Position) -> Result<Option<Arc<Record>>, LedgerError> {
        self.one_over(&self.readers, position).await
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

/// Reading, over one pool or another.
impl PostgresLedger {
    pub(super) async fn stream_over(
        &self,
        pool: &PgPool,
        stream: StreamId,
        after: Sequence,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, LedgerError> {
        let Options { upcasters, patience, .. } = &self.options;
        let records = pooled(*patience, || readers::stream(pool, stream, after, limit, upcasters)).await?;
        if let Some(last) = records.last() {
            self.knows(last.position).await?;
        }
        Ok(records)
    }

    pub(super) async fn page_over(
        &self,
        pool: &PgPool,
        after: Position,
        limit: usize,
        filter: Filter,
    ) -> Result<Page, LedgerError> {
        let head = self.head();
        if let Some(page) = self.recent.page(after, head, limit, filter) {
            return Ok(page);
        }
        let Options { upcasters, patience, .. } = &self.options;
        pooled(*patience, || readers::page(pool, after, head, filter, limit, upcasters)).await
    }

    pub(super) async fn one_over(
        &self,
        pool: &PgPool,
        position: Position,
    ) -> Result<Option<Arc<Record>>, LedgerError> {
        if position == Position::START || position > self.head() {
            return Ok(None);
        }
        if let Some(record) = self.recent.one(position) {
            return Ok(Some(record));
        }
        let Options { upcasters, patience, .. } = &self.options;
        pooled(*patience, || readers::one(pool, position, upcasters)).await
    }
}

impl Drop for PostgresLedger {
    /// What is queued is still written, as long as the runtime lives.
    fn drop(&mut self) {
        self.listener.abort();
    }
}
