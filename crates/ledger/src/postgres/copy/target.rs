//! Filling a ledger in PostgreSQL.
//!
//! One session writes. It holds the writers' turn for as long as it lives, so nobody else's records come in between. A
//! table (`queries/copy_mark.sql`) marks a ledger that is being filled; it is made before the first record and dropped
//! after the last look, and servers refuse a ledger that has it. A second session reads what was written.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Position, RecordId};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Executor, PgConnection, Row};
use tokio::sync::Mutex;

use super::binary::{COPY, encode};
use super::side::{PostgresSide, connect, is_under_way, take_turn};
use crate::copy::port::{Compared, Side, Target, Totals};
use crate::copy::{CopyError, Digest};
use crate::outcome::LedgerError;
use crate::postgres::connect::{OpenError, blames_records, code, explained};
use crate::postgres::row::{integer, number};
use crate::postgres::{migrate, store};
use crate::record::Record;

const OWNED: &str = "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = 'hookledger.records'::regclass";
const MARK: &str = include_str!("../queries/copy_mark.sql");
const FIND: &str = "SELECT first, upto, records, digest FROM hookledger.copy_under_way";
const ENTER: &str =
    "INSERT INTO hookledger.copy_under_way (first, upto, records, digest) VALUES ($1, $2, $3, $4)";
const NOTE: &str = "UPDATE hookledger.copy_under_way SET upto = $1, records = $2, digest = $3";

/// A ledger in a database, for a copy into it.
#[derive(Debug)]
pub struct PostgresTarget {
    writer: Mutex<PgConnection>,
    side: PostgresSide,
}

impl PostgresTarget {
    /// Connects to the database at `address`, whose schema is brought up to date, as its owner.
    pub async fn open(address: PgConnectOptions) -> Result<Self, OpenError> {
        migrate::migrate(&address).await?;
        let writer = connect(&address).await.map_err(explained)?;
        let reader = connect(&address).await.map_err(explained)?;
        Ok(Self { writer: Mutex::new(writer), side: PostgresSide::over(reader) })
    }
}

#[async_trait]
impl Side for PostgresTarget {
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
impl Target for PostgresTarget {
    async fn begin(&self, first: RecordId) -> Result<Compared, CopyError> {
        let mut writer = self.writer.lock().await;
        let owned: bool = writer.fetch_one(OWNED).await.and_then(|row| row.try_get(0)).map_err(failed)?;
        if !owned {
            return Err(CopyError::Forbidden);
        }
        take_turn(&mut writer).await.map_err(failed)?;
        if is_under_way(&mut writer).await.map_err(failed)? {
            return go_on(&mut writer, first).await;
        }
        match store::head(&mut writer).await.map_err(failed)? {
            Position::START => enter(&mut writer, first).await.map_err(failed),
            head => Err(CopyError::Occupied { head }),
        }
    }

    async fn write(&self, records: Vec<Record>) -> Result<(), CopyError> {
        let mut writer = self.writer.lock().await;
        // What is refused is halved until the record that is to blame is alone; those before it are written.
        let mut rest = vec![&records[..]];
        while let Some(part) = rest.pop() {
            match (insert(&mut writer, part).await, part) {
                (Ok(()), _) => {}
                (Err(error), [record]) if blames_records(&error) => {
                    return Err(CopyError::Refused { position: record.position, source: Arc::new(error) });
                }
                (Err(error), part) if blames_records(&error) => {
                    let (first, second) = part.split_at(part.len() / 2);
                    rest.extend([second, first]);
                }
                (Err(error), _) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    async fn note(&self, compared: Compared) -> Result<(), CopyError> {
        let note = sqlx::query(NOTE).bind(integer(compared.upto.0)).bind(integer(compared.records));
        let note = note.bind(compared.digest.0.to_vec());
        note.execute(&mut *self.writer.lock().await).await.map(drop).map_err(failed)
    }

    async fn finish(&self, last: Position) -> Result<(), CopyError> {
        let mut writer = self.writer.lock().await;
        make_ready(&mut writer, last).await.map_err(failed)?;
        // Readers plan by what the table is like; without this, as if it were empty.
        writer.execute("ANALYZE hookledger.records").await.map(drop).map_err(failed)
    }
}

/// Goes on with a copy of the same source.
async fn go_on(writer: &mut PgConnection, first: RecordId) -> Result<Compared, CopyError> {
    let row = writer.fetch_one(FIND).await.map_err(failed)?;
    let read = || -> Result<(uuid::Uuid, Compared), sqlx::Error> {
        let digest: Vec<u8> = row.try_get(3)?;
        let digest = digest.try_into().map_err(|_| sqlx::Error::Decode("a digest has 32 bytes".into()))?;
        let (upto, records) = (Position(number(row.try_get(1)?)), number(row.try_get(2)?));
        Ok((row.try_get(0)?, Compared { upto, records, digest: Digest(digest) }))
    };
    let (of, compared) = read().map_err(failed)?;
    if of == first.uuid() { Ok(compared) } else { Err(CopyError::OfAnother) }
}

/// Marks an empty ledger.
async fn enter(writer: &mut PgConnection, first: RecordId) -> Result<Compared, sqlx::Error> {
    let compared = Compared::default();
    let mut transaction = writer.begin().await?;
    transaction.execute(MARK).await?;
    let enter = sqlx::query(ENTER).bind(first.uuid()).bind(integer(compared.upto.0));
    let enter = enter.bind(integer(compared.records)).bind(compared.digest.0.to_vec());
    enter.execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(compared)
}

async fn insert(writer: &mut PgConnection, records: &[Record]) -> Result<(), sqlx::Error> {
    let mut copy = writer.copy_in_raw(COPY).await?;
    copy.send(encode(records)).await?;
    copy.finish().await.map(drop)
}

async fn make_ready(writer: &mut PgConnection, last: Position) -> Result<(), sqlx::Error> {
    let mut transaction = writer.begin().await?;
    let follow = sqlx::query("SELECT setval('hookledger.records_position_seq', $1)").bind(integer(last.0));
    follow.execute(&mut *transaction).await?;
    transaction.execute("DROP TABLE hookledger.copy_under_way").await?;
    transaction.commit().await
}

fn failed(error: sqlx::Error) -> CopyError {
    /// A lock was not to be had in time.
    const LOCKED: &str = "55P03";
    match code(&error) {
        Some(LOCKED) => CopyError::Busy(Arc::new(error)),
        Some("42501") => CopyError::Forbidden,
        _ => CopyError::Unavailable(Arc::new(error)),
    }
}
