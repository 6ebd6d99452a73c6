//! A delivery that waits or is under way, as the engine holds it: small, so that many fit.

use domain::delivery::{Progress, State};
use domain::{DeliveryId, EventId, Position, Sequence, Timestamp};

/// What the engine remembers of a delivery that is not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Its event.
    pub event: EventId,
    /// Where its event stands in the ledger.
    pub event_position: Position,
    /// How many records its stream has; none until something is recorded of it.
    pub sequence: Sequence,
    /// How far it got.
    pub progress: Progress,
}

/// Where a retry stands in the order of retries: by when it is due, then by id.
pub type RetryKey = (Timestamp, DeliveryId);

impl Job {
    /// A delivery of an event that was accepted at `at`, of which nothing is recorded yet.
    pub const fn new(delivery: DeliveryId, event: EventId, event_position: Position, at: Timestamp) -> Self {
        Self { delivery, event, event_position, sequence: Sequence::NONE, progress: Progress::new(at) }
    }

    /// Whether it waits for its very first attempt, and nobody asked for it by hand.
    pub const fn is_first(&self) -> bool {
        self.progress.attempts == 0 && !matches!(self.progress.state, State::Waiting { by_hand: true, .. })
    }

    /// Where it stands among the retries, if it waits.
    pub fn retry_key(&self) -> Option<RetryKey> {
        self.progress.due_at().map(|due_at| (due_at, self.delivery))
    }
}
