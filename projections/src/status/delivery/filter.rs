//! Which deliveries a list shows, and how they are found.

use domain::delivery::DeadLetterReason;
use domain::{DeliveryId, EventId, Position, SubscriptionId, TenantId, Timestamp, TypePattern};
use uuid::Uuid;

use super::row::{Delivery, SELECT, read};
use super::state::DeliveryState;
use crate::page::{Conditions, Keys, LIMIT_MAX, List, Listed, Page, id, value};
use crate::status::event::{accept, types_accepted};
use crate::store::{Columns, Connection, ReadError, Sql, Value, integer};

/// What kind of answer the last attempt got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusClass {
    /// 2xx.
    Success,
    /// 3xx, which is not followed.
    Redirect,
    /// 4xx.
    ClientError,
    /// 5xx.
    ServerError,
    /// None at all.
    NoResponse,
}

impl StatusClass {
    /// The stored number; none for success, which is not stored as a failure.
    const fn failed_class(self) -> Option<i64> {
        match self {
            Self::Success => None,
            Self::Redirect => Some(3),
            Self::ClientError => Some(4),
            Self::ServerError => Some(5),
            Self::NoResponse => Some(0),
        }
    }
}

/// Which deliveries a list shows; those that meet all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// In one of these states; in any if there is none.
    pub states: Vec<DeliveryState>,
    /// To this subscription.
    pub subscription: Option<SubscriptionId>,
    /// Of this event.
    pub event: Option<EventId>,
    /// Of events of this type, or of the types below this family.
    pub event_type: Option<TypePattern>,
    /// Whose last attempt got this kind of answer.
    pub status: Option<StatusClass>,
    /// Whose last attempt got this very status.
    pub last_status: Option<u16>,
    /// Whose last attempt got no response, for this reason.
    pub error_class: Option<String>,
    /// That became dead letters for this reason, and are still, or were discarded.
    pub dead_letter_reason: Option<DeadLetterReason>,
    /// Of events that were accepted at this instant or later.
    pub from: Option<Timestamp>,
    /// Of events that were accepted before this instant.
    pub before: Option<Timestamp>,
}

pub(in crate::status) fn list(
    connection: Connection<'_>,
    tenant: TenantId,
    filter: &DeliveryFilter,
    page: &Page<DeliveryId>,
) -> Result<Listed<Delivery>, ReadError> {
    let sql = plan(connection, tenant, filter)?.list(SELECT, filter).page(connection, page);
    Ok(Listed::from_found(sql.all(connection, read)?, page))
}

pub(in crate::status) fn count(
    connection: Connection<'_>,
    tenant: TenantId,
    filter: &DeliveryFilter,
    bound: u64,
) -> Result<u64, ReadError> {
    plan(connection, tenant, filter)?.list(SELECT, filter).count(bound).number(connection)
}

/// The ids alone, newest first: at most `limit` and [`LIMIT_MAX`].
pub(in crate::status) fn ids(
    connection: Connection<'_>,
    tenant: TenantId,
    filter: &DeliveryFilter,
    after: Option<DeliveryId>,
    limit: usize,
) -> Result<Vec<DeliveryId>, ReadError> {
    let limit = limit.min(LIMIT_MAX);
    let page = Page { after, ..Page::first(limit) };
    let sql = plan(connection, tenant, filter)?
        .list("SELECT id FROM status_delivery", filter)
        .page(connection, &page);
    let found =
        sql.all(connection, |row| Columns::of("status_delivery", row).uuid().map(DeliveryId::from_uuid))?;
    Ok(Listed::from_found(found, &page).rows)
}

/// How a page is found.
#[cfg(test)]
pub(in crate::status) fn sql_of_page(
    connection: Connection<'_>,
    tenant: TenantId,
    filter: &DeliveryFilter,
    page: &Page<DeliveryId>,
) -> Result<Sql, ReadError> {
    Ok(plan(connection, tenant, filter)?.list(SELECT, filter).page(connection, page))
}

/// The ranges of indexes to merge, and what is looked at row by row.
struct Plan {
    arms: Vec<Conditions>,
    also: Conditions,
}

impl Plan {
    fn list<'l>(&'l self, select: &'l str, filter: &DeliveryFilter) -> List<'l, DeliveryId> {
        let keys = Keys {
            columns: &["id"],
            above: filter.from.map(|from| just_before(from.as_micros() / 1_000)),
            below: filter.before.map(|before| just_before(before.as_micros() / 1_000 + 1)),
        };
        List { select, keys, arms: &self.arms, also: &self.also }
    }
}

