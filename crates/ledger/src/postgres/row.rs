//! Records as rows, both ways.

use std::fmt;
use std::sync::Arc;

use domain::{Position, RecordId, Sequence, StreamId, StreamKind, TenantId, Timestamp};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{
    PgArgumentBuffer, PgArguments, PgHasArrayType, PgRow, PgTypeInfo, PgValueFormat, PgValueRef,
};
use sqlx::query::Query;
use sqlx::{Decode, Encode, Postgres, Row, Type};
use uuid::Uuid;

use crate::new_record::{NewRecord, Origin};
use crate::outcome::LedgerError;
use crate::record::Record;
use crate::upcast::Upcasters;

/// A query with arguments.
pub(super) type Bound = Query<'static, Postgres, PgArguments>;

/// An instant as the database keeps it: microseconds since the year 2000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instant(pub(super) Timestamp);

impl Instant {
    /// Microseconds from 1970 to 2000.
    const OFFSET: i64 = 946_684_800_000_000;

    /// Microseconds since the year 2000.
    pub(super) const fn to_database(self) -> i64 {
        self.0.as_micros() - Self::OFFSET
    }
}

impl Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1184))
    }
}

impl PgHasArrayType for Instant {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1185))
    }
}

impl Encode<'_, Postgres> for Instant {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Postgres>::encode(self.to_database(), buffer)
    }
}

impl Decode<'_, Postgres> for Instant {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => {
                let micros = i64::decode(value)?;
                Ok(Self(Timestamp::from_micros(micros.saturating_add(Self::OFFSET))))
            }
            PgValueFormat::Text => Err("instants are read in binary".into()),
        }
    }
}

/// The columns of many records, one array for each.
#[derive(Debug, Default)]
pub(super) struct Columns {
    kinds: Vec<&'static str>,
    ids: Vec<String>,
    sequences: Vec<i64>,
    types: Vec<String>,
    versions: Vec<i32>,
    payloads: Vec<String>,
    metadata: Vec<String>,
    record_ids: Vec<Uuid>,
    tenants: Vec<Uuid>,
    instants: Vec<Instant>,
}

impl Columns {
    pub(super) fn push(&mut self, record: &NewRecord) {
        self.kinds.push(record.stream.kind.as_str());
        self.ids.push(record.stream.to_string());
        self.sequences.push(integer(record.sequence.0));
        self.types.push(record.record_type.clone().into_owned());
        self.versions.push(record.version.into());
        self.payloads.push(record.payload.to_string());
        self.metadata.push(record.metadata.to_string());
        self.record_ids.push(record.id.uuid());
        self.tenants.push(record.tenant.uuid());
        self.instants.push(Instant(record.recorded_at));
    }

    pub(super) const fn len(&self) -> usize {
        self.ids.len()
    }

    /// As the first ten arguments.
    pub(super) fn bind(self, query: Bound) -> Bound {
        query
            .bind(self.kinds)
            .bind(self.ids)
            .bind(self.sequences)
            .bind(self.types)
            .bind(self.versions)
            .bind(self.payloads)
            .bind(self.metadata)
            .bind(self.record_ids)
            .bind(self.tenants)
            .bind(self.instants)
    }
}

/// Places in streams, one array for each column.
#[derive(Debug, Default)]
pub(super) struct Places {
    kinds: Vec<&'static str>,
    ids: Vec<String>,
    sequences: Vec<i64>,
}

impl Places {
    pub(super) fn push(&mut self, stream: StreamId, sequence: Sequence) {
        self.kinds.push(stream.kind.as_str());
        self.ids.push(stream.to_string());
        self.sequences.push(integer(sequence.0));
    }

    /// As the next three arguments.
    pub(super) fn bind(self, query: Bound) -> Bound {
        query.bind(self.kinds).bind(self.ids).bind(self.sequences)
    }

    /// Without the sequences, as the next two arguments.
    pub(super) fn bind_streams(self, query: Bound) -> Bound {
        query.bind(self.kinds).bind(self.ids)
    }
}

/// A number of ours as one of the database's, which has a sign bit.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number of the database's, none of which is negative.
pub(super) fn number(integer: i64) -> u64 {
    u64::try_from(integer).unwrap_or(0)
}

/// The record that stands in `row`; whatever is not as this module writes it is damage with a place and a name.
pub(super) fn read(row: &PgRow, upcasters: &Arc<Upcasters>) -> Result<Record, LedgerError> {
    let position = row.try_get(0).map_err(LedgerError::unavailable)?;
    let columns = Reading { row, position: Position(number(position)) };
    let origin = Origin {
        tenant: TenantId::from_uuid(columns.get(9, "tenant")?),
        metadata: columns.get::<&str>(7, "metadata")?.into(),
        recorded_at: columns.get::<Instant>(10, "recorded_at")?.0,
    };
    let new = NewRecord::raw(
        RecordId::from_uuid(columns.get(8, "record_id")?),
        columns.stream()?,
        Sequence(number(columns.get(3, "sequence")?)),
        (columns.get::<String>(4, "event_type")?.into(), columns.version()?),
        columns.get::<&str>(6, "payload")?,
        &origin,
    );
    Ok(Record::recorded(new, columns.position, upcasters.clone()))
}

/// The columns of one row, each with the name under which its damage is reported.
struct Reading<'r> {
    row: &'r PgRow,
    position: Position,
}

impl<'r> Reading<'r> {
    fn get<T: Decode<'r, Postgres> + Type<Postgres>>(
        &self,
        index: usize,
        column: &str,
    ) -> Result<T, LedgerError> {
        self.row.try_get(index).map_err(|error| self.damaged(column, format_args!("is unreadable: {error}")))
    }

    fn damaged(&self, column: &str, what: impl fmt::Display) -> LedgerError {
        LedgerError::Damaged { position: self.position, reason: format!("records.{column} {what}") }
    }

    fn version(&self) -> Result<u16, LedgerError> {
        let version: &str = self.get(5, "event_version")?;
        version.parse().map_err(|_| self.damaged("event_version", "is not a number"))
    }

    fn stream(&self) -> Result<StreamId, LedgerError> {
        let (kind, id): (&str, &str) = (self.get(1, "aggregate_type")?, self.get(2, "aggregate_id")?);
        let kind = StreamKind::from_name(kind)
            .ok_or_else(|| self.damaged("aggregate_type", "names no kind of stream"))?;
        let stream = id.parse::<StreamId>().ok().filter(|stream| stream.kind == kind);
        stream.ok_or_else(|| self.damaged("aggregate_id", "is no id of its kind"))
    }
}
