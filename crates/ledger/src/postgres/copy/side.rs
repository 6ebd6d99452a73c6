//! Reading a ledger in PostgreSQL from end to end, over one session.
//!
//! *Alone*, that session holds the writers' turn, so nobody writes meanwhile; servers that are connected must be stopped
//! first. *Beside* servers it only reads.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Position;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, Row};
use tokio::sync::Mutex;

use crate::copy::port::{PAGE_BYTES, PAGE_RECORDS, Side, Totals};
use crate::outcome::LedgerError;
use crate::postgres::connect::{OpenError, explained, refuse_standby};
use crate::postgres::row::number;
use crate::postgres::{migrate, readers, store};
use crate::record::Record;
use crate::upcast::Upcasters;

/// Bounds on what this may hold up. Counting everything may take as long as it takes.
const SESSION: &str = "SET lock_timeout = '5s'; SET statement_timeout = 0; \
                       SET idle_in_transaction_session_timeout = '10s'; SET client_connection_check_interval = '2s'; \
                       SELECT set_config('synchronous_commit', 'on', false) \
                       WHERE current_setting('synchronous_commit') = 'off'";
/// The writers' turn, until the session ends: see `migrations/0001_records.sql`.
const TURN: &str = "SELECT pg_advisory_lock(1212894279)";
const MARKED: &str = "SELECT to_regclass('hookledger.copy_under_way') IS NOT NULL";
/// Sessions of servers; their name is what [`crate::postgres::PostgresLedger::open`] gives them.
const SERVERS: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name IN ('hookledger', 'hookledger leases', 'hookledger views')";
const TOTALS: &str = include_str!("../queries/copy_totals.sql");

/// The records in a database, for a copy.
#[derive(Debug)]
pub struct PostgresSide {
    session: Mutex<PgConnection>,
    upcasters: Arc<Upcasters>,
}

impl PostgresSide {
    /// The ledger in the database at `address`, which no server may use meanwhile.
    pub async fn alone(address: PgConnectOptions) -> Result<Self, OpenError> {
        let mut session = open(&address).await?;
        let count = session.fetch_one(SERVERS).await.and_then(|row| row.try_get(0)).map_err(explained)?;
        if count > 0_i64 {
            return Err(OpenError::InUse { sessions: number(count) });
        }
        take_turn(&mut session).await.map_err(explained)?;
        Ok(Self::over(session))
    }

    /// The same, whether servers use it or not.
    pub async fn beside(address: PgConnectOptions) -> Result<Self, OpenError> {
        open(&address).await.map(Self::over)
    }

    pub(super) fn over(session: PgConnection) -> Self {
        Self { session: Mutex::new(session), upcasters: Upcasters::standard() }
    }
}

/// A session with a ledger that is whole.
async fn open(address: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    migrate::check(address).await?;
    let mut session = connect(address).await.map_err(explained)?;
    if is_under_way(&mut session).await.map_err(explained)? {
        return Err(OpenError::CopyUnderWay);
    }
    Ok(session)
}

/// A session for copying.
pub(super) async fn connect(address: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    // Counting everything is slow, and nobody has to be warned of it.
    let address = address.clone().application_name("hookledger copy").disable_statement_logging();
    let mut session = PgConnection::connect_with(&address).await?;
    refuse_standby(&mut session).await?;
    session.execute(SESSION).await?;
    Ok(session)
}

/// Keeps everybody else from writing for as long as the session lives.
pub(super) async fn take_turn(session: &mut PgConnection) -> Result<(), sqlx::Error> {
    session.execute(TURN).await.map(drop)
}

/// Whether the ledger is being filled, so that no server may use it.
pub(in crate::postgres) async fn is_under_way(session: &mut PgConnection) -> Result<bool, sqlx::Error> {
    session.fetch_one(MARKED).await?.try_get(0)
}

#[async_trait]
impl Side for PostgresSide {
    async fn head(&self) -> Result<Position, LedgerError> {
        store::head(&mut *self.session.lock().await).await.map_err(LedgerError::unavailable)
    }

    async fn page(&self, after: Position, upto: Position) -> Result<Vec<Record>, LedgerError> {
        let mut session = self.session.lock().await;
        let bounds = (PAGE_RECORDS, PAGE_BYTES);
        readers::page_for_copy(&mut *session, (after, upto), bounds, &self.upcasters).await
    }

    async fn totals(&self) -> Result<Totals, LedgerError> {
        let mut session = self.session.lock().await;
        let row = session.fetch_one(TOTALS).await.map_err(LedgerError::unavailable)?;
        let number = |column| row.try_get(column).map(number).map_err(LedgerError::unavailable);
        Ok(Totals {
            records: number(0)?,
            streams: number(1)?,
            sequences: number(2)?,
            first: Position(number(3)?),
            last: Position(number(4)?),
        })
    }
}
