//! Why something could not be tried out.

use std::time::Duration;

use super::CourierError;
use super::pace::{AT_ONCE_MAX, PER_MINUTE_MAX};
use crate::error::Refused;
use crate::{publish, subscriptions};

/// Why something could not be tried out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The tenant has no such subscription, or it was deleted.
    #[error("the subscription does not exist")]
    NotFound,
    /// The draft of a subscription would be refused.
    #[error(transparent)]
    Draft(subscriptions::Refusal),
    /// The sample would be refused.
    #[error(transparent)]
    Sample(publish::Refusal),
    /// The sample cannot be cast to the version that the subscription wants: a delivery would be a dead letter.
    #[error("{0}")]
    NotCastable(String),
    /// Something stored does not serve any more.
    #[error("nothing can be sent: {0}")]
    Unusable(String),
    /// As many tests as may be are under way.
    #[error("at most {AT_ONCE_MAX} tests are sent at the same time; try again when one has ended")]
    TooManyAtOnce,
    /// As many tests as may be were sent in the last minute.
    #[error("{PER_MINUTE_MAX} tests a minute are allowed; try again in {} s", wait.as_secs().max(1))]
    TooOften {
        /// How long to wait.
        wait: Duration,
    },
}

impl From<CourierError> for Refusal {
    fn from(error: CourierError) -> Self {
        match error {
            CourierError::NotCastable(why) => Self::NotCastable(why),
            CourierError::Unusable(why) => Self::Unusable(why),
        }
    }
}

impl Refused for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Draft(refusal) => refusal.code(),
            Self::Sample(refusal) => refusal.code(),
            Self::NotCastable(_) => domain::delivery::Answer::NOT_CASTABLE,
            Self::Unusable(_) => "cannot_send",
            Self::TooManyAtOnce | Self::TooOften { .. } => "rate_limited",
        }
    }
}
