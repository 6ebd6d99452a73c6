//! The tables of one copy of a view, inside a transaction.

use std::borrow::Cow;

use rusqlite::{CachedStatement, Connection, Params, Row, Statement, ToSql};

use super::error::{Damage, WriteError};
use super::registry::Copy;

/// What stands behind the name of a table in the SQL of a fold, so that the same text serves both copies.
const MARK: &str = "/*copy*/";

/// Rows of one INSERT where there are enough: the indexes are entered once for all of them, not for each.
const ROWS: usize = 16;

/// A row that is being filled in, column by column.
pub(crate) struct NewRow<'s, 'c> {
    statement: &'s mut Statement<'c>,
    filled: usize,
}

impl NewRow<'_, '_> {
    /// Adds the next column.
    pub(crate) fn add(&mut self, value: impl ToSql) -> Result<&mut Self, WriteError> {
        self.filled += 1;
        self.statement.raw_bind_parameter(self.filled, value)?;
        Ok(self)
    }
}

/// The tables of one copy of a view, inside a transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tables<'t> {
    connection: &'t Connection,
    copy: Copy,
}

impl<'t> Tables<'t> {
    /// The tables of `copy` as the transaction on `connection` sees them.
    pub(crate) const fn new(connection: &'t Connection, copy: Copy) -> Self {
        Self { connection, copy }
    }

    /// `sql` with this copy's names in place of the marked ones, prepared once.
    pub(crate) fn prepare(&self, sql: &str) -> Result<CachedStatement<'t>, WriteError> {
        let sql = match self.copy {
            Copy::Live => Cow::Borrowed(sql),
            Copy::Next => Cow::Owned(sql.replace(MARK, self.copy.suffix())),
        };
        let statement = self.connection.prepare_cached(&sql)?;
        debug_assert!(
            is_numbered_in_order(&statement),
            "parameters must appear in the order of their numbers: {sql}"
        );
        Ok(statement)
    }

    /// Runs `sql` and says how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, params: impl Params) -> Result<usize, WriteError> {
        Ok(self.prepare(sql)?.execute(params)?)
    }

    /// Inserts `rows` as `sql` says for a single one, several at a time. `fill` adds all columns in the order of the SQL.
    pub(crate) fn insert<T>(
        &self,
        sql: &str,
        rows: &[T],
        fill: impl Fn(&T, &mut NewRow<'_, '_>) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let insert = |sql: &str, chunks: std::slice::Chunks<'_, T>| {
            let mut statement = self.prepare(sql)?;
            for chunk in chunks {
                let mut row = NewRow { statement: &mut statement, filled: 0 };
                chunk.iter().try_for_each(|new| fill(new, &mut row))?;
                statement.raw_execute()?;
            }
            Ok(())
        };
        let (many, few) = rows.split_at(rows.len() - rows.len() % ROWS);
        if !many.is_empty() {
            insert(&for_rows(sql, ROWS), many.chunks(ROWS))?;
        }
        if few.is_empty() { Ok(()) } else { insert(sql, few.chunks(1)) }
    }

    /// The row that `sql` finds, if any.
    pub(crate) fn find<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, Damage>,
    ) -> Result<Option<T>, WriteError> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(params)?;
        Ok(rows.next()?.map(read).transpose()?)
    }
}

/// An INSERT of one row, `VALUES ($1, ...)`, as one of so many rows.
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

/// Whether `$1` appears before `$2` and so on: `SQLite` numbers by appearance, PostgreSQL goes by what is written.
fn is_numbered_in_order(statement: &Statement<'_>) -> bool {
    let mut places = 1..=statement.parameter_count();
    places.all(|place| statement.parameter_name(place) == Some(&format!("${place}")))
}

/// `ddl` for a copy: its tables, and its indexes under names that no other copy has had.
pub(super) fn definition(ddl: &str, copy: Copy, generation: u64) -> String {
    ddl.replace(MARK, copy.suffix()).replace("/*generation*/", &format!("_g{generation}"))
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
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)").unwrap();
            let rows: Vec<_> = (0..count).map(|n| (n, n.to_string())).collect();
            let fill = |row: &(usize, String), new: &mut NewRow<'_, '_>| {
                new.add(row.0)?.add(&row.1)?;
                Ok(())
            };
            let tables = Tables::new(&connection, Copy::Live);
            tables.insert("INSERT INTO t (a, b) VALUES ($1, $2)", &rows, fill).unwrap();
            let sql = "SELECT count(*), count(DISTINCT a || '=' || b) FROM t WHERE b = CAST(a AS TEXT)";
            let found = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            assert_eq!(found, (count, count));
        }
    }
}
