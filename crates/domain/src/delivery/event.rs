//! What can happen to a delivery.

use std::sync::Arc;

use rules::EventType;
use serde::{Deserialize, Serialize};

use super::Attempt;
use crate::id::{EventId, SubscriptionId};
use crate::stream::Position;
use crate::text::Description;
use crate::time::Timestamp;

/// What a delivery delivers, and to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The event.
    pub event: EventId,
    /// Where the event stands in the ledger.
    pub event_position: Position,
    /// Its type.
    pub event_type: EventType,
    /// The subscription.
    pub subscription: SubscriptionId,
}

/// A past fact of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It is to be made.
    Scheduled {
        /// What and to whom.
        origin: Origin,
        /// Since when.
        at: Timestamp,
    },
    /// It was to be made, and its first request was answered with 2xx before anything else was recorded of it: what
    /// [`Event::Scheduled`] and [`Event::AttemptSucceeded`] say, in one record, since most deliveries go like this.
    DeliveredAtOnce {
        /// What and to whom.
        origin: Origin,
        /// Since when it was to be made.
        at: Timestamp,
        /// The request and its answer.
        attempt: Arc<Attempt>,
    },
    /// A request was answered with 2xx.
    AttemptSucceeded {
        /// The request and its answer.
        attempt: Arc<Attempt>,
    },
    /// A request was answered otherwise, or not at all.
    AttemptFailed {
        /// The request and its answer.
        attempt: Arc<Attempt>,
        /// When the next attempt is due, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Timestamp>,
    },
    /// A request was under way when the process died: it may have been received or not, and what came of it is not known.
    /// It uses up nothing of the policy, since it is nobody's failure but the sender's.
    AttemptInterrupted {
        /// The request, as far as it is known; its answer is a failure of the class [`Attempt::INTERRUPTED`].
        attempt: Arc<Attempt>,
    },
    /// It will not be attempted again unless someone asks.
    DeadLettered {
        /// Why.
        reason: DeadLetterReason,
    },
    /// Somebody asked for another attempt; its budget of attempts starts anew.
    RetryRequested {
        /// What and to whom, since whatever had ended may have been forgotten.
        origin: Origin,
        /// Attempts made so far.
        attempts: u32,
        /// When.
        at: Timestamp,
    },
    /// Somebody asked for no more attempts.
    Cancelled {
        /// To whom it would have gone.
        subscription: SubscriptionId,
        /// Why.
        reason: CancelReason,
    },
}

impl Event {
    /// The first records of a delivery that is to be made since `at`, when `outcome` is what came of its first request.
    pub fn first(origin: Origin, at: Timestamp, mut outcome: Vec<Self>) -> Vec<Self> {
        if let [Self::AttemptSucceeded { attempt }] = outcome.as_slice() {
            return vec![Self::DeliveredAtOnce { origin, at, attempt: attempt.clone() }];
        }
        outcome.insert(0, Self::Scheduled { origin, at });
        outcome
    }

    /// The request that it tells of, if it tells of one.
    pub const fn attempt(&self) -> Option<&Arc<Attempt>> {
        match self {
            Self::DeliveredAtOnce { attempt, .. }
            | Self::AttemptSucceeded { attempt }
            | Self::AttemptFailed { attempt, .. }
            | Self::AttemptInterrupted { attempt } => Some(attempt),
            Self::Scheduled { .. }
            | Self::DeadLettered { .. }
            | Self::RetryRequested { .. }
            | Self::Cancelled { .. } => None,
        }
    }

    /// The name that it is stored under.
    pub const fn record_type(&self) -> &'static str {
        match self {
            Self::Scheduled { .. } => "delivery.scheduled",
            Self::DeliveredAtOnce { .. } => "delivery.delivered_at_once",
            Self::AttemptSucceeded { .. } => "delivery.attempt_succeeded",
            Self::AttemptFailed { .. } => "delivery.attempt_failed",
            Self::AttemptInterrupted { .. } => "delivery.attempt_interrupted",
            Self::DeadLettered { .. } => "delivery.dead_lettered",
            Self::RetryRequested { .. } => "delivery.retry_requested",
            Self::Cancelled { .. } => "delivery.cancelled",
        }
    }
}

/// Why a delivery became a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadLetterReason {
    /// The policy's attempts, or its window, are used up.
    Exhausted,
    /// The policy calls the status final.
    FinalStatus,
    /// The endpoint answered 410.
    EndpointGone,
    /// The event cannot be cast to the version that the subscription wants.
    NotCastable,
}

impl DeadLetterReason {
    /// The name used in views and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exhausted => "exhausted",
            Self::FinalStatus => "final_status",
            Self::EndpointGone => "endpoint_gone",
            Self::NotCastable => "not_castable",
        }
    }
}

/// Why a delivery was cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Somebody asked for it.
    Requested {
        /// In their words.
        note: Description,
    },
}
