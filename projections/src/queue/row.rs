//! Waiting deliveries as rows, both ways.

use domain::delivery::{Progress, State};
use domain::policy::Budget;
use domain::{DeliveryId, EventId, EventType, Position, Sequence, SubscriptionId, TenantId, Timestamp};
use uuid::Uuid;

use crate::store::{Columns, Damage, NewRow, Row, Tables, WriteError, as_id, integer};

/// A delivery that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The delivery.
    pub delivery: DeliveryId,
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
    /// How far it got; always waiting.
    pub progress: Progress,
    /// How many records its stream has; none until something is recorded of it.
    pub sequence: Sequence,
}

/// Where a retry stands in the order of retries: by when it is due, then by id.
pub type RetryKey = (Timestamp, DeliveryId);

impl Waiting {
    /// Whether it waits for its very first attempt, and nobody asked for it by hand.
    pub const fn is_first(&self) -> bool {
        self.progress.attempts == 0 && !matches!(self.progress.state, State::Waiting { by_hand: true, .. })
    }

    /// Where it stands among the retries; none while it waits for its first attempt.
    pub fn retry_key(&self) -> Option<RetryKey> {
        self.progress.due_at().filter(|_| !self.is_first()).map(|due_at| (due_at, self.delivery))
    }
}

pub(super) const SELECT: &str = "SELECT delivery, tenant, subscription, event, event_position, event_type, due_at, \
                                 attempts, budget_made, budget_since, sequence, by_hand FROM queue_waiting";

pub(super) fn read(row: Row<'_>) -> Result<Waiting, Damage> {
    let mut columns = Columns::of("queue_waiting", row);
    let delivery = DeliveryId::from_uuid(columns.uuid()?);
    let tenant = TenantId::from_uuid(columns.uuid()?);
    let subscription = SubscriptionId::from_uuid(columns.uuid()?);
    let event = EventId::from_uuid(columns.uuid()?);
    let event_position = columns.position()?;
    let event_type = columns.parsed(EventType::parse)?;
    let due_at = columns.maybe_instant()?;
    let attempts = columns.number()?;
    let budget = Budget { made: columns.number()?, since: columns.instant()? };
    let sequence = columns.sequence()?;
    let state = State::Waiting { due_at: due_at.unwrap_or(budget.since), by_hand: columns.flag()? };
    let progress = Progress { attempts, budget, state };
    Ok(Waiting { delivery, tenant, subscription, event, event_position, event_type, progress, sequence })
}

/// Those of these deliveries that wait.
pub(super) fn find(deliveries: &[Uuid], tables: Tables<'_>) -> Result<Vec<Waiting>, WriteError> {
    tables.find_ids(include_str!("find.sql"), deliveries, read)
}

/// Writes what waits, whether it is there already or not.
pub(super) fn write(rows: &[&Waiting], tables: Tables<'_>) -> Result<(), WriteError> {
    tables.each(include_str!("upsert.sql"), rows, |row, new| fill(row, new))
}

fn fill(row: &Waiting, new: &mut NewRow<'_, '_>) -> Result<(), WriteError> {
    let by_hand = matches!(row.progress.state, State::Waiting { by_hand: true, .. });
    new.add(as_id(row.delivery.uuid()))?
        .add(as_id(row.tenant.uuid()))?
        .add(as_id(row.subscription.uuid()))?
        .add(as_id(row.event.uuid()))?
        .add(integer(row.event_position.0))?
        .add(row.event_type.as_str())?
        .add(row.retry_key().map(|(due_at, _)| due_at.as_micros()))?
        .add(row.progress.attempts)?
        .add(row.progress.budget.made)?
        .add(row.progress.budget.since.as_micros())?
        .add(integer(row.sequence.0))?
        .add(by_hand)?;
    Ok(())
}
