//! What can be asked of a delivery, and why the answer may be no.

use std::sync::Arc;

use super::{Attempt, CancelReason, Origin};
use crate::policy::RetryPolicy;
use crate::time::Timestamp;

/// A wish concerning a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Record that it is to be made, before anything else is recorded of it.
    Schedule {
        /// What and to whom.
        origin: Origin,
        /// Since when: when its event was accepted.
        at: Timestamp,
    },
    /// Record a request that was made, and decide what follows.
    RecordAttempt {
        /// The request.
        made: AttemptMade,
        /// The policy of its subscription; `None` if that is gone.
        policy: Option<RetryPolicy>,
    },
    /// Record a request that was under way when the process died, unless what came of it is recorded.
    RecordInterrupted {
        /// The request.
        attempt: Arc<Attempt>,
    },
    /// Attempt it again now, with a new budget.
    Retry {
        /// The present instant.
        at: Timestamp,
    },
    /// Attempt it no more.
    Cancel {
        /// Why.
        reason: CancelReason,
    },
}

/// A request that was made, and what the decision about the next one needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptMade {
    /// The request and its answer.
    pub attempt: Arc<Attempt>,
    /// When the answer had come.
    pub at: Timestamp,
    /// Decides how much of the jitter is added, of 0 to 65,535.
    pub chance: u16,
    /// What the receiver asked for by `Retry-After`, clamped.
    pub not_before: Option<Timestamp>,
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such delivery.
    #[error("the delivery does not exist")]
    NeverScheduled,
    /// The id is taken.
    #[error("the delivery is already scheduled")]
    AlreadyScheduled,
    /// It was delivered, which cannot be undone.
    #[error("the delivery has already succeeded; there is nothing left to cancel")]
    AlreadyDelivered,
}
