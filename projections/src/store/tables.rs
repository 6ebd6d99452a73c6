//! The tables of one copy of a view, inside a transaction.
//!
//! What a fold does for each row it says for all of them at once. `SQLite` takes them row by row, or a few at a time;
//! PostgreSQL takes arrays, so that a page costs the same few round trips whatever is in it.

use std::borrow::Cow;

use rusqlite::Statement;
use uuid::Uuid;

use super::connection::{Connection, Row, prepared};
use super::error::{Damage, WriteError};
use super::postgres::{Arrays, arguments_of_ids, for_arrays, for_ids};
use super::registry::Copy;
use super::value::{Value, as_id};

/// What stands behind the name of a table in the SQL of a fold, so that the same text serves both copies.
const MARK: &str = "/*copy*/";

/// Rows of one statement of `SQLite` where there are enough: the indexes are entered once for all of them, not for each.
const ROWS: usize = 16;
/// Rows of one statement of PostgreSQL at most.
const ARRAY_ROWS: usize = 4_096;

/// A row that is being filled in, column by column.
pub(crate) enum NewRow<'s, 'c> {
    /// For a file.
    Sqlite {
        /// What takes it.
        statement: &'s mut Statement<'c>,
        /// Columns so far.
        filled: usize,
    },
    /// For a server.
    Postgres(&'s mut Arrays),
}

impl NewRow<'_, '_> {
    /// Adds the next column.
    pub(crate) fn add<'v>(&mut self, value: impl Into<Value<'v>>) -> Result<&mut Self, WriteError> {
        match self {
            Self::Sqlite { statement, filled } => {
                *filled += 1;
                statement.raw_bind_parameter(*filled, value.into())?;
            }
            Self::Postgres(arrays) => arrays.add(value.into()),
        }
        Ok(self)
    }
}

/// The tables of one copy of a view, inside a transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tables<'t> {
    connection: Connection<'t>,
    copy: Copy,
}

impl<'t> Tables<'t> {
    /// The tables of `copy` as the transaction on `connection` sees them.
    pub(crate) const fn new(connection: Connection<'t>, copy: Copy) -> Self {
        Self { connection, copy }
    }

