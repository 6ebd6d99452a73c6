//! Views are disposable: made again they are the same, row for row, and they say what the ledger says.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use super::history::type_id;
use super::{End, Evidence, Findings};

/// The rows of a table as text, sorted.
pub type Rows = Vec<String>;
/// All tables of the views.
pub type Dump = BTreeMap<String, Rows>;

/// Tables that say how views are made, not what is in them.
const BOOKKEEPING: [&str; 2] = ["view_copy", "view_format"];
/// What the names of tables end with that are being filled, to take the place of others once they are complete.
const UNFINISHED: &str = "__next";
/// How many rows that differ are shown.
const SHOWN: usize = 3;

fn is_view(name: &str) -> bool {
    !BOOKKEEPING.contains(&name) && !name.ends_with(UNFINISHED)
}

/// Every table of the views in a data folder, which no server uses.
pub(super) fn from_file(data: &Path) -> Result<Dump> {
    let connection = open(data)?;
    let mut statement = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let tables = names.into_iter().filter(|name| is_view(name));
    tables.map(|name| rows(&connection, &name).map(|rows| (name, rows))).collect()
}

/// Each table of the views in a database, and what makes a text of each of its rows: as that of a file looks.
const TABLES: &str = "SELECT table_name::text, string_agg(format(CASE data_type \
         WHEN 'bytea' THEN 'coalesce(encode(%I, ''hex''), ''null'')' \
         WHEN 'uuid' THEN 'coalesce(replace(%I::text, ''-'', ''''), ''null'')' \
         ELSE 'coalesce(%I::text, ''null'')' END, column_name), ', ' ORDER BY ordinal_position) \
     FROM information_schema.columns WHERE table_schema = 'hookledger_views' GROUP BY table_name";

/// The same in a database.
pub(super) async fn from_database(options: &PgConnectOptions) -> Result<Dump> {
    let mut connection = PgConnection::connect_with(options).await?;
    let mut dump = Dump::new();
    for table in sqlx::query(TABLES).fetch_all(&mut connection).await? {
        let (name, columns): (String, String) = (table.try_get(0)?, table.try_get(1)?);
        if is_view(&name) {
            let sql = format!("SELECT concat_ws('|', {columns}) FROM hookledger_views.\"{name}\"");
            let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await?;
            let mut rows = found.iter().map(|row| row.try_get(0)).collect::<Result<Rows, _>>()?;
            rows.sort_unstable();
            dump.insert(name, rows);
        }
    }
    Ok(dump)
}

fn open(data: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(data.join("views.db"), flags)?;
    connection.pragma_update(None, "query_only", "on")?;
    Ok(connection)
}

fn rows(connection: &Connection, table: &str) -> Result<Rows> {
    let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\""))?;
    let columns = statement.column_count();
    let mut found = statement.query([])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let values: Result<Vec<_>, _> = (0..columns).map(|column| row.get_ref(column).map(text)).collect();
        rows.push(values?.join("|"));
    }
    rows.sort_unstable();
    Ok(rows)
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => hex::encode(bytes),
    }
}

pub(super) fn check(evidence: &Evidence, findings: &mut Findings) {
    let (live, rebuilt) = (&evidence.live, &evidence.rebuilt);
    if live.keys().ne(rebuilt.keys()) {
        let names = |tables: &Dump| tables.keys().cloned().collect::<Vec<_>>().join(", ");
        findings.violate(format!("the views had the tables {}, made again {}", names(live), names(rebuilt)));
    }
    for (table, rows) in live {
        let again = rebuilt.get(table).map_or(&[][..], Vec::as_slice);
        if rows != again {
            let gone = rows.iter().filter(|row| again.binary_search(row).is_err());
            let new = again.iter().filter(|row| rows.binary_search(row).is_err());
            let shown =
                gone.map(|row| format!("− {row}")).chain(new.map(|row| format!("+ {row}"))).take(SHOWN);
            let shown = shown.collect::<Vec<_>>().join("\n    ");
            findings.violate(format!("{table} differs when made again:\n    {shown}"));
        }
    }
    if live.get("parked").is_some_and(|parked| !parked.is_empty()) {
        findings.violate("the views could not fold some records");
    }
    if live.get("queue_waiting").is_none_or(|waiting| !waiting.is_empty()) {
        findings.violate("the queue view is not empty at the end");
    }
    states(evidence, findings);
}

/// The view of deliveries names the same ends as the ledger.
fn states(evidence: &Evidence, findings: &mut Findings) {
    const COLUMN_OF_STATE: usize = 6;
    let rows = evidence.live.get("status_delivery").map_or(&[][..], Vec::as_slice);
    let deliveries = &evidence.history.deliveries;
    if rows.len() != deliveries.len() {
        let (shown, held) = (rows.len(), deliveries.len());
        findings.violate(format!("the view shows {shown} deliveries, the ledger holds {held}"));
    }
    for row in rows {
        let columns: Vec<_> = row.split('|').collect();
        let mut id = [0; 16];
        if hex::decode_to_slice(columns[0], &mut id).is_err() {
            findings.violate(format!("the view has a row without an id: {row}"));
            continue;
        }
        let id = type_id("dlv", id);
        let state = match deliveries.get(&id).and_then(|delivery| delivery.end) {
            Some(End::Delivered) => "2",
            Some(End::Dead) => "3",
            None => "another",
        };
        if columns.get(COLUMN_OF_STATE) != Some(&state) {
            findings.violate(format!(
                "the view shows {id} in state {:?}, not {state}",
                columns.get(COLUMN_OF_STATE)
            ));
        }
    }
}
