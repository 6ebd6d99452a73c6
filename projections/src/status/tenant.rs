//! Tenants, for operators.

use domain::tenant::Event;
use domain::{Description, Name, Sequence, TenantId, Timestamp};
use ledger::Record;

use crate::store::{Columns, Damage, Row, Tables, WriteError, as_id, integer, values};

/// An isolated customer of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// What people call it.
    pub name: Name,
    /// Why its calls are refused; none while they are served.
    pub suspended: Option<Description>,
    /// When it came to be.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// What an edit is checked against.
    pub version: Sequence,
}

pub(super) const SELECT: &str =
    "SELECT id, name, suspended, created_at, updated_at, version FROM status_tenant";

pub(super) fn read(row: Row<'_>) -> Result<Tenant, Damage> {
    let mut columns = Columns::of("status_tenant", row);
    Ok(Tenant {
        id: TenantId::from_uuid(columns.uuid()?),
        name: columns.parsed(Name::new)?,
        suspended: columns.maybe_parsed(Description::new)?,
        created_at: columns.instant()?,
        updated_at: columns.instant()?,
        version: columns.sequence()?,
    })
}

pub(super) fn fold(record: &Record, event: &Event, tables: Tables<'_>) -> Result<(), WriteError> {
    const CREATE: &str = "INSERT INTO status_tenant/*copy*/ (name, created_at, updated_at, version, id) \
                          VALUES ($1, $2, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
    const RENAME: &str =
        "UPDATE status_tenant/*copy*/ SET name = $1, updated_at = $2, version = $3 WHERE id = $4";
    const SUSPEND: &str =
        "UPDATE status_tenant/*copy*/ SET suspended = $1, updated_at = $2, version = $3 WHERE id = $4";
    let (sql, text) = match event {
        Event::Created { name } => (CREATE, Some(name.as_str())),
        Event::Renamed { name } => (RENAME, Some(name.as_str())),
        Event::Suspended { note } => (SUSPEND, Some(note.as_str())),
        Event::Reinstated => (SUSPEND, None),
    };
    let (at, version) = (record.recorded_at.as_micros(), integer(record.sequence.0));
    tables.execute(sql, values![text, at, version, as_id(record.stream.uuid)])?;
    Ok(())
}
