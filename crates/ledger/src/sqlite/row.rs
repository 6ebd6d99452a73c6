//! Records as rows, both ways.

use std::sync::Arc;

use domain::{Position, RecordId, Sequence, StreamId, StreamKind, TenantId, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{Row, Statement};
use uuid::Uuid;

use crate::filter::Kinds;
use crate::new_record::{NewRecord, Origin};
use crate::outcome::LedgerError;
use crate::record::Record;
use crate::upcast::Upcasters;

/// The columns, in the order that is bound and read here.
pub(super) const COLUMNS: &str = "position, aggregate_type, aggregate_id, sequence, event_type, event_version, \
                                  payload, metadata, record_id, tenant, recorded_at";
/// How many there are.
pub(super) const COLUMN_COUNT: usize = 11;

/// The number that a kind is stored as: chosen once, never reused. Below 32 is the control plane, which has an index
/// of its own; all are below 63, so that a set of kinds fits an integer of `SQLite`.
pub(super) const fn kind_number(kind: StreamKind) -> i64 {
    match kind {
        StreamKind::Tenant => 1,
        StreamKind::ApiKey => 2,
        StreamKind::EventType => 3,
        StreamKind::Subscription => 4,
        StreamKind::BulkAction => 5,
        StreamKind::Event => 32,
        StreamKind::Delivery => 33,
        StreamKind::Test => 34,
    }
}

/// The kinds as bits, bit n for number n.
pub(super) fn kind_bits(kinds: Kinds) -> i64 {
    kinds.iter().fold(0, |bits, kind| bits | 1 << kind_number(kind))
}

/// Binds the columns of `record` at `position` as the `row`th row of values.
pub(super) fn bind(
    statement: &mut Statement<'_>,
    row: usize,
    position: Position,
    record: &NewRecord,
) -> rusqlite::Result<()> {
    let first = row * COLUMN_COUNT;
    statement.raw_bind_parameter(first + 1, integer(position.0))?;
    statement.raw_bind_parameter(first + 2, kind_number(record.stream.kind))?;
    statement.raw_bind_parameter(first + 3, &record.stream.uuid.as_bytes()[..])?;
    statement.raw_bind_parameter(first + 4, integer(record.sequence.0))?;
    statement.raw_bind_parameter(first + 5, &*record.record_type)?;
    statement.raw_bind_parameter(first + 6, record.version)?;
    statement.raw_bind_parameter(first + 7, &*record.payload)?;
    statement.raw_bind_parameter(first + 8, &*record.metadata)?;
    statement.raw_bind_parameter(first + 9, &record.id.uuid().as_bytes()[..])?;
    statement.raw_bind_parameter(first + 10, &record.tenant.uuid().as_bytes()[..])?;
    statement.raw_bind_parameter(first + 11, record.recorded_at.as_micros())
}

/// A number of ours as one of `SQLite`'s, which has a sign bit.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The record that stands in `row`; whatever is not as this module writes it is damage with a place and a name.
pub(super) fn read(row: &Row<'_>, upcasters: &Arc<Upcasters>) -> Result<Record, LedgerError> {
    let position =
        row.get_ref(0).ok().and_then(|value| value.as_i64().ok()).and_then(|n| u64::try_from(n).ok());
    let columns = Columns { row, position: Position(position.unwrap_or(0)) };
    let origin = Origin {
        tenant: TenantId::from_uuid(columns.uuid(9, "tenant")?),
        metadata: columns.text(7, "metadata")?.into(),
        recorded_at: Timestamp::from_micros(columns.integer(10, "recorded_at")?),
    };
    let stream = StreamId { kind: columns.kind()?, uuid: columns.uuid(2, "aggregate_id")? };
    let new = NewRecord::raw(
        RecordId::from_uuid(columns.uuid(8, "record_id")?),
        stream,
        Sequence(columns.unsigned(3, "sequence")?),
        (columns.text(4, "event_type")?.to_owned().into(), columns.unsigned(5, "event_version")?),
        columns.text(6, "payload")?,
        &origin,
    );
    Ok(Record::recorded(new, columns.position, upcasters.clone()))
}

/// The columns of one row, each with the name under which its damage is reported.
struct Columns<'r> {
    row: &'r Row<'r>,
    position: Position,
}

impl<'r> Columns<'r> {
    fn damaged(&self, column: &str, what: impl std::fmt::Display) -> LedgerError {
        LedgerError::Damaged { position: self.position, reason: format!("records.{column} {what}") }
    }

    fn value(&self, index: usize, column: &str) -> Result<ValueRef<'r>, LedgerError> {
        self.row.get_ref(index).map_err(|error| self.damaged(column, format_args!("is unreadable: {error}")))
    }

    fn text(&self, index: usize, column: &str) -> Result<&'r str, LedgerError> {
        self.value(index, column)?.as_str().map_err(|_| self.damaged(column, "is not UTF-8 text"))
    }

    fn integer(&self, index: usize, column: &str) -> Result<i64, LedgerError> {
        self.value(index, column)?.as_i64().map_err(|_| self.damaged(column, "is not an integer"))
    }

    fn unsigned<T: TryFrom<i64>>(&self, index: usize, column: &str) -> Result<T, LedgerError> {
        let number = self.integer(index, column)?;
        T::try_from(number)
            .map_err(|_| self.damaged(column, format_args!("is {number}, which is out of range")))
    }

    fn uuid(&self, index: usize, column: &str) -> Result<Uuid, LedgerError> {
        let bytes = self.value(index, column)?.as_blob().ok();
        let uuid = bytes.and_then(|bytes| Uuid::from_slice(bytes).ok());
        uuid.ok_or_else(|| self.damaged(column, "is not 16 bytes"))
    }

    fn kind(&self) -> Result<StreamKind, LedgerError> {
        let number = self.integer(1, "aggregate_type")?;
        let kind = StreamKind::ALL.into_iter().find(|kind| kind_number(*kind) == number);
        kind.ok_or_else(|| {
            self.damaged("aggregate_type", format_args!("is {number}, which names no kind of stream"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_kinds_are_numbered_below_the_limit_of_their_index_and_no_number_is_used_twice() {
        let mut numbers: Vec<_> = StreamKind::ALL.into_iter().map(kind_number).collect();
        for kind in StreamKind::ALL {
            assert_eq!(kind_number(kind) < 32, StreamKind::CONTROL.contains(&kind), "{kind:?}");
            assert!((1..63).contains(&kind_number(kind)));
        }
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), StreamKind::ALL.len());
    }
}
