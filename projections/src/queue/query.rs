//! The queries of the `queue` view.

use std::collections::{BTreeMap, BTreeSet};

use domain::{DeliveryId, Position, SubscriptionId, TenantId, Timestamp};

use super::row::{RetryKey, SELECT, Waiting, read};
use super::view::QueueView;
use crate::page::id;
use crate::runner::Projection;
use crate::store::{Columns, Connection, Copy, ReadError, Registry, Sql, Value, integer};
use crate::views::Reader;

/// Rows of one page at most.
const LIMIT_MAX: usize = 10_000;

/// Asks the `queue` view. Cheap to clone. Each answer is of one moment.
#[derive(Debug, Clone)]
pub struct Queue {
    reader: Reader,
}

/// What the view knew, and how far it had folded the ledger then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot<T> {
    /// Everything up to here was folded.
    pub as_of: Position,
    /// What was found.
    pub rows: Vec<T>,
    /// Whether there is more behind it.
    pub more: bool,
}

/// A subscription for which something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingSubscription {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which.
    pub subscription: SubscriptionId,
    /// Whether first attempts wait.
    pub has_first: bool,
    /// When the earliest of the retries is due that wait, if any do.
    pub earliest_due: Option<Timestamp>,
}

/// The first of what waits for a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRows {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which.
    pub subscription: SubscriptionId,
    /// First attempts, in the order of their events.
    pub first: Vec<Waiting>,
    /// Whether more of them wait.
    pub more_first: bool,
    /// Retries, in the order in which they are due.
    pub retries: Vec<Waiting>,
    /// Whether more of them wait.
    pub more_retries: bool,
}

/// A place before every retry.
const EARLIEST: RetryKey = (Timestamp::from_micros(0), DeliveryId::from_uuid(uuid::Uuid::nil()));

/// Subscriptions whose rows [`Queue::everything`] reads; of those beyond it only tells that they have some.
const SUBSCRIPTIONS_READ_MAX: usize = 10_000;

impl Queue {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// The subscriptions for which something waits, in the order of their ids. As many as there are: the number of
    /// subscriptions is what bounds it.
    pub async fn subscriptions_waiting(&self) -> Result<Snapshot<WaitingSubscription>, ReadError> {
        self.reader.read(|snapshot| within(snapshot, usize::MAX, subscriptions(snapshot)?)).await
    }

    /// What waits for every subscription, in the order of their ids, all of one moment: for each as many as `share` says
    /// when so many have something waiting, first attempts before retries.
    pub async fn everything(
        &self,
        share: impl Fn(usize) -> usize + Send + 'static,
    ) -> Result<Snapshot<WaitingRows>, ReadError> {
        let read = move |snapshot: Connection<'_>| {
            let found = subscriptions(snapshot)?;
            let share = share(found.len());
            let shares = (0..found.len()).map(|nth| if nth < SUBSCRIPTIONS_READ_MAX { share } else { 0 });
            let rows = found.iter().zip(shares).map(|(waiting, share)| rows(snapshot, waiting, share));
            within(snapshot, usize::MAX, rows.collect::<Result<_, _>>()?)
        };
        self.reader.read(read).await
    }

    /// First attempts that wait for `subscription`, of events behind `after`, in the order of their events: at most
    /// `limit` and 10,000.
    pub async fn first_attempts(
        &self,
        subscription: SubscriptionId,
        after: Position,
        limit: usize,
    ) -> Result<Snapshot<Waiting>, ReadError> {
        let limit = limit.min(LIMIT_MAX);
        let sql = first_attempts(subscription, after, limit);
        self.reader.read(move |snapshot| within(snapshot, limit, sql.all(snapshot, read)?)).await
    }

    /// Retries that wait for `subscription`, from this place in their order on, in the order in which they are due: at
    /// most `limit` and 10,000.
    pub async fn retries(
        &self,
        subscription: SubscriptionId,
        from: RetryKey,
        limit: usize,
    ) -> Result<Snapshot<Waiting>, ReadError> {
        let limit = limit.min(LIMIT_MAX);
        let sql = retries(subscription, from, limit);
        self.reader.read(move |snapshot| within(snapshot, limit, sql.all(snapshot, read)?)).await
    }

    /// How many deliveries wait in all, counted up to `bound`; about 10 ms for a million.
    pub async fn count_all(&self, bound: u64) -> Result<u64, ReadError> {
        let sql = count_all(bound);
        self.reader.read(move |snapshot| sql.number(snapshot)).await
    }

    /// The tenants for whom at least `many` deliveries wait. One step over an index for each delivery of those who come
    /// near it.
    pub async fn tenants_with(&self, many: u64) -> Result<BTreeSet<TenantId>, ReadError> {
        self.reader.read(move |snapshot| tenants_with(snapshot, many)).await
    }

    /// How many retries of `tenant` are due at `now`, counted up to `bound`.
    pub async fn count_due(&self, tenant: TenantId, now: Timestamp, bound: u64) -> Result<u64, ReadError> {
        self.reader.read(move |snapshot| due(snapshot, tenant, now, bound)).await
    }

    /// How many deliveries wait for `subscription`, counted up to `bound`.
    pub async fn count(&self, subscription: SubscriptionId, bound: u64) -> Result<u64, ReadError> {
        let sql = count(subscription, bound);
        self.reader.read(move |snapshot| sql.number(snapshot)).await
    }
}

fn first_attempts(subscription: SubscriptionId, after: Position, limit: usize) -> Sql {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE subscription = ").bind(id(subscription.uuid()));
    sql.push(" AND due_at IS NULL AND event_position > ").bind(integer(after.0));
    sql.push(" ORDER BY event_position, delivery LIMIT ").bind(integer(limit as u64 + 1));
    sql
}

