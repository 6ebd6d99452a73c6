//! Dead letters by what they have in common.

use domain::delivery::DeadLetterReason;
use domain::{DeliveryId, SubscriptionId, TenantId, Timestamp};

use super::filter::{DeliveryFilter, plan};
use super::state::{DeliveryState, reason};
use crate::store::{Columns, Connection, ReadError, Sql, integer};

/// How many dead letters are looked at, the newest.
const LOOKED_AT_MAX: u64 = 100_000;
/// How many groups are told.
const GROUPS_MAX: u64 = 100;

/// Dead letters that died of the same cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterGroup {
    /// To whom they went.
    pub subscription: SubscriptionId,
    /// Why no attempt is left.
    pub reason: DeadLetterReason,
    /// The status of the last response, if there was one.
    pub last_status: Option<u16>,
    /// Why there was none, if so.
    pub last_error_class: Option<String>,
    /// How many there are.
    pub count: u64,
    /// When anything was recorded of the first of them last.
    pub first_at: Timestamp,
    /// When anything was recorded of any of them last.
    pub last_at: Timestamp,
    /// The newest of them.
    pub sample: DeliveryId,
}

/// Dead letters by cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterGroups {
    /// The groups, the largest first: at most 100.
    pub groups: Vec<DeadLetterGroup>,
    /// Whether these are all groups, of all dead letters; if not, the newest 100,000 were looked at.
    pub complete: bool,
}

pub(in crate::status) fn groups(
    connection: Connection<'_>,
    tenant: TenantId,
    subscription: Option<SubscriptionId>,
) -> Result<DeadLetterGroups, ReadError> {
    let filter = DeliveryFilter {
        states: vec![DeliveryState::DeadLettered],
        subscription,
        ..DeliveryFilter::default()
    };
    let plan = plan(connection, tenant, &filter)?;
    let dead = |sql: &mut Sql, select: &str, limit: u64| {
        plan.list(&format!("{select} FROM status_delivery"), &filter).newest(sql, connection, limit);
    };
    // PostgreSQL knows no greatest id; as texts they have the same order.
    let newest = if connection.is_postgres() { "max(id::text COLLATE \"C\")::uuid" } else { "max(id)" };
    let mut sql = Sql::new(
        "SELECT subscription, dead_letter_reason, last_status, last_error_class, count(*), min(updated_at), \
         max(updated_at), ",
    );
    sql.push(newest).push(" FROM (");
    let columns = "SELECT id, subscription, dead_letter_reason, last_status, last_error_class, updated_at";
    dead(&mut sql, columns, LOOKED_AT_MAX);
    sql.push(") AS dead GROUP BY subscription, dead_letter_reason, last_status, last_error_class");
    sql.push(" ORDER BY 5 DESC, 8 DESC LIMIT ").bind(integer(GROUPS_MAX + 1));
    let mut groups = sql.all(connection, |row| {
        let mut columns = Columns::of("status_delivery", row);
        Ok(DeadLetterGroup {
            subscription: SubscriptionId::from_uuid(columns.uuid()?),
            reason: columns.parsed(reason)?,
            last_status: columns.maybe_number()?,
            last_error_class: columns.maybe_text()?.map(str::to_owned),
            count: columns.number()?,
            first_at: columns.instant()?,
            last_at: columns.instant()?,
            sample: DeliveryId::from_uuid(columns.uuid()?),
        })
    })?;
    let mut counted = Sql::new("SELECT count(*) FROM (");
    dead(&mut counted, "SELECT id", LOOKED_AT_MAX + 1);
    counted.push(") AS dead");
    let complete = groups.len() as u64 <= GROUPS_MAX && counted.number(connection)? <= LOOKED_AT_MAX;
    groups.truncate(usize::try_from(GROUPS_MAX).unwrap_or(usize::MAX));
    Ok(DeadLetterGroups { groups, complete })
}
