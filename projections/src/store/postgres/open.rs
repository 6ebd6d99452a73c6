//! Opening: the schema is there, its format is known, and nobody else writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use ledger::postgres::explained;
use sqlx::postgres::{PgArguments, PgConnectOptions};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::session::Session;
use crate::store::Columns;
use crate::store::connection::{self, Connection, Row};
use crate::store::error::{Fault, OpenError, has_code};
use crate::store::file::FORMAT;

/// The writer looks rows up by key, whatever the statistics of a table say that was made a moment ago; and what is lost
/// in a crash is folded again.
const WRITER: &str = "SET search_path = hookledger_views; \
     SET synchronous_commit = off; \
     SET statement_timeout = '5min'; \
     SET idle_in_transaction_session_timeout = '30s'; \
     SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; \
     SET plan_cache_mode = force_generic_plan";

/// Lists are planned by the values that they are asked with. They come in the order of an index, also while the
/// statistics say that there is hardly anything to sort.
const READER: &str = "SET search_path = hookledger_views; \
     SET default_transaction_read_only = on; \
     SET enable_seqscan = off; SET enable_sort = off; SET jit = off; \
     SET plan_cache_mode = force_custom_plan";

/// Whether there is a lease as told.
const LEASE: &str = "SELECT 1 FROM hookledger.leases WHERE";

/// Ends whoever has the writer's lock, if there is a lease as told. Not under the role of nodes, which may not.
const END_FORMER: &str = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks \
     WHERE locktype = 'advisory' AND classid = 0 AND objid = 1212894281 AND objsubid = 1 AND granted \
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND EXISTS";

/// The longest statement of the writer, such as forgetting everything that waits for a subscription.
const WRITE_TIME_MAX: Duration = Duration::from_mins(5);

/// How much of a database the views may take.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseOptions {
    /// Connections that read at the same time; further reads wait. One more writes.
    pub readers: usize,
    /// How long a query may run.
    pub query_time_max: Duration,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self { readers: 4, query_time_max: Duration::from_secs(5) }
    }
}

/// Where the views are, and how to get there again.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    address: PgConnectOptions,
    pub(crate) options: DatabaseOptions,
    runtime: Handle,
    /// Where several nodes share the views: which of them may write.
    fence: Option<Arc<Fence>>,
}

/// The lease of a node on writing the views.
#[derive(Debug)]
pub(crate) struct Fence {
    holder: Uuid,
    /// 0 while it has none.
    epoch: AtomicI64,
}

impl Fence {
    /// Of the node called `holder`, which has no lease yet.
    pub(crate) const fn of(holder: Uuid) -> Self {
        Self { holder, epoch: AtomicI64::new(0) }
    }

    /// Takes note of the epoch of the lease, or that there is none any more.
    pub(crate) fn set(&self, epoch: Option<i64>) {
        self.epoch.store(epoch.unwrap_or(0), Ordering::Release);
    }

    /// Picks the lease from its table as long as it is good; none if the node has none.
    fn condition(&self) -> Option<String> {
        let (holder, epoch) = (self.holder, self.epoch.load(Ordering::Acquire));
        let good = format!(
            "name = 'views' AND holder = '{holder}' AND epoch = {epoch} AND expires_at > clock_timestamp()"
        );
        (epoch != 0).then_some(good)
    }
}

impl Database {
    /// A session that only reads, and for as long as a query may.
    pub(crate) fn reader(&self) -> Result<connection::Session, Fault> {
        let limit = self.options.query_time_max;
        let settings = format!("{READER}; SET statement_timeout = {}", limit.as_millis());
        let session = Session::connect(&self.runtime, &self.address, ("", &settings), limit)?;
        Ok(connection::Session::Postgres(session))
    }

    /// The session that writes; none if another process has it.
    ///
    /// Where there is a fence, it is for the holder of the lease alone: it ends the session of whoever wrote before, and looks
    /// at the lease once more when it has the lock. So a session that writes was begun by the holder, and a former holder
    /// has none.
    pub(crate) fn writer(&self) -> Result<Option<connection::Session>, Fault> {
        /// The server may take a moment to notice that the session before this one has ended.
        const LOCK: &str =
            "SET lock_timeout = '3s'; SELECT pg_advisory_lock(1212894281); SET lock_timeout = '30s'";
        let lease = match &self.fence {
            Some(fence) => match fence.condition() {
                Some(lease) => Some(lease),
                None => return Ok(None),
            },
            None => None,
        };
        let end_former = lease.as_ref().map(|lease| format!("{END_FORMER} ({LEASE} {lease})"));
        let first = end_former.as_deref().unwrap_or("");
        let session = Session::connect(&self.runtime, &self.address, (first, WRITER), WRITE_TIME_MAX)?;
        match session.batch(LOCK) {
            Ok(()) => {
                let good = |lease: String| session.rows(&format!("{LEASE} {lease}"), PgArguments::default());
                let good = lease.map(good).transpose()?.is_none_or(|found| !found.is_empty());
                Ok(good.then_some(connection::Session::Postgres(session)))
            }
            // Lock not available.
            Err(Fault::Postgres(error)) if has_code(&error, "55P03") => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

/// Opens the views in the database at `address`, where the ledger's schema is up to date. Blocks.
pub(crate) fn open(
    address: PgConnectOptions,
    options: DatabaseOptions,
    runtime: Handle,
) -> Result<(Database, connection::Session), OpenError> {
    let address = address.application_name("hookledger views");
    let database = Database { address, options, runtime, fence: None };
    let failed = |fault| match fault {
        Fault::Postgres(error) => OpenError::Postgres(explained(error)),
        fault @ Fault::Sqlite(_) => OpenError::Prepare(fault.into()),
    };
    let writer = database.writer().map_err(failed)?.ok_or(OpenError::Taken)?;
    make(writer.connection())?;
    Ok((database, writer))
}

/// The views in the database at `address`, which several nodes share: nothing is connected yet.
pub(crate) fn share(
    address: PgConnectOptions,
    options: DatabaseOptions,
    runtime: Handle,
    fence: Arc<Fence>,
) -> Database {
    let address = address.application_name("hookledger views");
    Database { address, options, runtime, fence: Some(fence) }
}

/// Makes what is not there yet. Refuses a format from the future.
pub(crate) fn make(connection: Connection<'_>) -> Result<(), OpenError> {
    const IS_THERE: &str = "SELECT CASE WHEN to_regclass('view_format') IS NULL THEN 0 ELSE 1 END";
    let flag = |row: Row<'_>| Columns::of("view_format", row).flag();
    let is_there = connection.first(IS_THERE, &[], flag).map_err(OpenError::Prepare)?;
    if is_there != Some(true) {
        let make = format!(include_str!("sql/schema.sql"), FORMAT);
        connection.batch(&make).map_err(|fault| OpenError::Prepare(fault.into()))?;
    }
    let number = |row: Row<'_>| Columns::of("view_format", row).number();
    let found: Option<u32> =
        connection.first("SELECT format FROM view_format", &[], number).map_err(OpenError::Prepare)?;
    match found {
        Some(found) if found > FORMAT => Err(OpenError::NewerSchema { found }),
        _ => Ok(()),
    }
}
