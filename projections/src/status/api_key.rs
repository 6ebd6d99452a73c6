//! API keys, without what proves anything.

use domain::api_key::{Event, Issue};
use domain::{ApiKeyId, Name, Scope, Sequence, TenantId, Timestamp};
use ledger::Record;

use crate::store::{Columns, Damage, Row, Tables, WriteError, as_id, integer, values};

/// A key that somebody proves themselves with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id; not the key.
    pub id: ApiKeyId,
    /// What people call it.
    pub name: Name,
    /// The first characters of the key.
    pub prefix: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// When it stops being good, if ever.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// What an edit is checked against.
    pub version: Sequence,
}

pub(super) const SELECT: &str = "SELECT id, name, prefix, scopes, expires_at, revoked_at, created_at, updated_at, \
                                 version FROM status_api_key";

pub(super) fn read(row: Row<'_>) -> Result<ApiKey, Damage> {
    let mut columns = Columns::of("status_api_key", row);
    Ok(ApiKey {
        id: ApiKeyId::from_uuid(columns.uuid()?),
        name: columns.parsed(Name::new)?,
        prefix: columns.text()?.to_owned(),
        scopes: columns.json()?,
        expires_at: columns.maybe_instant()?,
        revoked_at: columns.maybe_instant()?,
        created_at: columns.instant()?,
        updated_at: columns.instant()?,
        version: columns.sequence()?,
    })
}

pub(super) fn fold(record: &Record, event: &Event, tables: Tables<'_>) -> Result<(), WriteError> {
    const ISSUE: &str = "INSERT INTO status_api_key/*copy*/ \
                         (id, tenant, name, prefix, scopes, expires_at, created_at, updated_at, version) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8) ON CONFLICT (id) DO NOTHING";
    const REVOKE: &str =
        "UPDATE status_api_key/*copy*/ SET revoked_at = $1, updated_at = $1, version = $2 WHERE id = $3";
    let id = as_id(record.stream.uuid);
    let (at, version) = (record.recorded_at.as_micros(), integer(record.sequence.0));
    match event {
        Event::Issued(Issue { name, prefix, hash: _, scopes, expires_at }) => {
            let tenant = as_id(TenantId::uuid(record.tenant));
            let scopes = serde_json::to_string(scopes).expect("names of scopes are texts");
            let expires_at = expires_at.map(Timestamp::as_micros);
            tables
                .execute(ISSUE, values![id, tenant, name.as_str(), prefix, scopes, expires_at, at, version])?
        }
        Event::Revoked => tables.execute(REVOKE, values![at, version, id])?,
    };
    Ok(())
}
