//! Connecting: under the role that may only add and read, to a server that takes writes, with bounded waits.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgDatabaseError, PgSeverity};
use sqlx::{Connection, Executor, PgConnection, Row};
use tokio::time::timeout;

use super::backend::Backend;
use crate::outcome::SharedError;

/// The role that every connection of a node takes on. It may add records and read them, and nothing else.
pub const ROLE: &str = "hookledger_app";

/// Bounds on what a connection may hold up, whoever froze. The last two of them also end what a lost client began.
const SESSION: &str = "SET ROLE hookledger_app; \
     SET default_transaction_isolation = 'read committed'; \
     SET lock_timeout = '5s'; \
     SET statement_timeout = '30s'; \
     SET idle_in_transaction_session_timeout = '10s'; \
     SET client_connection_check_interval = '2s'; \
     SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// The writer looks records up by key, and never may a plan from when the table was small read all of it.
const WRITER: &str = "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan";

/// Why a ledger in PostgreSQL could not be opened.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OpenError {
    /// The address cannot be understood. Its text is not repeated: it may hold a password.
    #[error("the address of the database is not a `postgres://` URL")]
    Address,
    /// The server cannot be reached, or does not let us in.
    #[error("PostgreSQL cannot be reached")]
    Unreachable(#[source] SharedError),
    /// It answered within the bounds neither yes nor no.
    #[error("PostgreSQL did not answer within {} s", .0.as_secs())]
    Slow(Duration),
    /// It does not confirm what is committed.
    #[error("PostgreSQL did not confirm a commit within {} s: is its synchronous standby away?", .0.as_secs())]
    Unconfirmed(Duration),
    /// It is a standby, which takes no writes and may lag.
    #[error("the server is a standby: give the address of the primary")]
    Standby,
    /// The schema was made by a newer Hookledger.
    #[error(
        "the schema has version {found}, and this Hookledger knows versions up to {known}: start a newer one"
    )]
    Newer {
        /// The version it has.
        found: i32,
        /// The newest that is known.
        known: i32,
    },
    /// The schema is not up to date, and bringing it there was not asked for.
    #[error("the schema has version {found}, not {known}: run `hookledger migrate`")]
    Outdated {
        /// The version it has; 0 when there is none.
        found: i32,
        /// The version that is needed.
        known: i32,
    },
    /// Servers are connected to it, and it is to be had alone.
    #[error("{sessions} sessions of servers are connected to the database: stop the servers first")]
    InUse {
        /// So many.
        sessions: u64,
    },
    /// It is half filled.
    #[error(
        "a copy into this ledger was begun and is not finished: run `hookledger copy` again to finish it, or give an empty database"
    )]
    CopyUnderWay,
    /// The user may not make what is missing.
    #[error(
        "the database user may not make the role {ROLE} or the schema: run `hookledger migrate` as one who may, or have an \
         administrator run `CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO <user>; GRANT CREATE ON DATABASE <name> TO <user>`"
    )]
    Forbidden(#[source] SharedError),
    /// A step of the migration failed; those before it are done, and the next start goes on with it.
    #[error("the migration to version {version} ({name}) failed")]
    Migration {
        /// To which version.
        version: i32,
        /// What it is called.
        name: &'static str,
        /// Why.
        #[source]
        source: SharedError,
    },
}

/// Understands a `postgres://` URL, which may hold a password: the error does not repeat it.
pub fn address(url: &str) -> Result<PgConnectOptions, OpenError> {
    let known = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
    let parsed = url.parse::<PgConnectOptions>().ok().filter(|_| known);
    parsed.ok_or(OpenError::Address)
}

impl OpenError {
    pub(super) fn unreachable(error: sqlx::Error) -> Self {
        Self::Unreachable(std::sync::Arc::new(error))
    }
}

/// The writer's connection.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) connection: PgConnection,
    pub(super) backend: Backend,
}

