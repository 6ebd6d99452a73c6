//! Registered event types.

use domain::event_type::Event;
use domain::{Description, EventTypeId, Sequence, TenantId, Timestamp};
use ledger::Record;

use crate::store::{Columns, Damage, Row, Tables, WriteError, as_id, integer, values};

/// A type of event that a tenant has registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventType {
    /// Its id.
    pub id: EventTypeId,
    /// Its name.
    pub name: domain::EventType,
    /// What it means.
    pub description: Description,
    /// Whether it may not be published any more.
    pub archived: bool,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// What an edit is checked against.
    pub version: Sequence,
}

pub(super) const SELECT: &str =
    "SELECT id, name, description, archived, created_at, updated_at, version FROM status_event_type";

pub(super) fn read(row: Row<'_>) -> Result<EventType, Damage> {
    let mut columns = Columns::of("status_event_type", row);
    Ok(EventType {
        id: EventTypeId::from_uuid(columns.uuid()?),
        name: columns.parsed(domain::EventType::parse)?,
        description: columns.parsed(Description::new)?,
        archived: columns.flag()?,
        created_at: columns.instant()?,
        updated_at: columns.instant()?,
        version: columns.sequence()?,
    })
}

pub(super) fn fold(record: &Record, event: &Event, tables: Tables<'_>) -> Result<(), WriteError> {
    const REGISTER: &str = "INSERT INTO status_event_type/*copy*/ \
                            (id, tenant, name, description, archived, created_at, updated_at, version) \
                            VALUES ($1, $2, $3, $4, 0, $5, $5, $6) ON CONFLICT (id) DO NOTHING";
    const DESCRIBE: &str =
        "UPDATE status_event_type/*copy*/ SET description = $1, updated_at = $2, version = $3 WHERE id = $4";
    const ARCHIVE: &str =
        "UPDATE status_event_type/*copy*/ SET archived = $1, updated_at = $2, version = $3 WHERE id = $4";
    const TOUCH: &str = "UPDATE status_event_type/*copy*/ SET updated_at = $1, version = $2 WHERE id = $3";
    let id = as_id(record.stream.uuid);
    let (at, version) = (record.recorded_at.as_micros(), integer(record.sequence.0));
    match event {
        Event::Registered { name, description, .. } => {
            let tenant = as_id(TenantId::uuid(record.tenant));
            tables.execute(REGISTER, values![id, tenant, name.as_str(), description.as_str(), at, version])?
        }
        Event::Described { description } => {
            tables.execute(DESCRIBE, values![description.as_str(), at, version, id])?
        }
        Event::VersionAdded { .. } | Event::Deprecated { .. } | Event::ValidationSet { .. } => {
            tables.execute(TOUCH, values![at, version, id])?
        }
        Event::Archived { .. } => tables.execute(ARCHIVE, values![true, at, version, id])?,
        Event::Restored => tables.execute(ARCHIVE, values![false, at, version, id])?,
    };
    Ok(())
}
