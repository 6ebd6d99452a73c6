//! The tables of one copy of a view, inside a transaction.

use std::borrow::Cow;

use rusqlite::{CachedStatement, Connection, Params, Row, Statement};

use super::error::{Damage, WriteError};
use super::registry::Copy;

/// What stands behind the name of a table in the SQL of a fold, so that the same text serves both copies.
const MARK: &str = "/*copy*/";

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

/// Whether `$1` appears before `$2` and so on: `SQLite` numbers by appearance, PostgreSQL goes by what is written.
fn is_numbered_in_order(statement: &Statement<'_>) -> bool {
    let mut places = 1..=statement.parameter_count();
    places.all(|place| statement.parameter_name(place) == Some(&format!("${place}")))
}

/// `ddl` for a copy: its tables, and its indexes under names that no other copy has had.
pub(super) fn definition(ddl: &str, copy: Copy, generation: u64) -> String {
    ddl.replace(MARK, copy.suffix()).replace("/*generation*/", &format!("_g{generation}"))
}
