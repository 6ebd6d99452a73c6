//! Writes what was counted: the newest minute as it is, and what is older into the series.

use std::collections::BTreeSet;

use domain::Timestamp;
use hashbrown::HashMap;

use super::columns::{COUNTS, counts, event_type, instant, read_counts, read_scope, subscription, tenant};
use super::counts::Counts;
use super::series::{Key, Resolution};
use crate::store::{Columns, NewRow, Tables, Value, WriteError, integer, values};

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
    write_fresh(tables, fresh)
}

/// The newest minute so far.
fn newest(tables: Tables<'_>) -> Result<Option<Timestamp>, WriteError> {
    const SQL: &str = "SELECT at FROM analytics_newest/*copy*/";
    tables.find(SQL, &[], |row| Columns::of("analytics_newest", row).instant())
}

/// Takes everything that is older than the new newest minute.
fn close(tables: Tables<'_>, newest: Timestamp) -> Result<HashMap<Key, Counts>, WriteError> {
    const NOTE: &str = "INSERT INTO analytics_newest/*copy*/ (one, at) VALUES (1, $1) \
         ON CONFLICT (one) DO UPDATE SET at = excluded.at";
    tables.execute(NOTE, values![newest.as_micros()])?;
    let sql = format!("SELECT tenant, subscription, event_type, at, {COUNTS} FROM analytics_fresh/*copy*/");
    let found = tables.all(&sql, |row| {
        let mut columns = Columns::of("analytics_fresh", row);
        let scope = read_scope(&mut columns)?;
        let at = columns.instant()?;
        Ok((Key { at, scope }, read_counts(&mut columns)?))
    })?;
    tables.execute("DELETE FROM analytics_fresh/*copy*/", &[])?;
    Ok(found.into_iter().collect())
}

/// Adds to the rows of the newest minute.
fn write_fresh(tables: Tables<'_>, counted: Vec<(Key, Counts)>) -> Result<(), WriteError> {
    let sql = format!(
        "SELECT stored.tenant, stored.subscription, stored.event_type, stored.at, {COUNTS} \
         FROM (VALUES ($1, $2, $3, $4)) AS wanted CROSS JOIN analytics_fresh/*copy*/ AS stored \
         WHERE stored.tenant = wanted.column1 AND stored.at = wanted.column2 \
             AND stored.subscription = wanted.column3 AND stored.event_type = wanted.column4"
    );
    let fill = |key: &Key, row: &mut NewRow<'_, '_>| add_all(row, place_in_fresh(key));
    let counted = with_stored(tables, "analytics_fresh", &sql, counted, fill)?;
    tables.each(include_str!("upsert_fresh.sql"), &counted, |(key, all), row| {
        add_all(row, place_in_fresh(key).into_iter().chain(counts(all)))
    })
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
    let kept_since = keep(tables, resolution, sums.keys().map(|key| key.at).collect())?;
    sums.retain(|key, _| key.at >= kept_since);
    write_series(tables, resolution, sums.into_iter().collect())
}

/// Takes note of buckets, and forgets the oldest ones beyond the bound; says since when everything is kept.
fn keep(
    tables: Tables<'_>,
    resolution: Resolution,
    starts: BTreeSet<Timestamp>,
) -> Result<Timestamp, WriteError> {
    const NOTE: &str = "INSERT INTO analytics_bucket/*copy*/ (resolution, at) VALUES ($1, $2) \
         ON CONFLICT (resolution, at) DO NOTHING";
    const OLDEST_KEPT: &str = "SELECT at FROM analytics_bucket/*copy*/ WHERE resolution = $1 \
         ORDER BY at DESC LIMIT 1 OFFSET $2";
    const FORGET: &str = "DELETE FROM analytics_series/*copy*/ WHERE resolution = $1 AND at < $2";
    const FORGET_BUCKET: &str = "DELETE FROM analytics_bucket/*copy*/ WHERE resolution = $1 AND at < $2";
    let number = resolution.number();
    let starts: Vec<_> = starts.into_iter().collect();
    tables.each(NOTE, &starts, |at, row| add_all(row, [Value::from(number), instant(*at)]))?;
    let kept = integer(resolution.kept() as u64 - 1);
    let oldest = tables
        .find(OLDEST_KEPT, values![number, kept], |row| Columns::of("analytics_bucket", row).instant())?;
    let Some(oldest) = oldest else { return Ok(Timestamp::default()) };
    if tables.execute(FORGET_BUCKET, values![number, oldest.as_micros()])? > 0 {
        tables.execute(FORGET, values![number, oldest.as_micros()])?;
    }
    Ok(oldest)
}

/// Adds to the rows of a series.
fn write_series(
    tables: Tables<'_>,
    resolution: Resolution,
    sums: Vec<(Key, Counts)>,
) -> Result<(), WriteError> {
    let sql = format!(
        "SELECT stored.tenant, stored.subscription, stored.event_type, stored.at, {COUNTS} \
         FROM (VALUES ($1, $2, $3, $4, $5)) AS wanted CROSS JOIN analytics_series/*copy*/ AS stored \
         WHERE stored.tenant = wanted.column1 AND stored.resolution = wanted.column2 \
             AND stored.subscription = wanted.column3 AND stored.event_type = wanted.column4 \
             AND stored.at = wanted.column5"
    );
    let fill = |key: &Key, row: &mut NewRow<'_, '_>| add_all(row, place_in_series(key, resolution));
    let sums = with_stored(tables, "analytics_series", &sql, sums, fill)?;
    tables.each(include_str!("upsert_series.sql"), &sums, |(key, all), row| {
        add_all(row, place_in_series(key, resolution).into_iter().chain(counts(all)))
    })
}

/// What was counted together with what is stored under the same keys, in the order of the table.
fn with_stored(
    tables: Tables<'_>,
    table: &'static str,
    sql: &str,
    mut counted: Vec<(Key, Counts)>,
    fill: impl Fn(&Key, &mut NewRow<'_, '_>) -> Result<(), WriteError>,
) -> Result<Vec<(Key, Counts)>, WriteError> {
    counted.sort_unstable_by(|(one, _), (other, _)| (&one.scope, one.at).cmp(&(&other.scope, other.at)));
    let stored = tables.find_each(
        sql,
        &counted,
        |(key, _), row| fill(key, row),
        |row| {
            let mut columns = Columns::of(table, row);
            let scope = read_scope(&mut columns)?;
            let at = columns.instant()?;
            Ok((Key { at, scope }, read_counts(&mut columns)?))
        },
    )?;
    let stored: HashMap<_, _> = stored.into_iter().collect();
    for (key, counts) in &mut counted {
        if let Some(stored) = stored.get(key) {
            counts.merge(stored);
        }
    }
    Ok(counted)
}

fn add_all<'v>(
    row: &mut NewRow<'_, '_>,
    values: impl IntoIterator<Item = Value<'v>>,
) -> Result<(), WriteError> {
    values.into_iter().try_for_each(|value| row.add(value).map(drop))
}

fn place_in_fresh(key: &Key) -> [Value<'static>; 4] {
    [tenant(&key.scope), instant(key.at), subscription(&key.scope), event_type(&key.scope)]
}

fn place_in_series(key: &Key, resolution: Resolution) -> [Value<'static>; 5] {
    let number = Value::from(resolution.number());
    [tenant(&key.scope), number, subscription(&key.scope), event_type(&key.scope), instant(key.at)]
}
