//! Columns of a row, read in order; what is not as it was written is damage with a place and a name.

use domain::{Position, Sequence, Timestamp};
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::error::Damage;

/// An id as it is stored.
pub(crate) const fn blob(uuid: Uuid) -> [u8; 16] {
    uuid.into_bytes()
}

/// A number of ours as one of SQL's, which has a sign bit.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Takes the columns of a row one after the other.
pub(crate) struct Columns<'r> {
    table: &'static str,
    row: &'r Row<'r>,
    next: usize,
}

impl<'r> Columns<'r> {
    /// The columns of a row of `table`, from the first one on.
    pub(crate) const fn of(table: &'static str, row: &'r Row<'r>) -> Self {
        Self { table, row, next: 0 }
    }

    /// Damage in the column that was taken last.
    pub(crate) fn damage(&self) -> Damage {
        let column = self.row.as_ref().column_name(self.next.saturating_sub(1));
        Damage {
            table: self.table,
            column: column.unwrap_or("?").to_owned(),
            key: self.row.get_ref(0).map_or_else(|_| "?".to_owned(), describe),
        }
    }

    fn take(&mut self) -> Result<ValueRef<'r>, Damage> {
        let value = self.row.get_ref(self.next);
        self.next += 1;
        value.map_err(|_| self.damage())
    }

    fn maybe<T>(&mut self, read: impl FnOnce(ValueRef<'r>) -> Option<T>) -> Result<Option<T>, Damage> {
        match self.take()? {
            ValueRef::Null => Ok(None),
            value => read(value).map(Some).ok_or_else(|| self.damage()),
        }
    }

    fn some<T>(&mut self, read: impl FnOnce(ValueRef<'r>) -> Option<T>) -> Result<T, Damage> {
        self.maybe(read)?.ok_or_else(|| self.damage())
    }

    /// An id.
    pub(crate) fn uuid(&mut self) -> Result<Uuid, Damage> {
        self.some(|value| Uuid::from_slice(value.as_blob().ok()?).ok())
    }

    /// Bytes that `read` understands.
    pub(crate) fn bytes<T>(&mut self, read: impl FnOnce(&[u8]) -> Option<T>) -> Result<T, Damage> {
        self.some(|value| read(value.as_blob().ok()?))
    }

    /// An integer within the range of its type.
    pub(crate) fn number<T: TryFrom<i64>>(&mut self) -> Result<T, Damage> {
        self.some(number)
    }

    /// An integer, if there is one.
    pub(crate) fn maybe_number<T: TryFrom<i64>>(&mut self) -> Result<Option<T>, Damage> {
        self.maybe(number)
    }

    /// Yes or no.
    pub(crate) fn flag(&mut self) -> Result<bool, Damage> {
        self.some(|value| value.as_i64().ok().map(|number| number != 0))
    }

    /// A text.
    pub(crate) fn text(&mut self) -> Result<&'r str, Damage> {
        self.some(|value| value.as_str().ok())
    }

    /// A text, if there is one.
    pub(crate) fn maybe_text(&mut self) -> Result<Option<&'r str>, Damage> {
        self.maybe(|value| value.as_str().ok())
    }

    /// A text that `read` understands.
    pub(crate) fn parsed<T, E>(&mut self, read: impl FnOnce(&str) -> Result<T, E>) -> Result<T, Damage> {
        self.some(|value| read(value.as_str().ok()?).ok())
    }

    /// A text that `read` understands, if there is one.
    pub(crate) fn maybe_parsed<T, E>(
        &mut self,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Damage> {
        self.maybe(|value| read(value.as_str().ok()?).ok())
    }

    /// A value that is stored as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, Damage> {
        self.parsed(|text| serde_json::from_str(text))
    }

    /// An instant.
    pub(crate) fn instant(&mut self) -> Result<Timestamp, Damage> {
        self.number().map(Timestamp::from_micros)
    }

    /// An instant, if there is one.
    pub(crate) fn maybe_instant(&mut self) -> Result<Option<Timestamp>, Damage> {
        Ok(self.maybe_number()?.map(Timestamp::from_micros))
    }

    /// A place in the ledger.
    pub(crate) fn position(&mut self) -> Result<Position, Damage> {
        self.number().map(Position)
    }

    /// A place in a stream.
    pub(crate) fn sequence(&mut self) -> Result<Sequence, Damage> {
        self.number().map(Sequence)
    }
}

fn number<T: TryFrom<i64>>(value: ValueRef<'_>) -> Option<T> {
    T::try_from(value.as_i64().ok()?).ok()
}

fn describe(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => {
            Uuid::from_slice(bytes).map_or_else(|_| "a blob".to_owned(), |id| id.to_string())
        }
    }
}
