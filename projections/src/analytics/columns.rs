//! Counts and scopes as columns, both ways.

use domain::{EventType, SubscriptionId, TenantId, Timestamp};

use super::counts::Counts;
use super::series::Scope;
use super::sketch::Sketch;
use crate::store::{Columns, Damage, Value, as_id, integer};

/// The columns of counts, in the order of [`counts`] and [`read_counts`].
pub(super) const COUNTS: &str = "published, matched, dead_lettered, success, redirect, client_error, server_error, \
     no_response, slowest_us, latency";

/// The values of [`COUNTS`].
pub(super) fn counts(counts: &Counts) -> impl Iterator<Item = Value<'static>> + use<> {
    let before = [counts.published, counts.matched, counts.dead_lettered];
    let numbers = before.into_iter().chain(counts.answers).chain([counts.slowest_us]);
    let latency = counts.latency.encode();
    numbers.map(|number| Value::from(integer(number))).chain([Value::from(latency)])
}

/// Reads [`COUNTS`].
pub(super) fn read_counts(columns: &mut Columns<'_>) -> Result<Counts, Damage> {
    let (published, matched, dead_lettered) = (columns.number()?, columns.number()?, columns.number()?);
    let mut answers = [0; 5];
    for answer in &mut answers {
        *answer = columns.number()?;
    }
    let slowest_us = columns.number()?;
    let latency = columns.bytes(Sketch::decode)?;
    Ok(Counts { published, matched, dead_lettered, answers, slowest_us, latency })
}

/// The tenant of a scope as it is stored.
pub(super) fn tenant(scope: &Scope) -> Value<'static> {
    as_id(TenantId::uuid(scope.tenant))
}

/// The subscription of a scope as it is stored.
pub(super) fn subscription(scope: &Scope) -> Value<'static> {
    Value::from(scope.subscription.map_or_else(Vec::new, |id| id.uuid().as_bytes().to_vec()))
}

/// The event type of a scope as it is stored.
pub(super) fn event_type(scope: &Scope) -> Value<'static> {
    Value::from(scope.event_type.as_ref().map_or_else(String::new, |name| name.as_str().to_owned()))
}

/// An instant as it is stored.
pub(super) fn instant(at: Timestamp) -> Value<'static> {
    Value::from(at.as_micros())
}

/// Reads tenant, subscription and event type.
pub(super) fn read_scope(columns: &mut Columns<'_>) -> Result<Scope, Damage> {
    Ok(Scope {
        tenant: TenantId::from_uuid(columns.uuid()?),
        subscription: columns.bytes(|bytes| match bytes {
            [] => Some(None),
            bytes => uuid::Uuid::from_slice(bytes).ok().map(|id| Some(SubscriptionId::from_uuid(id))),
        })?,
        event_type: columns.parsed(|name| match name {
            "" => Ok(None),
            name => EventType::parse(name).map(Some),
        })?,
    })
}