    /// `sql` with this copy's names in place of the marked ones.
    fn named<'s>(&self, sql: &'s str) -> Cow<'s, str> {
        match self.copy {
            Copy::Live => Cow::Borrowed(sql),
            Copy::Next => Cow::Owned(sql.replace(MARK, self.copy.suffix())),
        }
    }

    /// Runs `sql` and says how many rows it changed. Not for each row of a page: see [`Tables::each`].
    pub(crate) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<usize, WriteError> {
        Ok(self.connection.execute(&self.named(sql), values)?)
    }

    /// Runs `sql`, whose `VALUES` are those of a single row, for each of `rows`; no two of them may be about the same row.
    /// `fill` adds all columns in the order of the SQL.
    pub(crate) fn each<T>(
        &self,
        sql: &str,
        rows: &[T],
        fill: impl Fn(&T, &mut NewRow<'_, '_>) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let sql = self.named(sql);
        let connection = match self.connection {
            Connection::Sqlite(connection) => connection,
            Connection::Postgres(session) => {
                return rows.chunks(ARRAY_ROWS).try_for_each(|chunk| {
                    let arrays = filled(chunk, &fill)?;
                    session.execute(&for_arrays(&sql, &arrays.types()), arrays.arguments()?)?;
                    Ok(())
                });
            }
        };
        let sql = or_fail(&sql);
        let insert = |sql: &str, chunks: std::slice::Chunks<'_, T>| {
            let mut statement = prepared(connection, sql)?;
            for chunk in chunks {
                let mut row = NewRow::Sqlite { statement: &mut statement, filled: 0 };
                chunk.iter().try_for_each(|new| fill(new, &mut row))?;
                statement.raw_execute()?;
            }
            Ok(())
        };
        let (many, few) = rows.split_at(rows.len() - rows.len() % ROWS);
        if !many.is_empty() {
            insert(&for_rows(&sql, ROWS), many.chunks(ROWS))?;
        }
        if few.is_empty() { Ok(()) } else { insert(&sql, few.chunks(1)) }
    }

    /// Runs `sql`, which is about the rows `= $1`, for each of these ids.
    pub(crate) fn each_id(&self, sql: &str, ids: &[Uuid]) -> Result<(), WriteError> {
        let sql = self.named(sql);
        match self.connection {
            Connection::Sqlite(connection) if !ids.is_empty() => {
                let mut statement = prepared(connection, &sql)?;
                ids.iter().try_for_each(|id| statement.execute([as_id(*id)]).map(drop))?;
            }
            Connection::Postgres(session) => {
                for ids in ids.chunks(ARRAY_ROWS) {
                    session.execute(&for_ids(&sql), arguments_of_ids(ids)?)?;
                }
            }
            Connection::Sqlite(_) => {}
        }
        Ok(())
    }

    /// The row that `sql` finds, if any. Not for each row of a page: see [`Tables::find_ids`].
    pub(crate) fn find<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(Row<'_>) -> Result<T, Damage>,
    ) -> Result<Option<T>, WriteError> {
        self.connection.first(&self.named(sql), values, read)
    }

    /// Every row that `sql` finds.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        read: impl FnMut(Row<'_>) -> Result<T, Damage>,
    ) -> Result<Vec<T>, WriteError> {
        self.connection.all(&self.named(sql), &[], read)
    }

    /// The rows that `sql`, which looks for the one `= $1`, finds for these ids, in any order.
    pub(crate) fn find_ids<T>(
        &self,
        sql: &str,
        ids: &[Uuid],
        mut read: impl FnMut(Row<'_>) -> Result<T, Damage>,
    ) -> Result<Vec<T>, WriteError> {
        let sql = self.named(sql);
        let mut found = Vec::new();
        match self.connection {
            Connection::Sqlite(connection) if !ids.is_empty() => {
                let mut statement = prepared(connection, &sql)?;
                for id in ids {
                    let mut rows = statement.query([as_id(*id)])?;
                    if let Some(row) = rows.next()? {
                        found.push(read(Row::Sqlite(row))?);
                    }
                }
            }
            Connection::Postgres(session) => {
                for ids in ids.chunks(ARRAY_ROWS) {
                    let rows = session.rows(&for_ids(&sql), arguments_of_ids(ids)?)?;
                    for row in &rows {
                        found.push(read(Row::Postgres(row))?);
                    }
                }
            }
            Connection::Sqlite(_) => {}
        }
        Ok(found)
    }

    /// The rows that `sql`, whose `VALUES` are those of a single key, finds for each of `keys`, in any order.
    pub(crate) fn find_each<K, T>(
        &self,
        sql: &str,
        keys: &[K],
        fill: impl Fn(&K, &mut NewRow<'_, '_>) -> Result<(), WriteError>,
        mut read: impl FnMut(Row<'_>) -> Result<T, Damage>,
    ) -> Result<Vec<T>, WriteError> {
        let sql = self.named(sql);
        let mut found = Vec::new();
        match self.connection {
            Connection::Sqlite(connection) if !keys.is_empty() => {
                let mut statement = prepared(connection, &sql)?;
                for key in keys {
                    fill(key, &mut NewRow::Sqlite { statement: &mut statement, filled: 0 })?;
                    let mut rows = statement.raw_query();
                    if let Some(row) = rows.next()? {
                        found.push(read(Row::Sqlite(row))?);
                    }
                }
            }
            Connection::Postgres(session) => {
                for keys in keys.chunks(ARRAY_ROWS) {
                    let arrays = filled(keys, &fill)?;
                    let rows = session.rows(&for_arrays(&sql, &arrays.types()), arrays.arguments()?)?;
                    for row in &rows {
                        found.push(read(Row::Postgres(row))?);
                    }
                }
            }
            Connection::Sqlite(_) => {}
        }
        Ok(found)
    }
}

/// `rows` as arrays.
fn filled<T>(
    rows: &[T],
    fill: impl Fn(&T, &mut NewRow<'_, '_>) -> Result<(), WriteError>,
) -> Result<Arrays, WriteError> {
    let mut arrays = Arrays::default();
    for row in rows {
        fill(row, &mut NewRow::Postgres(&mut arrays))?;
        arrays.end_row();
    }
    Ok(arrays)
}

/// An insert that leaves the rows before one that cannot be inserted. `SQLite` keeps no journal of such a statement, which
/// saves a copy of each page that it touches; whatever fails here ends the transaction, or the savepoint, anyway.
fn or_fail(sql: &str) -> String {
    sql.replacen("INSERT INTO", "INSERT OR FAIL INTO", 1)
}

/// A statement over one row, `VALUES ($1, ...)`, as one over so many rows.
fn for_rows(sql: &str, rows: usize) -> String {
    const START: &str = "VALUES (";
    let start = sql.find(START).map_or(sql.len(), |at| at + START.len());
    let (head, rest) = sql.split_at(start);
    let (values, tail) = rest.split_at(rest.find(')').unwrap_or(rest.len()));
    let columns = values.split(',').count();
    let row = |row: usize| {
        let places = row * columns + 1..=(row + 1) * columns;
        places.map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
    };
    format!("{head}{}{tail}", (0..rows).map(row).collect::<Vec<_>>().join("), ("))
}

/// `ddl` for a copy: its tables, and its keys and indexes under names that no other copy has had.
pub(super) fn definition(ddl: &str, copy: Copy, generation: u64, for_postgres: bool) -> String {
    let ddl = ddl.replace(MARK, copy.suffix()).replace("/*generation*/", &format!("_g{generation}"));
    if for_postgres { in_postgres(&ddl) } else { ddl }
}

/// Types as PostgreSQL calls them; texts in the order of their bytes, as `SQLite` has them.
fn in_postgres(ddl: &str) -> String {
    const WORDS: [(&str, &str); 7] = [
        (" WITHOUT ROWID", ""),
        (" BLOB/*id*/", " uuid"),
        (" BLOB", " bytea"),
        (" INTEGER", " bigint"),
        (" TEXT", " text COLLATE \"C\""),
        ("/*, position*/", ", position"),
        ("/* DESC NULLS LAST*/", " DESC NULLS LAST"),
    ];
    WORDS.iter().fold(ddl.to_owned(), |ddl, (word, theirs)| ddl.replace(word, theirs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insert_of_one_row_becomes_one_of_several_with_its_end() {
        let one = "INSERT INTO t (a, b)\nVALUES ($1, $2)\nON CONFLICT (a) DO UPDATE SET b = excluded.b";
        let two =
            "INSERT INTO t (a, b)\nVALUES ($1, $2), ($3, $4)\nON CONFLICT (a) DO UPDATE SET b = excluded.b";
        assert_eq!(for_rows(one, 2), two);
        assert_eq!(for_rows(one, 1), one);
    }

    #[test]
    fn rows_are_inserted_whether_they_fill_a_statement_or_not() {
        for count in [0, 1, ROWS - 1, ROWS, 3 * ROWS + 1] {
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            connection.execute_batch("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)").unwrap();
            let rows: Vec<_> = (0..count).map(|n| (n, n.to_string())).collect();
            let fill = |row: &(usize, String), new: &mut NewRow<'_, '_>| {
                new.add(i64::try_from(row.0).unwrap())?.add(row.1.as_str())?;
                Ok(())
            };
            let tables = Tables::new(Connection::Sqlite(&connection), Copy::Live);
            tables.each("INSERT INTO t (a, b) VALUES ($1, $2)", &rows, fill).unwrap();
            let sql = "SELECT count(*), count(DISTINCT a || '=' || b) FROM t WHERE b = CAST(a AS TEXT)";
            let found = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            let count = i64::try_from(count).unwrap();
            assert_eq!(found, (count, count));
        }
    }
}
