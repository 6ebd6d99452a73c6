//! Which deliveries a list shows, and how they are found.

use domain::delivery::DeadLetterReason;
use domain::{DeliveryId, EventId, Position, SubscriptionId, TenantId, Timestamp, TypePattern};
use uuid::Uuid;

use super::outcome::{Outcome, outcomes};
use super::places::{Place, Scope, places};
use super::row::{Delivery, SELECT, read};
use super::state::DeliveryState;
use crate::page::{Conditions, Keys, LIMIT_MAX, List, Listed, Page, id, value};
use crate::status::event::accept;
use crate::store::{Columns, Connection, ReadError, Sql, integer};

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
    /// There was no attempt.
    NoAttempt,
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
pub(super) struct Plan {
    arms: Vec<Conditions>,
    also: Conditions,
}

impl Plan {
    pub(super) fn list<'l>(&'l self, select: &'l str, filter: &DeliveryFilter) -> List<'l, DeliveryId> {
        let keys = Keys {
            columns: &["id"],
            apart: true,
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

/// Takes ranges of an index that have the wanted event; or subscription, types and outcomes. What is left of the filter is
/// looked at row by row.
pub(super) fn plan(
    connection: Connection<'_>,
    tenant: TenantId,
    filter: &DeliveryFilter,
) -> Result<Plan, ReadError> {
    let mut also = rest(filter);
    let arms = if let Some(event) = filter.event {
        by_row(&mut also, tenant, filter);
        let at = position(connection, tenant, event)?;
        at.map(|at| Conditions::default().with("event_position = ?", [value(integer(at.0))]))
            .into_iter()
            .collect()
    } else {
        ranges(connection, tenant, filter, &mut also)?
    };
    Ok(Plan { arms, also })
}

/// A range for each wanted outcome, of each wanted type, each in the order of ids.
fn ranges(
    connection: Connection<'_>,
    tenant: TenantId,
    filter: &DeliveryFilter,
    also: &mut Conditions,
) -> Result<Vec<Conditions>, ReadError> {
    let whole = || match filter.subscription {
        Some(subscription) => of_subscription(subscription),
        None => of_tenant(tenant),
    };
    if let Some(subscription) = filter.subscription
        && !is_of(connection, tenant, subscription)?
    {
        return Ok(Vec::new());
    }
    let scope = filter.subscription.map_or(Scope::Tenant(tenant), Scope::Subscription);
    let pattern = filter.event_type.as_ref().unwrap_or(&TypePattern::All);
    let Some(places) = places(connection, scope, (pattern, filter))? else {
        accept(also, pattern);
        let mut outcomes = outcomes(connection, tenant)?;
        outcomes.retain(|outcome| outcome.is_wanted(filter));
        return Ok(outcomes.iter().map(|outcome| with(whole(), outcome)).collect());
    };
    let of_place = |place: &Place| {
        let arm = if filter.subscription.is_some() { whole().with("state <> 0", []) } else { whole() };
        with(arm.with("event_type = ?", [value(place.event_type.as_str().to_owned())]), &place.outcome)
    };
    let mut arms: Vec<_> = places.iter().map(of_place).collect();
    if filter.subscription.is_some() {
        let outcomes = outcomes(connection, tenant)?;
        let waiting = |outcome: &&Outcome| outcome.is_of(DeliveryState::Waiting) && outcome.is_wanted(filter);
        arms.extend(outcomes.iter().filter(waiting).map(|outcome| {
            let mut arm = with(whole(), outcome);
            accept(&mut arm, pattern);
            arm
        }));
    }
    Ok(arms)
}

/// Whether the subscription is the tenant's; so are its deliveries then, without a look at each.
fn is_of(
    connection: Connection<'_>,
    tenant: TenantId,
    subscription: SubscriptionId,
) -> Result<bool, ReadError> {
    let mut sql = Sql::new("SELECT count(*) FROM status_subscription WHERE id = ");
    sql.bind(id(subscription.uuid())).push(" AND tenant = ").bind(id(tenant.uuid()));
    Ok(sql.number(connection)? > 0)
}

fn with(arm: Conditions, outcome: &Outcome) -> Conditions {
    arm.with("outcome = ?", [value(outcome.text().to_owned())])
}

fn of_tenant(tenant: TenantId) -> Conditions {
    Conditions::default().with("tenant = ?", [id(tenant.uuid())])
}

fn of_subscription(subscription: SubscriptionId) -> Conditions {
    Conditions::default().with("subscription = ?", [id(subscription.uuid())])
}

/// What no index has.
fn rest(filter: &DeliveryFilter) -> Conditions {
    let mut also = Conditions::default();
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
    also
}

/// What the deliveries of a single event are picked by.
fn by_row(also: &mut Conditions, tenant: TenantId, filter: &DeliveryFilter) {
    also.add("coalesce(tenant, tenant) = ?", [id(tenant.uuid())]);
    if let Some(subscription) = filter.subscription {
        also.add("coalesce(subscription, subscription) = ?", [id(subscription.uuid())]);
    }
    if let Some(pattern) = &filter.event_type {
        accept(also, pattern);
    }
    if !filter.states.is_empty() {
        let places = vec!["?"; filter.states.len()].join(", ");
        let states = filter.states.iter().map(|state| value(state.number()));
        also.add(&format!("state + 0 IN ({places})"), states);
    }
    if let Some(class) = filter.status {
        also.add("substr(outcome, 2, 1) = ?", [value(class.digit().to_string())]);
    }
    if let Some(class) = &filter.error_class {
        also.add("coalesce(last_error_class, last_error_class) = ?", [value(class.clone())]);
    }
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
