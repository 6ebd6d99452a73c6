//! Columns of a row, read in order; what is not as it was written is damage with a place and a name.

use domain::{Position, Sequence, Timestamp};
use rusqlite::types::ValueRef;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::connection::Row;
use super::error::Damage;
use super::postgres;

/// What is in a column.
pub(super) enum Cell<'r> {
    /// Nothing.
    Null,
    /// An integer.
    Number(i64),
    /// Text.
    Text(&'r str),
    /// Bytes, those of an id among them.
    Bytes(&'r [u8]),
    /// Something that is never written.
    Other,
}

/// Takes the columns of a row one after the other.
pub(crate) struct Columns<'r> {
    table: &'static str,
    row: Row<'r>,
    next: usize,
}

impl<'r> Columns<'r> {
    /// The columns of a row of `table`, from the first one on.
    pub(crate) const fn of(table: &'static str, row: Row<'r>) -> Self {
        Self { table, row, next: 0 }
    }

    /// Damage in the column that was taken last.
    pub(crate) fn damage(&self) -> Damage {
        let column = self.row.column(self.next.saturating_sub(1));
        Damage {
            table: self.table,
            column: column.unwrap_or("?").to_owned(),
            key: self.row.cell(0).map_or_else(|| "?".to_owned(), |cell| describe(&cell)),
        }
    }

    fn maybe<T>(&mut self, read: impl FnOnce(Cell<'r>) -> Option<T>) -> Result<Option<T>, Damage> {
        let cell = self.row.cell(self.next);
        self.next += 1;
        match cell {
            Some(Cell::Null) => Ok(None),
            Some(cell) => read(cell).map(Some).ok_or_else(|| self.damage()),
            None => Err(self.damage()),
        }
    }

    fn some<T>(&mut self, read: impl FnOnce(Cell<'r>) -> Option<T>) -> Result<T, Damage> {
        self.maybe(read)?.ok_or_else(|| self.damage())
    }

    /// An id.
    pub(crate) fn uuid(&mut self) -> Result<Uuid, Damage> {
        self.some(|cell| Uuid::from_slice(cell.bytes()?).ok())
    }

    /// Bytes that `read` understands.
    pub(crate) fn bytes<T>(&mut self, read: impl FnOnce(&[u8]) -> Option<T>) -> Result<T, Damage> {
        self.some(|cell| read(cell.bytes()?))
    }

    /// An integer within the range of its type.
    pub(crate) fn number<T: TryFrom<i64>>(&mut self) -> Result<T, Damage> {
        self.some(Cell::number)
    }

    /// An integer, if there is one.
    pub(crate) fn maybe_number<T: TryFrom<i64>>(&mut self) -> Result<Option<T>, Damage> {
        self.maybe(Cell::number)
    }

    /// Yes or no.
    pub(crate) fn flag(&mut self) -> Result<bool, Damage> {
        self.number().map(|number: i64| number != 0)
    }

    /// A text.
    pub(crate) fn text(&mut self) -> Result<&'r str, Damage> {
        self.some(Cell::text)
    }

    /// A text, if there is one.
    pub(crate) fn maybe_text(&mut self) -> Result<Option<&'r str>, Damage> {
        self.maybe(Cell::text)
    }

    /// A text that `read` understands.
    pub(crate) fn parsed<T, E>(&mut self, read: impl FnOnce(&str) -> Result<T, E>) -> Result<T, Damage> {
        self.some(|cell| read(cell.text()?).ok())
    }

    /// A text that `read` understands, if there is one.
    pub(crate) fn maybe_parsed<T, E>(
        &mut self,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Damage> {
        self.maybe(|cell| read(cell.text()?).ok())
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

impl<'r> Row<'r> {
    /// What is in the column at `place`, if there is one.
    fn cell(self, place: usize) -> Option<Cell<'r>> {
        match self {
            Self::Sqlite(row) => Some(match row.get_ref(place).ok()? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(number) => Cell::Number(number),
                ValueRef::Text(text) => std::str::from_utf8(text).map_or(Cell::Other, Cell::Text),
                ValueRef::Blob(bytes) => Cell::Bytes(bytes),
                ValueRef::Real(_) => Cell::Other,
            }),
            Self::Postgres(row) => postgres::cell(row, place),
        }
    }

    /// What the column at `place` is called.
    fn column(self, place: usize) -> Option<&'r str> {
        match self {
            Self::Sqlite(row) => row.as_ref().column_name(place).ok(),
            Self::Postgres(row) => postgres::column(row, place),
        }
    }
}

#[cfg(test)]
impl Row<'_> {
    /// Its columns by name, the same on either database.
    pub(crate) fn shown(self) -> Vec<String> {
        let cells = (0..).map_while(|place| Some((self.column(place)?, self.cell(place)?)));
        cells.map(|(name, cell)| format!("{name}={}", cell.shown())).collect()
    }
}

#[cfg(test)]
impl Cell<'_> {
    fn shown(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => format!("{text:?}"),
            Self::Bytes(bytes) => format!("{bytes:02x?}"),
            Self::Other => panic!("a column of a type that is never written"),
        }
    }
}

impl<'r> Cell<'r> {
    fn number<T: TryFrom<i64>>(self) -> Option<T> {
        match self {
            Self::Number(number) => T::try_from(number).ok(),
            _ => None,
        }
    }

    const fn text(self) -> Option<&'r str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    const fn bytes(self) -> Option<&'r [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

fn describe(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Null => "null".to_owned(),
        Cell::Number(number) => number.to_string(),
        Cell::Text(text) => (*text).to_owned(),
        Cell::Bytes(bytes) => {
            Uuid::from_slice(bytes).map_or_else(|_| "a blob".to_owned(), |id| id.to_string())
        }
        Cell::Other => "?".to_owned(),
    }
}
