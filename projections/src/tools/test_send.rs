//! Tests as rows, both ways.

use domain::test_send::{Event, Sent};
use domain::{Actor, Sequence, TenantId, TestId, Timestamp};
use ledger::Record;

use crate::page::{Cursor, id};
use crate::store::{Columns, Damage, Row, Tables, Value, WriteError, as_id, integer, values};

/// A request that was made to see how an endpoint answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestSend {
    /// Its id, which is also where it stands in lists.
    pub id: TestId,
    /// What was sent, and what came of it.
    pub sent: Sent,
    /// Who wanted it.
    pub actor: Actor,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// How many records there are of it.
    pub version: Sequence,
}

impl Cursor for TestId {
    fn values(&self) -> Vec<Value<'static>> {
        vec![id(self.uuid())]
    }
}

pub(super) const SELECT: &str = "SELECT id, sent, actor, created_at, version FROM tools_test";

pub(super) fn read(row: Row<'_>) -> Result<TestSend, Damage> {
    let mut columns = Columns::of("tools_test", row);
    Ok(TestSend {
        id: TestId::from_uuid(columns.uuid()?),
        sent: columns.json()?,
        actor: columns.json()?,
        created_at: columns.instant()?,
        version: columns.sequence()?,
    })
}

pub(super) fn fold(
    record: &Record,
    actor: &Actor,
    event: &Event,
    tables: Tables<'_>,
) -> Result<(), WriteError> {
    const SQL: &str = "INSERT INTO tools_test/*copy*/ (id, tenant, subscription, sent, actor, created_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    let Event::Sent(sent) = event;
    let values = values![
        as_id(record.stream.uuid),
        as_id(TenantId::uuid(record.tenant)),
        sent.subscription.map(domain::SubscriptionId::uuid),
        serde_json::to_string(sent).expect("what was sent has text keys"),
        serde_json::to_string(actor).expect("an actor has text keys"),
        record.recorded_at.as_micros(),
        integer(record.sequence.0),
    ];
    tables.execute(SQL, values)?;
    Ok(())
}