/// An id that precedes those of all deliveries of this millisecond, and follows those before.
fn just_before(millis: i64) -> DeliveryId {
    let millis = u128::try_from(millis).unwrap_or(0);
    DeliveryId::from_uuid(Uuid::from_u128(millis << 80))
}

/// Takes the condition that leaves the fewest rows as the range of an index; the others are looked at row by row.
fn plan(connection: Connection<'_>, tenant: TenantId, filter: &DeliveryFilter) -> Result<Plan, ReadError> {
    let of_tenant = || Conditions::default().with("tenant = ?", [id(tenant.uuid())]);
    let mut also = Conditions::default();
    let mut arms = None;
    if let Some(event) = filter.event {
        arms = Some(match position(connection, tenant, event)? {
            Some(at) => vec![Conditions::default().with("event_position = ?", [value(integer(at.0))])],
            None => vec![],
        });
    }
    if let Some(subscription) = filter.subscription {
        if arms.is_none() {
            let of = || Conditions::default().with("subscription = ?", [id(subscription.uuid())]);
            arms = Some(by_state(filter, of));
            also.add("coalesce(tenant, tenant) = ?", [id(tenant.uuid())]);
        } else {
            also.add("coalesce(subscription, subscription) = ?", [id(subscription.uuid())]);
        }
    }
    let by_subscription = filter.event.is_none() && filter.subscription.is_some();
    let mut take = |arms: &mut Option<Vec<Conditions>>, column: &str, number: Value<'static>| {
        if arms.is_none() {
            *arms = Some(vec![of_tenant().with(&format!("{column} = ?"), [number])]);
        } else {
            also.add(&format!("coalesce({column}, {column}) = ?"), [number]);
        }
    };
    if let Some(class) = &filter.error_class {
        take(&mut arms, "last_error_class", value(class.clone()));
    }
    if let Some(class) = filter.status.and_then(StatusClass::failed_class) {
        take(&mut arms, "failed_class", value(class));
    }
    if filter.status == Some(StatusClass::Success) {
        also.add("last_status >= 200", []);
        also.add("last_status < 300", []);
    }
    if let Some(pattern) = filter.event_type.as_ref().filter(|pattern| **pattern != TypePattern::All) {
        match types_accepted(connection, tenant, pattern)?.filter(|_| arms.is_none()) {
            Some(types) => {
                let arm = |name: &domain::EventType| {
                    of_tenant().with("event_type = ?", [value(name.as_str().to_owned())])
                };
                arms = Some(types.iter().map(arm).collect());
            }
            None => accept(&mut also, pattern),
        }
    }
    if arms.is_some() && !by_subscription && !filter.states.is_empty() {
        let places = vec!["?"; filter.states.len()].join(", ");
        let states = filter.states.iter().map(|state| value(state.number()));
        also.add(&format!("state + 0 IN ({places})"), states);
    }
    if let Some(status) = filter.last_status {
        also.add("coalesce(last_status, last_status) = ?", [value(i64::from(status))]);
    }
    if let Some(reason) = filter.dead_letter_reason {
        also.add("coalesce(dead_letter_reason, dead_letter_reason) = ?", [value(reason.as_str().to_owned())]);
    }
    if let Some(from) = filter.from {
        also.add("created_at >= ?", [value(from.as_micros())]);
    }
    if let Some(before) = filter.before {
        also.add("created_at < ?", [value(before.as_micros())]);
    }
    Ok(Plan { arms: arms.unwrap_or_else(|| by_state(filter, of_tenant)), also })
}

/// A range for each wanted state, each in the order of ids.
fn by_state(filter: &DeliveryFilter, of: impl Fn() -> Conditions) -> Vec<Conditions> {
    let wanted = |state: &DeliveryState| filter.states.is_empty() || filter.states.contains(state);
    let states = DeliveryState::ALL.into_iter().filter(wanted);
    states.map(|state| of().with("state = ?", [value(state.number())])).collect()
}

fn position(
    connection: Connection<'_>,
    tenant: TenantId,
    event: EventId,
) -> Result<Option<Position>, ReadError> {
    let mut sql = Sql::new("SELECT position FROM status_event WHERE id = ");
    sql.bind(id(event.uuid())).push(" AND tenant = ").bind(id(tenant.uuid()));
    sql.first(connection, |row| Columns::of("status_event", row).position())
}
