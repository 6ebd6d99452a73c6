//! Reading: a few read-only connections, used on the runtime's blocking threads.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use domain::{Position, Sequence, StreamId};
use rusqlite::{Connection, Rows, params};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::file::connect_reader;
use super::row::{self, integer, kind_bits, kind_number};
use crate::filter::{Filter, Kinds};
use crate::outcome::LedgerError;
use crate::page::{Filling, Page};
use crate::record::Record;
use crate::store::bounds;
use crate::upcast::Upcasters;

/// How long a read waits for a connection before it is refused as overloaded.
const PATIENCE: Duration = Duration::from_secs(5);
/// When trying again may help.
const RETRY_AFTER: Duration = Duration::from_secs(1);

#[derive(Debug, Clone)]
pub(super) struct Readers {
    pool: Arc<Pool>,
}

#[derive(Debug)]
struct Pool {
    path: PathBuf,
    count: u32,
    /// One for each connection that may be in use.
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    /// Read while a connection is in use; written while there must be none.
    open: RwLock<()>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, count: usize) -> Self {
        let count = u32::try_from(count.clamp(1, 64)).expect("at most 64");
        let turns = Arc::new(Semaphore::new(count as usize));
        Self { pool: Arc::new(Pool { path, count, turns, idle: Mutex::default(), open: RwLock::default() }) }
    }

    /// Runs `read` on a connection when there is one to spare.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let turn = match timeout(PATIENCE, self.pool.turns.clone().acquire_owned()).await {
            Ok(Ok(turn)) => turn,
            Ok(Err(_closed)) => return Err(LedgerError::ShuttingDown),
            Err(_elapsed) => return Err(LedgerError::Overloaded { retry_after: RETRY_AFTER }),
        };
        let pool = self.pool.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let result = pool.with_connection(read);
            drop(turn);
            result
        });
        reading.await.map_err(LedgerError::unavailable)?
    }

    /// Waits for reads to end and closes every connection; later reads are refused.
    pub(super) async fn close(&self) {
        let turns = self.pool.turns.acquire_many(self.pool.count).await;
        self.pool.turns.close();
        drop(turns);
        self.pool.lock().clear();
    }

    /// Does `work` while no connection is open: waits for reads to end, and has later ones wait. Blocks.
    pub(super) fn without<T>(&self, work: impl FnOnce() -> T) -> T {
        let _none = self.pool.open.write().unwrap_or_else(PoisonError::into_inner);
        self.pool.lock().clear();
        work()
    }

    /// Closes every connection that is not in use; later reads are refused.
    pub(super) fn abandon(&self) {
        self.pool.turns.close();
        self.pool.lock().clear();
    }
}

impl Pool {
    fn with_connection<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let _open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let idle = self.lock().pop();
        let connection =
            idle.map_or_else(|| connect_reader(&self.path), Ok).map_err(LedgerError::unavailable)?;
        let result = read(&connection);
        // One that failed is not used again.
        if !matches!(result, Err(LedgerError::Unavailable(_))) {
            self.lock().push(connection);
        }
        result
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The records of `stream` after `after`.
pub(super) fn stream(
    connection: &Connection,
    stream: StreamId,
    after: Sequence,
    limit: usize,
    upcasters: &Arc<Upcasters>,
) -> Result<Vec<Arc<Record>>, LedgerError> {
    const SQL: &str = "SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, \
                       payload, metadata, record_id, tenant, recorded_at FROM records \
                       WHERE aggregate_id = ?1 AND aggregate_type = ?2 AND sequence > ?3 ORDER BY sequence LIMIT ?4";
    let mut filling = Filling::new(limit);
    let room = integer(filling.room() as u64);
    let mut statement = connection.prepare_cached(SQL).map_err(LedgerError::unavailable)?;
    let key = params![&stream.uuid.as_bytes()[..], kind_number(stream.kind), integer(after.0), room];
    fill(&mut filling, statement.query(key), upcasters)?;
    Ok(filling.into_records())
}

/// The records that `filter` wants after `after` and up to `head`.
pub(super) fn page(
    connection: &Connection,
    after: Position,
    head: Position,
    filter: Filter,
    limit: usize,
    upcasters: &Arc<Upcasters>,
) -> Result<Page, LedgerError> {
    const EVERY: &str = "SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, \
                         payload, metadata, record_id, tenant, recorded_at FROM records \
                         WHERE position > ?1 AND position <= ?2 AND (?3 >> aggregate_type) & 1 \
                         ORDER BY position LIMIT ?4";
    // The planner would rather walk the table; the terms must be those of the partial index.
    const CONTROL: &str = "SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, \
                           payload, metadata, record_id, tenant, recorded_at FROM records \
                           INDEXED BY control_records \
                           WHERE aggregate_type < 32 AND position > ?1 AND position <= ?2 \
                           AND (?3 >> aggregate_type) & 1 ORDER BY position LIMIT ?4";
    let scan_end = Position(after.0.saturating_add(bounds::PAGE_SCAN)).min(head);
    let (sql, kinds, bound) = match filter {
        Filter::All => (EVERY, i64::MAX, head),
        Filter::Kinds(kinds) if kinds.within(Kinds::CONTROL) => (CONTROL, kind_bits(kinds), head),
        Filter::Kinds(kinds) => (EVERY, kind_bits(kinds), scan_end),
    };
    let mut filling = Filling::new(limit);
    let room = integer(filling.room() as u64);
    let mut statement = connection.prepare_cached(sql).map_err(LedgerError::unavailable)?;
    let range = params![integer(after.0), integer(bound.0), kinds, room];
    fill(&mut filling, statement.query(range), upcasters)?;
    Ok(filling.into_page(after, bound))
}

/// The record at `position`.
pub(super) fn one(
    connection: &Connection,
    position: Position,
    upcasters: &Arc<Upcasters>,
) -> Result<Option<Arc<Record>>, LedgerError> {
    let before = Position(position.0.saturating_sub(1));
    let page = page(connection, before, position, Filter::All, 1, upcasters)?;
    Ok(page.records.into_iter().next())
}

fn fill(
    filling: &mut Filling,
    rows: rusqlite::Result<Rows<'_>>,
    upcasters: &Arc<Upcasters>,
) -> Result<(), LedgerError> {
    let mut rows = rows.map_err(LedgerError::unavailable)?;
    while !filling.is_full() {
        let Some(row) = rows.next().map_err(LedgerError::unavailable)? else { break };
        filling.push(Arc::new(row::read(row, upcasters)?));
    }
    Ok(())
}
