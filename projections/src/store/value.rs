//! What is bound to a statement, on either database. Nothing is known by its type, too: PostgreSQL wants to be told.

use std::borrow::Cow;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value as SqliteValue, ValueRef};
use sqlx::Arguments;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use uuid::Uuid;

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value<'v> {
    /// An integer, an instant, yes or no.
    Number(Option<i64>),
    /// Text.
    Text(Option<Cow<'v, str>>),
    /// Bytes that only we understand.
    Bytes(Cow<'v, [u8]>),
    /// An id: 16 bytes in `SQLite`, a `uuid` in PostgreSQL.
    Id(Option<Uuid>),
}

/// An id as it is stored.
pub(crate) const fn as_id(uuid: Uuid) -> Value<'static> {
    Value::Id(Some(uuid))
}

/// A number of ours as one of SQL's, which has a sign bit.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Values for a statement, in the order of its parameters.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::Value::from($value)),*] };
}
pub(crate) use values;

impl Value<'_> {
    /// Adds it to what a statement of PostgreSQL is given.
    pub(super) fn add_to(&self, arguments: &mut PgArguments) -> Result<(), BoxDynError> {
        match self {
            Self::Number(number) => arguments.add(number),
            Self::Text(text) => arguments.add(text.as_deref()),
            Self::Bytes(bytes) => arguments.add(&**bytes),
            Self::Id(id) => arguments.add(id),
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Number(Some(number)) => ToSqlOutput::Owned(SqliteValue::Integer(*number)),
            Self::Text(Some(text)) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Number(None) | Self::Text(None) | Self::Id(None) => ToSqlOutput::Owned(SqliteValue::Null),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Id(Some(id)) => ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
        })
    }
}

macro_rules! numbers {
    ($($number:ty),*) => { $(
        impl From<$number> for Value<'_> {
            fn from(number: $number) -> Self {
                Self::Number(Some(i64::from(number)))
            }
        }

        impl From<Option<$number>> for Value<'_> {
            fn from(number: Option<$number>) -> Self {
                Self::Number(number.map(i64::from))
            }
        }
    )* };
}
numbers!(i64, u32, u16, bool);

impl From<Option<Uuid>> for Value<'_> {
    fn from(id: Option<Uuid>) -> Self {
        Self::Id(id)
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(Some(Cow::Borrowed(text)))
    }
}

impl<'v> From<Option<&'v str>> for Value<'v> {
    fn from(text: Option<&'v str>) -> Self {
        Self::Text(text.map(Cow::Borrowed))
    }
}

impl<'v> From<&'v String> for Value<'v> {
    fn from(text: &'v String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(Cow::Owned(text)))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Cow::Owned(bytes))
    }
}
