//! Writes what was counted: the newest minute as it is, and what is older into the series.

use domain::Timestamp;
use hashbrown::HashMap;
use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};

use super::columns::{COUNTS, counts, event_type, instant, read_counts, read_scope, subscription, tenant};
use super::counts::Counts;
use super::series::{Key, Resolution, Scope};
use crate::store::{Columns, Tables, WriteError, integer};

/// What a page adds, by minute.
pub(super) struct Deltas(pub(super) HashMap<Key, Counts>);

/// Adds `deltas` to the tables.
pub(super) fn write(tables: Tables<'_>, deltas: Deltas) -> Result<(), WriteError> {
    let Some(last) = deltas.0.keys().map(|key| key.at).max() else { return Ok(()) };
    let before = newest(tables)?;
    let newest = before.map_or(last, |before| before.max(last));
    let mut older = if before == Some(newest) { HashMap::new() } else { close(tables, newest)? };
    let mut fresh = Vec::new();
    for (key, counts) in deltas.0 {
        if key.at == newest {
            fresh.push((key, counts));
        } else {
            older.entry(key).or_insert_with(Counts::default).merge(&counts);
        }
    }
    if !older.is_empty() {
        Resolution::ALL.into_iter().try_for_each(|resolution| add(tables, resolution, &older))?;
    }
    // In the order of the table.
    fresh.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    fresh.into_iter().try_for_each(|(key, delta)| write_fresh(tables, &key, delta))
}

/// The newest minute so far.
fn newest(tables: Tables<'_>) -> Result<Option<Timestamp>, WriteError> {
    const SQL: &str = "SELECT at FROM analytics_newest/*copy*/";
    tables.find(SQL, [], |row| Columns::of("analytics_newest", row).instant())
}

/// Takes everything that is older than the new newest minute.
fn close(tables: Tables<'_>, newest: Timestamp) -> Result<HashMap<Key, Counts>, WriteError> {
    const NOTE: &str = "INSERT INTO analytics_newest/*copy*/ (one, at) VALUES (1, $1) \
         ON CONFLICT (one) DO UPDATE SET at = excluded.at";
    tables.execute(NOTE, [newest.as_micros()])?;
    let select =
        format!("SELECT tenant, subscription, event_type, at, {COUNTS} FROM analytics_fresh/*copy*/");
    let mut found = HashMap::new();
    let mut statement = tables.prepare(&select)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of("analytics_fresh", row);
        let scope = read_scope(&mut columns)?;
        let at = columns.instant()?;
        found.insert(Key { at, scope }, read_counts(&mut columns)?);
    }
    tables.execute("DELETE FROM analytics_fresh/*copy*/", [])?;
    Ok(found)
}

fn write_fresh(tables: Tables<'_>, key: &Key, mut counted: Counts) -> Result<(), WriteError> {
    let place = || [tenant(&key.scope), instant(key.at), subscription(&key.scope), event_type(&key.scope)];
    let sql = format!(
        "SELECT {COUNTS} FROM analytics_fresh/*copy*/ \
         WHERE tenant = $1 AND at = $2 AND subscription = $3 AND event_type = $4"
    );
    let read = |row: &rusqlite::Row<'_>| read_counts(&mut Columns::of("analytics_fresh", row));
    if let Some(stored) = tables.find(&sql, params_from_iter(place()), read)? {
        counted.merge(&stored);
    }
    let sql = include_str!("upsert_fresh.sql");
    tables.execute(sql, params_from_iter(place().into_iter().chain(counts(&counted))))?;
    Ok(())
}

/// Adds what was counted in closed minutes to the series of one resolution.
fn add(tables: Tables<'_>, resolution: Resolution, minutes: &HashMap<Key, Counts>) -> Result<(), WriteError> {
    let mut sums: HashMap<Key, Counts> = HashMap::new();
    for (Key { at, scope }, counts) in minutes {
        let at = resolution.start(*at);
        for scope in scope.widened(resolution) {
            sums.entry(Key { at, scope }).or_default().merge(counts);
        }
    }
    let kept_since = keep(tables, resolution, sums.keys().map(|key| key.at))?;
    let mut sums: Vec<_> = sums.into_iter().filter(|(key, _)| key.at >= kept_since).collect();
    // In the order of the table.
    sums.sort_unstable_by(|(one, _), (other, _)| (&one.scope, one.at).cmp(&(&other.scope, other.at)));
    sums.into_iter().try_for_each(|(key, sum)| write_series(tables, resolution, &key, sum))
}

/// Takes note of buckets, and forgets the oldest ones beyond the bound; says since when everything is kept.
fn keep(
    tables: Tables<'_>,
    resolution: Resolution,
    starts: impl Iterator<Item = Timestamp>,
) -> Result<Timestamp, WriteError> {
    const NOTE: &str = "INSERT INTO analytics_bucket/*copy*/ (resolution, at) VALUES ($1, $2) \
         ON CONFLICT (resolution, at) DO NOTHING";
    const OLDEST_KEPT: &str = "SELECT at FROM analytics_bucket/*copy*/ WHERE resolution = $1 \
         ORDER BY at DESC LIMIT 1 OFFSET $2";
    const FORGET: &str = "DELETE FROM analytics_series/*copy*/ WHERE resolution = $1 AND at < $2";
    const FORGET_BUCKET: &str = "DELETE FROM analytics_bucket/*copy*/ WHERE resolution = $1 AND at < $2";
    let number = resolution.number();
    for at in starts {
        tables.execute(NOTE, params![number, at.as_micros()])?;
    }
    let kept = integer(resolution.kept() as u64 - 1);
    let oldest = tables
        .find(OLDEST_KEPT, params![number, kept], |row| Columns::of("analytics_bucket", row).instant())?;
    let Some(oldest) = oldest else { return Ok(Timestamp::default()) };
    if tables.execute(FORGET_BUCKET, params![number, oldest.as_micros()])? > 0 {
        tables.execute(FORGET, params![number, oldest.as_micros()])?;
    }
    Ok(oldest)
}

fn write_series(
    tables: Tables<'_>,
    resolution: Resolution,
    key: &Key,
    mut sum: Counts,
) -> Result<(), WriteError> {
    let place = || place(&key.scope, resolution, key.at);
    let sql = format!(
        "SELECT {COUNTS} FROM analytics_series/*copy*/ \
         WHERE tenant = $1 AND resolution = $2 AND subscription = $3 AND event_type = $4 AND at = $5"
    );
    let read = |row: &rusqlite::Row<'_>| read_counts(&mut Columns::of("analytics_series", row));
    if let Some(stored) = tables.find(&sql, params_from_iter(place()), read)? {
        sum.merge(&stored);
    }
    let sql = include_str!("upsert_series.sql");
    tables.execute(sql, params_from_iter(place().into_iter().chain(counts(&sum))))?;
    Ok(())
}

fn place(scope: &Scope, resolution: Resolution, at: Timestamp) -> [Value; 5] {
    let number = Value::Integer(resolution.number());
    [tenant(scope), number, subscription(scope), event_type(scope), instant(at)]
}
