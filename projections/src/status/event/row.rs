//! Events as rows, both ways.

use std::fmt;
use std::str::FromStr;

use domain::event::{EventKey, Published, Source};
use domain::{EventId, EventType, Position, TenantId, Timestamp};
use ledger::Record;

use crate::page::{Cursor, value};
use crate::store::{Columns, Damage, NewRow, Row, Tables, Value, WriteError, as_id, integer};

/// A published event, without its data, which the ledger has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Where it stands in the ledger.
    pub position: Position,
    /// What kind of fact it is.
    pub event_type: EventType,
    /// The version of the type's data.
    pub version: u32,
    /// Where it happened.
    pub source: Source,
    /// What the publisher calls it.
    pub key: Option<EventKey>,
    /// When it happened, as the publisher says.
    pub time: Timestamp,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// How many bytes its data has.
    pub data_bytes: u64,
}

impl Event {
    /// Where it stands in lists.
    pub const fn cursor(&self) -> EventCursor {
        EventCursor { accepted_at: self.accepted_at, position: self.position }
    }
}

/// Where an event stands in lists. Written as two numbers with a dot between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventCursor {
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Where it stands in the ledger, which tells apart those of the same instant.
    pub position: Position,
}

/// A text is not the cursor of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of a list of events")]
pub struct EventCursorError;

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.accepted_at.as_micros(), self.position)
    }
}

impl FromStr for EventCursor {
    type Err = EventCursorError;

    fn from_str(text: &str) -> Result<Self, EventCursorError> {
        let (micros, position) = text.split_once('.').ok_or(EventCursorError)?;
        let accepted_at = Timestamp::from_micros(micros.parse().map_err(|_| EventCursorError)?);
        Ok(Self { accepted_at, position: Position(position.parse().map_err(|_| EventCursorError)?) })
    }
}

impl Cursor for EventCursor {
    fn values(&self) -> Vec<Value<'static>> {
        vec![value(self.accepted_at.as_micros()), value(integer(self.position.0))]
    }
}

pub(in crate::status) const SELECT: &str =
    "SELECT id, position, event_type, version, source, key, time, accepted_at, data_bytes FROM status_event";

pub(in crate::status) fn read(row: Row<'_>) -> Result<Event, Damage> {
    let mut columns = Columns::of("status_event", row);
    Ok(Event {
        id: EventId::from_uuid(columns.uuid()?),
        position: columns.position()?,
        event_type: columns.parsed(EventType::parse)?,
        version: columns.number()?,
        source: columns.parsed(Source::new)?,
        key: columns.maybe_parsed(EventKey::new)?,
        time: columns.instant()?,
        accepted_at: columns.instant()?,
        data_bytes: columns.number()?,
    })
}

/// Writes events, each with the record that tells of it.
pub(in crate::status) fn insert_events(
    events: &[(&Record, &Published)],
    tables: Tables<'_>,
) -> Result<(), WriteError> {
    tables.each(include_str!("insert.sql"), events, fill)
}

fn fill((record, event): &(&Record, &Published), new: &mut NewRow<'_, '_>) -> Result<(), WriteError> {
    new.add(integer(record.position.0))?
        .add(as_id(record.stream.uuid))?
        .add(as_id(TenantId::uuid(record.tenant)))?
        .add(event.event_type.as_str())?
        .add(event.version)?
        .add(event.source.as_str())?
        .add(event.key.as_ref().map(EventKey::as_str))?
        .add(event.time.as_micros())?
        .add(event.accepted_at.as_micros())?
        .add(integer(event.data.as_str().len() as u64))?;
    Ok(())
}
