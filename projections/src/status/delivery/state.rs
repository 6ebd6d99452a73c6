//! What a delivery is waiting for, if anything.

use domain::delivery::{DeadLetterReason, Progress, State};

/// What a delivery is waiting for, if anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryState {
    /// Its first attempt.
    Waiting,
    /// Another attempt.
    Retrying,
    /// Nothing: the endpoint has it.
    Delivered,
    /// Nothing: no attempt is left, unless somebody asks for one.
    DeadLettered,
    /// Nothing: somebody asked for no more attempts, or its subscription was deleted.
    Cancelled,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Waiting, Self::Retrying, Self::Delivered, Self::DeadLettered, Self::Cancelled];

    /// Whether an attempt is planned.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Waiting | Self::Retrying)
    }

    /// The stored number: chosen once, never reused.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::Retrying => 1,
            Self::Delivered => 2,
            Self::DeadLettered => 3,
            Self::Cancelled => 4,
        }
    }

    /// The state with this stored number.
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }

    /// What `progress` amounts to.
    pub(crate) const fn of(progress: &Progress) -> Self {
        match progress.state {
            State::Waiting { .. } if progress.attempts == 0 => Self::Waiting,
            State::Waiting { .. } => Self::Retrying,
            State::Delivered => Self::Delivered,
            State::Dead(_) => Self::DeadLettered,
            State::Cancelled => Self::Cancelled,
        }
    }
}

/// The reason with this stored name.
pub(super) fn reason(name: &str) -> Result<DeadLetterReason, ()> {
    use DeadLetterReason::{EndpointGone, Exhausted, FinalStatus, NotCastable};
    [Exhausted, FinalStatus, EndpointGone, NotCastable]
        .into_iter()
        .find(|reason| reason.as_str() == name)
        .ok_or(())
}