impl Connected {
    /// Waits until everything that can be seen is where the database promises it to be.
    ///
    /// A commit that waits for a synchronous standby can be seen too early if its backend is ended meanwhile, or its server
    /// crashes; then it need not be on the standby. A commit of our own comes behind it, and when that is there, everything
    /// before is. Where no such standby is configured nothing has to be committed.
    pub(super) async fn confirm(
        &mut self,
        address: &PgConnectOptions,
        patience: Duration,
    ) -> Result<(), OpenError> {
        /// A commit that writes, and needs no table.
        const CONFIRM: &str = "SELECT pg_logical_emit_message(true, 'hookledger', 'seen') \
                               WHERE current_setting('synchronous_standby_names') <> ''";
        let Self { connection, backend } = self;
        let confirming = timeout(patience, connection.execute(CONFIRM));
        match backend.attended(address, confirming).await {
            Ok(Ok(confirmed)) => confirmed.map(drop).map_err(explained),
            Ok(Err(_)) => Err(OpenError::Unconfirmed(patience)),
            Err(gone) => Err(OpenError::Unreachable(std::sync::Arc::new(gone))),
        }
    }
}

/// Connects for writing, after what is left of `former` on the server has ended: then whatever it did is there to see, and
/// it does no more.
pub(super) async fn connect_writer(
    address: &PgConnectOptions,
    former: Option<&Backend>,
    patience: Duration,
) -> Result<Connected, OpenError> {
    let connecting = async {
        let mut connection = PgConnection::connect_with(address).await?;
        if let Some(former) = former {
            former.end(&mut connection).await?;
        }
        let backend = Backend::of(&mut connection).await?;
        prepare(&mut connection).await?;
        connection.execute(WRITER).await?;
        Ok(Connected { connection, backend })
    };
    timeout(patience, connecting).await.map_err(|_| OpenError::Slow(patience))?.map_err(explained)
}

/// Makes a fresh connection one of a node: under [`ROLE`], with bounds on what it may hold up. Refuses a standby.
pub async fn prepare(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    refuse_standby(connection).await?;
    connection.execute(SESSION).await.map(drop)
}

pub(super) async fn refuse_standby(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let standby: bool = connection.fetch_one("SELECT pg_is_in_recovery()").await?.try_get(0)?;
    if standby { Err(sqlx::Error::Configuration(Box::new(OpenError::Standby))) } else { Ok(()) }
}

/// What an error of connecting means to whoever starts a node.
pub fn explained(error: sqlx::Error) -> OpenError {
    match error {
        sqlx::Error::Configuration(error) => match error.downcast::<OpenError>() {
            Ok(error) => *error,
            Err(error) => OpenError::Unreachable(error.into()),
        },
        error if code(&error).is_some_and(|code| code == "42501") => {
            OpenError::Forbidden(std::sync::Arc::new(error))
        }
        error => OpenError::unreachable(error),
    }
}

/// The SQLSTATE that an error goes back to, if the server gave one.
pub fn sqlstate(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    let of = |cause: &(dyn std::error::Error + 'static)| {
        // A cause that is shared hides what it is of.
        let shared = cause.downcast_ref::<SharedError>();
        let known = shared.and_then(|shared| shared.downcast_ref()).or_else(|| cause.downcast_ref())?;
        code(known).map(str::to_owned)
    };
    causes.find_map(of)
}

/// The SQLSTATE, where the server gave one.
pub(super) fn code(error: &sqlx::Error) -> Option<&str> {
    database_error(error).map(PgDatabaseError::code)
}

/// Whether the server said no and goes on: what was asked for was undone, and the connection is good.
pub(super) fn is_plain_refusal(error: &sqlx::Error) -> bool {
    database_error(error).is_some_and(|error| error.severity() == PgSeverity::Error)
}

/// Whether it is something about the records that the server does not take.
pub(super) fn blames_records(error: &sqlx::Error) -> bool {
    /// Data exceptions, integrity constraints, program limits.
    const CLASSES: [&str; 3] = ["22", "23", "54"];
    code(error).is_some_and(|code| CLASSES.iter().any(|class| code.starts_with(class)))
}

fn database_error(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}
