//! Deliveries as rows, both ways.

use domain::delivery::DeadLetterReason;
use domain::{DeliveryId, EventId, EventType, Position, Sequence, SubscriptionId, TenantId, Timestamp};
use uuid::Uuid;

use super::outcome::Outcome;
use super::state::{DeliveryState, reason};
use crate::page::{Cursor, id};
use crate::store::{Columns, Damage, NewRow, Row, Tables, Value, WriteError, as_id, integer};

/// One event for one subscription, and how far it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, which is also where it stands in lists.
    pub id: DeliveryId,
    /// Whose it is.
    pub tenant: TenantId,
    /// To whom.
    pub subscription: SubscriptionId,
    /// What.
    pub event: EventId,
    /// Where the event stands in the ledger.
    pub event_position: Position,
    /// The event's type.
    pub event_type: EventType,
    /// What it is waiting for.
    pub state: DeliveryState,
    /// How many requests were made.
    pub attempts: u32,
    /// When the next one is due, if one is planned.
    pub next_attempt_at: Option<Timestamp>,
    /// The status of the last response; none if the last request got none.
    pub last_status: Option<u16>,
    /// Why the last request got no response.
    pub last_error_class: Option<String>,
    /// When the last request started.
    pub last_attempt_at: Option<Timestamp>,
    /// Why it is a dead letter.
    pub dead_letter_reason: Option<DeadLetterReason>,
    /// When its event was accepted.
    pub created_at: Timestamp,
    /// When anything was recorded of it last.
    pub updated_at: Timestamp,
    /// How many records its stream has: what an edit is checked against. None until the first outcome.
    pub version: Sequence,
}

impl Cursor for DeliveryId {
    fn values(&self) -> Vec<Value<'static>> {
        vec![id(self.uuid())]
    }
}

pub(in crate::status) const SELECT: &str = "SELECT id, tenant, subscription, event, event_position, event_type, \
     state, attempts, next_attempt_at, last_status, last_error_class, last_attempt_at, dead_letter_reason, \
     created_at, updated_at, version FROM status_delivery";

pub(in crate::status) fn read(row: Row<'_>) -> Result<Delivery, Damage> {
    let mut columns = Columns::of("status_delivery", row);
    Ok(Delivery {
        id: DeliveryId::from_uuid(columns.uuid()?),
        tenant: TenantId::from_uuid(columns.uuid()?),
        subscription: SubscriptionId::from_uuid(columns.uuid()?),
        event: EventId::from_uuid(columns.uuid()?),
        event_position: columns.position()?,
        event_type: columns.parsed(EventType::parse)?,
        state: DeliveryState::from_number(columns.number()?).ok_or_else(|| columns.damage())?,
        attempts: columns.number()?,
        next_attempt_at: columns.maybe_instant()?,
        last_status: columns.maybe_number()?,
        last_error_class: columns.maybe_text()?.map(str::to_owned),
        last_attempt_at: columns.maybe_instant()?,
        dead_letter_reason: columns.maybe_parsed(reason)?,
        created_at: columns.instant()?,
        updated_at: columns.instant()?,
        version: columns.sequence()?,
    })
}

/// The deliveries with these ids, of whichever tenant.
pub(super) fn find(ids: &[Uuid], tables: Tables<'_>) -> Result<Vec<Delivery>, WriteError> {
    tables.find_ids(include_str!("find.sql"), ids, read)
}

const UPSERT: &str = include_str!("upsert.sql");

/// Writes deliveries that are not there yet. That spares both databases what they do to be able to go on after a conflict.
pub(super) fn insert(rows: &[&Delivery], tables: Tables<'_>) -> Result<(), WriteError> {
    let (insert, _on_conflict) = UPSERT.split_once("\nON CONFLICT").unwrap_or((UPSERT, ""));
    tables.each(insert, rows, |row, new| fill(row, new))
}

/// Writes deliveries, whether they are there already or not.
pub(super) fn write(rows: &[&Delivery], tables: Tables<'_>) -> Result<(), WriteError> {
    tables.each(UPSERT, rows, |row, new| fill(row, new))
}

fn fill(row: &Delivery, new: &mut NewRow<'_, '_>) -> Result<(), WriteError> {
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    new.add(as_id(row.id.uuid()))?
        .add(as_id(row.tenant.uuid()))?
        .add(as_id(row.subscription.uuid()))?
        .add(as_id(row.event.uuid()))?
        .add(integer(row.event_position.0))?
        .add(row.event_type.as_str())?
        .add(row.state.number())?
        .add(row.attempts)?
        .add(micros(row.next_attempt_at))?
        .add(row.last_status)?
        .add(row.last_error_class.as_deref())?
        .add(Outcome::of(row).text())?
        .add(micros(row.last_attempt_at))?
        .add(row.dead_letter_reason.map(DeadLetterReason::as_str))?
        .add(row.created_at.as_micros())?
        .add(row.updated_at.as_micros())?
        .add(integer(row.version.0))?;
    Ok(())
}
