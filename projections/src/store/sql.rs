//! Queries that are put together at run time: text and values, numbered in order.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::error::{Damage, ReadError};

/// A query in the making. Values are bound as `$1`, `$2`, ... in the order in which they appear, which is how `SQLite`
/// numbers named parameters and PostgreSQL means them.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// A query that starts with `text`.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// Adds text.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Adds values between commas.
    pub(crate) fn list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        for (place, value) in values.into_iter().enumerate() {
            if place > 0 {
                self.push(", ");
            }
            self.bind(value);
        }
        self
    }

    /// The text so far.
    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Every row that the query finds.
    pub(crate) fn all<T>(
        &self,
        connection: &Connection,
        mut read: impl FnMut(&Row<'_>) -> Result<T, Damage>,
    ) -> Result<Vec<T>, ReadError> {
        let mut statement = connection.prepare_cached(&self.text)?;
        let mut rows = statement.query(params_from_iter(&self.values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    /// The first row that the query finds.
    pub(crate) fn first<T>(
        &self,
        connection: &Connection,
        read: impl FnOnce(&Row<'_>) -> Result<T, Damage>,
    ) -> Result<Option<T>, ReadError> {
        let mut statement = connection.prepare_cached(&self.text)?;
        let mut rows = statement.query(params_from_iter(&self.values))?;
        Ok(rows.next()?.map(read).transpose()?)
    }

    /// The only number that the query gives.
    pub(crate) fn number(&self, connection: &Connection) -> Result<u64, ReadError> {
        let mut statement = connection.prepare_cached(&self.text)?;
        let number: i64 = statement.query_row(params_from_iter(&self.values), |row| row.get(0))?;
        Ok(u64::try_from(number).unwrap_or(0))
    }
}
