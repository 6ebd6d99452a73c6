//! Reading a ledger in `SQLite` from end to end.
//!
//! *Alone*, it holds the folder's lock: no server can start meanwhile. *Beside* a server it only reads, as the server's own
//! readers do, a page at a time, so that the write-ahead log can be moved in between. What is committed is on the disk
//! before anybody can read it, so nothing is copied that a crash could take back.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::Position;
use rusqlite::{Connection, Row, params};
use tokio::task::JoinError;

use crate::copy::port::{PAGE_BYTES, PAGE_RECORDS, Side, Totals};
use crate::outcome::LedgerError;
use crate::record::Record;
use crate::sqlite::file::{self, OpenError, Opened};
use crate::sqlite::lock::FolderLock;
use crate::sqlite::row::{self, integer};
use crate::upcast::Upcasters;

const PAGE: &str = "SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, \
                    metadata, record_id, tenant, recorded_at FROM records \
                    WHERE position > ?1 AND position <= ?2 ORDER BY position LIMIT ?3";
const HEAD: &str = "SELECT coalesce(max(position), 0) FROM records";
/// The key of places in streams is an index that has all of this.
const TOTALS: &str = "SELECT coalesce(sum(records), 0), count(*), coalesce(sum(last), 0), \
                             coalesce((SELECT min(position) FROM records), 0), \
                             coalesce((SELECT max(position) FROM records), 0) \
                      FROM (SELECT count(*) AS records, max(sequence) AS last FROM records \
                            GROUP BY aggregate_id, aggregate_type)";

/// The records in a folder, for a copy.
#[derive(Debug)]
pub struct SqliteSide {
    /// None once it was closed.
    connection: Arc<Mutex<Option<Connection>>>,
    upcasters: Arc<Upcasters>,
    /// Last, so that it is released after the connection has closed.
    _lock: Option<FolderLock>,
}

impl SqliteSide {
    /// The ledger in `folder`, which no server may use meanwhile. Moves what a crash left in its log into the file.
    pub fn alone(folder: &Path) -> Result<Self, OpenError> {
        file::check_there(folder)?;
        let Opened { connection, lock, .. } = file::open(folder)?;
        Ok(Self::over(connection, Some(lock)))
    }

    /// The ledger in `folder`, whether a server uses it or not.
    pub fn beside(folder: &Path) -> Result<Self, OpenError> {
        let path = file::check_there(folder)?;
        let connection = file::connect_reader(&path);
        Ok(Self::over(connection.map_err(|source| OpenError::Sqlite { path, source })?, None))
    }

    /// What `connection` leads to, in a folder that is locked if there is a `lock`.
    pub(super) fn over(connection: Connection, lock: Option<FolderLock>) -> Self {
        let connection = Arc::new(Mutex::new(Some(connection)));
        Self { connection, upcasters: Upcasters::standard(), _lock: lock }
    }

    /// Does something with the connection, on a thread that may wait; it may be taken away.
    pub(super) async fn with<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Option<Connection>) -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let connection = self.connection.clone();
        let acting = move || act(&mut connection.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(acting).await
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let reading = |connection: &mut Option<Connection>| {
            connection.as_ref().map_or(Err(LedgerError::ShuttingDown), read)
        };
        self.with(reading).await.map_err(LedgerError::unavailable)?
    }
}

#[async_trait]
impl Side for SqliteSide {
    async fn head(&self) -> Result<Position, LedgerError> {
        self.read(|connection| {
            let head = connection.query_row(HEAD, [], |row| row.get(0));
            head.map(|head| Position(number(head))).map_err(LedgerError::unavailable)
        })
        .await
    }

    async fn page(&self, after: Position, upto: Position) -> Result<Vec<Record>, LedgerError> {
        let upcasters = self.upcasters.clone();
        self.read(move |connection| page(connection, after, upto, &upcasters)).await
    }

    async fn totals(&self) -> Result<Totals, LedgerError> {
        self.read(|connection| connection.query_row(TOTALS, [], totals).map_err(LedgerError::unavailable))
            .await
    }
}

fn page(
    connection: &Connection,
    after: Position,
    upto: Position,
    upcasters: &Arc<Upcasters>,
) -> Result<Vec<Record>, LedgerError> {
    let mut statement = connection.prepare_cached(PAGE).map_err(LedgerError::unavailable)?;
    let range = params![integer(after.0), integer(upto.0), integer(PAGE_RECORDS as u64)];
    let mut rows = statement.query(range).map_err(LedgerError::unavailable)?;
    let (mut records, mut bytes) = (Vec::new(), 0);
    while bytes < PAGE_BYTES {
        let Some(row) = rows.next().map_err(LedgerError::unavailable)? else { break };
        let record = exactly(row, row::read(row, upcasters)?)?;
        bytes += record.weight();
        records.push(record);
    }
    Ok(records)
}

/// Instants outside of the range of the type are read as its ends; a copy would keep that.
fn exactly(row: &Row<'_>, record: Record) -> Result<Record, LedgerError> {
    let stored: i64 = row.get(10).map_err(LedgerError::unavailable)?;
    if stored == record.recorded_at.as_micros() {
        return Ok(record);
    }
    let reason = format!("records.recorded_at is {stored}, which is out of range");
    Err(LedgerError::Damaged { position: record.position, reason })
}

fn totals(row: &Row<'_>) -> rusqlite::Result<Totals> {
    let number = |column| row.get(column).map(number);
    Ok(Totals {
        records: number(0)?,
        streams: number(1)?,
        sequences: number(2)?,
        first: Position(number(3)?),
        last: Position(number(4)?),
    })
}

/// A number of `SQLite`'s, none of which is negative.
pub(super) fn number(integer: i64) -> u64 {
    u64::try_from(integer).unwrap_or(0)
}
