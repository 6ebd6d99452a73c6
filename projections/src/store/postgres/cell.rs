//! What is in the columns of a row from the server, which sends it in binary.

use sqlx::postgres::PgRow;
use sqlx::{Column, Row, TypeInfo, ValueRef};

use crate::store::columns::Cell;

/// What is in the column at `place`, if there is one.
pub(crate) fn cell(row: &PgRow, place: usize) -> Option<Cell<'_>> {
    let value = row.try_get_raw(place).ok()?;
    if value.is_null() {
        return Some(Cell::Null);
    }
    let bytes = value.as_bytes().ok()?;
    // By the column as it was described; its own type borrows from the value.
    Some(match row.columns()[place].type_info().name() {
        "INT8" => Cell::Number(i64::from_be_bytes(bytes.try_into().ok()?)),
        "INT4" => Cell::Number(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        "TEXT" => std::str::from_utf8(bytes).map_or(Cell::Other, Cell::Text),
        "BYTEA" | "UUID" => Cell::Bytes(bytes),
        _ => Cell::Other,
    })
}

/// What the column at `place` is called.
pub(crate) fn column(row: &PgRow, place: usize) -> Option<&str> {
    row.columns().get(place).map(Column::name)
}
