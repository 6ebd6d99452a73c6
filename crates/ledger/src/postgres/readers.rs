//! Reading from the database what is not in memory.

use std::sync::Arc;
use std::time::Duration;

use domain::{Position, Sequence, StreamId};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{PgExecutor, PgPool};
use tokio::time::timeout;

use super::connect::prepare;
use super::row::{self, Bound, integer};
use crate::filter::{Filter, Kinds};
use crate::outcome::LedgerError;
use crate::page::{Filling, Page};
use crate::record::Record;
use crate::store::bounds;
use crate::upcast::Upcasters;

/// How long a read waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// When trying again may help.
const RETRY_AFTER: Duration = Duration::from_secs(1);

const PAGE: &str = include_str!("queries/page.sql");
const PAGE_OF_KINDS: &str = include_str!("queries/page_of_kinds.sql");
const PAGE_OF_CONTROL: &str = include_str!("queries/page_of_control.sql");
const STREAM: &str = include_str!("queries/stream.sql");

/// A pool of at most `connections`; none is made before it is needed.
pub(super) fn pool(address: &PgConnectOptions, connections: u32) -> PgPool {
    of_nodes(connections).connect_lazy_with(address.clone())
}

/// A pool of `connections` that are made now and not given back while they last.
pub(super) fn kept_pool(address: &PgConnectOptions, connections: u32) -> PgPool {
    of_nodes(connections)
        .min_connections(connections.max(1))
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(address.clone())
}

fn of_nodes(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| Box::pin(async move { prepare(connection).await }))
}

/// Reads within `patience`; what it was cut off from is closed.
pub(super) async fn within<T>(
    patience: Duration,
    reading: impl Future<Output = Result<T, LedgerError>>,
) -> Result<T, LedgerError> {
    timeout(patience, reading).await.unwrap_or(Err(LedgerError::Overloaded { retry_after: RETRY_AFTER }))
}

/// Reads from the pool within `patience`. A connection may have ended without the pool knowing of it, and reading changes
/// nothing: what met such a one is read once more, over another.
pub(super) async fn pooled<T, F>(patience: Duration, read: impl Fn() -> F) -> Result<T, LedgerError>
where
    F: Future<Output = Result<T, LedgerError>>,
{
    let reading = async {
        match read().await {
            Err(LedgerError::Unavailable(_)) => read().await,
            found => found,
        }
    };
    within(patience, reading).await
}

/// The records of `stream` after `after`.
pub(super) async fn stream(
    connection: impl PgExecutor<'_>,
    stream: StreamId,
    after: Sequence,
    limit: usize,
    upcasters: &Arc<Upcasters>,
) -> Result<Vec<Arc<Record>>, LedgerError> {
    let mut filling = Filling::new(limit);
    let query = sqlx::query(STREAM).bind(stream.kind.as_str()).bind(stream.to_string());
    let query = bounded(query, &filling).bind(integer(after.0));
    fill(&mut filling, query.fetch_all(connection).await, upcasters)?;
    Ok(filling.into_records())
}

/// The records that `filter` wants after `after` and up to `head`.
pub(super) async fn page(
    connection: impl PgExecutor<'_>,
    after: Position,
    head: Position,
    filter: Filter,
    limit: usize,
    upcasters: &Arc<Upcasters>,
) -> Result<Page, LedgerError> {
    let scan_end = Position(after.0.saturating_add(bounds::PAGE_SCAN)).min(head);
    let (sql, kinds, bound) = match filter {
        Filter::All => (PAGE, None, head),
        Filter::Kinds(kinds) if kinds.within(Kinds::CONTROL) => (PAGE_OF_CONTROL, Some(kinds), head),
        Filter::Kinds(kinds) => (PAGE_OF_KINDS, Some(kinds), scan_end),
    };
    let mut filling = Filling::new(limit);
    let mut query = sqlx::query(sql).bind(integer(after.0)).bind(integer(bound.0));
    query = bounded(query, &filling);
    if let Some(kinds) = kinds {
        query = query.bind(kinds.iter().map(domain::StreamKind::as_str).collect::<Vec<_>>());
    }
    fill(&mut filling, query.fetch_all(connection).await, upcasters)?;
    Ok(filling.into_page(after, bound))
}

/// The records after the first position and up to the second, for a copy: within bounds of its own.
pub(super) async fn page_for_copy(
    connection: impl PgExecutor<'_>,
    (after, upto): (Position, Position),
    (records, bytes): (usize, usize),
    upcasters: &Arc<Upcasters>,
) -> Result<Vec<Record>, LedgerError> {
    let query = sqlx::query(PAGE).bind(integer(after.0)).bind(integer(upto.0));
    let query = query.bind(integer(records as u64)).bind(integer(bytes as u64));
    let rows = query.fetch_all(connection).await.map_err(unreadable)?;
    rows.iter().map(|row| row::read(row, upcasters)).collect()
}

/// The record at `position`.
pub(super) async fn one(
    connection: impl PgExecutor<'_>,
    position: Position,
    upcasters: &Arc<Upcasters>,
) -> Result<Option<Arc<Record>>, LedgerError> {
    let before = Position(position.0.saturating_sub(1));
    let page = page(connection, before, position, Filter::All, 1, upcasters).await?;
    Ok(page.records.into_iter().next())
}

/// At most as many records as fit by number, and by bytes.
fn bounded(query: Bound, filling: &Filling) -> Bound {
    query.bind(integer(filling.room() as u64)).bind(integer(bounds::PAGE_BYTES as u64))
}

fn fill(
    filling: &mut Filling,
    rows: Result<Vec<PgRow>, sqlx::Error>,
    upcasters: &Arc<Upcasters>,
) -> Result<(), LedgerError> {
    for row in rows.map_err(unreadable)? {
        if filling.is_full() {
            break;
        }
        filling.push(Arc::new(row::read(&row, upcasters)?));
    }
    Ok(())
}

fn unreadable(error: sqlx::Error) -> LedgerError {
    match error {
        sqlx::Error::PoolTimedOut => LedgerError::Overloaded { retry_after: RETRY_AFTER },
        sqlx::Error::PoolClosed => LedgerError::ShuttingDown,
        error => LedgerError::unavailable(error),
    }
}
