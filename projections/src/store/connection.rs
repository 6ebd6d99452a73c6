//! One connection to either database: what views ask of it, and nothing that only one of them can do.
//!
//! Folds and queries run from top to bottom on a thread of their own, whichever database they speak to. On `SQLite` a
//! statement costs microseconds; on PostgreSQL it is a round trip, so what is done for each row is said at once through
//! [`super::Tables`].

use sqlx::postgres::PgRow;

use super::error::{Damage, Fault};
use super::postgres;
use super::value::Value;

/// A connection that is held.
#[derive(Debug)]
pub(crate) enum Session {
    /// To a file.
    Sqlite(rusqlite::Connection),
    /// To a server.
    Postgres(postgres::Session),
}

/// A connection that is used, inside a transaction or outside.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Connection<'c> {
    /// To a file.
    Sqlite(&'c rusqlite::Connection),
    /// To a server.
    Postgres(&'c postgres::Session),
}

/// A row that was found.
#[derive(Clone, Copy)]
pub(crate) enum Row<'r> {
    /// In a file.
    Sqlite(&'r rusqlite::Row<'r>),
    /// On a server.
    Postgres(&'r PgRow),
}

/// A transaction, which is rolled back unless it is committed.
#[derive(Debug)]
pub(crate) struct Transaction<'c> {
    connection: Connection<'c>,
    ended: bool,
}

impl Session {
    /// For single statements.
    pub(crate) const fn connection(&self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(session) => Connection::Postgres(session),
        }
    }

    /// Begins to write what stays once it is committed: which copies there are.
    pub(crate) fn transaction(&mut self) -> Result<Transaction<'_>, Fault> {
        self.begin("BEGIN; SET LOCAL synchronous_commit = on")
    }

    /// Begins to write a page, which is folded again should a crash take it.
    pub(crate) fn page(&mut self) -> Result<Transaction<'_>, Fault> {
        self.begin("BEGIN")
    }

    fn begin(&mut self, in_database: &str) -> Result<Transaction<'_>, Fault> {
        let begin = match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) => in_database,
        };
        self.connection().batch(begin)?;
        Ok(Transaction::begun(self.connection()))
    }

    /// Begins to read what is there at this moment. No copy of a view takes another's place until it ends.
    pub(super) fn begin_snapshot(&self) -> Result<(), Fault> {
        self.connection().batch(match self {
            Self::Sqlite(_) => "BEGIN",
            Self::Postgres(_) => {
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE view_copy IN ACCESS SHARE MODE"
            }
        })
    }

    /// Whether it has been cut off, or nobody knows in which state it is.
    pub(crate) fn is_broken(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(session) => session.is_broken(),
        }
    }

    /// Ends it.
    pub(crate) fn close(self) {
        match self {
            Self::Sqlite(connection) => {
                if let Err((_, error)) = connection.close() {
                    tracing::warn!(%error, "the views database did not close cleanly");
                }
            }
            Self::Postgres(session) => session.close(),
        }
    }
}

impl<'c> Transaction<'c> {
    /// The one that has begun on `connection`.
    pub(super) const fn begun(connection: Connection<'c>) -> Self {
        Self { connection, ended: false }
    }

    /// For the statements in it.
    pub(crate) const fn connection(&self) -> Connection<'c> {
        self.connection
    }

    /// Keeps what was done. After an error it is not known, on PostgreSQL, whether it was.
    pub(crate) fn commit(mut self) -> Result<(), Fault> {
        self.connection.batch("COMMIT")?;
        self.ended = true;
        Ok(())
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.ended && self.connection.batch("ROLLBACK").is_err() {
            // What is cut off is rolled back by the server.
            tracing::debug!("a transaction ended with its connection");
        }
    }
}

impl Connection<'_> {
    /// Whether it is one to a server.
    pub(crate) const fn is_postgres(self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Runs statements without values.
    pub(crate) fn batch(self, sql: &str) -> Result<(), Fault> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Self::Postgres(session) => session.batch(sql),
        }
    }

    /// Runs a statement and says how many rows it changed.
    pub(crate) fn execute(self, sql: &str, values: &[Value<'_>]) -> Result<usize, Fault> {
        match self {
            Self::Sqlite(connection) => {
                Ok(prepared(connection, sql)?.execute(rusqlite::params_from_iter(values))?)
            }
            Self::Postgres(session) => session.execute(sql, postgres::arguments(values)?),
        }
    }

    /// Every row that a query finds.
    pub(crate) fn all<T, E: From<Fault> + From<Damage>>(
        self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(Row<'_>) -> Result<T, Damage>,
    ) -> Result<Vec<T>, E> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = prepared(connection, sql)?;
                let found = statement.query(rusqlite::params_from_iter(values));
                let mut rows = found.map_err(Fault::from)?;
                let mut found = Vec::new();
                while let Some(row) = rows.next().map_err(Fault::from)? {
                    found.push(read(Row::Sqlite(row))?);
                }
                Ok(found)
            }
            Self::Postgres(session) => {
                let rows = session.rows(sql, postgres::arguments(values)?)?;
                Ok(rows.iter().map(|row| read(Row::Postgres(row))).collect::<Result<_, _>>()?)
            }
        }
    }

    /// The first row that a query finds. On PostgreSQL it should not find many more.
    pub(crate) fn first<T, E: From<Fault> + From<Damage>>(
        self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(Row<'_>) -> Result<T, Damage>,
    ) -> Result<Option<T>, E> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = prepared(connection, sql)?;
                let found = statement.query(rusqlite::params_from_iter(values));
                let mut rows = found.map_err(Fault::from)?;
                let row = rows.next().map_err(Fault::from)?;
                Ok(row.map(|row| read(Row::Sqlite(row))).transpose()?)
            }
            Self::Postgres(session) => {
                let rows = session.rows(sql, postgres::arguments(values)?)?;
                Ok(rows.first().map(|row| read(Row::Postgres(row))).transpose()?)
            }
        }
    }
}

/// `sql` prepared, once for each connection to a file.
pub(super) fn prepared<'c>(
    connection: &'c rusqlite::Connection,
    sql: &str,
) -> Result<rusqlite::CachedStatement<'c>, Fault> {
    let statement = connection.prepare_cached(sql)?;
    debug_assert!(
        is_numbered_in_order(&statement),
        "parameters must appear in the order of their numbers: {sql}"
    );
    Ok(statement)
}

/// Whether `$1` appears before `$2` and so on: `SQLite` numbers by appearance, PostgreSQL goes by what is written.
fn is_numbered_in_order(statement: &rusqlite::Statement<'_>) -> bool {
    let mut places = 1..=statement.parameter_count();
    places.all(|place| statement.parameter_name(place) == Some(&format!("${place}")))
}
