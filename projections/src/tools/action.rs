//! Bulk actions as rows, both ways.

use domain::bulk_action::{Event, Order, Progress};
use domain::{Actor, BulkActionId, Sequence, TenantId, Timestamp};
use ledger::Record;

use crate::page::{Cursor, id};
use crate::store::{Columns, Damage, Row, Tables, Value, WriteError, as_id, integer, values};

/// Whether a bulk action goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionState {
    /// It does.
    Running,
    /// It dealt with everything.
    Completed,
    /// Somebody ended it.
    Cancelled,
}

impl ActionState {
    const ALL: [Self; 3] = [Self::Running, Self::Completed, Self::Cancelled];

    /// The stored number: chosen once, never reused.
    const fn number(self) -> i64 {
        match self {
            Self::Running => 0,
            Self::Completed => 1,
            Self::Cancelled => 2,
        }
    }
}

/// Something that is done to many deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Its id, which is also where it stands in lists.
    pub id: BulkActionId,
    /// Whether it goes on.
    pub state: ActionState,
    /// What was asked for.
    pub order: Order,
    /// Who asked.
    pub actor: Actor,
    /// How many deliveries were looked at.
    pub looked_at: u64,
    /// How many are other than before because of it.
    pub changed: u64,
    /// How many were left as they were.
    pub skipped: u64,
    /// When it began.
    pub created_at: Timestamp,
    /// When anything was recorded of it last: when it ended, once it has.
    pub updated_at: Timestamp,
    /// How many records there are of it.
    pub version: Sequence,
}

impl Cursor for BulkActionId {
    fn values(&self) -> Vec<Value<'static>> {
        vec![id(self.uuid())]
    }
}

pub(super) const SELECT: &str = "SELECT id, state, wanted, actor, looked_at, changed, skipped, created_at, updated_at, \
                                 version FROM tools_action";

pub(super) fn read(row: Row<'_>) -> Result<Action, Damage> {
    let mut columns = Columns::of("tools_action", row);
    let id = BulkActionId::from_uuid(columns.uuid()?);
    let state: i64 = columns.number()?;
    let state = ActionState::ALL.into_iter().find(|known| known.number() == state);
    Ok(Action {
        id,
        state: state.ok_or_else(|| columns.damage())?,
        order: columns.json()?,
        actor: columns.json()?,
        looked_at: columns.number()?,
        changed: columns.number()?,
        skipped: columns.number()?,
        created_at: columns.instant()?,
        updated_at: columns.instant()?,
        version: columns.sequence()?,
    })
}

pub(super) fn fold(
    record: &Record,
    actor: &Actor,
    event: &Event,
    tables: Tables<'_>,
) -> Result<(), WriteError> {
    const BEGIN: &str = "INSERT INTO tools_action/*copy*/ (id, tenant, state, wanted, actor, looked_at, changed, \
         skipped, created_at, updated_at, version) VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6, $7, $8) \
         ON CONFLICT (id) DO NOTHING";
    const ADVANCE: &str = "UPDATE tools_action/*copy*/ SET state = $1, looked_at = $2, changed = $3, skipped = $4, \
         updated_at = $5, version = $6 WHERE id = $7";
    const CANCEL: &str =
        "UPDATE tools_action/*copy*/ SET state = $1, updated_at = $2, version = $3 WHERE id = $4";
    let id = || as_id(record.stream.uuid);
    let (at, version) = (record.recorded_at.as_micros(), integer(record.sequence.0));
    let advance = |state: ActionState, progress: &Progress| {
        let counts = [progress.looked_at, progress.changed, progress.skipped].map(integer);
        tables.execute(ADVANCE, values![state.number(), counts[0], counts[1], counts[2], at, version, id()])
    };
    match event {
        Event::Started { order } => {
            let tenant = as_id(TenantId::uuid(record.tenant));
            let wanted = serde_json::to_string(order).expect("an order has text keys");
            let actor = serde_json::to_string(actor).expect("an actor has text keys");
            let running = ActionState::Running.number();
            tables.execute(BEGIN, values![id(), tenant, running, wanted, actor, at, at, version])?
        }
        Event::Advanced { progress } => advance(ActionState::Running, progress)?,
        Event::Completed { progress } => advance(ActionState::Completed, progress)?,
        Event::Cancelled { .. } => {
            tables.execute(CANCEL, values![ActionState::Cancelled.number(), at, version, id()])?
        }
    };
    Ok(())
}
