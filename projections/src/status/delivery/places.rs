//! Where in an index deliveries of wanted types stand: the pairs of type and outcome that there really are.

use domain::{EventType, SubscriptionId, TenantId, TypePattern};

use super::filter::DeliveryFilter;
use super::outcome::Outcome;
use crate::page::id;
use crate::store::{Columns, Connection, ReadError, Sql, integer};

/// Places that are looked at for one list.
const LOOKED_AT_MAX: usize = 1_024;
/// Places that one list is merged from; of more, each row is asked for its type.
const PLACES_MAX: usize = 192;

/// A type and an outcome that some delivery has.
pub(super) struct Place {
    pub(super) event_type: EventType,
    pub(super) outcome: Outcome,
}

/// Whose deliveries are looked at.
#[derive(Debug, Clone, Copy)]
pub(in crate::status) enum Scope {
    /// All of a tenant's.
    Tenant(TenantId),
    /// Those of a subscription of which there was an attempt, or that ended without one: what waits for its first has no
    /// place by type.
    Subscription(SubscriptionId),
}

impl Scope {
    fn push(self, sql: &mut Sql) {
        match self {
            Self::Tenant(tenant) => sql.push("one.tenant = ").bind(id(tenant.uuid())),
            Self::Subscription(subscription) => {
                sql.push("one.state <> 0 AND one.subscription = ").bind(id(subscription.uuid()))
            }
        };
    }
}

/// The places of deliveries whose type `pattern` accepts and whose outcome the filter wants: one step over the index for
/// each place of such a type, however many deliveries have it. None if the pattern accepts everything, or they are too
/// many to be merged.
pub(super) fn places(
    connection: Connection<'_>,
    scope: Scope,
    (pattern, filter): (&TypePattern, &DeliveryFilter),
) -> Result<Option<Vec<Place>>, ReadError> {
    if *pattern == TypePattern::All {
        return Ok(None);
    }
    let sql = sql_of_places(scope, pattern);
    let mut found = sql.all(connection, |row| {
        let mut columns = Columns::of("status_delivery", row);
        let event_type = columns.parsed(EventType::parse)?;
        Ok(Place { event_type, outcome: Outcome::stored(columns.text()?) })
    })?;
    if found.len() > LOOKED_AT_MAX {
        return Ok(None);
    }
    found.retain(|place| place.outcome.is_wanted(filter));
    Ok((found.len() <= PLACES_MAX).then_some(found))
}

pub(in crate::status) fn sql_of_places(scope: Scope, pattern: &TypePattern) -> Sql {
    let mut sql = Sql::new("WITH RECURSIVE found (event_type, outcome) AS (");
    sql.push("SELECT event_type, outcome FROM status_delivery WHERE id = ");
    first(&mut sql, scope, |sql| of_next_type(sql, pattern, None));
    sql.push(
        " UNION ALL SELECT delivery.event_type, delivery.outcome FROM found, status_delivery AS delivery ",
    );
    // Not compared as pairs: `SQLite` would go over every delivery that has the last one.
    sql.push("WHERE delivery.id = coalesce(");
    let next_outcome = "one.event_type = found.event_type AND one.outcome > found.outcome";
    first(&mut sql, scope, |sql| {
        sql.push(next_outcome);
    });
    sql.push(", ");
    first(&mut sql, scope, |sql| of_next_type(sql, pattern, Some("found.event_type")));
    sql.push(")) SELECT event_type, outcome FROM found LIMIT ").bind(integer(LOOKED_AT_MAX as u64 + 1));
    sql
}

/// Adds the first delivery like that, in the order of types and outcomes.
fn first(sql: &mut Sql, scope: Scope, which: impl FnOnce(&mut Sql)) {
    sql.push("(SELECT one.id FROM status_delivery AS one WHERE ");
    scope.push(sql);
    sql.push(" AND ");
    which(sql);
    sql.push(" ORDER BY one.event_type, one.outcome LIMIT 1)");
}

/// Adds that the type is one that the pattern accepts, and comes after the last one, if there is a last one. There is one
/// bound on either side, so that the index is entered at it.
fn of_next_type(sql: &mut Sql, pattern: &TypePattern, last: Option<&str>) {
    match pattern {
        TypePattern::All => sql.push("1 = 1"),
        TypePattern::Exact(name) => sql.push("one.event_type = ").bind(name.as_str().to_owned()),
        // '/' follows '.': everything in between starts with the family and a dot.
        TypePattern::Below(family) => sql.push("one.event_type < ").bind(format!("{family}/")),
    };
    match (pattern, last) {
        (_, Some(last)) => sql.push(" AND one.event_type > ").push(last),
        (TypePattern::Below(family), None) => sql.push(" AND one.event_type > ").bind(format!("{family}.")),
        (_, None) => sql,
    };
}
