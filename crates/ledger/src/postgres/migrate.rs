//! Bringing the schema up to date: step by step, each in a transaction of its own with the note that it is done.
//!
//! One process at a time migrates; others wait for it and then find nothing to do. Killed in between, what was begun is
//! undone, and the next start goes on with the same step. A schema that is newer than the newest step is refused.
//!
//! Adding a step: a file `migrations/<number>_<name>.sql` that opens with its reason, and a line in [`STEPS`]. Nodes of the
//! version before are still running while it is applied: expand first, contract in a later version.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Executor, PgConnection, Row};
use tokio::time::timeout;

use super::connect::{OpenError, code, explained};

struct Step {
    version: i32,
    name: &'static str,
    sql: &'static str,
}

/// In order, from version 1 without gaps; never changed once released.
const STEPS: &[Step] = &[
    Step { version: 1, name: "records", sql: include_str!("migrations/0001_records.sql") },
    Step { version: 2, name: "views", sql: include_str!("migrations/0002_views.sql") },
    Step { version: 3, name: "leases", sql: include_str!("migrations/0003_leases.sql") },
    Step { version: 4, name: "lanes", sql: include_str!("migrations/0004_lanes.sql") },
];

/// The version of the schema that this Hookledger needs, and the newest that it knows.
pub const NEWEST: i32 = STEPS[STEPS.len() - 1].version;

/// The role, the schema, and the table of what was done: safe to repeat.
const FOUNDATION: &str = include_str!("migrations/role.sql");

/// How long to wait for the server to take the connection.
const PATIENCE: Duration = Duration::from_secs(15);

/// Held by whoever migrates.
const LOCK: &str = "SET lock_timeout = '60s'; SELECT pg_advisory_lock(1212894280)";

/// Brings the schema of the database at `address` to [`NEWEST`], and says at which version it was: 0 if there was none.
/// Does nothing if it is there already.
///
/// Wants a user who may make a role and a schema, unless there is nothing to do.
pub async fn migrate(address: &PgConnectOptions) -> Result<i32, OpenError> {
    let mut connection = connect(address).await?;
    let mut found = version(&mut connection).await?;
    if found < NEWEST {
        // The lock goes with the connection.
        connection.execute(LOCK).await.map_err(explained)?;
        connection.execute(FOUNDATION).await.map_err(unfounded)?;
        found = version(&mut connection).await?;
        for step in STEPS.iter().filter(|step| step.version > found) {
            apply(&mut connection, step).await?;
            tracing::info!(version = step.version, name = step.name, "the schema was migrated");
        }
    }
    // Whoever waits for the lock gets it either way.
    let _ = connection.close().await;
    Ok(found)
}

/// Refuses a schema that is not at [`NEWEST`].
pub(super) async fn check(address: &PgConnectOptions) -> Result<(), OpenError> {
    let mut connection = connect(address).await?;
    let found = version(&mut connection).await?;
    let _ = connection.close().await;
    if found == NEWEST { Ok(()) } else { Err(OpenError::Outdated { found, known: NEWEST }) }
}

async fn connect(address: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    let connecting = timeout(PATIENCE, PgConnection::connect_with(address)).await;
    connecting.map_err(|_| OpenError::Slow(PATIENCE))?.map_err(OpenError::unreachable)
}

/// The version that the schema has; 0 if there is none. Refuses one from the future.
async fn version(connection: &mut PgConnection) -> Result<i32, OpenError> {
    /// There is no such table, or no such schema.
    const ABSENT: [&str; 2] = ["42P01", "3F000"];
    let row = connection.fetch_one("SELECT coalesce(max(version), 0) FROM hookledger.migrations").await;
    let found = match row {
        Ok(row) => row.try_get(0).map_err(OpenError::unreachable)?,
        Err(error) if code(&error).is_some_and(|code| ABSENT.contains(&code)) => 0,
        Err(error) => return Err(explained(error)),
    };
    if found > NEWEST { Err(OpenError::Newer { found, known: NEWEST }) } else { Ok(found) }
}

fn unfounded(error: sqlx::Error) -> OpenError {
    match explained(error) {
        OpenError::Unreachable(source) => {
            OpenError::Migration { version: 0, name: "role and schema", source }
        }
        error => error,
    }
}

async fn apply(connection: &mut PgConnection, step: &Step) -> Result<(), OpenError> {
    let Step { version, name, sql } = *step;
    let failed = |source| OpenError::Migration { version, name, source: Arc::new(source) };
    let mut transaction = connection.begin().await.map_err(failed)?;
    transaction.execute(sql).await.map_err(failed)?;
    let note = sqlx::query("INSERT INTO hookledger.migrations (version, name) VALUES ($1, $2)");
    note.bind(version).bind(name).execute(&mut *transaction).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_numbered_from_one_without_gaps() {
        assert!(STEPS.iter().map(|step| step.version).eq(1..=NEWEST));
    }
}
