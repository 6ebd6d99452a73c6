//! Why a wish concerning a delivery was not granted.

use domain::delivery;

use crate::error::Refused;

/// Why a wish concerning a delivery was not granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The tenant has no such delivery.
    #[error("the delivery does not exist")]
    NotFound,
    /// Its subscription was deleted, so there is nowhere to deliver to.
    #[error("the subscription of the delivery was deleted; there is nowhere to deliver to")]
    SubscriptionDeleted,
    /// More deliveries asked for than one call may retry, or none.
    #[error(
        "{found} deliveries asked for, one call retries between 1 and {max}; ask again for those that remain"
    )]
    Limit {
        /// How many were asked for.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// The delivery itself says no.
    #[error(transparent)]
    Rule(delivery::Refusal),
}

impl Refused for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::SubscriptionDeleted => "subscription_deleted",
            Self::Limit { .. } => "retry_limit",
            Self::Rule(rule) => match rule {
                delivery::Refusal::NeverScheduled => "not_found",
                delivery::Refusal::AlreadyScheduled => "already_exists",
                delivery::Refusal::AlreadyDelivered => "delivery_delivered",
            },
        }
    }
}

impl From<delivery::Refusal> for Refusal {
    fn from(refusal: delivery::Refusal) -> Self {
        match refusal {
            delivery::Refusal::NeverScheduled => Self::NotFound,
            refusal => Self::Rule(refusal),
        }
    }
}
