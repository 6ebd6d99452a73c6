//! Which events a list shows, and how they are found.

use domain::event::{EventKey, Source};
use domain::{EventType, TenantId, Timestamp, TypePattern};

use super::row::{Event, EventCursor, SELECT, read};
use crate::page::{Conditions, Keys, List, Listed, Page, id, value};
use crate::store::{Connection, ReadError, Sql, Value, integer};

/// Types under one family that are merged from an index each; of families with more the tenant's events are looked at
/// one by one.
const TYPES_MAX: usize = 32;

/// Which events a list shows; those that meet all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of this type, or of the types below this family.
    pub event_type: Option<TypePattern>,
    /// From here.
    pub source: Option<Source>,
    /// Called this by the publisher.
    pub key: Option<EventKey>,
    /// Accepted at this instant or later.
    pub from: Option<Timestamp>,
    /// Accepted before this instant.
    pub before: Option<Timestamp>,
}

const KEYS: &[&str] = &["accepted_at", "position"];

pub(in crate::status) fn list(
    connection: Connection<'_>,
    tenant: TenantId,
    filter: &EventFilter,
    page: &Page<EventCursor>,
) -> Result<Listed<Event>, ReadError> {
    let plan = plan(connection, tenant, filter)?;
    let sql = plan.list(filter).page(connection, page);
    Ok(Listed::from_found(sql.all(connection, read)?, page))
}

pub(in crate::status) fn count(
    connection: Connection<'_>,
    tenant: TenantId,
    filter: &EventFilter,
    bound: u64,
) -> Result<u64, ReadError> {
    plan(connection, tenant, filter)?.list(filter).count(bound).number(connection)
}

/// How a page is found.
#[cfg(test)]
pub(in crate::status) fn sql_of_page(
    connection: Connection<'_>,
    tenant: TenantId,
    filter: &EventFilter,
    page: &Page<EventCursor>,
) -> Result<Sql, ReadError> {
    Ok(plan(connection, tenant, filter)?.list(filter).page(connection, page))
}

/// The ranges of indexes to merge, and what is looked at row by row.
struct Plan {
    arms: Vec<Conditions>,
    also: Conditions,
}

impl Plan {
    fn list(&self, filter: &EventFilter) -> List<'_, EventCursor> {
        let edge = |at: Timestamp| EventCursor { accepted_at: at, position: domain::Position::START };
        let keys = Keys {
            columns: KEYS,
            apart: false,
            above: filter.from.map(edge),
            below: filter.before.map(edge),
        };
        List { select: SELECT, keys, arms: &self.arms, also: &self.also }
    }
}

fn plan(connection: Connection<'_>, tenant: TenantId, filter: &EventFilter) -> Result<Plan, ReadError> {
    let of_tenant = || Conditions::default().with("tenant = ?", [id(tenant.uuid())]);
    let mut also = Conditions::default();
    let mut arms = None;
    if let Some(key) = &filter.key {
        arms = Some(vec![of_tenant().with("key = ?", [text(key.as_str())])]);
    }
    let types = filter.event_type.as_ref().filter(|pattern| **pattern != TypePattern::All);
    if let Some(pattern) = types {
        if arms.is_none()
            && let Some(types) = types_accepted(connection, tenant, pattern)?
        {
            let arm = |name: &EventType| of_tenant().with("event_type = ?", [text(name.as_str())]);
            arms = Some(types.iter().map(arm).collect());
        } else {
            accept(&mut also, pattern);
        }
    }
    if let Some(source) = &filter.source {
        if arms.is_none() {
            arms = Some(vec![of_tenant().with("source = ?", [text(source.as_str())])]);
        } else {
            // Joined to nothing so that no index over sources is taken instead.
            also.add("source || '' = ?", [text(source.as_str())]);
        }
    }
    Ok(Plan { arms: arms.unwrap_or_else(|| vec![of_tenant()]), also })
}

/// Looks at the type row by row.
pub(in crate::status) fn accept(conditions: &mut Conditions, pattern: &TypePattern) {
    match pattern {
        TypePattern::All => {}
        TypePattern::Exact(name) => conditions.add("event_type || '' = ?", [text(name.as_str())]),
        TypePattern::Below(family) => {
            // '/' follows '.': everything in between starts with the family and a dot.
            let (from, to) = (format!("{family}."), format!("{family}/"));
            conditions.add("event_type || '' >= ?", [value(from)]);
            conditions.add("event_type || '' < ?", [value(to)]);
        }
    }
}

/// The types of the tenant's events that `pattern` accepts, in order; none if they are too many to be merged.
fn types_accepted(
    connection: Connection<'_>,
    tenant: TenantId,
    pattern: &TypePattern,
) -> Result<Option<Vec<EventType>>, ReadError> {
    let family = match pattern {
        TypePattern::Exact(name) => return Ok(Some(vec![name.clone()])),
        TypePattern::All => return Ok(None),
        TypePattern::Below(family) => family,
    };
    // '/' follows '.': everything in between starts with the family and a dot.
    let (from, to) = (format!("{family}."), format!("{family}/"));
    // One step over the index for each type, however many events there are of it.
    let least = |sql: &mut Sql, after: &str| {
        sql.push("SELECT (SELECT min(event.event_type) FROM status_event AS event WHERE event.tenant = ");
        sql.bind(id(tenant.uuid())).push(" AND event.event_type < ").bind(to.clone());
        sql.push(" AND event.event_type > ").push(after);
    };
    let mut sql = Sql::new("WITH RECURSIVE found (event_type) AS (");
    least(&mut sql, "");
    sql.bind(from).push(") UNION ALL ");
    least(&mut sql, "found.event_type");
    sql.push(") FROM found WHERE found.event_type IS NOT NULL) ");
    sql.push("SELECT event_type FROM found WHERE event_type IS NOT NULL LIMIT ");
    sql.bind(integer(TYPES_MAX as u64 + 1));
    let types =
        sql.all(connection, |row| crate::store::Columns::of("status_event", row).parsed(EventType::parse))?;
    Ok((types.len() <= TYPES_MAX).then_some(types))
}

fn text(text: &str) -> Value<'static> {
    value(text.to_owned())
}
