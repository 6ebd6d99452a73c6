//! The records of a ledger as they are stored, wherever that is: read with SQL, and with no crate of the server.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rusqlite::{Connection, OpenFlags};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, Row as _};

use super::history::{History, type_id};
use super::views::{self, Dump};

/// The numbers under which a file stores what streams describe.
const EVENT: i64 = 32;
const DELIVERY: i64 = 33;

const FROM_FILE: &str = "SELECT position, aggregate_type, aggregate_id, sequence, record_id, payload, metadata \
                         FROM records ORDER BY position";
const FROM_DATABASE: &str = "SELECT position, aggregate_type, aggregate_id, sequence, record_id, payload::text, \
                             metadata::text FROM hookledger.records ORDER BY position";

/// Where a ledger and its views are, which no server uses.
#[derive(Debug, Clone)]
pub enum Store {
    /// In files in a data folder.
    Files(PathBuf),
    /// In a database.
    Database(Box<PgConnectOptions>),
}

/// What a stream describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Event,
    Delivery,
    /// Something that the check does not look into.
    Other,
}

/// One record.
pub(super) struct Record {
    pub(super) position: u64,
    pub(super) kind: Kind,
    /// The stream's id as the API writes it, or whatever tells it apart.
    pub(super) stream: String,
    pub(super) sequence: u64,
    pub(super) id: Vec<u8>,
    pub(super) payload: String,
    pub(super) metadata: String,
}

impl Store {
    /// Reads the ledger.
    pub async fn history(&self) -> Result<History> {
        match self {
            Self::Files(data) => from_file(data),
            Self::Database(options) => from_database(options).await,
        }
    }

    /// Reads the views.
    pub async fn dump(&self) -> Result<Dump> {
        match self {
            Self::Files(data) => views::from_file(data),
            Self::Database(options) => views::from_database(options).await,
        }
    }
}

/// The last position in the ledger of a data folder, which no server uses.
pub fn head(data: &Path) -> Result<u64> {
    let connection = open(data)?;
    Ok(connection.query_row("SELECT coalesce(max(position), 0) FROM records", [], |row| row.get(0))?)
}

fn open(data: &Path) -> Result<Connection> {
    let path = data.join("ledger.db");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags)?;
    connection.pragma_update(None, "query_only", "on")?;
    Ok(connection)
}

fn from_file(data: &Path) -> Result<History> {
    let connection = open(data)?;
    let mut history = History::default();
    let sound: String = connection.query_row("PRAGMA quick_check", [], |row| row.get(0))?;
    if sound != "ok" {
        history.problems.push(format!("SQLite finds it damaged: {sound}"));
    }
    let mut statement = connection.prepare(FROM_FILE)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, stream): (i64, [u8; 16]) = (row.get(1)?, row.get(2)?);
        let (kind, stream) = match kind {
            EVENT => (Kind::Event, type_id("evt", stream)),
            DELIVERY => (Kind::Delivery, type_id("dlv", stream)),
            kind => (Kind::Other, format!("{kind} {}", hex::encode(stream))),
        };
        let (sequence, id, payload, metadata) = (row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
        let position = row.get(0)?;
        history.add(Record { position, kind, stream, sequence, id, payload, metadata }, Gaps::None)?;
    }
    Ok(history)
}

async fn from_database(options: &PgConnectOptions) -> Result<History> {
    let mut connection = PgConnection::connect_with(options).await?;
    let mut history = History::default();
    for row in sqlx::query(FROM_DATABASE).fetch_all(&mut connection).await? {
        let number = |index| Ok::<_, anyhow::Error>(row.try_get::<i64, _>(index)?.unsigned_abs());
        let (kind, stream): (&str, &str) = (row.try_get(1)?, row.try_get(2)?);
        let kind = match kind {
            "event" => Kind::Event,
            "delivery" => Kind::Delivery,
            _ => Kind::Other,
        };
        let (id, payload): (uuid::Uuid, String) = (row.try_get(4)?, row.try_get(5)?);
        let record = Record {
            position: number(0)?,
            kind,
            stream: stream.to_owned(),
            sequence: number(3)?,
            id: id.as_bytes().to_vec(),
            payload,
            metadata: row.try_get(6)?,
        };
        history.add(record, Gaps::Allowed).context("a record in the database")?;
    }
    Ok(history)
}

/// Whether positions may be passed over: a transaction of PostgreSQL that is undone keeps those that it drew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gaps {
    None,
    Allowed,
}
