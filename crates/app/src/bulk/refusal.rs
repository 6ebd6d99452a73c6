//! Why a wish concerning a bulk action was not granted.

use domain::{Sequence, bulk_action};

use super::DELIVERIES_MAX;
use crate::decide::Decided;
use crate::error::Refused;

/// Why a wish concerning a bulk action was not granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The tenant has no such action.
    #[error("the bulk action does not exist")]
    NotFound,
    /// Somebody changed it at the same moment.
    #[error("the bulk action is at version {current} now; look again")]
    Stale {
        /// The version that it is at.
        current: Sequence,
    },
    /// As many go on as may.
    #[error("{max} bulk actions go on already, which is as many as are allowed; wait for one, or cancel it")]
    TooMany {
        /// The bound.
        max: usize,
    },
    /// More deliveries than one action may look at, or none.
    #[error("{found} deliveries asked for, a bulk action looks at between 1 and {DELIVERIES_MAX}")]
    Limit {
        /// How many were asked for.
        found: u64,
    },
    /// The action itself says no.
    #[error(transparent)]
    Rule(bulk_action::Refusal),
}

impl Refused for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Stale { .. } => "stale",
            Self::TooMany { .. } => "too_many_bulk_actions",
            Self::Limit { .. } => "bulk_action_limit",
            Self::Rule(rule) => match rule {
                bulk_action::Refusal::NeverStarted => "not_found",
                bulk_action::Refusal::AlreadyStarted => "already_exists",
                bulk_action::Refusal::Ended => "bulk_action_ended",
            },
        }
    }
}

impl Decided<bulk_action::Refusal> for Refusal {
    fn not_found() -> Self {
        Self::NotFound
    }

    fn stale(current: Sequence) -> Self {
        Self::Stale { current }
    }

    fn is_stale(&self) -> bool {
        matches!(self, Self::Stale { .. })
    }

    fn rule(refusal: bulk_action::Refusal) -> Self {
        match refusal {
            bulk_action::Refusal::NeverStarted => Self::NotFound,
            refusal => Self::Rule(refusal),
        }
    }
}
