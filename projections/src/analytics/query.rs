//! The queries of the `analytics` view.

use std::collections::BTreeMap;

use domain::{EventType, SubscriptionId, TenantId, Timestamp};
use hashbrown::HashMap;

use super::columns::{COUNTS, event_type, read_counts, read_scope, subscription, tenant};
use super::counts::Counts;
use super::series::{Resolution, Scope};
use crate::page::{LIMIT_MAX, id};
use crate::store::{Columns, Connection, Damage, ReadError, Sql};
use crate::views::Reader;

/// Asks the `analytics` view. Cheap to clone. Each answer is of one moment.
#[derive(Debug, Clone)]
pub struct Analytics {
    reader: Reader,
}

/// Which numbers are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// How long the buckets are.
    pub resolution: Resolution,
    /// Only buckets that start at this instant or later.
    pub from: Timestamp,
    /// Only buckets that start before this instant.
    pub before: Timestamp,
    /// Only what belongs to this subscription.
    pub subscription: Option<SubscriptionId>,
    /// Only what is of this type. Together with a subscription, there are no minutes but the newest.
    pub event_type: Option<EventType>,
}

/// How much happened in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Where it starts.
    pub at: Timestamp,
    /// How much.
    pub counts: Counts,
}

impl Analytics {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// The buckets in which anything happened, oldest first; no more than are kept, see [`Resolution::kept`].
    pub async fn series(&self, of: TenantId, wanted: Series) -> Result<Vec<Bucket>, ReadError> {
        self.reader.read(move |snapshot| series(snapshot, of, &wanted)).await
    }

    /// The hours since `from` in which anything was attempted, oldest first, of each of these subscriptions: at most
    /// [`LIMIT_MAX`] of them.
    pub async fn hours(
        &self,
        of: TenantId,
        mut subscriptions: Vec<SubscriptionId>,
        from: Timestamp,
    ) -> Result<HashMap<SubscriptionId, Vec<Bucket>>, ReadError> {
        subscriptions.truncate(LIMIT_MAX);
        self.reader.read(move |snapshot| hours(snapshot, of, &subscriptions, from)).await
    }
}

fn series(connection: Connection<'_>, of: TenantId, wanted: &Series) -> Result<Vec<Bucket>, ReadError> {
    let Series { resolution, from, before, .. } = *wanted;
    let scope =
        Scope { tenant: of, subscription: wanted.subscription, event_type: wanted.event_type.clone() };
    let mut sql = Sql::new("SELECT at, ");
    sql.push(COUNTS).push(" FROM analytics_series WHERE tenant = ").bind(tenant(&scope));
    sql.push(" AND resolution = ").bind(resolution.number());
    sql.push(" AND subscription = ").bind(subscription(&scope));
    sql.push(" AND event_type = ").bind(event_type(&scope));
    sql.push(" AND at >= ").bind(from.as_micros()).push(" AND at < ").bind(before.as_micros());
    let closed = sql.all(connection, |row| {
        let mut columns = Columns::of("analytics_series", row);
        Ok((columns.instant()?, read_counts(&mut columns)?))
    })?;
    let mut buckets: BTreeMap<Timestamp, Counts> = closed.into_iter().collect();
    let within = |part: &Scope| {
        let of_subscription = scope.subscription.is_none_or(|id| part.subscription == Some(id));
        of_subscription && scope.event_type.as_ref().is_none_or(|name| part.event_type.as_ref() == Some(name))
    };
    for (part, at, counts) in fresh(connection, of)? {
        let at = resolution.start(at);
        if within(&part) && (from..before).contains(&at) {
            buckets.entry(at).or_default().merge(&counts);
        }
    }
    Ok(buckets.into_iter().map(|(at, counts)| Bucket { at, counts }).collect())
}

fn hours(
    connection: Connection<'_>,
    of: TenantId,
    subscriptions: &[SubscriptionId],
    from: Timestamp,
) -> Result<HashMap<SubscriptionId, Vec<Bucket>>, ReadError> {
    let mut sql = Sql::new("SELECT subscription, at, ");
    sql.push(COUNTS).push(" FROM analytics_series WHERE tenant = ").bind(id(of.uuid()));
    sql.push(" AND resolution = ").bind(Resolution::Hour.number());
    sql.push(" AND subscription IN (").list(subscriptions.iter().map(|id| id.uuid().as_bytes().to_vec()));
    sql.push(") AND event_type = '' AND at >= ").bind(from.as_micros());
    let closed = sql.all(connection, |row| {
        let mut columns = Columns::of("analytics_series", row);
        let subscription = SubscriptionId::from_uuid(columns.uuid()?);
        Ok(((subscription, columns.instant()?), read_counts(&mut columns)?))
    })?;
    let mut buckets: BTreeMap<(SubscriptionId, Timestamp), Counts> = closed.into_iter().collect();
    for (part, at, counts) in fresh(connection, of)? {
        let at = Resolution::Hour.start(at);
        if let Some(subscription) = part.subscription.filter(|id| at >= from && subscriptions.contains(id)) {
            buckets.entry((subscription, at)).or_default().merge(&counts);
        }
    }
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for ((subscription, at), counts) in buckets {
        found.entry(subscription).or_default().push(Bucket { at, counts });
    }
    Ok(found)
}

/// Everything of the newest minute: a row for each type of each subscription.
fn fresh(connection: Connection<'_>, of: TenantId) -> Result<Vec<(Scope, Timestamp, Counts)>, ReadError> {
    let mut sql = Sql::new("SELECT tenant, subscription, event_type, at, ");
    sql.push(COUNTS).push(" FROM analytics_fresh WHERE tenant = ").bind(id(of.uuid()));
    sql.all(connection, |row| -> Result<_, Damage> {
        let mut columns = Columns::of("analytics_fresh", row);
        let scope = read_scope(&mut columns)?;
        Ok((scope, columns.instant()?, read_counts(&mut columns)?))
    })
}
