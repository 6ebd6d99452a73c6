//! Opening: the schema is there, its format is known, and nobody else writes.

use std::time::Duration;

use ledger::postgres::explained;
use sqlx::postgres::PgConnectOptions;
use tokio::runtime::Handle;

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
}

impl Database {
    /// A session that only reads, and for as long as a query may.
    pub(crate) fn reader(&self) -> Result<connection::Session, Fault> {
        let limit = self.options.query_time_max;
        let settings = format!("{READER}; SET statement_timeout = {}", limit.as_millis());
        let session = Session::connect(&self.runtime, &self.address, &settings, limit)?;
        Ok(connection::Session::Postgres(session))
    }

    /// The session that writes; none if another process has it.
    pub(crate) fn writer(&self) -> Result<Option<connection::Session>, Fault> {
        /// The server may take a moment to notice that the session before this one has ended.
        const LOCK: &str =
            "SET lock_timeout = '3s'; SELECT pg_advisory_lock(1212894281); SET lock_timeout = '30s'";
        let session = Session::connect(&self.runtime, &self.address, WRITER, WRITE_TIME_MAX)?;
        match session.batch(LOCK) {
            Ok(()) => Ok(Some(connection::Session::Postgres(session))),
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
    let database = Database { address, options, runtime };
    let failed = |fault| match fault {
        Fault::Postgres(error) => OpenError::Postgres(explained(error)),
        fault @ Fault::Sqlite(_) => OpenError::Prepare(fault.into()),
    };
    let writer = database.writer().map_err(failed)?.ok_or(OpenError::Taken)?;
    make(writer.connection())?;
    Ok((database, writer))
}

/// Makes what is not there yet. Refuses a format from the future.
fn make(connection: Connection<'_>) -> Result<(), OpenError> {
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
