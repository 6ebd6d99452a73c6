//! Filling a ledger in `SQLite`.
//!
//! It is filled under a name that no server looks for, with a table that tells from which source, and gets its name at the
//! end. The folder is locked meanwhile.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use domain::{Position, RecordId};
use rusqlite::{Connection, OptionalExtension, Statement, params};
use uuid::Uuid;

use super::side::{SqliteSide, number};
use crate::copy::port::{Compared, Side, Target, Totals};
use crate::copy::{CopyError, Digest};
use crate::outcome::LedgerError;
use crate::record::Record;
use crate::sqlite::file::{self, OpenError, Opened};
use crate::sqlite::row::{integer, kind_number};

const MARKED: &str = "SELECT count(*) FROM sqlite_schema WHERE name = 'copy_under_way'";
const MARK: &str = "CREATE TABLE copy_under_way (first BLOB NOT NULL, upto INTEGER NOT NULL, records INTEGER NOT NULL, \
                    digest BLOB NOT NULL) STRICT";
const ENTER: &str =
    "INSERT INTO copy_under_way (first, upto, records, digest) VALUES (?1, 0, 0, zeroblob(32))";
const FIND: &str = "SELECT first, upto, records, digest FROM copy_under_way";
const NOTE: &str = "UPDATE copy_under_way SET upto = ?1, records = ?2, digest = ?3";
const HEAD: &str = "SELECT max(position) FROM records";
const INSERT: &str = "INSERT INTO records (position, aggregate_type, aggregate_id, sequence, event_type, event_version, \
                      payload, metadata, record_id, tenant, recorded_at) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

/// A ledger in a folder, for a copy into it.
#[derive(Debug)]
pub struct SqliteTarget {
    side: SqliteSide,
    folder: PathBuf,
}

impl SqliteTarget {
    /// The ledger that is to be made in `folder`, which is made if need be and must not have one.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let Opened { connection, lock, .. } = file::open_filled(folder)?;
        Ok(Self { side: SqliteSide::over(connection, Some(lock)), folder: folder.to_owned() })
    }

    async fn write_with<T: Send + 'static>(
        &self,
        write: impl FnOnce(&mut Connection) -> Result<T, CopyError> + Send + 'static,
    ) -> Result<T, CopyError> {
        let writing = |connection: &mut Option<Connection>| match connection {
            Some(connection) => write(connection),
            None => Err(CopyError::Unavailable(Arc::new(LedgerError::ShuttingDown))),
        };
        self.side.with(writing).await.map_err(|error| CopyError::Unavailable(Arc::new(error)))?
    }
}

#[async_trait]
impl Side for SqliteTarget {
    async fn head(&self) -> Result<Position, LedgerError> {
        self.side.head().await
    }

    async fn page(&self, after: Position, upto: Position) -> Result<Vec<Record>, LedgerError> {
        self.side.page(after, upto).await
    }

    async fn totals(&self) -> Result<Totals, LedgerError> {
        self.side.totals().await
    }
}

#[async_trait]
impl Target for SqliteTarget {
    async fn begin(&self, first: RecordId) -> Result<Compared, CopyError> {
        self.write_with(move |connection| {
            let Some((of, compared)) = find(connection).map_err(failed)? else {
                return enter(connection, first);
            };
            if of == first.uuid() { Ok(compared) } else { Err(CopyError::OfAnother) }
        })
        .await
    }

    async fn write(&self, records: Vec<Record>) -> Result<(), CopyError> {
        self.write_with(move |connection| {
            let transaction = connection.transaction().map_err(failed)?;
            let mut refused = Ok(());
            {
                let mut insert = transaction.prepare_cached(INSERT).map_err(failed)?;
                for record in &records {
                    refused = put(&mut insert, record);
                    if refused.is_err() {
                        break;
                    }
                }
            }
            // Those before the one that was refused are good.
            transaction.commit().map_err(failed)?;
            refused
        })
        .await
    }

    async fn note(&self, compared: Compared) -> Result<(), CopyError> {
        self.write_with(move |connection| {
            let note = params![integer(compared.upto.0), integer(compared.records), &compared.digest.0[..]];
            connection.execute(NOTE, note).map(drop).map_err(failed)
        })
        .await
    }

    async fn finish(&self, _last: Position) -> Result<(), CopyError> {
        let folder = self.folder.clone();
        let finishing = move |connection: &mut Option<Connection>| {
            let connection = connection.take().ok_or_else(|| io::Error::other("it was finished before"))?;
            connection.execute_batch("DROP TABLE copy_under_way; ANALYZE").map_err(io::Error::other)?;
            file::close_writer(connection).map_err(io::Error::other)?;
            file::settle_filled(&folder)
        };
        let finished = self.side.with(finishing).await;
        let finished = finished.map_err(|error| CopyError::Unavailable(Arc::new(error)))?;
        finished.map_err(|error| CopyError::Unavailable(Arc::new(error)))
    }
}

/// Of which source the copy is that was begun, and how far it was compared.
fn find(connection: &Connection) -> rusqlite::Result<Option<(Uuid, Compared)>> {
    if connection.query_row(MARKED, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(None);
    }
    let read = |row: &rusqlite::Row<'_>| {
        let (first, digest): ([u8; 16], [u8; 32]) = (row.get(0)?, row.get(3)?);
        let (upto, records) = (Position(number(row.get(1)?)), number(row.get(2)?));
        Ok((Uuid::from_bytes(first), Compared { upto, records, digest: Digest(digest) }))
    };
    connection.query_row(FIND, [], read).map(Some)
}

/// Marks an empty file.
fn enter(connection: &mut Connection, first: RecordId) -> Result<Compared, CopyError> {
    let head: Option<i64> =
        connection.query_row(HEAD, [], |row| row.get(0)).optional().map_err(failed)?.flatten();
    if let Some(head) = head {
        return Err(CopyError::Occupied { head: Position(number(head)) });
    }
    let transaction = connection.transaction().map_err(failed)?;
    transaction.execute_batch(MARK).map_err(failed)?;
    transaction.execute(ENTER, params![&first.uuid().as_bytes()[..]]).map_err(failed)?;
    transaction.commit().map_err(failed)?;
    Ok(Compared::default())
}

fn put(insert: &mut Statement<'_>, record: &Record) -> Result<(), CopyError> {
    let put = insert.execute(params![
        integer(record.position.0),
        kind_number(record.stream.kind),
        &record.stream.uuid.as_bytes()[..],
        integer(record.sequence.0),
        &*record.record_type,
        record.version,
        &*record.payload,
        &*record.metadata,
        &record.id.uuid().as_bytes()[..],
        &record.tenant.uuid().as_bytes()[..],
        record.recorded_at.as_micros(),
    ]);
    put.map(drop).map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => {
            CopyError::Refused { position: record.position, source: Arc::new(error) }
        }
        _ => failed(error),
    })
}

fn failed(error: rusqlite::Error) -> CopyError {
    CopyError::Unavailable(Arc::new(error))
}