fn retries(subscription: SubscriptionId, from: RetryKey, limit: usize) -> Sql {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE subscription = ").bind(id(subscription.uuid()));
    sql.push(" AND due_at IS NOT NULL AND (due_at, delivery) >= (");
    sql.list([Value::from(from.0.as_micros()), id(DeliveryId::uuid(from.1))]);
    sql.push(") ORDER BY due_at, delivery LIMIT ").bind(integer(limit as u64 + 1));
    sql
}

fn count_all(bound: u64) -> Sql {
    let mut sql = Sql::new("SELECT count(*) FROM (SELECT 1 FROM queue_waiting WHERE due_at IS NULL");
    sql.push(" UNION ALL SELECT 1 FROM queue_waiting WHERE due_at IS NOT NULL LIMIT ");
    sql.bind(integer(bound)).push(") AS found");
    sql
}

fn count(subscription: SubscriptionId, bound: u64) -> Sql {
    let mut sql = Sql::new("SELECT count(*) FROM (SELECT 1 FROM queue_waiting WHERE subscription = ");
    sql.bind(id(subscription.uuid()));
    sql.push(" AND due_at IS NULL UNION ALL SELECT 1 FROM queue_waiting WHERE subscription = ");
    sql.bind(id(subscription.uuid()));
    sql.push(" AND due_at IS NOT NULL LIMIT ").bind(integer(bound)).push(") AS found");
    sql
}

/// Subscription by subscription, none further than is left to know.
fn tenants_with(connection: Connection<'_>, many: u64) -> Result<BTreeSet<TenantId>, ReadError> {
    let mut found: BTreeMap<TenantId, u64> = BTreeMap::new();
    for waiting in subscriptions(connection)? {
        let so_far = found.entry(waiting.tenant).or_default();
        if *so_far < many {
            *so_far += count(waiting.subscription, many - *so_far).number(connection)?;
        }
    }
    found.retain(|_, waiting| *waiting >= many);
    Ok(found.into_keys().collect())
}

/// Subscription by subscription, in the order of the index.
fn due(connection: Connection<'_>, tenant: TenantId, now: Timestamp, bound: u64) -> Result<u64, ReadError> {
    let mut found = 0;
    for waiting in subscriptions(connection)? {
        let is_due = waiting.earliest_due.is_some_and(|due_at| due_at <= now);
        if waiting.tenant == tenant && is_due && found < bound {
            let mut sql = Sql::new("SELECT count(*) FROM (SELECT 1 FROM queue_waiting WHERE subscription = ");
            sql.bind(id(waiting.subscription.uuid())).push(" AND due_at IS NOT NULL AND due_at <= ");
            sql.bind(now.as_micros()).push(" LIMIT ").bind(integer(bound - found)).push(") AS found");
            found += sql.number(connection)?;
        }
    }
    Ok(found)
}

/// Every query but the one that counts everything, for a look at how it is found.
#[cfg(test)]
pub(super) fn all_sql() -> [Sql; 4] {
    let subscription = SubscriptionId::from_uuid(uuid::Uuid::nil());
    let from = (Timestamp::default(), DeliveryId::from_uuid(uuid::Uuid::nil()));
    [
        first_attempts(subscription, Position(1), 5),
        retries(subscription, from, 5),
        count(subscription, 5),
        Sql::new(include_str!("subscriptions.sql")),
    ]
}

/// `found` without the one row beyond `limit` that says that there is more.
fn within<T>(connection: Connection<'_>, limit: usize, mut found: Vec<T>) -> Result<Snapshot<T>, ReadError> {
    let as_of = Registry(connection).position(QueueView::NAME, Copy::Live)?.unwrap_or_default();
    let more = found.len() > limit;
    found.truncate(limit);
    Ok(Snapshot { as_of, rows: found, more })
}

fn rows(
    connection: Connection<'_>,
    waiting: &WaitingSubscription,
    share: usize,
) -> Result<WaitingRows, ReadError> {
    let WaitingSubscription { tenant, subscription, has_first, earliest_due } = *waiting;
    let some = |wanted: bool, limit: usize, sql: &dyn Fn(usize) -> Sql| match (wanted, limit) {
        (false, _) | (_, 0) => Ok((Vec::new(), wanted)),
        (true, limit) => {
            let mut found = sql(limit).all(connection, read)?;
            let more = found.len() > limit;
            found.truncate(limit);
            Ok::<_, ReadError>((found, more))
        }
    };
    let (first, more_first) =
        some(has_first, share, &|limit| first_attempts(subscription, Position::START, limit))?;
    let (retries, more_retries) =
        some(earliest_due.is_some(), share - first.len(), &|limit| retries(subscription, EARLIEST, limit))?;
    Ok(WaitingRows { tenant, subscription, first, more_first, retries, more_retries })
}

fn subscriptions(connection: Connection<'_>) -> Result<Vec<WaitingSubscription>, ReadError> {
    let found = Sql::new(include_str!("subscriptions.sql")).all(connection, |row| {
        let mut columns = Columns::of("queue_waiting", row);
        let subscription = SubscriptionId::from_uuid(columns.uuid()?);
        let has_first = columns.flag()?;
        let earliest_due = columns.maybe_instant()?;
        let tenant = TenantId::from_uuid(columns.uuid()?);
        Ok(WaitingSubscription { tenant, subscription, has_first, earliest_due })
    })?;
    // Those that have both come twice.
    let mut merged: BTreeMap<SubscriptionId, WaitingSubscription> = BTreeMap::new();
    for found in found {
        let waiting = merged.entry(found.subscription).or_insert(found);
        waiting.has_first |= found.has_first;
        waiting.earliest_due = waiting.earliest_due.or(found.earliest_due);
    }
    Ok(merged.into_values().collect())
}
