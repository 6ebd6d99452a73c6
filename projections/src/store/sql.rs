//! Queries that are put together at run time: text and values, numbered in order.

use super::connection::{Connection, Row};
use super::error::{Damage, ReadError};
use super::value::Value;

/// A query in the making. Values are bound as `$1`, `$2`, ... in the order in which they appear, which is how `SQLite`
/// numbers named parameters and PostgreSQL means them.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    text: String,
    values: Vec<Value<'static>>,
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
    pub(crate) fn bind(&mut self, value: impl Into<Value<'static>>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Adds values between commas.
    pub(crate) fn list<V: Into<Value<'static>>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
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

    /// How the database goes about it, step by step.
    #[cfg(test)]
    pub(crate) fn plan(&self, connection: Connection<'_>) -> Result<Vec<String>, ReadError> {
        let (explain, skip) = match connection {
            Connection::Sqlite(_) => ("EXPLAIN QUERY PLAN", 3),
            Connection::Postgres(_) => ("EXPLAIN", 0),
        };
        connection.all(&format!("{explain} {}", self.text), &self.values, |row| {
            let mut columns = super::Columns::of("a plan", row);
            for _ in 0..skip {
                columns.number::<i64>()?;
            }
            columns.text().map(str::to_owned)
        })
    }

    /// Every row that the query finds.
    pub(crate) fn all<T>(
        &self,
        connection: Connection<'_>,
        read: impl FnMut(Row<'_>) -> Result<T, Damage>,
    ) -> Result<Vec<T>, ReadError> {
        connection.all(&self.text, &self.values, read)
    }

    /// The first row that the query finds.
    pub(crate) fn first<T>(
        &self,
        connection: Connection<'_>,
        read: impl FnOnce(Row<'_>) -> Result<T, Damage>,
    ) -> Result<Option<T>, ReadError> {
        connection.first(&self.text, &self.values, read)
    }

    /// The only number that the query gives.
    pub(crate) fn number(&self, connection: Connection<'_>) -> Result<u64, ReadError> {
        let read = |row: Row<'_>| super::Columns::of("a count", row).number();
        Ok(self.first(connection, read)?.unwrap_or(0))
    }
}
